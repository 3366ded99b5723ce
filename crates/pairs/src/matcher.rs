//! Compares a response with what a pair expects, its tokens included.

use crate::{Answer, Captures, Pair, Response, jwt};
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
    let answer = Answer {
        status: response.status,
        reason: Some(&response.reason),
        headers: response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        body: &response.body,
    };
    let (mut found, captures) = pair.differences(&answer, facts.now);
    if let Some(captures) = captures {
        check_tokens(pair, &captures, facts, &mut found);
    }
    found
}

/// Verifies every token of the body, then those that the pair takes apart.
fn check_tokens(pair: &Pair, captures: &Captures, facts: &Facts<'_>, found: &mut Vec<String>) {
    let token_of = |wanted: &str| captures.iter().find(|(name, _)| name == wanted).map(|(_, token)| token.as_str());
    for (name, token) in captures.iter().filter(|(name, _)| name.starts_with("jwt")) {
        if let Err(error) = jwt::verify(token, facts.keys) {
            found.push(format!("{{{{{name}}}}}: {error:#}"));
        }
    }
    for expectation in &pair.jwts {
        let name = expectation.placeholder;
        let Some(token) = token_of(name) else {
            found.push(format!("the body has no {{{{{name}}}}} for the jwt line"));
            continue;
        };
        let Ok(verified) = jwt::verify(token, facts.keys) else { continue };
        let (differences, claims) = expectation.differences(&verified.header, &verified.payload, facts.now);
        found.extend(differences);
        let expected = token_of("jwt").map(jwt::access_token_hash);
        for (_, hash) in claims.iter().filter(|(name, hash)| name == "at_hash" && Some(hash) != expected.as_ref()) {
            found.push(format!("{name}: at_hash {hash} where the access token's is {expected:?}"));
        }
    }
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

    fn compare(jwt_line: &str, expected: &str, body: &str) -> Vec<String> {
        let file = format!(
            "### A | a\n# mark: D0\n# jwt: {jwt_line}\nGET / HTTP/1.1\n\n\n<<<\nHTTP/1.1 200 OK\n\n{expected}\n### END\n"
        );
        let pair = crate::parse(&file).unwrap().remove(0);
        let response =
            Response { status: 200, reason: "OK".into(), headers: Vec::new(), body: body.as_bytes().to_vec() };
        differences(&pair, &response, &Facts { now: 5, keys: &keys() })
    }

    #[test]
    fn a_token_must_hold_and_say_what_the_pair_says() {
        let compare = |body: &str| compare(r#"header={"alg":"HS256"} payload={"iat":{{now}}}"#, "{{jwt}}", body);
        let good = token(r#"{"iat":5}"#);
        assert!(compare(&good).is_empty());
        assert_eq!(compare(&token(r#"{"iat":6}"#)).len(), 1);
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let other = if signature.starts_with('A') { "B" } else { "A" };
        assert_eq!(compare(&format!("{signed}.{other}{}", &signature[1..])).len(), 1);
        assert_eq!(compare("x").len(), 1);
    }

    #[test]
    fn a_jwt_line_wants_its_token_in_the_body() {
        assert_eq!(compare(r#"id_token payload={"iat":5}"#, "{{jwt}}", &token("{}")).len(), 1);
    }

    #[test]
    fn the_hash_belongs_to_the_access_token_beside_it() {
        let access = token("{}");
        let compare = |hashed: &str| {
            let id = token(&format!(r#"{{"at_hash":"{}"}}"#, jwt::access_token_hash(hashed)));
            let line = r#"id_token payload={"at_hash":"{{at_hash}}"}"#;
            compare(line, "{{jwt_id}} {{jwt}}", &format!("{id} {access}"))
        };
        assert!(compare(&access).is_empty());
        assert_eq!(compare("x").len(), 1);
    }
}
