//! Media types (RFC 9110 section 8.3).

use crate::WireRequest;

/// Whether the request has exactly one `Content-Type` and it is `wanted`, parameters and case apart.
pub fn has_media_type(request: &WireRequest<'_>, wanted: &str) -> bool {
    matches!(
        request.header("content-type"),
        Ok(Some(value)) if value.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
    )
}
