//! What a tester comes for, each need in as few steps over HTTP as the manual says.
//!
//! HTTPS under a vendor's name, calls from a page of another origin and test libraries have their own tests.

mod failures;
mod proof;

use super::orders::MOUNTS;
use anyhow::{Context, Result};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

const FORM: &str = "application/x-www-form-urlencoded";

/// A gateway with four mounts, and the way a tester calls it.
struct Stage(Gateway);

impl Stage {
    fn start() -> Result<Self> {
        Ok(Self(Gateway::start(MOUNTS)?))
    }

    /// One step: a call of the admin API.
    fn step(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        self.0.admin().call(method, path, (!body.is_null()).then_some(body))
    }

    /// What the gateway says of a token.
    fn inspect(&self, token: &str) -> Result<Value> {
        self.step("POST", "/v1/tokens/inspect", &serde_json::json!({ "token": token }))
    }

    /// What a request to the admin API is answered, whatever its status.
    fn ask(&self, path: &str, body: &Value) -> Result<Response> {
        let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
        http::exchange(self.0.admin_address(), &http::request("POST", path, &headers, body.to_string().as_bytes()))
    }

    /// A token request of Bits' client, at that prefix.
    fn bits(&self, prefix: &str) -> Result<Response> {
        http::exchange(self.0.public(), &bits_request(prefix, "keep-alive"))
    }

    /// The same, as the bytes that come until the connection ends.
    fn bits_bytes(&self) -> Result<String> {
        let mut stream = TcpStream::connect(self.0.public())?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.write_all(&bits_request("", "close"))?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// A token of Bits' client.
    fn bits_token(&self, prefix: &str) -> Result<String> {
        let answer = self.bits(prefix)?;
        Ok(answer.json()?["access_token"].as_str().with_context(|| answer.text())?.to_owned())
    }

    /// How Bits' userinfo answers to a token.
    fn userinfo(&self, prefix: &str, token: &str) -> Result<u16> {
        let bearer = format!("bearer {token}");
        let headers = [("Host", "localhost"), ("Authorization", &*bearer)];
        let path = format!("{prefix}/bits/oauth2/userinfo");
        Ok(http::exchange(self.0.public(), &http::request("GET", &path, &headers, b""))?.status)
    }

    /// A token request of BrightHR's web client.
    fn brighthr(&self, form: &str) -> Result<Response> {
        let headers = [("Host", "localhost"), ("Content-Type", FORM)];
        let form = format!("client_id=web&client_secret=web-secret&{form}");
        http::exchange(self.0.public(), &http::request("POST", "/brighthr/connect/token", &headers, form.as_bytes()))
    }
}

fn bits_request(prefix: &str, connection: &str) -> Vec<u8> {
    // `batch:batch-secret`.
    let headers = [
        ("Host", "localhost"),
        ("Content-Type", FORM),
        ("Authorization", "Basic YmF0Y2g6YmF0Y2gtc2VjcmV0"),
        ("Connection", connection),
    ];
    http::request("POST", &format!("{prefix}/bits/v1/oauth2/token"), &headers, b"grant_type=client_credentials")
}
