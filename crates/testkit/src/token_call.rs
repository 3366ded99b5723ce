//! Token requests as their dialect says that they are written: read, taken apart and put together again.

use dialect::{BodyFormat, TokenCall};
pub use pairs::client::{client_of, is_granted, parameter};
use serde_json::{Map, Value};

/// The members of a body as they are written, to be put together again by [`join`].
pub fn members(call: &TokenCall, body: &str) -> Vec<String> {
    match call.body {
        BodyFormat::Json => object(body).iter().map(|(name, value)| format!("\"{name}\":{value}")).collect(),
        BodyFormat::Form | BodyFormat::Query => body.split('&').map(str::to_owned).collect(),
    }
}

/// The body that these members make.
pub fn join(call: &TokenCall, members: &[String]) -> String {
    match call.body {
        BodyFormat::Json => format!("{{{}}}", members.join(",")),
        BodyFormat::Form | BodyFormat::Query => members.join("&"),
    }
}

/// The `Content-Type` of the body.
pub const fn media(call: &TokenCall) -> &'static str {
    match call.body {
        BodyFormat::Json => dialect::JsonObject::MEDIA_TYPE,
        BodyFormat::Form | BodyFormat::Query => dialect::Form::MEDIA_TYPE,
    }
}

fn object(body: &str) -> Map<String, Value> {
    serde_json::from_str(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dialect::ClientPlace;

    const BASIC: TokenCall = TokenCall {
        client: ClientPlace::Basic,
        is_only_place: true,
        body: BodyFormat::Form,
        asks: &[],
        access_token: "/a/token",
        echoes: &[],
        secrets: &[],
    };
    const FORM: TokenCall = TokenCall { client: ClientPlace::Body { id: "app", secret: "key" }, ..BASIC };
    const JSON: TokenCall = TokenCall { body: BodyFormat::Json, ..FORM };

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
