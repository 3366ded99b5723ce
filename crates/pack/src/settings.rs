//! Settings of a pack's own, and what each of their values lays over it.

use crate::file;
use crate::ordered::Ordered;
use crate::source::{Faults, lay, read};
use dialect::{SettingsMap, SettingsReader, intern};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// The settings that a pack declares.
pub(crate) type Declared = Ordered<file::Setting>;

/// The settings of a pack's text.
pub(crate) fn declared(root: &DeTable<'_>, faults: &mut Faults) -> Declared {
    let table = root.get("settings").and_then(|item| item.get_ref().as_table().cloned()).unwrap_or_default();
    let declared: Declared = read(table, &["settings"], faults);
    if declared.0.len() > 16 {
        faults.add(&["settings"], "has more than 16 settings");
    }
    for (name, setting) in &declared.0 {
        let is_name = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !is_name(name) {
            faults.add(&["settings", name], "is a name of small letters and _");
        }
        for (value, _) in overlays(root, name) {
            if !values(setting).contains(&value) {
                let known = values(setting).join(", ");
                faults
                    .add(&["settings", name, "when", value], format!("`{value}` is no value of it; there are {known}"));
            }
        }
    }
    declared
}

/// The values that a setting may have, as keys.
fn values(setting: &file::Setting) -> Vec<&str> {
    if setting.values.is_empty() { vec!["true", "false"] } else { setting.values.iter().map(String::as_str).collect() }
}

/// What each value of a setting lays over the pack.
pub(crate) fn overlays<'r, 't>(root: &'r DeTable<'t>, name: &str) -> Vec<(&'r str, &'r DeTable<'t>)> {
    let table = |table: &'r DeTable<'t>, key: &str| table.get(key).and_then(|item| item.get_ref().as_table());
    let when = table(root, "settings").and_then(|settings| table(settings, name)).and_then(|own| table(own, "when"));
    let entry = |(key, item): (&'r toml::Spanned<std::borrow::Cow<'t, str>>, &'r toml::Spanned<DeValue<'t>>)| {
        Some((&**key.get_ref(), item.get_ref().as_table()?))
    };
    when.into_iter().flatten().filter_map(entry).collect()
}

/// Lays over `own` what the chosen values say.
pub(crate) fn choose<'t>(own: &mut DeTable<'t>, root: &DeTable<'t>, declared: &Declared, given: &SettingsMap) {
    for (name, setting) in &declared.0 {
        let chosen = match given.get(name) {
            Some(Value::Bool(on)) => on.to_string(),
            Some(Value::String(word)) => word.clone(),
            _ if setting.values.is_empty() => setting.default.to_string(),
            _ => setting.values.first().cloned().unwrap_or_default(),
        };
        for (_, over) in overlays(root, name).into_iter().filter(|(value, _)| *value == chosen) {
            lay(own, over);
        }
    }
}

/// Declares them to a mount's reader.
pub(crate) fn declare(declared: &Declared, reader: &mut SettingsReader<'_>) {
    for (name, setting) in &declared.0 {
        let (name, help) = (intern(name), intern(&setting.help));
        let options: Vec<_> = setting.values.iter().map(|value| intern(value)).collect();
        match options.first() {
            Some(first) => _ = reader.choice(name, &options, first, help),
            None => _ = reader.flag(name, setting.default, help),
        }
    }
}
