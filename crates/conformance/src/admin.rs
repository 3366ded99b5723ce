//! A client of the gateway's admin API.

use crate::http;
use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The admin API at an address.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    address: SocketAddr,
}

/// A forced outcome: what it matches (an absent field matches everything) and what happens.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scenario<'a> {
    /// The mount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mount: Option<&'a str>,
    /// The endpoint, by the name of `grant::Endpoint`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<&'a str>,
    /// The client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<&'a str>,
    /// The grant type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<&'a str>,
    /// How many requests it meets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The error, by the name of `grant::GrantErrorKind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a str>,
}

/// A code to mint without a browser.
#[derive(Clone, Debug, Serialize)]
pub struct CodeRequest<'a> {
    /// The client that may redeem it.
    pub client_id: &'a str,
    /// The user, by `sub` or username.
    pub user: &'a str,
    /// Where it would have been sent.
    pub redirect_uri: &'a str,
    /// Its scopes; absent: all the client's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<&'a str>,
    /// The S256 challenge it is bound to (RFC 7636).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<&'a str>,
}

impl Admin {
    /// The API at that address.
    pub const fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Everything back to the configuration file: counters, codes, sessions, journal, scenarios, clock, changes.
    pub fn reset(&self) -> Result<()> {
        self.call("POST", "/v1/reset", None).map(drop)
    }

    /// Stops the clock at that second since the epoch.
    pub fn freeze_clock(&self, epoch: i64) -> Result<()> {
        self.call("PUT", "/v1/clock", Some(&json!({ "freeze": epoch }))).map(drop)
    }

    /// Shifts the clock by that many seconds from real time.
    pub fn offset_clock(&self, seconds: i64) -> Result<()> {
        self.call("PUT", "/v1/clock", Some(&json!({ "offset": seconds }))).map(drop)
    }

    /// Moves the clock ahead.
    pub fn advance_clock(&self, seconds: i64) -> Result<()> {
        self.call("POST", "/v1/clock/advance", Some(&json!({ "seconds": seconds }))).map(drop)
    }

    /// The clock as the API tells it.
    pub fn clock(&self) -> Result<Value> {
        self.call("GET", "/v1/clock", None)
    }

    /// Adds a forced outcome.
    pub fn add_scenario(&self, scenario: &Scenario<'_>) -> Result<()> {
        self.call("POST", "/v1/scenarios", Some(&serde_json::to_value(scenario)?)).map(drop)
    }

    /// Removes all forced outcomes.
    pub fn clear_scenarios(&self) -> Result<()> {
        self.call("DELETE", "/v1/scenarios", None).map(drop)
    }

    /// Changes settings of a mount.
    pub fn patch_settings(&self, mount: &str, settings: &Value) -> Result<()> {
        self.call("PATCH", &format!("/v1/mounts/{mount}/settings"), Some(settings)).map(drop)
    }

    /// A client or user (`kind` is `clients` or `users`) of a mount.
    pub fn get(&self, mount: &str, kind: &str, id: &str) -> Result<Value> {
        self.call("GET", &format!("/v1/mounts/{mount}/{kind}/{id}"), None)
    }

    /// Makes or replaces a client or user of a mount; the body is as in the configuration file.
    pub fn put(&self, mount: &str, kind: &str, id: &str, body: &impl Serialize) -> Result<()> {
        self.call("PUT", &format!("/v1/mounts/{mount}/{kind}/{id}"), Some(&serde_json::to_value(body)?)).map(drop)
    }

    /// Removes a client or user of a mount.
    pub fn delete(&self, mount: &str, kind: &str, id: &str) -> Result<()> {
        self.call("DELETE", &format!("/v1/mounts/{mount}/{kind}/{id}"), None).map(drop)
    }

    /// Mints an authorization code.
    pub fn code(&self, mount: &str, request: &CodeRequest<'_>) -> Result<String> {
        let path = format!("/v1/mounts/{mount}/codes");
        let answer = self.call("POST", &path, Some(&serde_json::to_value(request)?))?;
        answer["code"].as_str().map(str::to_owned).with_context(|| format!("POST {path} gave no code: {answer}"))
    }

    /// The keys of a mount, symmetric ones included.
    pub fn jwks(&self, mount: &str) -> Result<Vec<serde_json::Map<String, Value>>> {
        let answer = self.call("GET", &format!("/v1/mounts/{mount}/jwks"), None)?;
        let keys = answer["keys"].as_array().with_context(|| format!("no keys in {answer}"))?;
        keys.iter().map(|key| key.as_object().cloned().with_context(|| format!("a key that is {key}"))).collect()
    }

    /// One call: the JSON of a 200, null for a 204, else an error that quotes the problem.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let host = self.address.to_string();
        let body = body.map(serde_json::to_vec).transpose()?;
        let mut headers = vec![("Host", host.as_str())];
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        let bytes = http::request(method, path, &headers, body.as_deref().unwrap_or_default());
        let response = http::exchange(self.address, &bytes).with_context(|| format!("admin {method} {path}"))?;
        match response.status {
            200 => response.json(),
            204 => Ok(Value::Null),
            status => {
                let media = response.header("content-type").unwrap_or_default();
                ensure!(
                    media.starts_with("application/problem+json"),
                    "admin {method} {path}: {status} that is no problem+json but {media:?}: {}",
                    response.text()
                );
                bail!("admin {method} {path}: {status} {}", response.text())
            }
        }
    }
}
