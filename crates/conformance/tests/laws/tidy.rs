//! The tree keeps the shape that ARCHITECTURE.md gives it.

use anyhow::{Context, Result};
use configuration::registry::{self, DIALECTS};
use dialect::SettingsMap;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use testkit::tree;

/// The longest a source file may be, in lines.
const MAX_LINES: usize = 400;
/// The longest a function may be, in lines.
const MAX_FUNCTION: usize = 60;

/// The crates of the workspace that each crate may depend on, dev-dependencies apart. A dialect may depend on
/// `dialect` and `grant`; crates that are no part of the gateway (tests, benches, the workspace's own commands) are
/// free.
const ARROWS: [(&str, &[&str]); 14] = [
    ("listener", &[]),
    ("pages", &[]),
    ("console", &[]),
    ("grant", &[]),
    ("dialect", &["grant", "pages"]),
    // The standard dialect is what packs depart from.
    ("pack", &["grant", "dialect", "openid-connect"]),
    ("pairs", &["dialect"]),
    ("draft", &["dialect", "pack", "pairs"]),
    ("issuer", &["grant"]),
    ("store", &["grant", "issuer"]),
    ("admin-api", &["grant"]),
    // And the dialects, for it has the one list of them.
    ("configuration", &["grant", "dialect", "pack", "issuer", "store", "admin-api"]),
    ("surface", &["grant", "dialect", "issuer", "admin-api", "pages", "listener", "configuration"]),
    (
        "admin",
        &[
            "grant",
            "dialect",
            "pack",
            "pairs",
            "issuer",
            "admin-api",
            "listener",
            "configuration",
            "surface",
            "console",
        ],
    ),
];
const OUTSIDE_THE_GATEWAY: [&str; 4] = ["conformance", "testkit", "bench", "xtask"];

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn manifest(name: &str) -> Result<toml::Table> {
    Ok(toml::from_str(&read(&tree::crate_dir(name).join("Cargo.toml"))?)?)
}

/// The dependencies of a crate by the name of their package, without dev-dependencies.
fn dependencies(name: &str) -> Result<BTreeSet<String>> {
    let manifest = manifest(name)?;
    let tables = ["dependencies", "build-dependencies"].into_iter().filter_map(|table| manifest.get(table)?.as_table());
    Ok(tables.flat_map(toml::Table::keys).cloned().collect())
}

/// The crates that are dialects: they depend on `dialect` and export a `KIND`.
fn dialects() -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in tree::crates()? {
        let library = tree::crate_dir(&name).join("src/lib.rs");
        if dependencies(&name)?.contains("dialect")
            && library.is_file()
            && read(&library)?.contains("pub const KIND: DialectKind")
        {
            found.push(name);
        }
    }
    Ok(found)
}

fn source_files() -> Result<Vec<PathBuf>> {
    let mut files = tree::files_below(&tree::root().join("crates"))?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    assert!(files.len() > 60, "{} source files found", files.len());
    Ok(files)
}

#[test]
fn a_dialect_is_a_crate_a_contract_a_page_and_a_line() -> Result<()> {
    let found = dialects()?;
    assert!(found.len() >= 4, "{found:?}");
    let mut registered: Vec<_> = DIALECTS.iter().map(|kind| kind.id.to_owned()).collect();
    registered.sort();
    assert_eq!(found, registered, "the crates that export a KIND, and the registry");
    for name in &found {
        let folder = tree::crate_dir(name);
        for file in ["contract/pairs.http", "contract/fixtures.json"] {
            assert!(folder.join(file).is_file(), "{name} has no {file}");
        }
        let page = read(&folder.join("README.md"))?;
        assert!(page.contains("\n| Behaviour | Mark | Switch |\n|---"), "{name}/README.md has no table of behaviours");
        let kind = registry::find(name).context("just compared")?;
        for setting in kind.build(&SettingsMap::new())?.settings() {
            assert!(page.contains(&format!("`{}`", setting.name)), "{name}/README.md is silent on {}", setting.name);
        }
    }
    Ok(())
}

#[test]
fn the_arrows_point_one_way() -> Result<()> {
    let crates = tree::crates()?;
    let dialects = dialects()?;
    let arrows = BTreeMap::from(ARROWS);
    for name in crates.iter().filter(|name| !OUTSIDE_THE_GATEWAY.contains(&name.as_str())) {
        let own: BTreeSet<_> = dependencies(name)?.into_iter().filter(|other| crates.contains(other)).collect();
        let allowed: BTreeSet<String> = match arrows.get(name.as_str()) {
            Some(allowed) => {
                let registered = dialects.iter().filter(|_| name == "configuration").cloned();
                allowed.iter().map(|&name| name.to_owned()).chain(registered).collect()
            }
            None if dialects.contains(name) => ["dialect", "grant"].map(str::to_owned).into(),
            None => {
                assert_eq!(name, "gateway", "a crate whose place the arrows do not say");
                continue;
            }
        };
        assert!(own.is_subset(&allowed), "{name} depends on {own:?}, and may on {allowed:?}");
    }
    Ok(())
}

/// What tests alone need is not in what is shipped, not even behind a feature.
#[test]
fn no_gateway_has_what_tests_need() -> Result<()> {
    for name in tree::crates()?.iter().filter(|name| !OUTSIDE_THE_GATEWAY.contains(&name.as_str())) {
        let outside: Vec<_> =
            dependencies(name)?.into_iter().filter(|other| OUTSIDE_THE_GATEWAY.contains(&other.as_str())).collect();
        assert!(outside.is_empty(), "{name} depends on {outside:?}");
    }
    Ok(())
}

/// Frameworks, stores and keys stay out of where the invariants say that they are not known.
#[test]
fn pure_crates_know_no_framework() -> Result<()> {
    let foreign = ["actix-web", "actix-http", "tokio", "redb", "redis", "deadpool-redis", "josekit", "openssl"];
    for name in dialects()?.into_iter().chain(["grant".to_owned(), "dialect".to_owned()]) {
        let known: Vec<_> = dependencies(&name)?.into_iter().filter(|name| foreign.contains(&name.as_str())).collect();
        assert!(known.is_empty(), "{name} depends on {known:?}");
    }
    let issuer = dependencies("issuer")?;
    assert!(!issuer.contains("actix-web") && !issuer.contains("redb"), "{issuer:?}");
    Ok(())
}

/// Nothing but the registry and the dialects themselves names a dialect in code; tests may.
#[test]
fn no_code_asks_which_dialect_it_is() -> Result<()> {
    for path in source_files()? {
        let place = path.strip_prefix(tree::root().join("crates"))?.to_string_lossy().replace('\\', "/");
        let crate_name = place.split('/').next().unwrap_or_default();
        let own = registry::find(crate_name).is_some();
        let registry = place == "configuration/src/registry.rs";
        if own || registry || OUTSIDE_THE_GATEWAY.contains(&crate_name) || place.contains("/tests/") {
            continue;
        }
        let text = read(&path)?;
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            assert!(!line.contains("match dialect"), "{place}:{}: {line}", number + 1);
            // Packs are laid over the standard dialect: they name it, and no other.
            let is_base = |id: &str| crate_name == "pack" && id == "openid-connect";
            for kind in DIALECTS.iter().filter(|kind| !is_base(kind.id)) {
                let module = kind.id.replace('-', "_");
                let named = line.contains(&format!("\"{}\"", kind.id)) || line.contains(&module);
                assert!(!named, "{place}:{}: {line}", number + 1);
            }
        }
    }
    Ok(())
}

#[test]
fn source_files_are_short() -> Result<()> {
    let mut long = Vec::new();
    for path in source_files()? {
        let lines = read(&path)?.lines().count();
        if lines > MAX_LINES {
            long.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert!(long.is_empty(), "longer than {MAX_LINES} lines:\n{}", long.join("\n"));
    Ok(())
}

/// The functions of a file, each with its name and how many lines it has. Read by indentation, which the formatter
/// keeps: a function ends at the brace below the beginning of its `fn`.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let words: Vec<_> = line.split_whitespace().take_while(|word| !word.contains('"')).collect();
        let is_before = |word: &&str| ["const", "async", "unsafe", "extern"].contains(word) || word.starts_with("pub");
        let declared = words.iter().position(|word| !is_before(word)).and_then(|at| words.get(at..at + 2));
        let Some(["fn", name]) = declared.filter(|words| !words[1].starts_with('$')) else { continue };
        let ends = |line: &&str| {
            line.strip_prefix(indent).is_some_and(|rest| rest == "}" || rest.starts_with(')') && rest.ends_with(';'))
        };
        // What ends on its own line, or has no body, is short.
        let is_one_line = line.ends_with([';', '}']);
        let length = if is_one_line { 1 } else { lines[first + 1..].iter().position(ends).unwrap_or(0) + 2 };
        found.push(((*name).to_owned(), length));
    }
    found
}

#[test]
fn functions_are_short() -> Result<()> {
    let (mut long, mut count) = (Vec::new(), 0);
    for path in source_files()? {
        let all = functions(&read(&path)?);
        count += all.len();
        let of_file = all.into_iter().filter(|(_, lines)| *lines > MAX_FUNCTION);
        long.extend(of_file.map(|(name, lines)| format!("{}: {name} has {lines} lines", path.display())));
    }
    assert!(count > 2_000, "{count} functions found");
    assert!(long.is_empty(), "longer than {MAX_FUNCTION} lines:\n{}", long.join("\n"));
    Ok(())
}

#[test]
fn a_long_function_is_found() {
    let body = "        x();\n".repeat(59);
    let text = format!(
        "impl A {{\n    pub(crate) async fn long(\n        self,\n    ) {{\n{body}    }}\n    fn of() {{}}\n}}\n"
    );
    assert_eq!(functions(&text), [("long(".to_owned(), 63), ("of()".to_owned(), 1)]);
}

/// The workspace stands alone: nothing refers to a folder outside of it.
#[test]
fn nothing_refers_to_a_folder_outside() -> Result<()> {
    let outside = [concat!("../sha", "red"), concat!("\"sha", "red/"), concat!("`sha", "red/")];
    for path in tree::files_below(&tree::root())? {
        // What is not text refers to nothing.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for word in outside {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
    Ok(())
}

/// A page is reached from another, or nobody finds it: by its file's name, or through its folder's own page.
#[test]
fn every_page_is_linked() -> Result<()> {
    let root = tree::root();
    let mut pages = tree::files_below(&root)?;
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    let texts = pages.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    for (at, page) in pages.iter().enumerate().filter(|(_, page)| page.starts_with(root.join("docs"))) {
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        let linked = texts.iter().enumerate().any(|(other, text)| other != at && text.contains(&*name));
        assert!(linked, "no page links to {}", page.display());
    }
    Ok(())
}

/// What the workspace's own rules say of tests: none is switched off.
#[test]
fn no_test_is_ignored() -> Result<()> {
    let mark = concat!("#[ign", "ore");
    for path in source_files()? {
        assert!(!read(&path)?.contains(mark), "{} has an ignored test", path.display());
    }
    Ok(())
}

/// Each crate is in the code map, with what always holds of it.
#[test]
fn each_crate_is_in_the_code_map_with_its_invariants() -> Result<()> {
    let architecture = read(&tree::root().join("ARCHITECTURE.md"))?;
    let (_, map) = architecture.split_once("## Code map").context("ARCHITECTURE.md has no code map")?;
    let sections: Vec<_> = map.split("\n### ").skip(1).filter_map(|section| section.split_once('\n')).collect();
    for name in tree::crates()? {
        let section = sections.iter().find(|(heading, _)| heading.contains(&format!("`{name}`")));
        let (_, text) = section.with_context(|| format!("`{name}` is not in the code map of ARCHITECTURE.md"))?;
        assert!(text.contains("**Invariant:**"), "the code map says nothing that always holds of `{name}`");
    }
    Ok(())
}
