//! The settings of the process as they were given: the environment over the file, over the defaults.

mod declared;
mod kind;
mod level;
#[cfg(test)]
mod manual;

use super::document::{Item, Locator, plain};
use super::environment::Environment;
use super::findings::{Findings, Place};
use admin_api::SecretText;
pub use declared::*;
use declared::{find, names_in};
pub use kind::Kind;
use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use toml::de::DeTable;

const PREFIX: &str = "IDP_GATEWAY__";
/// Variables by which commands find the gateway: no setting's, though two are named like one.
const OF_COMMANDS: [&str; 3] = ["IDP_GATEWAY_ADMIN_URL", "IDP_GATEWAY_ADMIN_TOKEN", "IDP_GATEWAY_NAMESPACE"];

/// A value and where it came from.
#[derive(Clone, Debug)]
struct Given {
    text: SecretText,
    place: Place,
}

/// The settings of the process. Every value that is there is of its setting's kind; Debug shows none.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    given: HashMap<&'static str, Given>,
    /// Defaults that other settings made.
    made: HashMap<&'static str, String>,
}

impl Settings {
    /// Reads the sections of a file, then the environment. What is not known or not of its kind is a finding, and as if
    /// it were not there.
    pub(super) fn read(
        locator: &Locator<'_>,
        root: &DeTable<'_>,
        environment: &Environment,
        findings: &mut Findings,
    ) -> Self {
        let mut settings = Self::default();
        settings.read_table(locator, "", root, findings);
        settings.read_environment(environment, findings);
        Self::warn_of_near_misses(environment, findings);
        settings
    }

    fn read_table(&mut self, locator: &Locator<'_>, path: &str, table: &DeTable<'_>, findings: &mut Findings) {
        let names = names_in(path);
        for (key, item) in table {
            let name = key.get_ref().as_ref();
            let full = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let at_key = || locator.place(key.span().start);
            if let Some(setting) = find(&full) {
                self.read_item(locator, setting, item, at_key(), findings);
            } else if !names.contains(&name) {
                let message = if path.is_empty() {
                    format!("unknown section; there are {} and [[mount]]", names.join(", "))
                } else {
                    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                    format!("unknown key; expected one of {}", names.join(", "))
                };
                findings.error(at_key(), full, message);
            } else if let Some(inner) = item.get_ref().as_table() {
                self.read_table(locator, &full, inner, findings);
            } else {
                let message = format!("must be a table of settings: write [{full}], with one bracket on each side");
                findings.error(locator.place(item.span().start), full, message);
            }
        }
    }

    fn read_item(
        &mut self,
        locator: &Locator<'_>,
        setting: &'static Setting,
        item: &Item<'_>,
        place: Place,
        findings: &mut Findings,
    ) {
        match setting.kind.text_of(item) {
            Ok(text) => self.put(setting, text, place, findings),
            Err(error) => {
                findings.error(locator.place(item.span().start), setting.key, plain(error.message()));
            }
        }
    }

    fn read_environment(&mut self, environment: &Environment, findings: &mut Findings) {
        for (name, value) in environment.with_prefix(PREFIX) {
            let place = Place::Variable(name.to_owned());
            let setting = ALL.iter().find(|setting| setting.variable().eq_ignore_ascii_case(name));
            match (setting, value) {
                (None, _) => {
                    let names: Vec<_> = ALL.iter().map(|setting| setting.variable()).collect();
                    findings.error(place, "", format!("stands for no key; there are {}", names.join(", ")));
                }
                (Some(setting), None) => findings.error(place, setting.key, "is not Unicode"),
                (Some(_), Some("")) => {}
                (Some(setting), Some(value)) => self.put(setting, value.to_owned(), place, findings),
            }
        }
    }

    /// Warns of variables that are a setting's but for their underscores, and so without effect.
    fn warn_of_near_misses(environment: &Environment, findings: &mut Findings) {
        let letters = |name: &str| name.replace('_', "").to_ascii_uppercase();
        let of_commands = |name: &str| OF_COMMANDS.iter().any(|known| name.eq_ignore_ascii_case(known));
        for (name, _) in environment.with_prefix("IDP_GATEWAY_").filter(|(name, _)| !of_commands(name)) {
            let is_setting = ALL.iter().find(|setting| letters(&setting.variable()) == letters(name));
            if let Some(setting) = is_setting.filter(|setting| !setting.variable().eq_ignore_ascii_case(name)) {
                let message = format!("has no effect; the variable of {} is {}", setting.key, setting.variable());
                findings.warn(Place::Variable(name.to_owned()), "", message);
            }
        }
    }

    fn put(&mut self, setting: &'static Setting, text: String, place: Place, findings: &mut Findings) {
        match setting.kind.check(&text) {
            Ok(()) => drop(self.given.insert(setting.key, Given { text: text.into(), place })),
            Err(why) => findings.error(place, setting.key, why),
        }
    }

    /// Says what holds where the setting is not given, made of others.
    pub(super) fn make(&mut self, setting: &'static Setting, text: String) {
        self.made.insert(setting.key, text);
    }

    /// Keeps those that only a restart changes as they are in `fixed`, with a warning for each that was changed.
    pub(super) fn hold(&mut self, fixed: &Self, findings: &mut Findings) {
        for setting in ALL.iter().filter(|setting| setting.change == Change::Restart) {
            if self.asked(setting) != fixed.asked(setting) {
                self.warn(setting, RESTART, findings);
                self.given.remove(setting.key);
                self.given.extend(fixed.given.get(setting.key).map(|given| (setting.key, given.clone())));
            }
        }
    }

    /// Whether the file holds a secret in clear: a URL without credentials is none.
    pub(super) fn holds_secrets(&self) -> bool {
        let secrets = ALL.iter().filter(|setting| matches!(setting.kind, Kind::Secret));
        secrets.filter_map(|setting| self.given.get(setting.key)).any(|given| {
            let text = given.text.expose();
            let is_bare_url = text.contains("://") && !text.contains('@') && !text.contains("password=");
            matches!(given.place, Place::Line { .. }) && !is_bare_url
        })
    }

    /// Where the setting was given; nowhere in particular where it was not.
    pub(super) fn place(&self, setting: &Setting) -> Place {
        let given = self.given.get(setting.key).map(|given| given.place.clone());
        given.unwrap_or_else(|| Place::File("configuration".into()))
    }

    /// Whether it was given, rather than left to its default.
    pub(super) fn is_given(&self, setting: &Setting) -> bool {
        self.given.contains_key(setting.key)
    }

    /// What a path in it is relative to: the file's folder where the file gives it, else the working directory.
    pub(super) fn base_of<'p>(&self, setting: &Setting, base: &'p Path) -> &'p Path {
        if matches!(self.place(setting), Place::Line { .. }) { base } else { Path::new("") }
    }

    pub(super) fn error(&self, setting: &Setting, message: impl Into<String>, findings: &mut Findings) {
        findings.error(self.place(setting), setting.key, message);
    }

    pub(super) fn warn(&self, setting: &Setting, message: impl Into<String>, findings: &mut Findings) {
        findings.warn(self.place(setting), setting.key, message);
    }

    /// Where its value comes from: `file`, `environment` or `default`.
    pub fn source(&self, setting: &Setting) -> &'static str {
        match self.given.get(setting.key).map(|given| &given.place) {
            None => "default",
            Some(Place::Variable(_)) => "environment",
            Some(Place::File(_) | Place::Line { .. }) => "file",
        }
    }

    /// Its text, numbers and switches included: as given, else the default.
    pub fn text(&self, setting: &Setting) -> Option<&str> {
        self.asked(setting).or_else(|| self.made.get(setting.key).map(String::as_str))
    }

    /// As given, else the default that nothing else makes.
    fn asked(&self, setting: &Setting) -> Option<&str> {
        let given = self.given.get(setting.key).map(|given| given.text.expose());
        given.or(match setting.default {
            Unset::Is(text) => Some(text),
            Unset::Nothing | Unset::Made(_) => None,
        })
    }

    /// Its value; `None` where nothing is given and there is no default.
    pub fn get<T: FromStr>(&self, setting: &Setting) -> Option<T> {
        self.text(setting)?.parse().ok()
    }

    /// A switch or a number that has a default.
    pub fn value<T: FromStr + Default>(&self, setting: &Setting) -> T {
        self.get(setting).unwrap_or_default()
    }

    /// A number of milliseconds that has a default.
    pub fn millis(&self, setting: &Setting) -> Duration {
        Duration::from_millis(self.value(setting))
    }

    /// The texts of a list.
    pub fn list(&self, setting: &Setting) -> impl Iterator<Item = &str> {
        self.text(setting).into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|item| !item.is_empty())
    }
}

pub(super) const RESTART: &str =
    "takes effect when the gateway is started anew; until then it goes on with what it has";
