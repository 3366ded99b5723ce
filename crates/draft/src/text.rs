//! How a draft's files write what may be kept.

use crate::names::{self, Words};
use dialect::respond::reason_phrase;
use pairs::{Request, Response};
use std::fmt::Write;

/// The headers of an answer that may be kept where they are made of words.
const HEADERS: &[&str] = &["Content-Type", "Cache-Control", "Pragma", "WWW-Authenticate"];

/// Whether a header of requests says nothing of anybody.
pub(crate) fn is_open_header(name: &str) -> bool {
    ["host", "accept", "content-type", "content-length", "user-agent", "via"]
        .contains(&name.to_ascii_lowercase().as_str())
}

/// The headers that may be kept.
pub(crate) fn kept<'r>(real: &'r Response, words: &Words) -> Vec<(&'static str, &'r str)> {
    let one = |name: &'static str| {
        let value = real.header(name)?;
        (names::may_keep_header(name, value) && !words.stand_in(value)).then_some((name, value))
    };
    HEADERS.iter().copied().filter_map(one).collect()
}

/// Request and answer as a file of pairs has them.
pub(crate) fn message(request: &Request, real: &Response, body: &str, words: &Words) -> String {
    let mut text = format!("{} {} HTTP/1.1\n", request.method, request.target);
    for (name, value) in &request.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    let _ = write!(text, "\n{}\n<<<\nHTTP/1.1 {} {}\n", request.body, real.status, reason_phrase(real.status));
    for (name, value) in kept(real, words) {
        let _ = writeln!(text, "{name}: {value}");
    }
    let _ = write!(text, "\n{body}");
    text
}

/// A text of TOML.
pub(crate) fn quoted(text: &str) -> String {
    // A basic string of TOML has the escapes of JSON.
    serde_json::Value::from(text).to_string()
}

/// A template as TOML has it.
pub(crate) fn literal(text: &str) -> String {
    if text.contains("'''") { quoted(text) } else { format!("'''{text}'''") }
}

/// An array of texts in TOML.
pub(crate) fn array(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}
