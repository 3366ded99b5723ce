//! The clients and users of one mount, gathered from its tables and files.

use super::document::{Item, Locator, Table, plain};
use super::entries::{Checked, Rules};
use super::files::BYTE_ORDER_MARK;
use super::findings::{Findings, Place};
use admin_api::{ClientSpec, UserSpec};
use grant::{Client, Remark, User};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use toml::de::DeValue;

/// What clients and users have in common while they are gathered.
pub(super) trait Kind: Sized {
    type Spec: DeserializeOwned;
    /// The table's path in the file.
    const PATH: &'static str;
    /// The key that must be unique, and what to call one of the kind.
    const ID: &'static str;
    const NOUN: &'static str;
    fn check(rules: &Rules<'_>, spec: Self::Spec) -> Result<Checked<Self>, Vec<Remark>>;
    fn id(&self) -> Arc<str>;
    fn label(spec: &Self::Spec) -> &str;
    /// Whether it is written with its secret in clear.
    fn shows_secret(spec: &Self::Spec) -> bool;
}

impl Kind for Client {
    type Spec = ClientSpec;
    const PATH: &'static str = "mount.client";
    const ID: &'static str = "id";
    const NOUN: &'static str = "client";

    fn check(rules: &Rules<'_>, spec: ClientSpec) -> Result<Checked<Self>, Vec<Remark>> {
        rules.client(spec)
    }

    fn id(&self) -> Arc<str> {
        self.id.shared()
    }

    fn label(spec: &ClientSpec) -> &str {
        &spec.id
    }

    fn shows_secret(spec: &ClientSpec) -> bool {
        spec.secret.is_some() || spec.secrets.iter().flatten().any(|secret| secret.secret.is_some())
    }
}

impl Kind for User {
    type Spec = UserSpec;
    const PATH: &'static str = "mount.user";
    const ID: &'static str = "sub";
    const NOUN: &'static str = "user";

    fn check(rules: &Rules<'_>, spec: UserSpec) -> Result<Checked<Self>, Vec<Remark>> {
        rules.user(spec)
    }

    fn id(&self) -> Arc<str> {
        Arc::clone(&self.sub)
    }

    fn label(spec: &UserSpec) -> &str {
        &spec.sub
    }

    fn shows_secret(spec: &UserSpec) -> bool {
        spec.password.is_some()
    }
}

/// Gathers one kind of entry of one mount.
pub(super) struct Roster<'a, K> {
    pub(super) rules: Rules<'a>,
    entries: Vec<K>,
    places: HashMap<Arc<str>, Place>,
    /// Names of those with weak secrets, and why.
    pub(super) weak: Vec<(Arc<str>, &'static str)>,
    /// Whether what was added last, the tables or a file, holds a secret in clear.
    pub(super) holds_secrets: bool,
}

impl<'a, K: Kind> Roster<'a, K> {
    pub(super) fn new(rules: Rules<'a>) -> Self {
        Self { rules, entries: Vec::new(), places: HashMap::new(), weak: Vec::new(), holds_secrets: false }
    }

    /// Adds the `[[mount.client]]` or `[[mount.user]]` tables.
    pub(super) fn add_tables(&mut self, item: Item<'_>, locator: &Locator<'_>, findings: &mut Findings) {
        self.holds_secrets = false;
        let table = Table::new(locator, K::PATH, &item);
        let DeValue::Array(_) = item.get_ref() else {
            return table.error(findings, "", format!("write [[{}]], with two brackets on each side", K::PATH));
        };
        let DeValue::Array(items) = item.into_inner() else { return };
        for item in items {
            let table = Table::new(locator, K::PATH, &item);
            if let Some(spec) = table.read(findings) {
                self.add(spec, |key| (table.place(key), table.key(key)), findings);
            }
        }
    }

    /// Adds a file of JSON Lines, one entry to a line.
    pub(super) fn add_file(&mut self, path: &Path, findings: &mut Findings) -> std::io::Result<()> {
        self.holds_secrets = false;
        let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
        let file: Arc<str> = path.display().to_string().into();
        let mut text = zeroize::Zeroizing::new(String::new());
        for number in 1.. {
            text.clear();
            if reader.read_line(&mut text)? == 0 {
                break;
            }
            let line = text.trim_start_matches(BYTE_ORDER_MARK).trim();
            if line.is_empty() {
                continue;
            }
            let place = |column| Place::Line { file: Arc::clone(&file), line: number, column };
            match serde_json::from_str(line) {
                Ok(spec) => self.add(spec, |key| (place(None), key.to_owned()), findings),
                Err(error) => {
                    let message = error.to_string();
                    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
                    let key = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
                    findings.error(place(Some(error.column())), key.unwrap_or_default(), plain(message));
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, spec: K::Spec, locate: impl Fn(&str) -> (Place, String), findings: &mut Findings) {
        self.holds_secrets |= K::shows_secret(&spec);
        let label = format!("{} `{}`: ", K::NOUN, K::label(&spec).escape_debug());
        let named =
            |fault: Remark| if fault.key == K::ID { fault.message } else { format!("{label}{}", fault.message) };
        match K::check(&self.rules, spec) {
            Err(faults) => {
                for fault in faults {
                    let (place, key) = locate(fault.key);
                    findings.error(place, key, named(fault));
                }
            }
            Ok(checked) => {
                for fault in checked.warnings {
                    let (place, key) = locate(fault.key);
                    findings.warn(place, key, named(fault));
                }
                self.add_checked(checked.value, checked.weak, || locate(K::ID), findings);
            }
        }
    }

    /// Adds an entry that passed every check; the error of one that is there already stands where `locate` says.
    pub(super) fn add_checked(
        &mut self,
        value: K,
        weak: Option<&'static str>,
        locate: impl FnOnce() -> (Place, String),
        findings: &mut Findings,
    ) {
        let (id, (place, key)) = (value.id(), locate());
        match self.places.entry(Arc::clone(&id)) {
            Entry::Occupied(first) => {
                let message = format!("{} `{id}` is there already, at {}; rename or remove one", K::NOUN, first.get());
                findings.error(place, key, message);
            }
            Entry::Vacant(free) => {
                free.insert(place);
                self.weak.extend(weak.map(|why| (id, why)));
                self.entries.push(value);
            }
        }
    }

    /// Where the entry of that id stands.
    pub(super) fn place(&self, id: &str) -> Option<&Place> {
        self.places.get(id)
    }

    pub(super) fn entries(&self) -> &[K] {
        &self.entries
    }

    pub(super) fn into_entries(self) -> Vec<K> {
        self.entries
    }
}
