//! TOML with the place of every key, so that each finding can name its line.

use super::findings::{Findings, Place};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// A value and where it stands.
pub(super) type Item<'t> = Spanned<DeValue<'t>>;

/// Turns offsets of one file into places.
#[derive(Debug)]
pub(super) struct Locator<'t> {
    file: Arc<str>,
    text: &'t str,
    line_starts: Vec<usize>,
}

impl<'t> Locator<'t> {
    fn new(file: Arc<str>, text: &'t str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, line_starts }
    }

    pub(super) fn file(&self) -> Place {
        Place::File(Arc::clone(&self.file))
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map(|before| before.chars().count() + 1);
        Place::Line { file: Arc::clone(&self.file), line, column }
    }
}

const DUPLICATE: &str = "duplicate key";

/// The heading that has one bracket where a list has two, and where it stands: beside it the others, which are right, are
/// duplicates to TOML.
fn single_heading(text: &str, message: &str) -> Option<(usize, &'static str)> {
    let mut offset = 0;
    text.split_inclusive('\n').filter(|_| message == DUPLICATE).find_map(|line| {
        let start = offset;
        offset += line.len();
        let name = line.trim_start().strip_prefix('[')?.split_once(']')?.0.trim();
        ["mount", "mount.client", "mount.user", "admin.tokens"]
            .into_iter()
            .find(|list| *list == name)
            .map(|list| (start, list))
    })
}

/// Reads `text`; every syntax error becomes a finding.
pub(super) fn parse<'t>(file: &str, text: &'t str, findings: &mut Findings) -> Option<(Locator<'t>, DeTable<'t>)> {
    let locator = Locator::new(file.into(), text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let single = errors.iter().find_map(|error| single_heading(text, error.message()));
    if let Some((offset, name)) = single {
        let message = format!("write [[{name}]], with two brackets on each side");
        findings.error(locator.place(offset), name, message);
    }
    for error in errors.iter().filter(|error| single.is_none() || error.message() != DUPLICATE) {
        // The error's own Display quotes the line, which may hold a secret.
        let place = error.span().map_or_else(|| locator.file(), |span| locator.place(span.start));
        findings.error(place, "", format!("this is not TOML: {}", error.message()));
    }
    errors.is_empty().then(|| (locator, root.into_inner()))
}

/// A table of the document and its path.
#[derive(Debug)]
pub(super) struct Table<'a, 't> {
    locator: &'a Locator<'t>,
    path: &'static str,
    item: &'a Item<'t>,
}

impl<'a, 't> Table<'a, 't> {
    pub(super) fn new(locator: &'a Locator<'t>, path: &'static str, item: &'a Item<'t>) -> Self {
        Self { locator, path, item }
    }

    /// Where `key` stands, or the table where it has no such key.
    pub(super) fn place(&self, key: &str) -> Place {
        let found = self.item.get_ref().as_table().and_then(|table| table.get_key_value(key));
        self.locator.place(found.map_or(self.item.span(), |(key, _)| key.span()).start)
    }

    /// Where `key` of the table `inner` stands.
    pub(super) fn place_in(&self, inner: &str, key: &str) -> Place {
        let table = self.item.get_ref().as_table().and_then(|table| table.get(inner));
        table.map_or_else(|| self.place(inner), |item| Table::new(self.locator, "", item).place(key))
    }

    /// The name of `key` in full.
    pub(super) fn key(&self, key: &str) -> String {
        if key.is_empty() { self.path.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn error(&self, findings: &mut Findings, key: &str, message: impl Into<String>) {
        findings.error(self.place(key), self.key(key), message);
    }

    /// The table as `T`; what does not fit becomes a finding.
    pub(super) fn read<T: DeserializeOwned>(&self, findings: &mut Findings) -> Option<T> {
        match T::deserialize(ValueDeserializer::from(self.item.clone())) {
            Ok(value) => Some(value),
            Err(error) => {
                let offset = error.span().unwrap_or(self.item.span()).start;
                let inner = self.item.get_ref().as_table().map(|table| key_at(table, offset)).unwrap_or_default();
                findings.error(self.locator.place(offset), self.key(&inner), plain(error.message()));
                None
            }
        }
    }
}

/// The path below `table` of the key at `offset`; empty where there is none. A table that has a heading of its own does
/// not lie within the one above it.
fn key_at(table: &DeTable<'_>, offset: usize) -> String {
    let inner = |item: &Item<'_>| item.get_ref().as_table().map(|table| key_at(table, offset)).unwrap_or_default();
    for (key, item) in table {
        let below = inner(item);
        if !below.is_empty() {
            return format!("{}.{below}", key.get_ref());
        }
    }
    let here = table.iter().find(|(key, item)| key.span().contains(&offset) || item.span().contains(&offset));
    here.map(|(key, _)| key.get_ref().to_string()).unwrap_or_default()
}

/// Serde's message in the words of someone who writes a file.
pub(super) fn plain(message: &str) -> String {
    if let Some((_, known)) = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected ")) {
        return format!("unknown key; expected {known}");
    }
    let words = [
        ("usize", "a whole number of 0 or more"),
        ("u64", "a whole number of 0 or more"),
        ("a boolean", "true or false"),
        ("a sequence", "an array"),
        ("a map", "a table"),
    ];
    let swap = |(from, to): (&str, &str)| {
        message.strip_suffix(from).filter(|rest| rest.ends_with("expected ")).map(|rest| format!("{rest}{to}"))
    };
    words.into_iter().find_map(swap).unwrap_or_else(|| message.to_owned())
}
