//! The contracts of all dialects, and the configuration that their fixtures make.

use crate::config::{Config, Mount, Server};
use crate::tree;
use anyhow::Result;
use configuration::registry::DIALECTS;
use dialect::DialectKind;
use pairs::{Fixtures, Pair};

/// One dialect's pairs and fixtures.
#[derive(Debug)]
pub struct Contract {
    /// Whose.
    pub kind: DialectKind,
    /// The pairs in the order of the file.
    pub pairs: Vec<Pair>,
    /// The instant at which every pair starts, seconds since the epoch.
    pub now: i64,
    /// The mounts that the fixtures make.
    pub mounts: Vec<Mount>,
}

/// The contracts of all dialects of the registry, in its order; an error where one is missing or cannot be read.
pub fn load_all() -> Result<Vec<Contract>> {
    DIALECTS.iter().copied().map(load).collect()
}

/// The contract of one dialect: a dialect's crate has its name.
fn load(kind: DialectKind) -> Result<Contract> {
    let pairs::Contract { pairs, fixtures } = pairs::Contract::load(&tree::crate_dir(kind.id).join("contract"))?;
    Ok(Contract { kind, pairs, now: fixtures.clock.now, mounts: mounts(kind.id, fixtures) })
}

fn mounts(dialect: &str, fixtures: Fixtures) -> Vec<Mount> {
    let Fixtures { mounts, clients, users, .. } = fixtures;
    let whole = |mount: pairs::Mount| Mount {
        name: mount.name,
        dialect: dialect.to_owned(),
        hosts: mount.hosts,
        issuer: mount.issuer,
        settings: mount.settings,
        clients: clients.clone(),
        users: users.clone(),
    };
    mounts.into_iter().map(whole).collect()
}

/// One configuration for all contracts.
pub fn config(contracts: &[Contract]) -> Config {
    Config {
        server: Server { public_url: "http://localhost:8080".to_owned(), body_timeout_ms: None, head_timeout_ms: None },
        mounts: contracts.iter().flat_map(|contract| contract.mounts.iter().cloned()).collect(),
    }
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
        let text = toml::to_string(&mounts("d", fixtures.unwrap()).remove(0)).unwrap();
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
