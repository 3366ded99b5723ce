//! Bodies that cannot be read.

use super::Case;
use dialect::BodyFormat;
use surface::seen::{Content, Media};

/// A byte-order mark.
pub(super) fn marked(case: &Case<'_>) -> Option<String> {
    (case.entry.more.seen.content == Content::Marked)
        .then(|| "the body begins with a byte-order mark: write it as UTF-8 without one".to_owned())
}

/// A coded body.
pub(super) fn compressed(case: &Case<'_>) -> Option<String> {
    (case.entry.more.seen.content == Content::Compressed).then(|| {
        "the body is compressed, and token endpoints take it as it is: turn off the compression of requests".to_owned()
    })
}

/// A form sent as JSON, or the reverse.
pub(super) fn another_media(case: &Case<'_>) -> Option<String> {
    let (seen, mount) = (case.entry.more.seen, case.mount?);
    if case.entry.endpoint != "token" && case.entry.endpoint != "introspect" && case.entry.endpoint != "revoke" {
        return None;
    }
    // A vendor that reads both reads what it was sent.
    let is_refused = case.entry.error == Some("unsupported_media_type");
    let hint = match (mount.kind.token_call.body, seen.media, seen.content) {
        (BodyFormat::Form, Media::Form, Content::Form) | (BodyFormat::Json, Media::Json, Content::Json) => return None,
        (BodyFormat::Form, Media::Form, Content::Json) => {
            "the body is JSON under the media type of a form: write `grant_type=…&scope=…`"
        }
        (BodyFormat::Form, _, Content::Json) if is_refused => {
            "the body is JSON, and this vendor takes a form: send `Content-Type: application/x-www-form-urlencoded` and \
             `grant_type=…&scope=…`"
        }
        (BodyFormat::Form, _, Content::Form) if is_refused => {
            "the body is a form, and its media type says something else: send `Content-Type: \
             application/x-www-form-urlencoded`, once"
        }
        (BodyFormat::Json, Media::Json, Content::Form) => {
            "the body is a form under the media type of JSON: write `{\"client_id\":…}`"
        }
        (BodyFormat::Json, _, Content::Form) if is_refused => {
            "the body is a form, and this vendor takes JSON: send `Content-Type: application/json` and `{\"client_id\":…}`"
        }
        (BodyFormat::Json, _, Content::Json) if is_refused => {
            "the body is JSON, and its media type says something else: send `Content-Type: application/json`, once"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}
