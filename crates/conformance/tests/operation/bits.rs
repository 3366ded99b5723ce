//! One mount whose tokens tell which configuration made them.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use testkit::gateway::Gateway;
use testkit::http::{self, Connection, Response};

/// The client of every mount.
pub(crate) const CLIENT: &str = "client-1";

/// A mount named `name`, all of whose marks are `mark`: its issuer, its client's customer and, in seconds, the life of
/// its tokens.
pub(crate) fn mount(name: &str, secret: &str, mark: u32) -> String {
    format!(
        r#"
        [[mount]]
        name = "{name}"
        dialect = "bits-basic-form"
        issuer = "https://{mark}.test"
        settings = {{ access_ttl = {mark} }}
        [[mount.client]]
        id = "{CLIENT}"
        secret = "{secret}"
        scopes = ["application"]
        rate_limit = "unlimited"
        claims = {{ customerId = "{mark}" }}
        "#
    )
}

/// A token request as it is sent.
pub(crate) fn request(mount: &str, secret: &str) -> Vec<u8> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let headers = [("Host", "localhost"), form, ("Authorization", &basic)];
    http::request("POST", &format!("/{mount}/v1/oauth2/token"), &headers, b"grant_type=client_credentials")
}

/// What a token request is answered with, on a connection of its own.
pub(crate) fn ask(gateway: &Gateway, mount: &str, secret: &str) -> Result<Response> {
    Connection::open(gateway.public())?.exchange(&request(mount, secret))
}

/// The mark of the configuration that made the answer; an error where its parts are of two.
pub(crate) fn mark(answer: &Response) -> Result<u32> {
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    let answer = answer.json()?;
    let token = answer["access_token"].as_str().context("no token")?;
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).context("no payload")?)?;
    let claims: Value = serde_json::from_slice(&payload)?;
    let seconds = answer["expires_in"].as_u64().context("no expires_in")?;
    let (customer, issuer) = (seconds.to_string(), format!("https://{seconds}.test"));
    let of_one = claims["sub"] == customer.as_str() && claims["iss"] == issuer.as_str();
    ensure!(of_one, "a token of two configurations: {seconds} s, {claims}");
    Ok(u32::try_from(seconds)?)
}
