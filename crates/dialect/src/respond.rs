//! Builds responses.

use crate::WireResponse;
use serde::Serialize;

/// What a reply with a token takes, in bytes: space that is there at once need not grow.
const USUAL: usize = 1024;

/// Compact JSON in the order of the value's fields.
#[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "no reply has a map whose keys are not strings")]
pub fn json_bytes(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut bytes, value).expect("a reply serialises");
    bytes
}

/// A response with a JSON body and that `Content-Type`.
pub fn json(status: u16, content_type: &'static str, value: &impl Serialize) -> WireResponse {
    WireResponse { status, headers: vec![("Content-Type", content_type.into())], body: json_bytes(value) }
}

/// The reason phrase of a status (RFC 9110 section 15), else an empty string.
pub fn reason_phrase(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}

/// The response with the two headers that keep it out of caches (RFC 6749 section 5.1).
pub fn uncached(response: WireResponse) -> WireResponse {
    response.with("Cache-Control", "no-store").with("Pragma", "no-cache")
}
