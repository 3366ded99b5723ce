//! The mounts of a configuration file that fixtures make.

use crate::assertion;
use crate::fixtures::{self, Client, Fixtures, User};
use serde::Serialize;
use serde_json::{Map, Value};

/// One mount.
#[derive(Clone, Debug, Serialize)]
pub struct Mount {
    /// Its name.
    pub name: String,
    /// Its dialect.
    pub dialect: String,
    /// The pack that the dialect is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// The hosts that lead to it.
    pub hosts: Vec<String>,
    /// Its issuer identifier.
    pub issuer: String,
    /// Its settings.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Its clients.
    #[serde(rename = "client", skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<Client>,
    /// Its users.
    #[serde(rename = "user", skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
}

/// The mounts that fixtures make of a dialect, or of the pack in a folder: each has all clients and users.
pub fn mounts(dialect: &str, pack: Option<&str>, fixtures: &Fixtures) -> Vec<Mount> {
    let pack = pack.map(str::to_owned);
    let Fixtures { mounts, mut clients, users, .. } = fixtures.clone();
    for client in clients.iter_mut().filter(|client| client.signs) {
        client.jwks = assertion::signer().jwks().ok();
    }
    let whole = |mount: fixtures::Mount| Mount {
        name: mount.name,
        dialect: if pack.is_some() { "pack" } else { dialect }.to_owned(),
        pack: pack.clone(),
        hosts: mount.hosts,
        issuer: mount.issuer,
        settings: mount.settings,
        clients: clients.clone(),
        users: users.clone(),
    };
    mounts.into_iter().map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fixtures_survive_toml() {
        let fixtures = serde_json::from_value(json!({
            "clock": {"now": 1},
            "mounts": [{"name": "m", "hosts": ["h"], "issuer": "i", "settings": {"on": true}}],
            "clients": [{"id": "c", "secret": "s\"\\:%", "scopes": ["a"], "claims": {"customerId": "x::1"}}],
            "users": [{"sub": "7", "username": "a@b.test", "claims": {"verified": true, "at": 1, "scopes": ["user"]}}],
        }));
        let text = toml::to_string(&mounts("d", None, &fixtures.unwrap()).remove(0)).unwrap();
        let back: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!((back["dialect"].as_str(), back["settings"]["on"].as_bool()), (Some("d"), Some(true)));
        let (client, user) = (&back["client"][0], &back["user"][0]);
        assert_eq!(client["secret"].as_str(), Some("s\"\\:%"));
        assert_eq!(client["claims"]["customerId"].as_str(), Some("x::1"));
        assert_eq!(user["claims"]["verified"].as_bool(), Some(true));
        assert_eq!(user["claims"]["at"].as_integer(), Some(1));
        assert_eq!(user["claims"]["scopes"][0].as_str(), Some("user"));
    }
}
