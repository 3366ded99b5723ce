//! The manual's reference is the code's. `UPDATE_MANUAL=1` writes it anew.

use pack::reference::{filters, keys, names, refusals};
use std::path::Path;

#[test]
fn the_manuals_reference_is_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/packs.md");
    let manual = std::fs::read_to_string(&path).unwrap();
    let mut right = manual.clone();
    for (name, table) in [("keys", keys()), ("refusals", refusals()), ("names", names()), ("filters", filters())] {
        let (before, rest) = right.split_once(&format!("<!-- {name} -->\n")).expect(name);
        let (_, after) = rest.split_once("<!-- end -->").expect("the table's end");
        right = format!("{before}<!-- {name} -->\n{table}<!-- end -->{after}");
    }
    #[allow(clippy::disallowed_methods, reason = "a test's own switch")]
    if std::env::var("UPDATE_MANUAL").is_ok() {
        std::fs::write(&path, &right).unwrap();
        return;
    }
    assert_eq!(manual, right, "UPDATE_MANUAL=1 cargo test manual writes the tables");
}

/// The manual says which shipped pack shows what: that pack has the key, or a hole as it is written there.
#[test]
fn what_the_manual_says_of_shipped_packs_is_so() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/packs.md");
    let manual = std::fs::read_to_string(path).unwrap();
    let (_, rest) = manual.split_once("<!-- shows -->").unwrap();
    let (table, _) = rest.split_once("<!-- end -->").unwrap();
    let mut rows = 0;
    for line in table.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let mut cells = line.rsplit(" | ").map(|cell| cell.trim_matches([' ', '|', '`']).replace("\\|", "|"));
        let (name, key) = (cells.next().unwrap(), cells.next().unwrap());
        let text = pack::shipped::find(&name).unwrap_or_else(|| panic!("{line}: no such pack"));
        let table: toml::Value = toml::from_str(text).unwrap();
        let there = if key.starts_with("{{") {
            text.contains(&key)
        } else {
            key.split('.').try_fold(&table, |table, part| table.get(part)).is_some()
        };
        assert!(there, "{line}: `{name}` has no `{key}`");
        rows += 1;
    }
    assert!(rows > 50, "{rows} rows");
}

/// The tables of the tutorial, each laid over those before, are a pack that is right and grants what its pairs ask for.
#[test]
fn the_tutorials_pack_is_right() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/packs.md");
    let manual = std::fs::read_to_string(path).unwrap();
    let (_, rest) = manual.split_once("## From a vendor's page").unwrap();
    let (tutorial, _) = rest.split_once("\n## ").unwrap();
    let blocks = tutorial.split("```toml\n").skip(1).map(|block| block.split_once("```").unwrap().0);
    let mut whole = toml::Table::new();
    for block in blocks.filter(|block| !block.contains("[[mount]]")) {
        lay(&mut whole, toml::from_str(block).unwrap());
    }
    let text = toml::to_string(&whole).unwrap();
    let pack = pack::Pack::read("acme", "docs/packs.md", &text).unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    let grants: Vec<_> = pack.examples().requests.iter().map(|example| example.grant.as_str()).collect();
    assert_eq!(grants, ["client_credentials", "authorization_code", "refresh_token"]);
}

/// Lays one table over another, as a reader of the tutorial writes it.
fn lay(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(table)) => lay(under, table),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}
