//! The text of a pack: what is wrong with it, and where; what is laid over what.

use serde::de::DeserializeOwned;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// The longest pack, in bytes.
pub const LONGEST: usize = 256 * 1024;
/// The most parts that a key has: the reader of TOML goes as deep.
const MOST_PARTS: usize = 24;

/// Something that is wrong with a pack, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackError {
    /// The line, from 1; 0 where none is to blame.
    pub line: usize,
    /// The column, from 1; 0 where none is to blame.
    pub column: usize,
    /// The key, in full; empty where none is to blame.
    pub key: String,
    /// What is wrong, and the remedy.
    pub message: String,
}

/// All that is wrong with a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackErrors {
    /// The file, as errors name it.
    pub file: String,
    /// What is wrong, in the order of the file.
    pub errors: Vec<PackError>,
}

impl fmt::Display for PackErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.errors.iter().enumerate() {
            let end = if at + 1 < self.errors.len() { "\n" } else { "" };
            let key = if error.key.is_empty() { String::new() } else { format!("{}: ", error.key) };
            match error.line {
                0 => write!(f, "{}: {key}{}{end}", self.file, error.message)?,
                line => write!(f, "{}:{line}:{}: {key}{}{end}", self.file, error.column, error.message)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for PackErrors {}

/// What is wrong, by key; a place in the text is found once all are known.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

#[derive(Debug)]
struct Fault {
    key: Vec<String>,
    /// Where in the key's text.
    offset: usize,
    /// Where in the file, where that is known.
    place: Option<usize>,
    /// Whether that is the place of a value, which the key is found by.
    is_value: bool,
    message: String,
}

impl Faults {
    /// Something is wrong with the value of a key.
    pub(crate) fn add(&mut self, key: &[&str], message: impl Into<String>) {
        self.add_at(key, 0, message);
    }

    /// Something is wrong with the text of a key, at an offset of it.
    pub(crate) fn add_at(&mut self, key: &[&str], offset: usize, message: impl Into<String>) {
        let key = key.iter().map(ToString::to_string).collect();
        self.0.push(Fault { key, offset, place: None, is_value: false, message: message.into() });
    }

    /// Whether something is wrong with a key, or with what is below it.
    pub(crate) fn has(&self, key: &[&str]) -> bool {
        self.0.iter().any(|fault| fault.key.len() >= key.len() && fault.key.iter().zip(key).all(|(a, b)| a == b))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The errors, each in its place; `over` is the key under which what was read stands, in the file.
    pub(crate) fn located(self, text: &str, root: &DeTable<'_>, over: &[&str]) -> Vec<PackError> {
        let located = |fault: Fault| {
            let whole: Vec<&str> = over.iter().copied().chain(fault.key.iter().map(String::as_str)).collect();
            let plain: Vec<&str> = fault.key.iter().map(String::as_str).collect();
            let found = |key: &[&str]| find(text, root, key, fault.offset);
            let key = fault.place.and_then(|place| key_at(root, place)).filter(|_| fault.is_value);
            let key = key.unwrap_or_else(|| fault.key.join("."));
            let place = fault.place.or_else(|| {
                let exact = found(&whole).filter(|(depth, _)| *depth == whole.len());
                exact.or_else(|| found(&plain)).map(|(_, place)| place)
            });
            let (line, column) = place.map_or((0, 0), |place| line_and_column(text, place));
            PackError { line, column, key, message: fault.message }
        };
        self.0.into_iter().map(located).collect()
    }
}

/// How deep a key is found, and where its text, or that of the nearest key above it, stands.
fn find(text: &str, root: &DeTable<'_>, key: &[&str], offset: usize) -> Option<(usize, usize)> {
    let (mut table, mut place) = (root, None);
    for (depth, part) in key.iter().enumerate() {
        let Some((name, item)) = table.get_key_value(*part) else { break };
        place = Some((depth + 1, name.span().start));
        match item.get_ref() {
            DeValue::Table(inner) => table = inner,
            DeValue::String(_) if depth + 1 == key.len() => {
                let span = item.span();
                let raw = text.get(span.clone()).unwrap_or_default();
                let quote = if raw.starts_with("'''") || raw.starts_with("\"\"\"") { 3 } else { 1 };
                let line = usize::from(quote == 3 && raw[3..].starts_with('\n'));
                let at = if offset == 0 { span.start } else { (span.start + quote + line + offset).min(span.end) };
                place = Some((depth + 1, at));
                break;
            }
            _ => break,
        }
    }
    place
}

/// The key of the innermost value that stands there.
fn key_at(table: &DeTable<'_>, place: usize) -> Option<String> {
    table.iter().find_map(|(name, item)| {
        let below = match item.get_ref() {
            DeValue::Table(inner) => key_at(inner, place),
            _ => item.span().contains(&place).then(String::new),
        }?;
        Some(if below.is_empty() { name.get_ref().to_string() } else { format!("{}.{below}", name.get_ref()) })
    })
}

fn line_and_column(text: &str, place: usize) -> (usize, usize) {
    let mut place = place.min(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    let before = &text[..place];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// Reads the text of a pack.
pub(crate) fn parse(text: &str) -> Result<DeTable<'_>, Vec<PackError>> {
    let whole = |message: String| vec![PackError { line: 0, column: 0, key: String::new(), message }];
    if text.len() > LONGEST {
        return Err(whole(format!(
            "is longer than {LONGEST} bytes; a pack says only where a vendor departs from its base"
        )));
    }
    let parts = |line: &str| line.split('=').next().unwrap_or_default().matches('.').count();
    if let Some(line) = text.lines().position(|line| parts(line) >= MOST_PARTS) {
        let message = format!("a key of {MOST_PARTS} parts or more; no pack has one");
        return Err(vec![PackError { line: line + 1, column: 1, key: String::new(), message }]);
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(root.into_inner());
    }
    let error = |error: &toml::de::Error| {
        let (line, column) = error.span().map_or((0, 0), |span| line_and_column(text, span.start));
        PackError { line, column, key: String::new(), message: format!("this is not TOML: {}", error.message()) }
    };
    Err(errors.iter().take(20).map(error).collect())
}

/// Lays `over` over `base`: tables member by member, anything else as a whole.
pub(crate) fn lay<'t>(base: &mut DeTable<'t>, over: &DeTable<'t>) {
    for (key, item) in over {
        match (base.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut), item.get_ref()) {
            (Some(DeValue::Table(under)), DeValue::Table(table)) => lay(under, table),
            _ => {
                base.insert(key.clone(), item.clone());
            }
        }
    }
}

/// A table as `T`; what does not fit is a fault in its place.
pub(crate) fn read<T: DeserializeOwned + Default>(table: DeTable<'_>, key: &[&str], faults: &mut Faults) -> T {
    let end = table.iter().map(|(_, item)| item.span().end).max().unwrap_or_default();
    match T::deserialize(ValueDeserializer::from(Spanned::new(0..end, DeValue::Table(table)))) {
        Ok(value) => value,
        Err(error) => {
            faults.add(key, plain(error.message()));
            if let (Some(fault), Some(span)) = (faults.0.last_mut(), error.span().filter(|span| span.start > 0)) {
                fault.place = Some(span.start);
                fault.is_value = !error.message().starts_with("unknown field");
            }
            T::default()
        }
    }
}

/// Serde's message in the words of someone who writes a file.
fn plain(message: &str) -> String {
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected "));
    let Some((field, known)) = unknown else {
        return message
            .replace("a sequence", "an array")
            .replace("a map", "a table")
            .replace("a boolean", "true or false");
    };
    let score = |known: &str| strsim::normalized_damerau_levenshtein(known, field);
    let names = known.trim_start_matches("one of ").split(", ").map(|name| name.trim_matches('`'));
    match names.filter(|name| score(name) > 0.6).max_by(|a, b| score(a).total_cmp(&score(b))) {
        Some(near) => format!("`{}` is no key here; did you mean `{near}`?", field.escape_debug()),
        None => format!("`{}` is no key here; there are {}", field.escape_debug(), known.trim_start_matches("one of ")),
    }
}
