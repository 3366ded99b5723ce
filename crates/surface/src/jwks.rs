//! A set of keys as JSON (RFC 7517 section 5).

use admin_api::JwksView;
use grant::Jwk;
use serde_json::{Map, Value};

/// The set, each key with the members `kty`, `use`, `kid`, its own, and `alg`.
pub fn document(keys: &[Jwk]) -> JwksView {
    JwksView { keys: keys.iter().map(key).collect() }
}

fn key(jwk: &Jwk) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("kty".to_owned(), jwk.kty.into());
    members.insert("use".to_owned(), "sig".into());
    members.insert("kid".to_owned(), jwk.kid.clone().into());
    members.extend(jwk.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())));
    members.insert("alg".to_owned(), jwk.alg.into());
    members
}
