//! Token requests as their dialect says that they are written: read, taken apart and put together again.

use crate::pairs::{Pair, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dialect::{BodyFormat, ClientPlace, TokenCall};
use serde_json::{Map, Value};

/// The client that a request names where the dialect looks for it; none where it names none.
pub fn client_of(call: &TokenCall, request: &Request) -> Option<String> {
    if let Some((scheme, encoded)) = request.header("authorization").and_then(|value| value.split_once(' '))
        && scheme.eq_ignore_ascii_case("basic")
    {
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        return decoded.split_once(':').map(|(id, _)| id.to_owned());
    }
    let ClientPlace::Body { id, .. } = call.client else { return None };
    match call.body {
        BodyFormat::Json => object(&request.body).get(id)?.as_str().map(str::to_owned),
        BodyFormat::Form => parameter(&request.body, id),
    }
}

/// A parameter of a form.
pub fn parameter(form: &str, name: &str) -> Option<String> {
    let parameters: Vec<(String, String)> = serde_urlencoded::from_str(form).ok()?;
    parameters.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Whether the pair shows a request that is granted a token.
pub fn is_granted(call: &TokenCall, pair: &Pair) -> bool {
    // A placeholder without quotes is no JSON, and a number may stand for each.
    let mut body = String::new();
    let mut rest = pair.response.body.as_str();
    while let Some((before, (_, after))) = rest.split_once("{{").and_then(|(b, a)| Some((b, a.split_once("}}")?))) {
        body.push_str(before);
        body.push('0');
        rest = after;
    }
    body.push_str(rest);
    let answer: Value = serde_json::from_str(&body).unwrap_or_default();
    pair.response.status == 200 && answer.pointer(call.access_token).is_some_and(Value::is_string)
}

/// The members of a body as they are written, to be put together again by [`join`].
pub fn members(call: &TokenCall, body: &str) -> Vec<String> {
    match call.body {
        BodyFormat::Json => object(body).iter().map(|(name, value)| format!("\"{name}\":{value}")).collect(),
        BodyFormat::Form => body.split('&').map(str::to_owned).collect(),
    }
}

/// The body that these members make.
pub fn join(call: &TokenCall, members: &[String]) -> String {
    match call.body {
        BodyFormat::Json => format!("{{{}}}", members.join(",")),
        BodyFormat::Form => members.join("&"),
    }
}

/// The `Content-Type` of the body.
pub const fn media(call: &TokenCall) -> &'static str {
    match call.body {
        BodyFormat::Json => dialect::JsonObject::MEDIA_TYPE,
        BodyFormat::Form => dialect::Form::MEDIA_TYPE,
    }
}

fn object(body: &str) -> Map<String, Value> {
    serde_json::from_str(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASIC: TokenCall = TokenCall {
        client: ClientPlace::Basic,
        body: BodyFormat::Form,
        asks: &[],
        access_token: "/a/token",
        echoes: &[],
    };
    const FORM: TokenCall = TokenCall { client: ClientPlace::Body { id: "app", secret: "key" }, ..BASIC };
    const JSON: TokenCall = TokenCall { body: BodyFormat::Json, ..FORM };

    fn request(headers: &[(&str, &str)], body: &str) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Request { method: "POST".into(), target: "/t".into(), headers, body: body.into() }
    }

    #[test]
    fn n52_the_client_is_found_where_the_dialect_says() {
        let basic = request(&[("Authorization", "basic YTpi")], "x=y");
        assert_eq!(client_of(&BASIC, &basic).as_deref(), Some("a"));
        assert_eq!(client_of(&JSON, &request(&[], r#"{"app":"a"}"#)).as_deref(), Some("a"));
        assert_eq!(client_of(&FORM, &request(&[], "x=y&app=a")).as_deref(), Some("a"));
        assert_eq!(client_of(&FORM, &request(&[], "client_id=a")), None);
        assert_eq!(client_of(&BASIC, &request(&[], "app=a")), None);
    }

    #[test]
    fn n52_a_grant_is_known_by_its_token_whatever_its_name() {
        let pair = |body: &str| {
            let file =
                format!("### A | a\n# mark: D0\nPOST /t HTTP/1.1\n\n\n<<<\nHTTP/1.1 200 OK\n\n{body}\n### END\n");
            crate::pairs::parse(&file).unwrap().remove(0)
        };
        assert!(is_granted(&FORM, &pair(r#"{"a":{"token":"{{jwt}}","n":{{int}}}}"#)));
        assert!(!is_granted(&FORM, &pair(r#"{"access_token":"{{jwt}}"}"#)));
    }

    #[test]
    fn n52_a_body_is_taken_apart_and_put_together() {
        for (call, body) in [(&JSON, r#"{"a":["b"],"c":1}"#), (&FORM, "a=b&c=%20")] {
            assert_eq!(join(call, &members(call, body)), body);
        }
    }
}
