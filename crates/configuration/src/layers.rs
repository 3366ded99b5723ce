//! Lays the environment over the file for the scalars, and reads them typed.
//!
//! The merging is the `config` crate's, with its guessing of types off: it would make the number 123 of the text
//! `0123`. Every value is therefore parsed here, and its error names the line or the variable that it came from.

use super::environment::Environment;
use super::findings::{Findings, Place};
use super::scalars::{KEYS, Scalars};
use config::{Config, ValueKind};
use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

const PREFIX: &str = "IDP_GATEWAY__";

/// The variable that stands for `key`: `store.path` is `IDP_GATEWAY__STORE__PATH`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// A value and where it came from.
#[derive(Debug)]
pub(super) struct Given<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// The scalars of all layers.
pub(super) struct Layers {
    merged: Config,
    places: HashMap<&'static str, Place>,
}

impl Layers {
    /// Merges; `places` says where the file has which key. Unknown variables under the prefix are findings: a
    /// mistyped name would otherwise be silently without effect.
    pub(super) fn merge(
        file: &Scalars,
        mut places: HashMap<&'static str, Place>,
        environment: &Environment,
        findings: &mut Findings,
    ) -> Option<Self> {
        let mut variables = HashMap::new();
        for (name, value) in environment.with_prefix(PREFIX) {
            let place = Place::Variable(name.to_owned());
            let Some(key) = KEYS.iter().copied().find(|key| variable(key).eq_ignore_ascii_case(name)) else {
                let names = KEYS.iter().map(|key| variable(key)).collect::<Vec<_>>().join(", ");
                findings.error(place, "", format!("stands for no key; there are {names}"));
                continue;
            };
            match value {
                None => findings.error(place, key, "is not Unicode"),
                Some("") => {}
                Some(value) => {
                    variables.insert(variable(key), value.to_owned());
                    places.insert(key, place);
                }
            }
        }
        let over = config::Environment::with_prefix("IDP_GATEWAY")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(false)
            .source(Some(variables));
        let merged = Config::try_from(file)
            .and_then(|file| Config::builder().add_source(file).add_source(over).build())
            .map_err(|error| findings.error(Place::File("configuration".into()), "", error.to_string()));
        Some(Self { merged: merged.ok()?, places })
    }

    /// Where `key` was set, or the first key below it; nowhere in particular where none was.
    pub(super) fn place(&self, key: &str) -> Place {
        let below = |name: &str| name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        let inner = || KEYS.iter().filter(|name| below(name)).find_map(|name| self.places.get(name));
        let found = self.places.get(key).or_else(inner).cloned();
        found.unwrap_or_else(|| Place::File("configuration".into()))
    }

    /// Whether `key` was set in the file, so that a path in it is relative to the file.
    pub(super) fn is_from_file(&self, key: &'static str) -> bool {
        matches!(self.places.get(key), Some(Place::Line { .. }))
    }

    /// The text of `key`, numbers and switches included.
    pub(super) fn text(&self, key: &'static str) -> Option<Given<String>> {
        let value = self.merged.get::<config::Value>(key).ok()?;
        if value.kind == ValueKind::Nil {
            return None;
        }
        Some(Given { value: value.into_string().ok()?, place: self.place(key) })
    }

    /// The strings of `key`: an array in the file, separated by commas in a variable.
    pub(super) fn list(&self, key: &'static str) -> Vec<String> {
        let Ok(value) = self.merged.get::<config::Value>(key) else { return Vec::new() };
        match value.kind {
            ValueKind::Array(items) => items.into_iter().filter_map(|item| item.into_string().ok()).collect(),
            ValueKind::String(text) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// `key` as `T`, or `default` where it is not set; `wanted` completes "must be …".
    pub(super) fn parse<T: FromStr>(
        &self,
        key: &'static str,
        default: T,
        wanted: impl Display,
        findings: &mut Findings,
    ) -> T {
        let Some(given) = self.text(key) else { return default };
        given.value.parse().unwrap_or_else(|_| {
            findings.error(given.place, key, format!("`{}` must be {wanted}", given.value.escape_debug()));
            default
        })
    }

    /// `key` as a whole number of `least` to `most`.
    pub(super) fn number(
        &self,
        key: &'static str,
        default: u64,
        (least, most): (u64, u64),
        findings: &mut Findings,
    ) -> u64 {
        let wanted = format!("a whole number of {least} to {most}");
        let number = self.parse(key, default, &wanted, findings);
        if (least..=most).contains(&number) {
            return number;
        }
        findings.error(self.place(key), key, format!("`{number}` must be {wanted}"));
        default
    }
}
