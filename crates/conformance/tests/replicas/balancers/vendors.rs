//! A token request of each dialect, for the mounts of `mounts.toml`.

use super::site::PUBLIC_URL;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use testkit::http::{self, Response};

pub(crate) const HOST: (&str, &str) = ("Host", "idp.test");
pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A dialect's token request and what its token says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    request: fn(&[(&str, &str)]) -> Vec<u8>,
    /// Where the answer has its access token.
    token: &'static str,
    issuer: Option<&'static str>,
}

pub(crate) const VENDORS: [Vendor; 4] = [
    Vendor { name: "bizzassure", request: bizzassure, token: "/payload/access_token", issuer: None },
    Vendor { name: "bits", request: bits, token: "/access_token", issuer: None },
    Vendor { name: "brighthr", request: brighthr, token: "/access_token", issuer: None },
    Vendor {
        name: "screeningeagle",
        request: screeningeagle,
        token: "/access_token",
        issuer: Some("Screening Eagle ID"),
    },
];

/// Needs no state, and counts nowhere.
pub(crate) const BITS: Vendor = VENDORS[1];
pub(crate) const BIZZASSURE: Vendor = VENDORS[0];
pub(crate) const BRIGHTHR: Vendor = VENDORS[2];

impl Vendor {
    /// The request with these headers too.
    pub(crate) fn request(&self, headers: &[(&str, &str)]) -> Vec<u8> {
        (self.request)(headers)
    }

    /// Whether the answer is a token of the issuer that the configuration names.
    pub(crate) fn check(&self, answer: &Response) -> Result<()> {
        let wrong = || format!("{}: {} {}", self.name, answer.status, answer.text());
        ensure!(answer.status == 200, wrong());
        let body = answer.json()?;
        let token = body.pointer(self.token).and_then(Value::as_str).with_context(wrong)?;
        let payload = token.split('.').nth(1).with_context(wrong)?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?;
        let issuer = self.issuer.map_or_else(|| format!("{PUBLIC_URL}/{}", self.name), str::to_owned);
        ensure!(claims["iss"] == issuer, "{}: the issuer is {}", self.name, claims["iss"]);
        Ok(())
    }
}

fn bizzassure(more: &[(&str, &str)]) -> Vec<u8> {
    let body = json!({ "client_id": "app", "client_secret": "app-secret", "scopes": ["employee.get"] }).to_string();
    let headers = [&[HOST, ("Content-Type", "application/json")], more].concat();
    http::request("POST", "/bizzassure/v1/auth/token", &headers, body.as_bytes())
}

fn bits(more: &[(&str, &str)]) -> Vec<u8> {
    form("/bits/v1/oauth2/token", ("batch", "batch-secret"), &[("grant_type", "client_credentials")], more)
}

fn brighthr(more: &[(&str, &str)]) -> Vec<u8> {
    form("/brighthr/connect/token", ("machine", "machine-secret"), &[("grant_type", "client_credentials")], more)
}

fn screeningeagle(more: &[(&str, &str)]) -> Vec<u8> {
    let fields = [("grant_type", "client_credentials"), ("scope", "openid email")];
    form("/screeningeagle/api/id/v1/auth/token", ("inspector", "inspector-secret"), &fields, more)
}

/// A form of a client that authenticates by Basic.
pub(crate) fn form(path: &str, client: (&str, &str), fields: &[(&str, &str)], more: &[(&str, &str)]) -> Vec<u8> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", client.0, client.1)));
    let body = serde_urlencoded::to_string(fields).unwrap_or_default();
    let headers = [&[HOST, FORM, ("Authorization", basic.as_str())], more].concat();
    http::request("POST", path, &headers, body.as_bytes())
}
