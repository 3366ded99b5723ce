//! The reference of the language, made of the code: the tables of the manual, in Markdown.

use crate::template::names::{NAMES, PLACES, PREFIXES};
use crate::template::value::FILTERS;
use serde_json::Value;
use std::fmt::Write;

/// The keys of a pack's file, each with what it says.
pub fn keys() -> String {
    let schema = crate::schema();
    let mut text = "| key | meaning |\n|---|---|\n".to_owned();
    rows(&schema, &schema, "", &mut text);
    text
}

/// A schema below what only wraps it.
fn resolved<'s>(root: &'s Value, node: &'s Value) -> &'s Value {
    if let Some(name) = node["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return resolved(root, &root["$defs"][name]);
    }
    let options = ["anyOf", "allOf", "oneOf"].into_iter().find_map(|key| node[key].as_array());
    let whole = options.and_then(|options| options.iter().find(|option| option["$ref"].is_string()));
    whole.map_or(node, |option| resolved(root, option))
}

fn rows(root: &Value, node: &Value, path: &str, text: &mut String) {
    for (name, property) in node["properties"].as_object().into_iter().flatten() {
        let inner = resolved(root, property);
        let help = property["description"].as_str().or(inner["description"].as_str()).unwrap_or_default();
        let help = help.replace('\n', " ").replace('|', "\\|");
        let key = format!("{path}{name}");
        let _ = writeln!(text, "| `{key}` | {help} |");
        if inner["properties"].is_object() {
            rows(root, inner, &format!("{key}."), text);
        } else if let Some(each) = Some(&inner["additionalProperties"]).filter(|each| each.is_object()) {
            rows(root, resolved(root, each), &format!("{key}.*."), text);
        }
    }
}

/// The names that may stand in a hole, and where.
pub fn names() -> String {
    let mut text = format!("| name | what | {} |\n|---|---|{}\n", PLACES.join(" | "), "---|".repeat(PLACES.len()));
    let whole = NAMES.iter().map(|(name, _, places, help)| ((*name).to_owned(), places, help));
    let begun = PREFIXES.iter().map(|(name, _, places, help)| (format!("{name}…"), places, help));
    for (name, places, help) in whole.chain(begun) {
        let marks = places.map(|here| if here { "yes" } else { "" }).join(" | ");
        let _ = writeln!(text, "| `{name}` | {help} | {marks} |");
    }
    text
}

/// The filters of a hole.
pub fn filters() -> String {
    let mut text = "| filter | what it makes |\n|---|---|\n".to_owned();
    for (name, _, help) in FILTERS {
        let _ = writeln!(text, "| `{name}` | {help} |");
    }
    text.push_str("| `join:…` | Scopes joined by that text. |\n| `or:…` | That text where there is no value. |\n");
    text
}
