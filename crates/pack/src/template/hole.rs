//! A hole of a template: what stands in it, and how it is written.

use super::names::{Place, Source};
use super::value::Filter;

/// A hole, as `{{expires_in-1|text? if offline}}` says it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hole {
    pub(crate) source: Source,
    pub(crate) filters: Box<[Filter]>,
    /// Whether the member that it stands in is left out where there is no value.
    pub(crate) optional: bool,
    /// The scope without which there is no value.
    pub(crate) scope: Option<&'static str>,
}

impl Hole {
    /// Reads what stands between the braces; the error says what to write.
    pub(crate) fn parse(text: &str, place: Place<'_>) -> Result<Self, String> {
        let text = text.trim();
        let (text, scope) = match text.split_once(" if ") {
            Some((text, scope)) => (text.trim_end(), Some(dialect::intern(scope.trim()))),
            None => (text, None),
        };
        let (text, marked) = match text.strip_suffix('?') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let mut words = text.split('|');
        let (name, offset) = offset(words.next().unwrap_or_default().trim())?;
        let source = Source::parse(name, place)?;
        let mut filters: Vec<_> = offset.map(Filter::Add).into_iter().collect();
        for word in words {
            filters.push(Filter::parse(word)?);
        }
        Ok(Self { source, filters: filters.into(), optional: marked || scope.is_some(), scope })
    }

    /// Whether nothing but the source's own value stands in it.
    pub(crate) fn is_plain(&self) -> bool {
        self.filters.is_empty()
    }
}

/// A name and what is added to its number: `now+3600`.
fn offset(text: &str) -> Result<(&str, Option<i64>), String> {
    let Some(at) = text.rfind(['+', '-']).filter(|at| text[at + 1..].bytes().all(|b| b.is_ascii_digit())) else {
        return Ok((text, None));
    };
    let (name, number) = text.split_at(at);
    let most = |number: &i64| number.abs() <= 1_000_000_000_000;
    match number.parse::<i64>().ok().filter(most) {
        Some(number) => Ok((name, Some(number))),
        None => Err(format!("`{text}` adds no whole number; write it as in `now+3600`")),
    }
}
