//! Token requests as their dialect says that they are written: read, taken apart and put together again.

use dialect::{BodyFormat, TokenCall};
use pairs::client::object;
pub use pairs::client::{client_of, is_granted, parameter};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n52_a_grant_is_known_by_its_token_whatever_its_name() {
        let pair = |body: &str| {
            let file =
                format!("### A | a\n# mark: D0\nPOST /t HTTP/1.1\n\n\n<<<\nHTTP/1.1 200 OK\n\n{body}\n### END\n");
            crate::pairs::parse(&file).unwrap().remove(0)
        };
        let call = TokenCall { access_token: "/a/token", ..TokenCall::STANDARD };
        assert!(is_granted(&call, &pair(r#"{"a":{"token":"{{jwt}}","n":{{int}}}}"#)));
        assert!(!is_granted(&call, &pair(r#"{"access_token":"{{jwt}}"}"#)));
    }

    #[test]
    fn n52_a_body_is_taken_apart_and_put_together() {
        for (body, text) in [(BodyFormat::Json, r#"{"a":["b"],"c":1}"#), (BodyFormat::Form, "a=b&c=%20")] {
            let call = TokenCall { body, ..TokenCall::STANDARD };
            assert_eq!(join(&call, &members(&call, text)), text);
        }
    }
}
