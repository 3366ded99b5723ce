//! Text with placeholders, compared with bytes.

use anyhow::{Context, Result, bail};

/// Text with placeholders.
#[derive(Debug)]
pub struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Literal(Vec<u8>),
    Placeholder { name: String, form: Form },
}

/// What a placeholder may stand for.
#[derive(Debug)]
enum Form {
    /// Exactly so many bytes of a class.
    Exactly(usize, fn(u8) -> bool),
    /// One or more bytes of a class.
    Some(fn(u8) -> bool),
    /// A version 4 UUID in lower case.
    Uuid,
    /// Three base64url parts with dots between.
    Jwt,
}

/// What the placeholders stood for, by name, in order.
pub type Captures = Vec<(String, String)>;

/// Where text and template part.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The first byte that no reading of the template admits.
    pub at: usize,
}

impl Template {
    /// Reads a template; `now` is the gateway's clock.
    pub fn parse(text: &str, now: i64) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        // A name has letters, digits, `_` and `+` alone, so that `{{"a":1}}` in JSON stays what it is.
        while let Some((before, name, after)) = next_placeholder(rest) {
            let mut literal = before.as_bytes().to_vec();
            if let Some(offset) = name.strip_prefix("now") {
                let offset: i64 = if offset.is_empty() { 0 } else { offset.parse().context("after `now`")? };
                literal.extend_from_slice((now + offset).to_string().as_bytes());
                parts.push(Part::Literal(literal));
            } else {
                parts.push(Part::Literal(literal));
                parts.push(Part::Placeholder { name: name.to_owned(), form: form(name)? });
            }
            rest = after;
        }
        parts.push(Part::Literal(rest.as_bytes().to_vec()));
        Ok(Self(parts))
    }

    /// Compares the whole of `bytes` with the template.
    pub fn matches(&self, bytes: &[u8]) -> Result<Captures, Mismatch> {
        let mut furthest = 0;
        let mut captures = Vec::new();
        if matches_from(&self.0, bytes, 0, &mut captures, &mut furthest) {
            captures.reverse();
            Ok(captures)
        } else {
            Err(Mismatch { at: furthest })
        }
    }
}

fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text[from..].find("{{")?;
        let inside = &text[open + 2..];
        let length = inside.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_+".contains(b)).count();
        if length > 0 && inside[length..].starts_with("}}") {
            return Some((&text[..open], &inside[..length], &inside[length + 2..]));
        }
        from = open + 1;
    }
}

fn form(name: &str) -> Result<Form> {
    let upper_hex: fn(u8) -> bool = |b| matches!(b, b'0'..=b'9' | b'A'..=b'F');
    let base64url: fn(u8) -> bool = is_base64url;
    Ok(match name {
        "jwt" | "jwt_id" | "jwt_refresh" => Form::Jwt,
        "uuid" => Form::Uuid,
        "hex32" => Form::Exactly(32, upper_hex),
        "hex64" => Form::Exactly(64, upper_hex),
        "int" => Form::Some(|b| b.is_ascii_digit()),
        "kid" => Form::Some(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\'),
        "at_hash" => Form::Exactly(22, base64url),
        "any" => Form::Some(|_| true),
        other => bail!("`{{{{{other}}}}}` is no placeholder"),
    })
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Matches the rest of the parts at `at`; the longest reading of a placeholder is tried first.
fn matches_from(parts: &[Part], bytes: &[u8], at: usize, captures: &mut Captures, furthest: &mut usize) -> bool {
    *furthest = (*furthest).max(at);
    match parts.split_first() {
        None => at == bytes.len(),
        Some((Part::Literal(literal), rest)) => {
            let same = literal.iter().zip(&bytes[at..]).take_while(|(a, b)| a == b).count();
            *furthest = (*furthest).max(at + same);
            same == literal.len() && matches_from(rest, bytes, at + same, captures, furthest)
        }
        Some((Part::Placeholder { name, form }, rest)) => {
            for length in lengths(form, &bytes[at..]).rev() {
                if matches_from(rest, bytes, at + length, captures, furthest) {
                    captures.push((name.clone(), String::from_utf8_lossy(&bytes[at..at + length]).into_owned()));
                    return true;
                }
            }
            false
        }
    }
}

/// The lengths at which `bytes` begins with that form.
fn lengths(form: &Form, bytes: &[u8]) -> std::ops::RangeInclusive<usize> {
    #[expect(clippy::reversed_empty_ranges, reason = "the empty range says that nothing fits")]
    const NONE: std::ops::RangeInclusive<usize> = 1..=0;
    let run = |class: fn(u8) -> bool| bytes.iter().take_while(|b| class(**b)).count();
    match form {
        Form::Exactly(count, class) if run(*class) >= *count => *count..=*count,
        Form::Some(class) => 1..=run(*class),
        Form::Uuid if bytes.get(..36).is_some_and(is_uuid_v4) => 36..=36,
        Form::Jwt => {
            let text: Vec<u8> = bytes.iter().copied().take_while(|b| is_base64url(*b) || *b == b'.').collect();
            let parts: Vec<_> = text.split(|b| *b == b'.').collect();
            let whole = parts.len() == 3 && parts.iter().all(|part| !part.is_empty());
            if whole { text.len()..=text.len() } else { NONE }
        }
        Form::Exactly(..) | Form::Uuid => NONE,
    }
}

fn is_uuid_v4(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        14 => *byte == b'4',
        19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, text: &str) -> Result<Captures, Mismatch> {
        Template::parse(template, 1000).unwrap().matches(text.as_bytes())
    }

    #[test]
    fn literals_are_strict() {
        assert!(check(r#"{"a":{"b":1}}"#, r#"{"a":{"b":1}}"#).is_ok());
        assert_eq!(check(r#"{"a":1}"#, r#"{"a": 1}"#), Err(Mismatch { at: 5 }));
        assert_eq!(check("ab", "abc"), Err(Mismatch { at: 2 }));
        assert_eq!(check("", "x"), Err(Mismatch { at: 0 }));
    }

    #[test]
    fn each_placeholder_admits_its_own_form() {
        let uuid = "0b3f1c4e-9d7a-4e2b-8f00-0123456789ab";
        let (hex32, hex64) = ("0123456789ABCDEF".repeat(2), "0123456789ABCDEF".repeat(4));
        for (name, good, bad) in [
            ("uuid", uuid, "0b3f1c4e-9d7a-1e2b-8f00-0123456789ab"),
            ("uuid", uuid, "0B3F1C4E-9d7a-4e2b-8f00-0123456789ab"),
            ("hex32", &hex32, &hex32.to_lowercase()),
            ("hex64", &hex64, &hex32),
            ("int", "42", "x"),
            ("int", "42", ""),
            ("kid", "k-1", "a\"b"),
            ("at_hash", "abcdefghijklmnopqrstuv", "short"),
            ("any", "a b", ""),
            ("jwt", "a.b.c", "a.b"),
            ("jwt_id", "a.b.c", "a..c"),
            ("jwt_refresh", "a.b.c", "a.b.c.d"),
            ("now", "1000", "1001"),
            ("now+5", "1005", "1000"),
        ] {
            let template = format!("<{{{{{name}}}}}>");
            assert!(check(&template, &format!("<{good}>")).is_ok(), "{name}: {good}");
            assert!(check(&template, &format!("<{bad}>")).is_err(), "{name}: {bad}");
        }
    }

    #[test]
    fn what_a_placeholder_stood_for_is_kept() {
        let captured = check("c={{any}}&i={{int}}&x", "c=a&b&i=7&x").unwrap();
        assert_eq!(captured, [("any".to_owned(), "a&b".to_owned()), ("int".to_owned(), "7".to_owned())]);
    }

    #[test]
    fn an_unknown_placeholder_is_an_error() {
        assert!(Template::parse("{{uuidd}}", 0).is_err());
        assert!(Template::parse("{{now+x}}", 0).is_err());
    }
}
