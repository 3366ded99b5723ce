//! How a value is written where it stands, so that it can never be more than a value there.

use super::value::Filling;
use dialect::authorize::percent_encode;

/// Where a hole stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// A JSON value.
    Json,
    /// Inside a JSON string.
    JsonText,
    /// A form's value.
    Form,
    /// Text of HTML or XML, or the value of an attribute.
    Markup,
    /// Plain text, a header's value: without control characters.
    Plain,
}

impl Mode {
    /// Appends `value`.
    pub(super) fn write(self, value: Filling<'_>, out: &mut Vec<u8>) {
        match (self, value) {
            (Self::Json, Filling::Absent) => out.extend_from_slice(b"null"),
            (Self::Json, Filling::Text(text)) => {
                out.push(b'"');
                json_text(&text, out);
                out.push(b'"');
            }
            (Self::Json, Filling::List(scopes)) => {
                out.push(b'[');
                for (at, scope) in scopes.iter().enumerate() {
                    out.extend_from_slice(if at > 0 { b",\"" } else { b"\"" });
                    json_text(scope.as_str(), out);
                    out.push(b'"');
                }
                out.push(b']');
            }
            (Self::Json, value) => out.extend_from_slice(value.into_text().as_bytes()),
            (Self::JsonText, value) => json_text(&value.into_text(), out),
            (Self::Form, value) => {
                let mut text = String::new();
                percent_encode(&mut text, &value.into_text());
                out.extend_from_slice(text.replace("%20", "+").as_bytes());
            }
            (Self::Markup, value) => markup(&value.into_text(), out),
            (Self::Plain, value) => {
                out.extend(value.into_text().bytes().map(|b| if b < b' ' || b == 0x7f { b'?' } else { b }));
            }
        }
    }
}

/// The inside of a JSON string (RFC 8259 section 7).
fn json_text(text: &str, out: &mut Vec<u8>) {
    let is_plain = |b: u8| b >= b' ' && b != b'"' && b != b'\\';
    if text.bytes().all(is_plain) {
        return out.extend_from_slice(text.as_bytes());
    }
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            0..b' ' => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            byte => out.push(byte),
        }
    }
}

fn markup(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            0..b' ' => out.push(b' '),
            byte => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(mode: Mode, text: &str) -> String {
        let mut out = Vec::new();
        mode.write(text.into(), &mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn json_is_what_the_library_writes(text in any::<String>()) {
            prop_assert_eq!(written(Mode::Json, &text), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn nothing_ends_its_place(text in any::<String>()) {
            let markup = written(Mode::Markup, &text);
            prop_assert!(!markup.contains(['<', '>', '"', '\'']));
            prop_assert!(written(Mode::Form, &text).bytes().all(|b| b.is_ascii_alphanumeric() || b"%-._~+".contains(&b)));
            prop_assert!(!written(Mode::Plain, &text).contains(['\r', '\n', '\0']));
        }
    }
}
