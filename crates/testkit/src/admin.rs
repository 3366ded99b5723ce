//! A client of the gateway's admin API.

use crate::http;
use admin_api::{
    ClockAdvance, ClockChange, ClockView, CodeReply, CodeRequest, JwksView, KeyView, PatReply, PatRequest, PatView,
    RotateRequest, ScenarioSpec,
};
use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde_json::Value;
use std::net::SocketAddr;

/// The admin API at an address.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    address: SocketAddr,
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
        self.send("PUT", "/v1/clock", &ClockChange::Freeze(epoch)).map(drop)
    }

    /// Shifts the clock by that many seconds from real time.
    pub fn offset_clock(&self, seconds: i64) -> Result<()> {
        self.send("PUT", "/v1/clock", &ClockChange::Offset(seconds)).map(drop)
    }

    /// Moves the clock ahead.
    pub fn advance_clock(&self, seconds: i64) -> Result<()> {
        self.send("POST", "/v1/clock/advance", &ClockAdvance { seconds }).map(drop)
    }

    /// The clock as the API tells it.
    pub fn clock(&self) -> Result<ClockView> {
        Ok(serde_json::from_value(self.call("GET", "/v1/clock", None)?)?)
    }

    /// Adds a forced outcome.
    pub fn add_scenario(&self, scenario: &ScenarioSpec) -> Result<()> {
        self.send("POST", "/v1/scenarios", scenario).map(drop)
    }

    /// Removes all forced outcomes.
    pub fn clear_scenarios(&self) -> Result<()> {
        self.call("DELETE", "/v1/scenarios", None).map(drop)
    }

    /// Changes settings of a mount.
    pub fn patch_settings(&self, mount: &str, settings: &Value) -> Result<()> {
        self.send("PATCH", &format!("/v1/mounts/{mount}/settings"), settings).map(drop)
    }

    /// A client or user (`kind` is `clients` or `users`) of a mount.
    pub fn get(&self, mount: &str, kind: &str, id: &str) -> Result<Value> {
        self.call("GET", &format!("/v1/mounts/{mount}/{kind}/{id}"), None)
    }

    /// Makes or replaces a client or user of a mount; the body is as in the configuration file.
    pub fn put(&self, mount: &str, kind: &str, id: &str, body: &impl Serialize) -> Result<()> {
        self.send("PUT", &format!("/v1/mounts/{mount}/{kind}/{id}"), body).map(drop)
    }

    /// Removes a client or user of a mount.
    pub fn delete(&self, mount: &str, kind: &str, id: &str) -> Result<()> {
        self.call("DELETE", &format!("/v1/mounts/{mount}/{kind}/{id}"), None).map(drop)
    }

    /// Mints an authorization code.
    pub fn code(&self, mount: &str, request: &CodeRequest) -> Result<String> {
        let answer = self.send("POST", &format!("/v1/mounts/{mount}/codes"), request)?;
        Ok(serde_json::from_value::<CodeReply>(answer)?.code)
    }

    /// A code of a client for a user, with that scope and no PKCE.
    pub fn code_for(&self, mount: &str, client: &str, user: &str, redirect_uri: &str, scope: &str) -> Result<String> {
        let request = CodeRequest {
            client_id: client.to_owned(),
            user: user.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            scope: Some(scope.to_owned()),
            code_challenge: None,
            nonce: None,
        };
        self.code(mount, &request)
    }

    /// Makes a personal access token for a user of a mount, a sub or a username.
    pub fn make_pat(&self, mount: &str, user: &str, request: &PatRequest) -> Result<PatReply> {
        Ok(serde_json::from_value(self.send("POST", &format!("/v1/mounts/{mount}/users/{user}/pats"), request)?)?)
    }

    /// The personal access tokens of a user, newest first.
    pub fn pats(&self, mount: &str, user: &str) -> Result<Vec<PatView>> {
        Ok(serde_json::from_value(self.call("GET", &format!("/v1/mounts/{mount}/users/{user}/pats"), None)?)?)
    }

    /// Revokes a personal access token of a user.
    pub fn revoke_pat(&self, mount: &str, user: &str, id: &str) -> Result<()> {
        self.call("DELETE", &format!("/v1/mounts/{mount}/users/{user}/pats/{id}"), None).map(drop)
    }

    /// The keys of a mount, symmetric ones included.
    pub fn jwks(&self, mount: &str) -> Result<Vec<serde_json::Map<String, Value>>> {
        let answer = self.call("GET", &format!("/v1/mounts/{mount}/jwks"), None)?;
        Ok(serde_json::from_value::<JwksView>(answer)?.keys)
    }

    /// The signing keys of a mount, in the order in which they begin to sign.
    pub fn keys(&self, mount: &str) -> Result<Vec<KeyView>> {
        Ok(serde_json::from_value(self.call("GET", &format!("/v1/mounts/{mount}/keys"), None)?)?)
    }

    /// Has a new key sign after so many seconds; the keys as above.
    pub fn rotate_key(&self, mount: &str, lead_seconds: u32) -> Result<Vec<KeyView>> {
        let request = RotateRequest { lead_seconds: Some(lead_seconds) };
        Ok(serde_json::from_value(self.send("POST", &format!("/v1/mounts/{mount}/keys/rotate"), &request)?)?)
    }

    fn send(&self, method: &str, path: &str, body: &impl Serialize) -> Result<Value> {
        self.call(method, path, Some(&serde_json::to_value(body)?))
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
