//! What a draft says of an access token that was seen.

use crate::answer::is_jwt;
use crate::asked::CLIENT;
use crate::names::{self, Words, bare, bare_member};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pairs::json::Json;

/// The form of an access token.
pub(crate) struct Token {
    /// `RS256`, `ES256` or `HS256`, where it is a JWT that is signed so.
    pub(crate) alg: Option<String>,
    /// `typ` of its header.
    pub(crate) typ: Option<String>,
    pub(crate) has_kid: bool,
    /// The claims as a template.
    pub(crate) claims: Option<String>,
}

/// The form of a token; `None` where it says nothing.
pub(crate) fn read(token: &str, words: &Words) -> Option<Token> {
    let mut parts = token.split('.').filter(|_| is_jwt(token));
    let mut part = || serde_json::from_slice::<Json>(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    let (header, payload) = (part()?, part()?);
    let text = |name: &str| match header.member(name) {
        Some(Json::Text(text)) if names::is_words(text) => Some(text.clone()),
        _ => None,
    };
    let alg = match header.member("alg") {
        Some(Json::Text(alg)) if ["RS256", "ES256", "HS256"].contains(&alg.as_str()) => Some(alg.clone()),
        _ => None,
    };
    let Json::Object(members) = payload else { return None };
    let claims: Vec<_> = members
        .iter()
        .map(|(name, value)| format!("{}:{}", Json::Text(names::member(name).to_owned()), claim(name, value, words)))
        .collect();
    let claims = Some(format!("{{{}}}", claims.join(",")));
    Some(Token { alg, typ: text("typ"), has_kid: header.member("kid").is_some(), claims })
}

fn claim(name: &str, value: &Json, words: &Words) -> String {
    let hole = |name: &str| format!("{{{{{name}}}}}");
    let quoted = |name: &str| format!("\"{{{{{name}}}}}\"");
    match (bare(name).as_str(), value) {
        ("iss", _) => quoted("issuer"),
        ("exp", _) => hole("expires_at"),
        ("iat" | "nbf" | "authtime", Json::Number(_)) => hole("now"),
        ("jti" | "uti", Json::Text(_)) => quoted("token_id"),
        ("sub", _) => quoted("sub"),
        ("clientid" | "cid" | "azp" | "appid", _) => quoted("client.id"),
        ("scope" | "scopes" | "scp", Json::Array(_)) => hole("scopes"),
        ("scope" | "scopes" | "scp", _) => quoted("scope"),
        ("aud", Json::Array(_)) => r#"["acme-audience"]"#.to_owned(),
        ("aud", Json::Text(text)) if words.get(text) == Some(CLIENT) => quoted("client.id"),
        ("aud", _) => r#""acme-audience""#.to_owned(),
        (_, Json::Text(text)) if words.get(text) == Some(CLIENT) => quoted("client.id"),
        (_, Json::Text(text)) if names::may_keep(name, text) && !words.stand_in(text) => value.to_string(),
        (_, Json::Text(_)) => format!("\"acme-{}\"", bare_member(name)),
        (_, Json::Number(number)) if !names::may_keep_number(name, number) => "1".to_owned(),
        (_, Json::Number(_) | Json::Bool(_) | Json::Null) => value.to_string(),
        (_, Json::Array(_)) => "[]".to_owned(),
        (_, Json::Object(_)) => "{}".to_owned(),
    }
}
