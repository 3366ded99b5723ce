//! Compares a response with what a pair expects.

use crate::http::Response;
use crate::jwt;
use crate::pairs::{JwtExpectation, Pair};
use crate::template::{Captures, Template};
use anyhow::Result;
use serde_json::{Map, Value};

/// What a comparison needs to know of the gateway.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Its clock, seconds since the epoch.
    pub now: i64,
    /// The keys of the mount that answered.
    pub keys: &'a [Map<String, Value>],
}

/// Everything in which `response` differs from what `pair` expects; nothing where it is as expected.
pub fn differences(pair: &Pair, response: &Response, facts: &Facts<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let (expected, actual) = ((pair.response.status, &pair.response.reason), (response.status, &response.reason));
    if expected != actual {
        found.push(format!("status: expected {} {}, got {} {}", expected.0, expected.1, actual.0, actual.1));
    }
    for (name, wanted) in &pair.response.headers {
        let values: Vec<_> = response.headers_named(name).collect();
        match values[..] {
            [value] => found.extend(differs(&format!("header {name}"), wanted, value.as_bytes(), facts.now).err()),
            [] => found.push(format!("header {name}: expected `{wanted}`, got none")),
            _ => found.push(format!("header {name}: expected one, got {values:?}")),
        }
    }
    match differs("body", &pair.response.body, &response.body, facts.now) {
        Ok(captures) => {
            if let Err(error) = check_tokens(pair, &captures, facts, &mut found) {
                found.push(format!("{error:#}"));
            }
        }
        Err(difference) => found.push(difference),
    }
    found
}

/// Verifies every token of the body, then those that the pair takes apart.
fn check_tokens(pair: &Pair, captures: &Captures, facts: &Facts<'_>, found: &mut Vec<String>) -> Result<()> {
    for (name, token) in captures.iter().filter(|(name, _)| name.starts_with("jwt")) {
        if let Err(error) = jwt::verify(token, facts.keys) {
            found.push(format!("{{{{{name}}}}}: {error:#}"));
        }
    }
    for expectation in &pair.jwts {
        let token = captures.iter().find(|(name, _)| name == expectation.placeholder);
        let Some((name, token)) = token else {
            found.push(format!("the body has no {{{{{}}}}} for the jwt line", expectation.placeholder));
            continue;
        };
        if let Ok(verified) = jwt::verify(token, facts.keys) {
            let access_token = captures.iter().find(|(name, _)| name == "jwt").map(|(_, token)| token.as_str());
            check_token(name, expectation, &verified, access_token, facts.now, found)?;
        }
    }
    Ok(())
}

fn check_token(
    name: &str,
    expectation: &JwtExpectation,
    verified: &jwt::Verified,
    access_token: Option<&str>,
    now: i64,
    found: &mut Vec<String>,
) -> Result<()> {
    if let Some(header) = &expectation.header {
        found.extend(differs(&format!("{name} header"), header, &verified.header, now).err());
    }
    let Some(payload) = &expectation.payload else { return Ok(()) };
    if !expectation.subset {
        match differs(&format!("{name} payload"), payload, &verified.payload, now) {
            Err(difference) => found.push(difference),
            Ok(captures) => {
                let expected = access_token.map(jwt::access_token_hash);
                let hashes = captures.iter().filter(|(name, _)| name == "at_hash");
                found.extend(
                    hashes
                        .filter(|(_, hash)| Some(hash) != expected.as_ref())
                        .map(|(_, hash)| format!("{name}: at_hash {hash} where the access token's is {expected:?}")),
                );
            }
        }
        return Ok(());
    }
    let actual = String::from_utf8_lossy(&verified.payload).into_owned();
    let members = members(&actual);
    for wanted in self::members(payload) {
        let template = Template::parse(wanted, now)?;
        if !members.iter().any(|member| template.matches(member.as_bytes()).is_ok()) {
            found.push(format!("{name} payload: expected {wanted} in {actual}"));
        }
    }
    Ok(())
}

/// The members of a compact JSON object, as text.
fn members(object: &str) -> Vec<&str> {
    let inside = object.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    let (mut members, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_u32, false, false);
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                members.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inside.is_empty() {
        members.push(&inside[start..]);
    }
    members
}

/// The captures, or a sentence that shows where text and template part.
fn differs(what: &str, template: &str, actual: &[u8], now: i64) -> Result<Captures, String> {
    let parsed = Template::parse(template, now).map_err(|error| format!("{what}: {error:#}"))?;
    parsed.matches(actual).map_err(|mismatch| {
        let shown = String::from_utf8_lossy(actual);
        let rest = String::from_utf8_lossy(&actual[mismatch.at..]);
        let near: String = rest.chars().take(40).collect();
        format!(
            "{what}: differs at byte {} (`{near}`)\n      expected: {template}\n      got:      {shown}",
            mismatch.at
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use josekit::jwk::Jwk;
    use josekit::jws::{HS256, JwsSigner};

    fn keys() -> Vec<Map<String, Value>> {
        let key = serde_json::json!({"kty": "oct", "alg": "HS256", "kid": "k", "k": URL_SAFE_NO_PAD.encode([9; 32])});
        vec![key.as_object().unwrap().clone()]
    }

    fn token(payload: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let input = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(payload));
        let signer = HS256.signer_from_jwk(&Jwk::from_map(keys()[0].clone()).unwrap()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signer.sign(input.as_bytes()).unwrap()))
    }

    fn pair(jwt_line: &str, response: &str) -> Pair {
        let file = format!("### A | a\n# mark: D0\n{jwt_line}GET / HTTP/1.1\nHost: h\n\n\n<<<\n{response}\n### END\n");
        crate::pairs::parse(&file).unwrap().remove(0)
    }

    fn answer(headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status: 200, reason: "OK".into(), headers, body: body.as_bytes().to_vec() }
    }

    fn compare(pair: &Pair, response: &Response) -> Vec<String> {
        differences(pair, response, &Facts { now: 5, keys: &keys() })
    }

    #[test]
    fn status_headers_and_body_are_compared() {
        let pair = pair("", "HTTP/1.1 200 OK\nContent-Type: a/b\n\n{\"n\":{{int}}}");
        assert!(compare(&pair, &answer(&[("content-type", "a/b"), ("X", "y")], "{\"n\":1}")).is_empty());
        for wrong in [
            answer(&[], "{\"n\":1}"),
            answer(&[("Content-Type", "a/b;c")], "{\"n\":1}"),
            answer(&[("Content-Type", "a/b"), ("content-type", "a/b")], "{\"n\":1}"),
            answer(&[("Content-Type", "a/b")], "{\"n\": 1}"),
            Response { status: 201, ..answer(&[("Content-Type", "a/b")], "{\"n\":1}") },
            Response { reason: "Okay".into(), ..answer(&[("Content-Type", "a/b")], "{\"n\":1}") },
        ] {
            assert_eq!(compare(&pair, &wrong).len(), 1, "{wrong:?}");
        }
    }

    #[test]
    fn an_empty_body_must_be_empty() {
        let pair = pair("", "HTTP/1.1 200 OK\n\n");
        assert!(compare(&pair, &answer(&[], "")).is_empty());
        assert_eq!(compare(&pair, &answer(&[], " ")).len(), 1);
    }

    #[test]
    fn claims_are_compared_in_their_order() {
        let pair = pair(
            "# jwt: header={\"alg\":\"HS256\"} payload={\"iat\":{{now}},\"a\":[1,\"x\"]}\n",
            "HTTP/1.1 200 OK\n\n\"{{jwt}}\"",
        );
        let body = |payload: &str| answer(&[], &format!("\"{}\"", token(payload)));
        assert!(compare(&pair, &body(r#"{"iat":5,"a":[1,"x"]}"#)).is_empty());
        assert_eq!(compare(&pair, &body(r#"{"a":[1,"x"],"iat":5}"#)).len(), 1);
        assert_eq!(compare(&pair, &body(r#"{"iat":6,"a":[1,"x"]}"#)).len(), 1);
        let mut forged = body(r#"{"iat":5,"a":[1,"x"]}"#);
        forged.body[30] ^= 1;
        assert_eq!(compare(&pair, &forged).len(), 1);
    }

    #[test]
    fn a_subset_names_some_of_the_members() {
        let pair = pair("# jwt: payload~={\"b\":{{now+1}},\"c\":{\"d\":\",\"}}\n", "HTTP/1.1 200 OK\n\n\"{{jwt}}\"");
        let body = |payload: &str| answer(&[], &format!("\"{}\"", token(payload)));
        assert!(compare(&pair, &body(r#"{"a":1,"c":{"d":","},"b":6}"#)).is_empty());
        assert_eq!(compare(&pair, &body(r#"{"a":1,"c":{"d":";"},"b":7}"#)).len(), 2);
    }

    #[test]
    fn the_hash_belongs_to_the_access_token_beside_it() {
        let pair =
            pair("# jwt: id_token payload={\"at_hash\":\"{{at_hash}}\"}\n", "HTTP/1.1 200 OK\n\n{{jwt_id}} {{jwt}}");
        let access = token("{}");
        let right = token(&format!(r#"{{"at_hash":"{}"}}"#, jwt::access_token_hash(&access)));
        assert!(compare(&pair, &answer(&[], &format!("{right} {access}"))).is_empty());
        let wrong = token(&format!(r#"{{"at_hash":"{}"}}"#, jwt::access_token_hash("x")));
        assert_eq!(compare(&pair, &answer(&[], &format!("{wrong} {access}"))).len(), 1);
    }
}
