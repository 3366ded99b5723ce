//! The dialect as a whole.

use super::*;
use crate::test_support::{context, dialect, stage};
use grant::{Jwk, SigningAlg};
use serde_json::{Value, json};

#[test]
fn the_pairs_hold_that_rest_on_no_other() {
    for number in [
        "01", "02", "03", "04", "05", "06", "07", "08", "09", "11", "12", "16", "17", "20", "21", "22", "23", "30",
        "31", "32", "33", "34", "40", "42", "43", "44",
    ] {
        stage().play(&format!("OP-{number}"));
    }
}

fn metadata(settings: Value) -> Value {
    let response = dialect(settings).encode(&Reply::Discovery, &context(Endpoint::Discovery));
    assert_eq!((response.status, response.header("content-type")), (200, Some("application/json")));
    serde_json::from_slice(&response.body).unwrap()
}

#[test]
fn o22_the_metadata_name_each_endpoint_that_has_a_route_and_no_other() {
    const FEW: &[Route] = &[Route { path: "/t", endpoint: Endpoint::Token, methods: &["POST"] }];
    let all = metadata(json!({}));
    for (member, path) in [
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("userinfo_endpoint", "/userinfo"),
        ("jwks_uri", "/jwks"),
        ("end_session_endpoint", "/end-session"),
        ("introspection_endpoint", "/introspect"),
        ("revocation_endpoint", "/revoke"),
    ] {
        assert_eq!(all[member], format!("https://openid.test{path}"));
    }
    let few = OpenIdConnect::new(&SettingsMap::new(), Parts { routes: FEW.into(), ..Parts::STANDARD }).unwrap();
    let few = discovery::members(&context(Endpoint::Discovery), few.routes(), &few);
    assert_eq!(few.str("token_endpoint"), Some("https://openid.test/t"));
    assert!(
        few.get("userinfo_endpoint").is_none() && few.get("introspection_endpoint_auth_methods_supported").is_none()
    );
}

#[test]
fn o22_the_metadata_follow_the_settings() {
    let all = metadata(json!({}));
    assert_eq!((&all["acr_values_supported"], &all["claims_parameter_supported"]), (&json!(["1"]), &json!(true)));
    assert!(all["claims_supported"].as_array().unwrap().contains(&json!("phone_number_verified")));
    let few =
        metadata(json!({"acr_values": [], "claims_parameter": false, "scopes": ["openid", "email"], "alg": "ES256"}));
    assert_eq!((few.get("acr_values_supported"), &few["claims_parameter_supported"]), (None, &json!(false)));
    let claims = json!(["iss", "sub", "aud", "exp", "iat", "auth_time", "email", "email_verified"]);
    assert_eq!((&few["claims_supported"], &few["scopes_supported"]), (&claims, &json!(["openid", "email"])));
    assert_eq!(few["id_token_signing_alg_values_supported"], json!(["ES256"]));
}

#[test]
fn o04_no_symmetric_key_is_published() {
    let key = |kty, alg| Jwk { kty, kid: "k".into(), alg, params: vec![("n", "x".into())] };
    let reply = Reply::Jwks(vec![key("RSA", "RS256"), key("oct", "HS256")]);
    let response = dialect(json!({})).encode(&reply, &context(Endpoint::Jwks));
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(body, json!({"keys": [{"kty": "RSA", "use": "sig", "kid": "k", "alg": "RS256", "n": "x"}]}));
}

#[test]
fn settings_reach_the_policy() {
    let all = dialect(json!({}));
    let terms = all.policy().sign_in.as_ref().unwrap();
    assert!(!terms.pkce_required && terms.errors_to_client && terms.openid.holds_to_hint);
    assert!(terms.openid.asks_for_offline_access && terms.openid.ignores_unknown_scopes);
    assert_eq!((all.policy().alg, all.policy().revocable_access_tokens), (SigningAlg::Rs256, true));
    let given =
        json!({"pkce": "required", "offline_access": "scope", "unknown_scopes": "refused", "claims_parameter": false});
    let few = dialect(given);
    let terms = few.policy().sign_in.as_ref().unwrap();
    assert!(terms.pkce_required && !terms.openid.asks_for_offline_access && !terms.openid.ignores_unknown_scopes);
    assert!(terms.openid.claims.is_empty());
}

#[test]
fn settings_are_checked() {
    let build = |given: Value| KIND.build(given.as_object().unwrap()).map(|_| ());
    for given in [
        json!({"acr_values": ["a b"]}),
        json!({"acr_values": ["a", "a"]}),
        json!({"pkce": "no"}),
        json!({"audience": ""}),
    ] {
        assert!(build(given.clone()).is_err(), "{given}");
    }
    assert_eq!(build(json!({"acr_values": [], "audience": "https://api.test"})), Ok(()));
}

#[test]
fn the_readme_lists_every_setting_with_its_default() {
    let readme = include_str!("../README.md");
    for setting in dialect(json!({})).settings() {
        let row = format!("| `{}` | `{}` |", setting.name, setting.default.to_string().replace(',', ", "));
        assert!(readme.contains(&row), "README.md lacks {row}");
    }
}
