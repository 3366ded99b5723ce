//! Which run-time changes there are, and what of the file they hide.

use super::{bits, lines};
use crate::bits::CLIENT;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;

const SECRET: &str = "a-secret-of-some-length";

fn config(client: &str, settings: &str) -> String {
    let mount = bits(&format!("secret = \"{SECRET}\"\n{client}"));
    let mount = mount.replacen("\n[[mount.client]]", &format!("\n{settings}\n[[mount.client]]"), 1);
    format!("[server]\nwatch_config = false\n{mount}")
}

fn reload(gateway: &Gateway, config: &str, times: usize) -> Result<()> {
    gateway.write_config(config)?;
    gateway.signal("HUP")?;
    gateway.wait_for_log("configuration reloaded", times)
}

#[test]
fn s17_the_run_time_changes_are_listed_without_secrets() -> Result<()> {
    let gateway = Gateway::start(&config("", "settings = { access_ttl = 60 }"))?;
    let admin = gateway.admin();
    let made = json!({ "secret": "secret-of-its-own", "claims": { "customerId": "c" }, "scopes": ["application"] });
    admin.put("bits", "clients", "made", &made)?;
    admin.call("PATCH", &format!("/v1/mounts/bits/clients/{CLIENT}"), Some(&json!({ "rate_limit": "5/1m" })))?;
    admin.patch_settings("bits", &json!({ "access_ttl": 77 }))?;
    admin.freeze_clock(5)?;
    let changes = admin.call("GET", "/v1/changes", None)?;
    let wanted = json!([
        { "kind": "clock", "form": "whole", "hides": false, "in_force": true },
        { "mount": "bits", "kind": "client", "id": CLIENT, "form": "patch", "members": ["rate_limit"], "hides": true,
          "in_force": true },
        { "mount": "bits", "kind": "client", "id": "made", "form": "whole", "hides": false, "in_force": true },
        { "mount": "bits", "kind": "settings", "form": "patch", "members": ["access_ttl"], "hides": true,
          "in_force": true },
    ]);
    let sorted = |list: &Value| {
        let mut items: Vec<_> = list.as_array().into_iter().flatten().map(Value::to_string).collect();
        items.sort();
        items
    };
    ensure!(sorted(&changes["items"]) == sorted(&wanted) && changes["total"] == 4, "{changes}");
    admin.delete("bits", "clients", CLIENT)?;
    let page = admin.call("GET", "/v1/changes?limit=2", None)?;
    let next = page["next"].as_str().context("the next page")?;
    ensure!(next.starts_with("bits/client/"), "{page}");
    ensure!(page["items"][1]["form"] == "removed" && page["items"][1]["hides"] == true, "{page}");
    Ok(())
}

#[test]
fn s17_a_reload_says_of_each_change_what_it_hides() -> Result<()> {
    let gateway = Gateway::start(&config("", "settings = { access_ttl = 60 }"))?;
    let admin = gateway.admin();
    let path = format!("/v1/mounts/bits/clients/{CLIENT}");
    admin.call("PATCH", &path, Some(&json!({ "rate_limit": "5/1m" })))?;
    admin.patch_settings("bits", &json!({ "access_ttl": 77 }))?;
    reload(&gateway, &config("disabled = true", "settings = { access_ttl = 60 }"), 1)?;
    ensure!(lines(&gateway, HIDES, 0)?.is_empty(), "a patch hides what it names alone");
    // PUT keeps the whole: what the file says of the client does not show any more.
    admin.call("PUT", &path, Some(&admin.call("GET", &path, None)?))?;
    reload(&gateway, &config("trusted = true", "settings = { access_ttl = 90 }"), 2)?;
    let told = lines(&gateway, HIDES, 2)?;
    let of = |kind: &str| told.iter().find(|line| line["kind"] == kind).context("a line");
    ensure!(of("client")?["id"] == CLIENT && of("client")?["members"] == "trusted, disabled", "{told:?}");
    ensure!(of("settings")?["members"] == "access_ttl" && of("settings")?["mount"] == "bits", "{told:?}");
    Ok(())
}

const HIDES: &str = "a run-time change hides what has changed in the file";

#[test]
fn s17_a_setting_says_where_its_value_comes_from() -> Result<()> {
    let gateway = Gateway::start(&config("", "settings = { access_ttl = 60, refresh_grace = 1 }"))?;
    let from = |name: &str| -> Result<Value> {
        let mount = gateway.admin().call("GET", "/v1/mounts/bits", None)?;
        let settings = mount["settings"].as_array().context("settings")?;
        let setting = settings.iter().find(|setting| setting["name"] == name).context("the setting")?;
        Ok(setting["from"].clone())
    };
    gateway.admin().patch_settings("bits", &json!({ "access_ttl": 77 }))?;
    ensure!(from("access_ttl")? == "run_time" && from("refresh_grace")? == "file" && from("alg")? == "default");
    gateway.admin().patch_settings("bits", &json!({ "access_ttl": null }))?;
    ensure!(from("access_ttl")? == "file");
    Ok(())
}
