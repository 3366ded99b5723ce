//! Devices over several replicas: begun on one, decided on another, polled on a third.

use crate::config;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::Redis;
use testkit::gateway::Gateway;
use testkit::http::Response;
use testkit::vendor::call;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const MORE: &str = r#"timeout_ms = 5000
[[mount]]
name = "openid"
dialect = "openid-connect"
[[mount.client]]
id = "tv"
grants = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
scopes = ["openid", "offline_access"]
[[mount.user]]
sub = "u1"
username = "alice"
"#;

fn text<'a>(codes: &'a Value, name: &str) -> Result<&'a str> {
    codes[name].as_str().with_context(|| format!("no {name} in {codes}"))
}

fn poll(gateway: &Gateway, codes: &Value) -> Result<Response> {
    let fields = [("grant_type", GRANT), ("device_code", text(codes, "device_code")?)];
    call(gateway, "/openid/token", ("tv", ""), &fields)
}

fn error(answer: &Response) -> Result<String> {
    Ok(answer.json()?["error"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn o44_a_device_is_begun_decided_and_polled_on_three_replicas() -> Result<()> {
    let redis = Redis::start()?;
    let start = |n| Gateway::start(&config(&redis.url(), &format!("replica-{n}"), MORE));
    let [one, two, three] = [start(1)?, start(2)?, start(3)?];
    let begin =
        || call(&one, "/openid/device-authorization", ("tv", ""), &[("scope", "openid offline_access")])?.json();
    let codes = begin()?;
    ensure!(error(&poll(&three, &codes)?)? == "authorization_pending");
    ensure!(error(&poll(&two, &codes)?)? == "slow_down", "one interval for all");
    let path = format!("/v1/mounts/openid/devices/{}", text(&codes, "user_code")?);
    two.admin().call("POST", &path, Some(&json!({"approve": true, "user": "alice"})))?;
    ensure!(one.admin().call("POST", &path, Some(&json!({"approve": false}))).is_err(), "decided once, for all");
    let granted = poll(&three, &codes)?;
    ensure!(granted.status == 200, "{}", granted.text());
    let refresh = granted.json()?["refresh_token"].as_str().context("no refresh token")?.to_owned();
    // A second use, wherever it is, takes back what came of the first.
    ensure!(error(&poll(&one, &codes)?)? == "invalid_grant");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
    ensure!(error(&call(&two, "/openid/token", ("tv", ""), &fields)?)? == "invalid_grant");
    let codes = begin()?;
    let path = format!("/v1/mounts/openid/devices/{}", text(&codes, "user_code")?);
    three.admin().call("POST", &path, Some(&json!({"approve": false})))?;
    ensure!(error(&poll(&two, &codes)?)? == "access_denied");
    Ok(())
}
