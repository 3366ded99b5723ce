//! The client that a request names.

use crate::{Pair, Request};
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
    let id = match call.client {
        ClientPlace::Body { id, .. } => id,
        ClientPlace::Basic if call.is_only_place => return None,
        ClientPlace::Basic => "client_id",
    };
    in_query(request, id).or_else(|| match call.body {
        BodyFormat::Json => member(&object(&request.body), id)?.as_str().map(str::to_owned),
        BodyFormat::Form | BodyFormat::Query => parameter(&request.body, id),
    })
}

/// A parameter of the query, which has the client of a vendor that reads no body.
fn in_query(request: &Request, name: &str) -> Option<String> {
    let (_, query) = request.target.split_once('?')?;
    request.body.is_empty().then(|| parameter(query, name)).flatten()
}

/// A member, in whose name a dot goes into an object.
fn member<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o Value> {
    object.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        object.get(outer)?.get(inner)
    })
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

/// A parameter of a form.
pub fn parameter(form: &str, name: &str) -> Option<String> {
    let parameters: Vec<(String, String)> = serde_urlencoded::from_str(form).ok()?;
    parameters.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// The members of a JSON object; none where the body is none.
pub fn object(body: &str) -> Map<String, Value> {
    serde_json::from_str(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASIC: TokenCall = TokenCall { client: ClientPlace::Basic, is_only_place: true, ..TokenCall::STANDARD };
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
        let nested = TokenCall { client: ClientPlace::Body { id: "app.key", secret: "app.secret" }, ..JSON };
        assert_eq!(client_of(&nested, &request(&[], r#"{"app":{"key":"a"}}"#)).as_deref(), Some("a"));
        assert_eq!(client_of(&nested, &request(&[], r#"{"app.key":"a"}"#)).as_deref(), Some("a"));
        let asked = Request { method: "GET".into(), target: "/t?x=y&app=a%2Fb".into(), ..request(&[], "") };
        for call in [FORM, TokenCall { body: BodyFormat::Query, ..FORM }] {
            assert_eq!(client_of(&call, &asked).as_deref(), Some("a/b"));
        }
        assert_eq!(client_of(&BASIC, &request(&[], "client_id=a")), None);
        let either = TokenCall { is_only_place: false, ..BASIC };
        assert_eq!(client_of(&either, &request(&[], "client_id=a")).as_deref(), Some("a"));
    }
}
