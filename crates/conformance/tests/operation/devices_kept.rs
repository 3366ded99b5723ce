//! Devices that wait for their users, kept where everything is: in a backup, and in a state that is saved.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use testkit::Redis;
use testkit::gateway::{self, Gateway};
use testkit::vendor::call;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const TV: (&str, &str) = ("tv", "");
const MOUNT: &str = r#"
[[mount]]
name = "openid"
dialect = "openid-connect"
[[mount.client]]
id = "tv"
grants = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
scopes = ["openid", "email", "offline_access"]
[[mount.user]]
sub = "u1"
username = "alice"
"#;

/// A device that asked and has polled once.
struct Device {
    user_code: String,
    device_code: String,
}

impl Device {
    fn begin(gateway: &Gateway) -> Result<Self> {
        let codes = call(gateway, "/openid/device-authorization", TV, &[("scope", "openid offline_access")])?.json()?;
        let text = |name: &str| codes[name].as_str().map(str::to_owned).with_context(|| codes.to_string());
        let device = Self { user_code: text("user_code")?, device_code: text("device_code")? };
        ensure!(device.polls(gateway)? == "authorization_pending");
        Ok(device)
    }

    fn poll(&self, gateway: &Gateway) -> Result<Value> {
        let fields = [("grant_type", GRANT), ("device_code", &*self.device_code)];
        call(gateway, "/openid/token", TV, &fields)?.json()
    }

    /// What a poll is refused with.
    fn polls(&self, gateway: &Gateway) -> Result<String> {
        let answer = self.poll(gateway)?;
        answer["error"].as_str().map(str::to_owned).with_context(|| answer.to_string())
    }

    fn decide(&self, gateway: &Gateway, decision: &Value) -> Result<Value> {
        gateway.admin().call("POST", &format!("/v1/mounts/openid/devices/{}", self.user_code), Some(decision))
    }

    /// It still waits, as long as it did, and gets its user's tokens, which hold.
    fn goes_on(&self, gateway: &Gateway) -> Result<()> {
        let told = self.polls(gateway)?;
        ensure!(told == "slow_down", "when it polled is known: {told}");
        self.decide(gateway, &json!({ "approve": true, "user": "alice" }))?;
        let tokens = self.poll(gateway)?;
        let refresh = tokens["refresh_token"].as_str().with_context(|| tokens.to_string())?;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let renewed = call(gateway, "/openid/token", TV, &fields)?;
        ensure!(renewed.status == 200, "{}", renewed.text());
        Ok(())
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new(gateway::binary()?)
        .args(arguments)
        .current_dir(folder)
        .env("IDP_GATEWAY__ADMIN__LISTEN", "127.0.0.1:1")
        .output()?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn s11_a_device_that_waits_is_in_a_backup() -> Result<()> {
    let (folder, redis) = (tempfile::tempdir()?, Redis::start()?);
    let folder = folder.path();
    let embedded = |name: &str| format!("{MOUNT}[store]\npath = {:?}\n", folder.join(name));
    let shared = format!("{MOUNT}[store]\nkind = \"redis\"\nurl = \"{}\"\nreplica = \"one\"\n", redis.url());
    let files = [("first", embedded("first.redb")), ("second", embedded("second.redb")), ("shared", shared)];
    for (name, config) in &files {
        std::fs::write(folder.join(format!("{name}.toml")), config)?;
    }
    let mut first = Gateway::start(&files[0].1)?;
    // The clock stands still: whoever polls twice polls too soon, however slow the machine is.
    let now = first.admin().clock()?.now;
    first.admin().freeze_clock(now)?;
    let (waiting, denied) = (Device::begin(&first)?, Device::begin(&first)?);
    denied.decide(&first, &json!({ "approve": false }))?;
    first.terminate()?;
    run(folder, &["store", "backup", "--config", "first.toml", "--to", "backup"])?;
    for (name, config) in &files[1..] {
        run(folder, &["store", "restore", "backup", "--config", &format!("{name}.toml")])?;
        let gateway = Gateway::start(config).with_context(|| (*name).to_owned())?;
        waiting.goes_on(&gateway).with_context(|| (*name).to_owned())?;
        let told = denied.polls(&gateway)?;
        ensure!(told == "access_denied", "{name}: {told}");
    }
    Ok(())
}

#[test]
fn a_device_that_waits_goes_back_with_a_state() -> Result<()> {
    let gateway = Gateway::start(MOUNT)?;
    let now = gateway.admin().clock()?.now;
    gateway.admin().freeze_clock(now)?;
    let device = Device::begin(&gateway)?;
    let [plain, saved] = ["/v1/state", "/v1/state?with=tokens"].map(|path| gateway.admin().call("GET", path, None));
    let (plain, saved) = (plain?, saved?);
    ensure!(!saved.to_string().contains(&device.device_code), "a handle is told");
    device.goes_on(&gateway).context("before")?;
    gateway.admin().call("PUT", "/v1/state", Some(&plain))?;
    ensure!(device.polls(&gateway)? == "invalid_grant", "what was issued is not in it");
    gateway.admin().call("PUT", "/v1/state", Some(&saved))?;
    device.goes_on(&gateway).context("after")?;
    gateway.admin().reset()?;
    ensure!(device.polls(&gateway)? == "invalid_grant");
    gateway.admin().call("PUT", "/v1/state", Some(&saved))?;
    device.goes_on(&gateway).context("after a reset")
}
