//! The manual's reference is the code's. `UPDATE_MANUAL=1` writes it anew.

use pack::reference::{filters, keys, names};
use std::path::Path;

#[test]
fn the_manuals_reference_is_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/packs.md");
    let manual = std::fs::read_to_string(&path).unwrap();
    let mut right = manual.clone();
    for (name, table) in [("keys", keys()), ("names", names()), ("filters", filters())] {
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
