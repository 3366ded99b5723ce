//! What a hole is filled with, and what filters make of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grant::{Scopes, Value};
use std::borrow::Cow;
use time::OffsetDateTime;

/// A value on its way into a template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filling<'a> {
    /// There is none.
    Absent,
    Int(i64),
    Text(Cow<'a, str>),
    List(Cow<'a, Scopes>),
    Data(&'a Value),
}

impl<'a> From<&'a str> for Filling<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Filling<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Filling<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

impl<'a> From<&'a Value> for Filling<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Absent,
            Value::Int(number) => Self::Int(*number),
            Value::Text(text) => Self::Text(Cow::Borrowed(text)),
            other => Self::Data(other),
        }
    }
}

impl<'a> Filling<'a> {
    /// As text; a list is joined by spaces, and what has no text of its own is JSON.
    pub(crate) fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Absent => "".into(),
            Self::Int(number) => number.to_string().into(),
            Self::Text(text) => text,
            Self::List(scopes) => scopes.joined().into(),
            Self::Data(value) => serde_json::to_string(value).unwrap_or_default().into(),
        }
    }

    /// As a claim's value.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Absent => Value::Null,
            Self::Int(number) => number.into(),
            Self::Text(text) => Value::Text(text.into()),
            Self::List(scopes) => (&*scopes).into(),
            Self::Data(value) => value.clone(),
        }
    }
}

/// What is made of a value before it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    Add(i64),
    Int,
    Millis,
    Minutes,
    Upper,
    Lower,
    Base64,
    Label,
    Join(Box<str>),
    Or(Box<str>),
    Date(Format),
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `2026-11-29T10:03:04Z`.
    Iso,
    /// `2026-11-29T10:03:04.000Z`.
    IsoMillis,
    /// `Sun, 29 Nov 2026 10:03:04 GMT`.
    Http,
    /// `2026-11-29 10:03:04Z`.
    Spaced,
}

/// The filters that take nothing, with what they do.
pub(crate) const FILTERS: &[(&str, Filter, &str)] = &[
    ("int", Filter::Int, "The text as a number."),
    ("ms", Filter::Millis, "Seconds as milliseconds."),
    ("minutes", Filter::Minutes, "Seconds as whole minutes."),
    ("upper", Filter::Upper, "In capitals."),
    ("lower", Filter::Lower, "In small letters."),
    ("base64", Filter::Base64, "In base64."),
    ("label", Filter::Label, "What stands before the first dot."),
    ("iso", Filter::Date(Format::Iso), "A moment as `2026-11-29T10:03:04Z`."),
    ("iso_ms", Filter::Date(Format::IsoMillis), "A moment as `2026-11-29T10:03:04.000Z`."),
    ("http_date", Filter::Date(Format::Http), "A moment as `Sun, 29 Nov 2026 10:03:04 GMT`."),
    ("spaced_date", Filter::Date(Format::Spaced), "A moment as `2026-11-29 10:03:04Z`."),
];

impl Filter {
    /// The filter of that name; the error says which there are.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((name, by)) if name.trim() == "join" => return Ok(Self::Join(by.into())),
            Some((name, text)) if name.trim() == "or" => return Ok(Self::Or(text.into())),
            _ => {}
        }
        let name = text.trim();
        FILTERS.iter().find(|(known, ..)| *known == name).map(|(_, filter, _)| filter.clone()).ok_or_else(|| {
            let known: Vec<_> = FILTERS.iter().map(|(name, ..)| *name).collect();
            format!("`{}` is no filter; there are {}, join:… and or:…", name.escape_debug(), known.join(", "))
        })
    }

    /// What it makes of `value`; where there is none, none.
    pub(crate) fn apply<'a>(&self, value: Filling<'a>) -> Filling<'a> {
        let number = |value: &Filling<'_>| match value {
            Filling::Int(number) => Some(*number),
            Filling::Text(text) => text.parse().ok(),
            _ => None,
        };
        match (self, value) {
            (Self::Or(text), Filling::Absent) => Filling::Text(text.to_string().into()),
            (Self::Or(_), value) => value,
            (_, Filling::Absent) => Filling::Absent,
            (Self::Int, value) => number(&value).map_or(value, Filling::Int),
            (Self::Add(more), value) => counted(number(&value), |n| n.saturating_add(*more)),
            (Self::Millis, value) => counted(number(&value), |n| n.saturating_mul(1000)),
            (Self::Minutes, value) => counted(number(&value), |n| n / 60),
            (Self::Date(format), value) => number(&value).map_or(Filling::Absent, |at| format.write(at).into()),
            (Self::Join(by), Filling::List(scopes)) => {
                let names: Vec<_> = scopes.iter().map(grant::Scope::as_str).collect();
                names.join(by).into()
            }
            (Self::Join(by), value) => value.into_text().replace(' ', by).into(),
            (Self::Upper, value) => value.into_text().to_uppercase().into(),
            (Self::Lower, value) => value.into_text().to_lowercase().into(),
            (Self::Base64, value) => STANDARD.encode(value.into_text().as_bytes()).into(),
            (Self::Label, value) => value.into_text().split('.').next().unwrap_or_default().to_owned().into(),
        }
    }
}

fn counted(number: Option<i64>, count: impl Fn(i64) -> i64) -> Filling<'static> {
    number.map_or(Filling::Absent, |number| Filling::Int(count(number)))
}

impl Format {
    fn write(self, at: i64) -> String {
        let Ok(at) = OffsetDateTime::from_unix_timestamp(at) else { return String::new() };
        let (date, time) = (at.date(), at.time());
        let (year, month, day) = date.to_calendar_date();
        let (hour, minute, second) = time.as_hms();
        let number = u8::from(month);
        match self {
            Self::Iso => format!("{year:04}-{number:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
            Self::IsoMillis => format!("{year:04}-{number:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z"),
            Self::Spaced => format!("{year:04}-{number:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z"),
            Self::Http => {
                let (weekday, month) = (date.weekday().to_string(), month.to_string());
                let short = |name: &str| name.chars().take(3).collect::<String>();
                let (weekday, month) = (short(&weekday), short(&month));
                format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_vendors_do() {
        for (format, text) in [
            (Format::Iso, "2026-11-29T10:03:04Z"),
            (Format::IsoMillis, "2026-11-29T10:03:04.000Z"),
            (Format::Http, "Sun, 29 Nov 2026 10:03:04 GMT"),
            (Format::Spaced, "2026-11-29 10:03:04Z"),
        ] {
            assert_eq!(format.write(1_795_946_584), text);
        }
        assert_eq!(Format::Iso.write(i64::MAX), "");
    }

    #[test]
    fn filters_leave_absent_what_is_absent() {
        for (name, filter, _) in FILTERS {
            assert_eq!(filter.apply(Filling::Absent), Filling::Absent, "{name}");
        }
        assert_eq!(Filter::parse("or:x").unwrap().apply(Filling::Absent), Filling::from("x"));
        assert!(Filter::parse("shell").unwrap_err().contains("base64"));
    }
}
