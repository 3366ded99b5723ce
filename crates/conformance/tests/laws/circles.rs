//! No module of a crate points back at one that points at it.

use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use testkit::tree;

/// The modules right below a crate's root, each with those that its code names.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The code of a file: what is no test, without comments.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The first names of a path, or of each path of a group in braces.
fn first_names(path: &str) -> Vec<&str> {
    let Some(group) = path.strip_prefix('{') else { return vec![identifier(path)] };
    let (mut depth, mut begin, mut names) = (0, 0, Vec::new());
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            ',' if depth == 0 => {
                names.push(identifier(group[begin..at].trim_start()));
                begin = at + 1;
            }
            '}' if depth == 0 => {
                names.push(identifier(group[begin..at].trim_start()));
                break;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

/// The names right below the crate's root that the code of a module `depth` levels below it names.
fn names(code: &str, depth: usize) -> BTreeSet<&str> {
    let of_crate = code.split("crate::").skip(1);
    let root = "super::".repeat(depth);
    let of_super = code.match_indices(&root).filter(|(at, _)| !code[..*at].ends_with("super::"));
    let of_super = of_super.map(|(at, _)| &code[at + root.len()..]).filter(|rest| !rest.starts_with("super::"));
    of_crate.chain(of_super).flat_map(first_names).collect()
}

/// What the crate's root passes on from its modules: each name with the module that it is from.
fn passed_on(root: &str) -> BTreeMap<&str, &str> {
    let uses = root.split("use ").skip(1).filter_map(|path| path.split_once(';')).map(|(path, _)| path);
    let paths = uses.filter_map(|path| path.split_once("::"));
    paths.flat_map(|(module, rest)| first_names(rest).into_iter().map(move |name| (name, module))).collect()
}

/// A crate of tests alone has no sources.
fn arrows(sources: &Path) -> Result<Arrows> {
    if !sources.is_dir() {
        return Ok(Arrows::new());
    }
    let root = ["lib.rs", "main.rs"].map(|name| sources.join(name)).into_iter().find(|path| path.is_file());
    let root = code(&fs::read_to_string(root.context("a crate without a root")?)?);
    let passed_on = passed_on(&root);
    let mut arrows = Arrows::new();
    for path in tree::files_below(sources)? {
        let place = path.strip_prefix(sources)?.with_extension("");
        let place: Vec<_> = place.iter().map(|part| part.to_string_lossy()).collect();
        let module = place[0].to_string();
        // A module of tests is declared as such, beside what it tests.
        let is_test = place.iter().any(|part| part == "tests") || !root.contains(&format!("mod {module};"));
        if path.extension().is_none_or(|extension| extension != "rs") || is_test {
            continue;
        }
        let depth = if place.last().is_some_and(|last| last == "mod") { place.len() - 1 } else { place.len() };
        let code = code(&fs::read_to_string(&path)?);
        let named = names(&code, depth).into_iter().map(|name| *passed_on.get(name).unwrap_or(&name));
        let others = named.filter(|name| *name != module).map(str::to_owned);
        arrows.entry(module.clone()).or_default().extend(others);
    }
    Ok(arrows)
}

/// What is left once each module that points at none of the others is taken away: the circles, and what leads there.
fn circles(mut arrows: Arrows) -> Arrows {
    loop {
        let left: BTreeSet<_> = arrows.keys().cloned().collect();
        for others in arrows.values_mut() {
            others.retain(|other| left.contains(other));
        }
        arrows.retain(|_, others| !others.is_empty());
        if arrows.len() == left.len() {
            return arrows;
        }
    }
}

#[test]
fn no_module_points_back_at_one_that_points_at_it() -> Result<()> {
    let mut found = Vec::new();
    for name in tree::crates()? {
        let arrows = arrows(&tree::crate_dir(&name).join("src"))?;
        let circles = circles(arrows);
        if !circles.is_empty() {
            found.push(format!("{name}: {circles:?}"));
        }
    }
    assert!(found.is_empty(), "modules in a circle, and those that lead there:\n{}", found.join("\n"));
    Ok(())
}

#[test]
fn a_circle_is_found_by_every_way_to_name_a_module() {
    for (text, depth) in [
        ("use crate::other::Thing;", 1),
        ("use crate::{a::{b, c}, other};", 1),
        ("fn f() -> super::super::other::T {}", 2),
        ("use super::{x, other::Y};", 1),
    ] {
        assert!(names(&code(text), depth).contains("other"), "{text}");
    }
    assert!(!names(&code("#[cfg(test)]\nmod tests { use crate::other; }"), 1).contains("other"));
    assert_eq!(passed_on("pub use other::{Thing, deep::Well};").get("Thing"), Some(&"other"));
    let arrow = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    assert_eq!(circles(Arrows::from([arrow("a", "b"), arrow("b", "c")])), Arrows::new());
    assert_eq!(circles(Arrows::from([arrow("a", "b"), arrow("b", "a")])).len(), 2);
}
