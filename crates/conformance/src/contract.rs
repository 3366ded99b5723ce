//! The `contract/` folder of a dialect: its pairs, and the fixtures that they start from.

use crate::config::{Client, Config, Mount, Server, User};
use crate::pairs::{self, Pair};
use crate::registry::{VENDORS, Vendor};
use crate::tree;
use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};
use std::fs;

/// The instant at which every pair starts, seconds since the epoch: the `iat` of Screening Eagle's published token.
pub const NOW: i64 = 1_715_861_418;

/// One dialect's pairs and fixtures.
#[derive(Debug)]
pub struct Contract {
    /// Whose.
    pub vendor: Vendor,
    /// The pairs in the order of the file.
    pub pairs: Vec<Pair>,
    /// The mounts that the fixtures make.
    pub mounts: Vec<Mount>,
}

/// The contracts of all dialects; an error where one is missing or cannot be read.
pub fn load_all() -> Result<Vec<Contract>> {
    VENDORS.into_iter().map(load).collect()
}

/// The contract of one dialect.
pub fn load(vendor: Vendor) -> Result<Contract> {
    let folder = tree::crate_dir(vendor.kind.id).join("contract");
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let pairs = pairs::parse(&read("pairs.http")?).with_context(|| format!("{}'s pairs", vendor.kind.id))?;
    let fixtures = serde_json::from_str(&read("fixtures.json")?)?;
    let mounts = mounts(&vendor, &fixtures).with_context(|| format!("{}'s fixtures", vendor.kind.id))?;
    Ok(Contract { vendor, pairs, mounts })
}

/// One configuration for all contracts.
pub fn config(contracts: &[Contract]) -> Config {
    Config {
        server: Server { public_url: "http://localhost:8080".to_owned(), body_timeout_ms: None, head_timeout_ms: None },
        mounts: contracts.iter().flat_map(|contract| contract.mounts.iter().cloned()).collect(),
    }
}

fn mounts(vendor: &Vendor, fixtures: &Value) -> Result<Vec<Mount>> {
    let hosts = match &fixtures["hosts"] {
        Value::Null => vec![string(fixtures, "host")?],
        _ => strings(fixtures, "hosts")?,
    };
    ensure!(hosts.len() == vendor.mounts.len(), "{} hosts for {} mounts", hosts.len(), vendor.mounts.len());
    let objects = |name: &str| fixtures[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let clients = objects("clients").iter().map(client).collect::<Result<Vec<_>>>()?;
    let users = objects("users").iter().map(user).collect::<Result<Vec<_>>>()?;
    let issuer = fixtures["issuer"].as_str();
    let mount = |(name, host): (&&str, String)| Mount {
        name: (*name).to_owned(),
        dialect: vendor.kind.id.to_owned(),
        issuer: issuer.map_or_else(|| format!("https://{host}"), str::to_owned),
        hosts: vec![host],
        settings: vendor.settings.iter().map(|(name, on)| ((*name).to_owned(), Value::Bool(*on))).collect(),
        clients: clients.clone(),
        users: users.clone(),
    };
    Ok(vendor.mounts.iter().zip(hosts).map(mount).collect())
}

/// A client of the fixtures. What the configuration has no key for is a fact of the client.
fn client(fixture: &Value) -> Result<Client> {
    const KEYS: [&str; 8] = [
        "client_id",
        "client_secret",
        "grants",
        "scopes",
        "redirect_uris",
        "post_logout_redirect_uris",
        "disabled",
        "user",
    ];
    let optional = |name| if fixture[name].is_null() { Ok(Vec::new()) } else { strings(fixture, name) };
    let grants = optional("grants")?;
    Ok(Client {
        id: string(fixture, "client_id")?,
        secret: Some(string(fixture, "client_secret")?),
        grants: (!grants.is_empty()).then_some(grants),
        scopes: strings(fixture, "scopes")?,
        redirect_uris: optional("redirect_uris")?,
        post_logout_redirect_uris: optional("post_logout_redirect_uris")?,
        disabled: fixture["disabled"] == true,
        user: (!fixture["user"].is_null()).then(|| plain(&fixture["user"])),
        rate_limit: None,
        claims: others(fixture, &KEYS)?,
    })
}

/// A user of the fixtures. Screening Eagle's users have a `userID` for their sub and sign in with their address.
fn user(fixture: &Value) -> Result<User> {
    let numbered = !fixture["userID"].is_null();
    Ok(User {
        sub: if numbered { plain(&fixture["userID"]) } else { string(fixture, "sub")? },
        username: string(fixture, if numbered { "email" } else { "username" })?,
        disabled: false,
        denies_consent: fixture["denies_consent"] == true,
        claims: others(fixture, &["sub", "userID", "username", "denies_consent"])?,
    })
}

fn others(fixture: &Value, keys: &[&str]) -> Result<Map<String, Value>> {
    let object = fixture.as_object().context("a fixture that is no object")?;
    let facts = object.iter().filter(|(name, _)| !keys.contains(&name.as_str()));
    Ok(facts.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// A string without its quotes, anything else as JSON writes it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn string(object: &Value, name: &str) -> Result<String> {
    object[name].as_str().map(str::to_owned).with_context(|| format!("no string `{name}` in {object}"))
}

fn strings(object: &Value, name: &str) -> Result<Vec<String>> {
    let items = object[name].as_array().with_context(|| format!("no array `{name}` in {object}"))?;
    items.iter().map(|item| item.as_str().map(str::to_owned).context("an item that is no string")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn facts_that_are_no_keys_become_claims_and_survive_toml() {
        let fixture = json!({"client_id": "c", "client_secret": "s\"\\:%", "scopes": ["a"], "customerId": "x::1",
            "user": 1302});
        let client = client(&fixture).unwrap();
        assert_eq!((client.user.as_deref(), client.grants.is_none()), (Some("1302"), true));
        let text = toml::to_string(&client).unwrap();
        let back: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(back["secret"].as_str(), Some("s\"\\:%"));
        assert_eq!(back["claims"]["customerId"].as_str(), Some("x::1"));
        assert!(!back.contains_key("disabled"));
    }

    #[test]
    fn users_keep_the_types_of_their_facts() {
        let numbered = user(&json!({"userID": 7, "email": "a@b.test", "email_verified": true, "updated_at": 1,
            "scopes": ["user"]}))
        .unwrap();
        assert_eq!((numbered.sub.as_str(), numbered.username.as_str()), ("7", "a@b.test"));
        let back: toml::Table = toml::from_str(&toml::to_string(&numbered).unwrap()).unwrap();
        assert_eq!(back["claims"]["updated_at"].as_integer(), Some(1));
        assert_eq!(back["claims"]["email_verified"].as_bool(), Some(true));
        assert_eq!(back["claims"]["scopes"][0].as_str(), Some("user"));
        let named = user(&json!({"username": "d", "sub": "s", "denies_consent": true})).unwrap();
        assert!(named.denies_consent && named.claims.is_empty());
    }

    #[test]
    fn a_fixture_that_lacks_something_is_named() {
        let error = client(&json!({"client_id": "c", "scopes": []})).unwrap_err();
        assert!(error.to_string().contains("client_secret"), "{error:#}");
    }
}
