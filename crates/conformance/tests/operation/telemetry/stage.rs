//! The gateways of these tests, and what is asked of them.

use super::collector::Collector;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::Redis;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

/// Three mounts: one whose client has a limit, one without, and one with users.
pub(crate) const MOUNTS: &str =
    concat!(testkit::mounts!(bizzassure), "rate_limit = \"2/1h\"\n", testkit::mounts!(bits brighthr));

/// The section `telemetry` with a listener for metrics of its own.
pub(crate) fn telemetry(more: &str) -> String {
    format!("[telemetry]\nlog = \"json\"\nmetrics_listen = \"127.0.0.1:0\"\n{more}\n")
}

/// A gateway with these mounts.
pub(crate) fn start(more: &str) -> Result<Gateway> {
    Gateway::start(&format!("{more}\n{}{MOUNTS}", telemetry("")))
}

/// A gateway over Redis with traces, and one with HTTPS over the embedded store: between them they have every metric.
pub(crate) fn gateways(redis: &Redis, collector: &Collector) -> Result<[Gateway; 2]> {
    let traces = telemetry(&format!("otlp_endpoint = \"{}\"", collector.url()));
    let shared = format!("{traces}[store]\nkind = \"redis\"\nurl = \"{}\"\ntimeout_ms = 1000\n{MOUNTS}", redis.url());
    let own = format!("[server.tls]\ndevelopment = true\n{}{MOUNTS}", telemetry(""));
    Ok([Gateway::start(&shared)?, Gateway::start(&own)?])
}

/// The value of a Basic header.
pub(crate) fn basic(client: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")))
}

/// A POST of that form, with more headers.
pub(crate) fn post(gateway: &Gateway, path: &str, headers: &[(&str, &str)], form: &str) -> Result<Response> {
    let mut all = vec![("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    all.extend(headers);
    http::exchange(gateway.public(), &http::request("POST", path, &all, form.as_bytes()))
}

/// A GET of that path at the public listener.
pub(crate) fn get(gateway: &Gateway, path: &str) -> Result<Response> {
    http::exchange(gateway.public(), &http::request("GET", path, &[("Host", "localhost")], b""))
}

/// A token request to Bits, with more headers.
pub(crate) fn bits_with(gateway: &Gateway, secret: &str, headers: &[(&str, &str)]) -> Result<Response> {
    let authorization = basic("batch", secret);
    let headers = [&[("Authorization", &*authorization)], headers].concat();
    post(gateway, "/bits/v1/oauth2/token", &headers, "grant_type=client_credentials")
}

/// A token request to Bits.
pub(crate) fn bits(gateway: &Gateway, secret: &str) -> Result<Response> {
    bits_with(gateway, secret, &[])
}

/// A token request to BizzAssure, whose client has two in an hour.
pub(crate) fn bizzassure(gateway: &Gateway) -> Result<Response> {
    let body = json!({ "client_id": "app", "client_secret": "app-secret", "scopes": ["employee.get"] }).to_string();
    let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
    http::exchange(gateway.public(), &http::request("POST", "/bizzassure/v1/auth/token", &headers, body.as_bytes()))
}

/// What BrightHR answers to a grant of its client.
pub(crate) fn brighthr(gateway: &Gateway, form: &str) -> Result<Response> {
    post(gateway, "/brighthr/connect/token", &[("Authorization", &basic("web", "web-secret"))], form)
}

/// A code for alice.
pub(crate) fn code(gateway: &Gateway) -> Result<String> {
    let order = json!({
        "client_id": "web", "user": "alice", "redirect_uri": "https://client.test/cb", "scope": "openid offline_access",
    });
    let answer = gateway.admin().call("POST", "/v1/mounts/brighthr/codes", Some(&order))?;
    Ok(answer["code"].as_str().context("a code")?.to_owned())
}

/// The tokens that a code is worth, and then those of their refresh token.
pub(crate) fn code_and_refresh(gateway: &Gateway) -> Result<[Value; 2]> {
    let form = format!("grant_type=authorization_code&code={}&redirect_uri=https://client.test/cb", code(gateway)?);
    let first = brighthr(gateway, &form)?;
    ensure!(first.status == 200, "{} {}", first.status, first.text());
    let first = first.json()?;
    let refresh = first["refresh_token"].as_str().context("a refresh token")?;
    let second = brighthr(gateway, &format!("grant_type=refresh_token&refresh_token={refresh}"))?;
    ensure!(second.status == 200, "{} {}", second.status, second.text());
    Ok([first, second.json()?])
}

/// Something of everything that is counted and timed.
pub(crate) fn traffic(gateway: &Gateway) -> Result<()> {
    for secret in ["batch-secret", "batch-secret", "wrong"] {
        bits(gateway, secret)?;
    }
    for _ in 0..3 {
        bizzassure(gateway)?;
    }
    code_and_refresh(gateway)?;
    for path in ["/brighthr/.well-known/openid-configuration", "/nowhere", "/_gateway/health/ready"] {
        get(gateway, path)?;
    }
    Ok(())
}
