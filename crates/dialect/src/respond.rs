//! Builds responses.

use crate::WireResponse;
use serde::Serialize;

/// Compact JSON in the order of the value's fields.
#[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "no reply has a map whose keys are not strings")]
pub fn json_bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a reply serialises")
}

/// A response with a JSON body and that `Content-Type`.
pub fn json(status: u16, content_type: &'static str, value: &impl Serialize) -> WireResponse {
    WireResponse { status, headers: vec![("Content-Type", content_type.into())], body: json_bytes(value) }
}

/// The reason phrase of a status that a dialect can answer (RFC 9110 section 15), else an empty string.
pub const fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Request Entity Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}
