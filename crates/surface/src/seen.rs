//! What a refused request looked like, where that may explain why it was refused. No credential is in it.

use dialect::{Form, JsonObject, WireRequest, has_media_type};
use serde::{Deserialize, Serialize};
use std::str;

/// Parameters that are credentials: none of them has a place in a query (RFC 6749 section 2.3.1, RFC 9700 section 4.3.2).
const CREDENTIALS: [&str; 8] = [
    "client_secret",
    "access_token",
    "refresh_token",
    "id_token",
    "code_verifier",
    "client_assertion",
    "password",
    "token",
];

/// What it looked like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What its `Content-Type` says that it is.
    pub media: Media,
    /// What its body looks like.
    pub content: Content,
    /// Whether it has an `Authorization` header of the scheme Basic.
    pub has_basic: bool,
    /// Whether its body has a client's secret, under the standard's name or the vendor's.
    pub has_secret_in_body: bool,
}

/// A media type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Media {
    /// None, or two.
    #[default]
    None,
    /// A form.
    Form,
    /// JSON.
    Json,
    /// Another.
    Other,
}

/// What bytes look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// There are none.
    #[default]
    Nothing,
    /// A JSON object.
    Json,
    /// A form.
    Form,
    /// It begins with a byte-order mark.
    Marked,
    /// It is compressed.
    Compressed,
    /// Something else.
    Other,
}

impl Seen {
    /// What a request looks like; `secret` is the vendor's own name of a client's secret.
    pub(crate) fn of(request: &WireRequest<'_>, secret: Option<&str>) -> Self {
        let is = |media| has_media_type(request, media);
        let media = match request.header("content-type") {
            _ if is(Form::MEDIA_TYPE) => Media::Form,
            _ if is(JsonObject::MEDIA_TYPE) => Media::Json,
            Ok(Some(_)) => Media::Other,
            _ => Media::None,
        };
        let coding = request.header("content-encoding").ok().flatten().unwrap_or("identity");
        let scheme = request.header("authorization").ok().flatten().and_then(|value| value.split(' ').next());
        Self {
            media,
            content: if coding.eq_ignore_ascii_case("identity") { content(request.body) } else { Content::Compressed },
            has_basic: scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic")),
            has_secret_in_body: str::from_utf8(request.body).is_ok_and(|body| has_secret(body, secret)),
        }
    }
}

fn content(body: &[u8]) -> Content {
    match body.trim_ascii_start() {
        [] => Content::Nothing,
        [0x1f, 0x8b, ..] => Content::Compressed,
        [0xef, 0xbb, 0xbf, ..] | [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Content::Marked,
        [b'{', ..] => Content::Json,
        body if body.contains(&b'=') && !body.contains(&b'<') => Content::Form,
        _ => Content::Other,
    }
}

fn has_secret(body: &str, own: Option<&str>) -> bool {
    let is_secret = |name: &str| name == "client_secret" || own == Some(name);
    let quoted = body.split('"').skip(1).step_by(2);
    quoted.chain(names(body)).any(is_secret)
}

fn names(form: &str) -> impl Iterator<Item = &str> {
    form.split('&').filter_map(|pair| pair.split('=').next())
}

/// Whether a query has a credential in it, under a name of the standard's or one of the vendor's.
pub(crate) fn has_credential(query: &str, secrets: &[&str]) -> bool {
    names(query).any(|name| CREDENTIALS.contains(&name) || secrets.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(headers: &[(&str, &[u8])], body: &[u8]) -> Seen {
        Seen::of(&WireRequest { method: "POST", path: "/", query: None, headers, body }, Some("key"))
    }

    #[test]
    fn n81_a_request_is_told_by_its_looks() {
        let form = seen(&[("content-type", b"application/x-www-form-urlencoded")], b" {\"client_secret\":1}");
        assert_eq!((form.media, form.content, form.has_secret_in_body), (Media::Form, Content::Json, true));
        let json = seen(&[("content-type", b"application/json; charset=utf-8")], b"client_secret=x&a=b");
        assert_eq!((json.media, json.content, json.has_secret_in_body), (Media::Json, Content::Form, true));
        assert_eq!(seen(&[("content-encoding", b"gzip")], b"{}").content, Content::Compressed);
        assert_eq!(seen(&[("authorization", b"BASIC x")], b"\xef\xbb\xbf{}").content, Content::Marked);
        assert!(seen(&[("authorization", b"BASIC x")], b"").has_basic && !seen(&[], b"").has_basic);
        assert!(has_credential("a=b&access_token", &[]) && !has_credential("code=x&state=access_token", &[]));
        assert!(has_credential("id=a&key=b", &["key"]) && !has_credential("id=a&key=b", &[]));
        assert!(seen(&[], b"id=a&key=b").has_secret_in_body && seen(&[], br#"{"key":"b"}"#).has_secret_in_body);
        assert!(!seen(&[], b"id=a&pass=b").has_secret_in_body && !seen(&[], br#"{"id":1}"#).has_secret_in_body);
    }
}
