//! The manual's tables of settings are made of the declarations. `UPDATE_MANUAL=1 cargo test manual` writes them anew.

use super::{ALL, Change, Setting, Unset};
use std::fmt::Write;
use std::path::Path;

/// The table of the settings directly in a section, as the manual has it.
fn table(section: &str) -> String {
    let mut text = "| key, variable | default | what it may be | meaning |\n|---|---|---|---|\n".to_owned();
    for setting in ALL.iter().filter(|setting| setting.key.rsplit_once('.').is_some_and(|(path, _)| path == section)) {
        let _ = writeln!(text, "{}", row(setting));
    }
    text
}

fn row(setting: &Setting) -> String {
    let default = match setting.default {
        Unset::Nothing => "none".to_owned(),
        Unset::Is(text) => format!("`{text}`"),
        Unset::Made(words) => words.to_owned(),
    };
    let restart = if setting.change == Change::Restart { " *" } else { "" };
    let (key, variable, words, help) = (setting.key, setting.variable(), setting.kind.words(), setting.help);
    format!("| `{key}`{restart}<br>`{variable}` | {default} | {words} | {help} |")
}

#[test]
fn the_manuals_tables_are_those_of_the_declarations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let manual = std::fs::read_to_string(&path).unwrap();
    let mut sections: Vec<_> =
        ALL.iter().filter_map(|setting| setting.key.rsplit_once('.')).map(|(path, _)| path).collect();
    sections.dedup();
    let mut right = manual.clone();
    for section in sections {
        let (before, rest) = right.split_once(&format!("<!-- {section} -->\n")).expect(section);
        let (_, after) = rest.split_once("<!-- end -->").expect("the table's end");
        right = format!("{before}<!-- {section} -->\n{}<!-- end -->{after}", table(section));
    }
    #[allow(clippy::disallowed_methods, reason = "a test's own switch")]
    if std::env::var("UPDATE_MANUAL").is_ok() {
        std::fs::write(&path, &right).unwrap();
        return;
    }
    assert_eq!(manual, right, "UPDATE_MANUAL=1 cargo test manual writes the tables");
}
