//! The contracts of all dialects, and the configuration that their fixtures make.

use crate::config::{Config, Mount, Server};
use crate::pairs::{self, Fixtures, Pair};
use crate::tree;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// One dialect's pairs and fixtures.
#[derive(Debug)]
pub struct Contract {
    /// The dialect's identifier, which is its crate's name.
    pub dialect: String,
    /// The pairs in the order of the file.
    pub pairs: Vec<Pair>,
    /// The instant at which every pair starts, seconds since the epoch.
    pub now: i64,
    /// The mounts that the fixtures make.
    pub mounts: Vec<Mount>,
}

/// The contracts of all crates that have one, in the order of their names; an error where one cannot be read.
pub fn load_all() -> Result<Vec<Contract>> {
    let mut names = tree::crates()?;
    names.retain(|name| folder(name).is_dir());
    names.into_iter().map(load).collect()
}

/// The contracts of the packs that are shipped, in the order of their names; an error where one cannot be read.
pub fn load_packs() -> Result<Vec<Contract>> {
    let folder = tree::root().join("examples/packs");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    let load = |name: String| {
        let folder = folder.join(&name);
        let pairs::Contract { pairs, fixtures } = pairs::Contract::load(&folder).context(name.clone())?;
        let mounts = mounts(&name, folder.to_str(), fixtures.clone());
        Ok(Contract { pairs, now: fixtures.clock.now, mounts, dialect: name })
    };
    names.into_iter().map(load).collect()
}

fn folder(dialect: &str) -> PathBuf {
    tree::crate_dir(dialect).join("contract")
}

fn load(dialect: String) -> Result<Contract> {
    let pairs::Contract { pairs, fixtures } = pairs::Contract::load(&folder(&dialect))?;
    Ok(Contract { pairs, now: fixtures.clock.now, mounts: mounts(&dialect, None, fixtures), dialect })
}

fn mounts(dialect: &str, pack: Option<&str>, fixtures: Fixtures) -> Vec<Mount> {
    let pack = pack.map(str::to_owned);
    let Fixtures { mounts, mut clients, users, .. } = fixtures;
    for client in clients.iter_mut().filter(|client| client.signs) {
        client.jwks = crate::assertion::signer().jwks().ok();
    }
    let whole = |mount: pairs::Mount| Mount {
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
        let text = toml::to_string(&mounts("d", None, fixtures.unwrap()).remove(0)).unwrap();
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
