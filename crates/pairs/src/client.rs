//! The client that a request names.

use crate::Request;
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

/// The members of a JSON object; none where the body is none.
pub fn object(body: &str) -> Map<String, Value> {
    serde_json::from_str(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASIC: TokenCall = TokenCall { client: ClientPlace::Basic, ..TokenCall::STANDARD };
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
}
