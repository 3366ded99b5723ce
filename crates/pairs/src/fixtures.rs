//! What every pair starts from: mounts, clients and users in the terms of the gateway's configuration file.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A `fixtures.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    /// The gateway's clock.
    pub clock: Clock,
    /// The mounts, each of which has all clients and users.
    pub mounts: Vec<Mount>,
    /// The clients.
    pub clients: Vec<Client>,
    /// The users.
    #[serde(default)]
    pub users: Vec<User>,
}

/// The instant at which every pair starts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Seconds since the epoch.
    pub now: i64,
}

/// One mount.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// Its name.
    pub name: String,
    /// The hosts that lead to it.
    pub hosts: Vec<String>,
    /// Its issuer identifier.
    pub issuer: String,
    /// The settings that the pairs take for granted.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

/// One client.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its identifier.
    pub id: String,
    /// Its secret; absent for a public client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Its grants; absent: the gateway's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<String>>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// Where an authorization may answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// Where a log-out may answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Whether it is switched off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// The user it acts for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How often it is granted tokens; absent: the dialect's limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<String>,
    /// Whether it signs assertions: it is given a key ([`crate::assertion::signer`]).
    #[serde(default, skip_serializing)]
    pub signs: bool,
    /// Its public keys, made for one that signs.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Its facts.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
}

/// One user.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The subject identifier.
    pub sub: String,
    /// The name for signing in.
    pub username: String,
    /// Whether the user is refused everywhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// Whether an automatic approval is answered as a denial.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub denies_consent: bool,
    /// The user's facts.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_absent_is_not_written() {
        let read: Client = serde_json::from_value(json!({"id": "c", "scopes": ["a"]})).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json!({"id": "c", "scopes": ["a"]}));
        let whole = json!({"sub": "7", "username": "a@b.test", "denies_consent": true, "claims": {"n": 1, "b": true}});
        let read: User = serde_json::from_value(whole.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), whole);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (fixture, named) in [
            (json!({"id": "c", "scopes": [], "customerId": "x"}), "customerId"),
            (json!({"client_id": "c", "scopes": []}), "client_id"),
            (json!({"id": "c"}), "scopes"),
        ] {
            let error = serde_json::from_value::<Client>(fixture).unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
