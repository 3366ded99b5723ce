//! Reads the body of a call, and its JSON strictly.

use super::problem::Problem;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use admin_api::About;
use dialect::respond::json_bytes;
use grant::{Refusal, RefusalKind, Scopes};
use serde::de::DeserializeOwned;
use std::time::Duration;
use surface::app::Limits;
use surface::http::body;

/// What a body may have that none is asked for, in bytes.
pub(super) const SMALL: usize = 1024 * 1024;
/// How deep a body may nest: as deep as can be read (128) where it stands in a saved state.
const MOST_DEPTH: usize = 100;
/// How long a body of so many bytes may take.
const TIME: Duration = Duration::from_secs(10);
/// The longest that any may take.
const MOST_TIME: Duration = Duration::from_mins(2);

/// A body as it came. It may hold secrets.
pub(super) struct Body {
    bytes: Bytes,
    /// Its media type in lower case, without parameters; empty where none, or two, are given.
    media: String,
}

impl Body {
    pub(super) async fn read(request: &HttpRequest, payload: &mut web::Payload, limit: usize) -> Result<Self, Problem> {
        let limits = Limits { body: limit, body_timeout: if limit > SMALL { MOST_TIME } else { TIME } };
        let bytes = body::read(request, payload, limits).await.map_err(unread)?;
        let mut types = request.headers().get_all(CONTENT_TYPE);
        let media = match (types.next().and_then(|value| value.to_str().ok()), types.next()) {
            (Some(value), None) => value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase(),
            _ => String::new(),
        };
        Ok(Self { bytes, media })
    }

    /// The body of a call that comes over no network; `None` is no body.
    pub(super) fn of(value: Option<&serde_json::Value>) -> Self {
        let bytes = value.map(|value| json_bytes(value).into()).unwrap_or_default();
        Self { bytes, media: "application/json".to_owned() }
    }

    /// Its bytes and its media type.
    pub(super) fn parts(&self) -> (Bytes, &str) {
        (self.bytes.clone(), &self.media)
    }

    /// Refuses a body where the call takes none, rather than ignore what it asks for; and the reverse.
    pub(super) fn check_wanted(&self, about: &About) -> Result<(), Problem> {
        let known = about.body_media();
        match (about.has_body(), self.bytes.is_empty()) {
            (true, false) if !known.contains(&&*self.media) => {
                let detail = format!("the body is not {}", known.join(" or "));
                let remedy = "send JSON with `Content-Type: application/json` (curl: --json)";
                Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail, remedy).with("Accept", known.join(", ")))
            }
            (true, true) => Err(Problem::bad_request(
                "the call has no body",
                "send a JSON object with `Content-Type: application/json`; /openapi.json says which",
            )),
            (false, false) => Err(Problem::bad_request("this call takes no body", "leave the body out")),
            _ => Ok(()),
        }
    }

    /// The body as one JSON object of the form of `T`, whose unknown and repeated keys `T` refuses.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if depth(&self.bytes) > MOST_DEPTH {
            let detail = format!("the body nests deeper than {MOST_DEPTH} levels");
            return Err(Problem::bad_request(detail, "nest less: what is kept must fit into a saved state as well"));
        }
        self.whole_json()
    }

    /// The same of what holds bodies of others: it may nest as deep as can be read.
    pub(super) fn whole_json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if self.bytes.is_empty() {
            // A call without a body.
            return serde_json::from_slice(b"null").map_err(|error| refusal(&error));
        }
        // A derived reader would take an array of the fields in order for the object.
        if self.bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Problem::bad_request("the body is not a JSON object", "send an object: `{ … }`"));
        }
        serde_json::from_slice(&self.bytes).map_err(|error| refusal(&error))
    }
}

/// How deep objects and arrays stand in one another.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut most, mut in_text, mut is_escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                most = most.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// The scopes of a body's `scope`.
pub(super) fn scopes(text: &str) -> Result<Scopes, Problem> {
    Scopes::parse(text).ok().filter(|scopes| !scopes.is_empty()).ok_or_else(|| {
        let remedy = "write scope names separated by spaces, or leave `scope` out for all there are to have";
        Problem::bad_request("`scope` is not a list of scope names", remedy)
    })
}

/// Puts the path's identifier in the place of one that the body leaves out; the two must not differ.
pub(super) fn take_id(key: &str, of_path: &str, id: &mut String) -> Result<(), Problem> {
    if id.is_empty() {
        of_path.clone_into(id);
    }
    if id == of_path {
        return Ok(());
    }
    let detail = format!("`{key}` of the body is not the one of the path, `{}`", of_path.escape_debug());
    Err(Problem::bad_request(detail, format!("leave `{key}` out of the body, or write the same")))
}

fn unread(error: Refusal) -> Problem {
    let (status, remedy) = match error.kind {
        RefusalKind::PayloadTooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "send less; many clients at once go to PUT /v1/mounts/{mount}/clients, or into the configuration's client files",
        ),
        RefusalKind::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, "send the whole body at once"),
        _ => (StatusCode::BAD_REQUEST, "send it again, whole"),
    };
    Problem::new(status, error.cause.into_owned(), remedy)
}

pub(super) fn refusal(error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let place = format!("at line {} column {}", error.line(), error.column());
    if error.is_data() {
        let remedy = "correct it there; /openapi.json has the form of every body";
        return Problem::bad_request(format!("the body does not fit {place}: {}", without_value(message)), remedy);
    }
    Problem::bad_request(format!("the body is not JSON {place}: {message}"), "correct the syntax there")
}

/// What a patch comes to does not fit: there is no place in the body to name.
pub(super) fn unfit(error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let remedy = "correct it; /openapi.json has the form of every body";
    Problem::bad_request(format!("the patch does not fit: {}", without_value(message)), remedy)
}

/// Serde's message without the value that it quotes, which may be a secret in the wrong place.
pub(super) fn without_value(message: &str) -> String {
    let quotes =
        ["invalid type: ", "invalid value: ", "unknown variant "].iter().any(|start| message.starts_with(start));
    let Some((found, expected)) = message.rsplit_once(", expected ").filter(|_| quotes) else {
        return message.to_owned();
    };
    let found = found.split(['"', '`', '\'']).next().unwrap_or_default().trim_end();
    let expected = match expected {
        "a sequence" => "an array",
        "a map" => "an object",
        "a boolean" => "true or false",
        "i64" => "a whole number",
        "u32" | "u64" | "usize" => "a whole number of 0 or more",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    format!("{found}, expected {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use admin_api::{ClientSpec, ClockChange, CodeRequest, ScenarioSpec, UserSpec};

    fn detail<T: DeserializeOwned>(json: &str) -> String {
        let body = Body { bytes: Bytes::copy_from_slice(json.as_bytes()), media: String::new() };
        body.json::<T>().err().unwrap().detail.into_owned()
    }

    #[test]
    fn errors_name_what_serde_names_and_the_place() {
        let cases = [
            (
                detail::<ClientSpec>("{\n \"scope\": []}"),
                "the body does not fit at line 2 column 8: unknown field `scope`",
            ),
            (detail::<ClientSpec>(r#"{"id":"a","id":"a"}"#), "at line 1 column 14: duplicate field `id`"),
            (detail::<ClientSpec>(r#"{"claims":{"a":1,"a":2}}"#), "repeated name: a"),
            (detail::<ClientSpec>(r#"{"trusted":1}"#), "invalid type: integer, expected true or false"),
            (detail::<ScenarioSpec>(r#"{"times":-1,"error":"internal"}"#), "expected a whole number of 0 or more"),
            (detail::<CodeRequest>("{}"), "missing field `client_id`"),
            (detail::<ClockChange>(r#"{"freeze":1,"freeze":2}"#), "the body"),
            (detail::<ClientSpec>("[]"), "the body is not a JSON object"),
            (detail::<ClientSpec>("{"), "the body is not JSON at line 1 column 1"),
            (detail::<ClientSpec>("{} {}"), "the body is not JSON at line 1 column 4"),
        ];
        for (detail, wanted) in cases {
            assert!(detail.contains(wanted), "{detail:?} lacks {wanted:?}");
        }
        let deep = format!("{{\"claims\":{{\"a\":{}{}}}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(detail::<ClientSpec>(&deep).contains("nests deeper than 100 levels"));
    }

    #[test]
    fn what_nests_is_counted_outside_texts() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (json, levels) in [("{}", 1), (r#"{"a":[],"b":[[1]]}"#, 3), (r#"{"a":"[[[[\"[[","b":"\\"}"#, 1), ("]]", 0)]
        {
            assert_eq!(depth(json.as_bytes()), levels, "{json}");
        }
        let claims = |levels| format!("{{\"claims\":{{\"a\":{}}}}}", nested(levels));
        let read = |json: String| Body { bytes: json.into(), media: String::new() }.json::<ClientSpec>().is_ok();
        assert!(read(claims(98)) && !read(claims(99)));
    }

    #[test]
    fn t64_no_error_shows_a_value() {
        for json in [
            r#"{"secret":["canary"]}"#,
            r#"{"secret":{"canary":1}}"#,
            r#"{"secret_sha256":["canary"]}"#,
            r#"{"trusted":"canary, expected `a` \" canary"}"#,
            r#"{"grants":"canary"}"#,
            r#"{"scopes":{"a":"canary"}}"#,
            r#"{"claims":"canary"}"#,
            r#"{"user":7155}"#,
            r#"{"secret":"canary"#,
            r#"{"secret":"canary" x}"#,
            r#"{"secret":"canary","id":null}"#,
            r#"{"secret":7155.5}"#,
            r#""canary""#,
        ] {
            let detail = detail::<ClientSpec>(json);
            assert!(!detail.contains("canary") && !detail.contains("7155"), "{json}: {detail}");
        }
        assert!(!detail::<UserSpec>(r#"{"password":"canary","disabled":"canary"}"#).contains("canary"));
        assert!(!detail::<ClockChange>(r#"{"canary":1}"#).contains("canary"));
    }
}
