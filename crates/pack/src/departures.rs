//! What a pack says otherwise than its base, key by key.

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// Keys that say what a pack is, and nothing of what it answers.
const OF_THE_PACK: [&str; 6] = ["vendor", "from", "version", "sources", "notes", "demo"];
/// Tables whose keys are the vendor's own names, `mark` and `source` among them.
const NAMED_BY_THE_VENDOR: [&str; 4] = ["headers", "words", "members", "names"];

/// A key whose value the base has otherwise, or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure {
    /// The key, in full.
    pub key: String,
    /// What the pack says.
    pub value: Value,
    /// What the base says; `None` where it says nothing.
    pub base: Option<Value>,
}

/// All departures, in the order of the file.
pub(crate) fn of(own: &DeTable<'_>, base: &DeTable<'_>) -> Vec<Departure> {
    let mut all = Vec::new();
    for (name, item) in own {
        let name = name.get_ref().as_ref();
        if !OF_THE_PACK.contains(&name) {
            gather(&[name], item.get_ref(), base.get(name).map(Spanned::get_ref), &mut all);
        }
    }
    all
}

fn gather<'t>(key: &[&'t str], own: &'t DeValue<'t>, base: Option<&DeValue<'_>>, all: &mut Vec<Departure>) {
    let Some(table) = own.as_table().filter(|table| !table.is_empty()) else {
        let (value, base) = (json(own), base.map(json));
        if base.as_ref() != Some(&value) {
            all.push(Departure { key: written(key), value, base });
        }
        return;
    };
    let has_own_names = key.last().is_some_and(|last| NAMED_BY_THE_VENDOR.contains(last));
    for (name, item) in table {
        let (name, value) = (name.get_ref().as_ref(), item.get_ref());
        let is_mark = !has_own_names && ["mark", "source"].contains(&name) && value.as_str().is_some();
        if !is_mark {
            let under = base.and_then(DeValue::as_table).and_then(|table| table.get(name)).map(Spanned::get_ref);
            gather(&[key, &[name]].concat(), value, under, all);
        }
    }
}

/// A key as TOML writes it.
fn written(key: &[&str]) -> String {
    let is_bare =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let part = |part: &&str| if is_bare(part) { (*part).to_owned() } else { format!("{part:?}") };
    key.iter().map(part).collect::<Vec<_>>().join(".")
}

fn json(value: &DeValue<'_>) -> Value {
    Value::deserialize(ValueDeserializer::from(Spanned::new(0..0, value.clone()))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::Pack;
    use serde_json::json;

    const TEXT: &str = "\
vendor = \"Acme\"
from = \"oauth2\"
[token]
path = \"/login\"
grant_field = \"grant_type\"
mark = \"D\"
parameters.source = { required = true, mark = \"I\" }
[errors]
headers = { mark = \"x\" }
[errors.invalid_client.accept.\"text/plain\"]
body = \"no\"
";

    #[test]
    fn what_the_base_says_too_is_no_departure_and_a_mark_is_none() {
        let about = Pack::read("acme", "acme", TEXT).unwrap().about();
        assert_eq!(about.base, "oauth2");
        let keys: Vec<_> = about.departures.iter().map(|one| one.key.as_str()).collect();
        let expected = [
            "token.path",
            "token.parameters.source.required",
            "errors.headers.mark",
            "errors.invalid_client.accept.\"text/plain\".body",
        ];
        assert_eq!(keys, expected);
        let path = &about.departures[0];
        assert_eq!((&path.value, path.base.is_some()), (&json!("/login"), true));
        assert_eq!(about.departures[1].base, None);
    }

    #[test]
    fn every_shipped_pack_departs_from_its_base() {
        for (name, text) in crate::shipped::ALL {
            let about = Pack::read(name, name, text).unwrap().about();
            assert!(!about.departures.is_empty(), "{name} departs from nothing");
        }
    }
}
