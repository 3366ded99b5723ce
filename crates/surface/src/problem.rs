//! The gateway's own refusals, as problem details (RFC 9457).

use dialect::{WireResponse, respond};
use grant::{Refusal, RefusalKind};
use serde_json::json;

/// A body that could not be read.
pub fn of_body(error: &Refusal) -> WireResponse {
    let status = match error.kind {
        RefusalKind::PayloadTooLarge => 413,
        RefusalKind::RequestTimeout => 408,
        _ => 400,
    };
    of_request(status, &error.cause)
}

/// What the gateway itself cannot do now.
pub fn of_refusal(kind: &RefusalKind, detail: &str) -> WireResponse {
    let (status, retry_after) = match kind {
        RefusalKind::Unavailable { retry_after } => (503, Some(retry_after)),
        RefusalKind::RateLimited { retry_after } => (429, Some(retry_after)),
        _ => (500, None),
    };
    let response = of_request(status, detail);
    match retry_after {
        Some(seconds) => response.with("Retry-After", seconds.to_string()),
        None => response,
    }
}

/// A problem whose detail says what to change.
pub fn of_request(status: u16, detail: &str) -> WireResponse {
    let title = respond::reason_phrase(status);
    let body = json!({ "type": "about:blank", "title": title, "status": status, "detail": detail });
    respond::json(status, "application/problem+json", &body).with("Cache-Control", "no-store")
}
