//! What an operator can find out afterwards, and who may do what: rotation of secrets, the logs, the audit, rights, test
//! features, and what hides what.

mod audit;
mod changes;
mod logs;
mod secrets;
mod tests_off;

use crate::bits::CLIENT;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::time::{Duration, Instant};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

/// A client of Bits, whose `id` is [`CLIENT`], with these ways of giving a secret.
fn client(secrets: &str) -> String {
    format!(
        "[[mount.client]]\nid = \"{CLIENT}\"\nscopes = [\"application\"]\n{secrets}\n[mount.client.claims]\ncustomerId = \"c\"\n"
    )
}

/// A mount of Bits with that client.
fn bits(secrets: &str) -> String {
    format!("[[mount]]\nname = \"bits\"\ndialect = \"bits-basic-form\"\n{}", client(secrets))
}

/// A token request with these headers beside its own.
fn token(gateway: &Gateway, secret: &str, more: &[(&str, &str)]) -> Result<Response> {
    let authorization = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")));
    let mut headers = vec![("Host", "localhost"), ("Authorization", &*authorization)];
    headers.push(("Content-Type", "application/x-www-form-urlencoded"));
    headers.extend_from_slice(more);
    let body = b"grant_type=client_credentials&scope=application";
    http::exchange(gateway.public(), &http::request("POST", TOKEN, &headers, body))
}

const TOKEN: &str = "/bits/v1/oauth2/token";

/// An admin call with that token, as JSON where there is a body.
fn call(gateway: &Gateway, token: &str, method: &str, path: &str, body: &str) -> Result<Response> {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("Host", "localhost"), ("Authorization", &*bearer)];
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json"));
    }
    http::exchange(gateway.admin_address(), &http::request(method, path, &headers, body.as_bytes()))
}

/// The lines of the log with that message, once there are so many.
fn lines(gateway: &Gateway, message: &str, count: usize) -> Result<Vec<Value>> {
    let started = Instant::now();
    loop {
        let logs = gateway.logs()?;
        let all = logs.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found: Vec<_> = all.filter(|line| line["message"] == message).collect();
        if found.len() >= count {
            return Ok(found);
        }
        ensure!(started.elapsed() < Duration::from_mins(1), "{count} lines of {message:?} are not in\n{logs}");
        testkit::pause(Duration::from_millis(10));
    }
}

/// The metrics, where no token is needed.
fn metrics(gateway: &Gateway) -> Result<String> {
    let request = http::request("GET", "/metrics", &[("Host", "localhost")], b"");
    Ok(http::exchange(gateway.admin_address(), &request)?.text())
}

/// The newest entry of the journal.
fn newest(gateway: &Gateway) -> Result<Value> {
    let entries = gateway.admin().call("GET", "/v1/journal?limit=1", None)?;
    entries.get(0).cloned().context("an entry")
}
