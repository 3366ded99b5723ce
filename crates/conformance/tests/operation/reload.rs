//! The configuration read anew: what is right takes effect for the next request, what is wrong changes nothing.

use crate::bits::{CLIENT, ask, mark, mount};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use testkit::gateway::Gateway;
use testkit::http;

const UNWATCHED: &str = "[server]\nwatch_config = false\n";
const RELOADED: &str = "configuration reloaded";
const REFUSED: &str = "configuration refused";

fn reload(gateway: &Gateway, config: &str, said: (&str, usize)) -> Result<()> {
    gateway.write_config(config)?;
    gateway.signal("HUP")?;
    gateway.wait_for_log(said.0, said.1)
}

fn verified(gateway: &Gateway, mount: &str, token: &str) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
    let request = http::request("GET", &format!("/_gateway/verify/{mount}"), &headers, b"");
    Ok(http::exchange(gateway.public(), &request)?.status)
}

#[test]
fn what_is_right_takes_effect_for_the_next_request() -> Result<()> {
    let with = |mounts: &[String]| format!("{UNWATCHED}{}", mounts.concat());
    let gateway = Gateway::start(&with(&[mount("stays", "secret-1", 100), mount("goes", "secret-1", 100)]))?;
    let before = ask(&gateway, "stays", "secret-1")?;
    ensure!(mark(&before)? == 100 && mark(&ask(&gateway, "goes", "secret-1")?)? == 100);
    // Changes made at run time stay in force over the new file.
    let made = json!({ "secret": "secret-of-its-own", "claims": { "customerId": "c" }, "scopes": ["application"] });
    gateway.admin().put("stays", "clients", "made", &made)?;
    gateway.admin().patch_settings("stays", &json!({ "refresh_grace": 7 }))?;

    let keys = gateway.admin().jwks("stays")?;
    let next = [mount("stays", "secret-2", 100), mount("comes", "secret-3", 300)];
    reload(&gateway, &with(&next), (RELOADED, 1))?;
    ensure!(ask(&gateway, "stays", "secret-1")?.status == 401, "the secret before");
    ensure!(mark(&ask(&gateway, "stays", "secret-2")?)? == 100);
    ensure!(mark(&ask(&gateway, "comes", "secret-3")?)? == 300);
    ensure!(ask(&gateway, "goes", "secret-1")?.status == 404, "a mount that is gone");
    ensure!(gateway.admin().jwks("stays")? == keys, "a mount that stays keeps its keys");
    let token = before.json()?["access_token"].as_str().context("a token")?.to_owned();
    ensure!(verified(&gateway, "stays", &token)? == 200, "a token of before");
    gateway.admin().get("stays", "clients", "made")?;
    let settings = gateway.admin().call("GET", "/v1/mounts/stays", None)?["settings"].to_string();
    ensure!(settings.contains(r#""name":"refresh_grace","value":7"#), "{settings}");

    // A token is its issuer's: under another, one that was found good before is no more.
    reload(&gateway, &with(&[mount("stays", "secret-2", 200)]), (RELOADED, 2))?;
    ensure!(mark(&ask(&gateway, "stays", "secret-2")?)? == 200);
    ensure!(verified(&gateway, "stays", &token)? == 401, "a token of another issuer");
    // `reset` goes back to the file that is in force, not to the first.
    gateway.admin().reset()?;
    ensure!(mark(&ask(&gateway, "stays", "secret-2")?)? == 200);
    ensure!(gateway.admin().get("stays", "clients", "made").is_err());
    Ok(())
}

#[test]
fn f16_a_configuration_with_an_error_is_refused_and_the_one_in_force_stays() -> Result<()> {
    let gateway = Gateway::start(&format!("{UNWATCHED}{}", mount("bits", "secret-1", 100)))?;
    let file = gateway.directory().join("gateway.toml");
    let in_force = || -> Result<()> {
        ensure!(mark(&ask(&gateway, "bits", "secret-1")?)? == 100);
        ensure!(ask(&gateway, "bits", "secret-2")?.status == 401);
        Ok(())
    };
    let wrong = fs::read_to_string(&file)?.replace("secret-1", "secret-2").replace("scopes", "scope");
    fs::write(&file, &wrong)?;
    gateway.signal("HUP")?;
    gateway.wait_for_log(REFUSED, 1)?;
    in_force()?;
    // The error names file, line, key and remedy.
    let line = wrong.lines().position(|line| line.starts_with("scope")).context("the line")? + 1;
    let logs = gateway.logs()?;
    let said = logs.lines().find(|line| line.contains(REFUSED)).context("just seen")?;
    for part in [&format!("gateway.toml:{line}:1"), "mount.client.scope", "unknown key; expected one of", "ERROR"] {
        ensure!(said.contains(part), "{part} is not in {said}");
    }
    ensure!(!logs.contains("secret-2"), "a secret is in the log");

    // One that is no TOML at all, one that is not there, and one that could not start here: the same.
    fs::write(&file, "[[mount]")?;
    gateway.signal("HUP")?;
    gateway.wait_for_log(REFUSED, 2)?;
    fs::remove_file(&file)?;
    gateway.signal("HUP")?;
    gateway.wait_for_log("cannot read", 1)?;
    in_force()?;
    // Mended, it comes into force.
    reload(&gateway, &format!("{UNWATCHED}{}", mount("bits", "secret-2", 200)), (RELOADED, 1))?;
    ensure!(mark(&ask(&gateway, "bits", "secret-2")?)? == 200);
    Ok(())
}

#[test]
fn what_needs_a_restart_is_named_and_the_rest_comes_into_force() -> Result<()> {
    let gateway = Gateway::start(&format!("{UNWATCHED}{}", mount("bits", "secret-1", 100)))?;
    let text =
        format!("[server]\nworkers = 3\n[telemetry]\ntrace_sample_ratio = 0.5\n{}", mount("bits", "secret-2", 200));
    gateway.write_config(&text)?;
    let file = gateway.directory().join("gateway.toml");
    let text = fs::read_to_string(&file)?.replacen("127.0.0.1:0", "0.0.0.0:9", 2);
    fs::write(&file, text)?;
    gateway.signal("HUP")?;
    // With that address this secret would be refused; with the one that is bound it is not.
    gateway.wait_for_log(RELOADED, 1)?;
    let logs = gateway.logs()?;
    for key in ["server.listen", "admin.listen", "server.workers", "telemetry.trace_sample_ratio"] {
        let said = logs.lines().find(|line| line.contains(&format!("{key}: takes effect")));
        ensure!(said.is_some_and(|line| line.contains("gateway.toml:")), "{key} is not told in\n{logs}");
    }
    ensure!(!logs.contains("store: takes effect"), "{logs}");
    ensure!(mark(&ask(&gateway, "bits", "secret-2")?)? == 200);
    Ok(())
}

#[test]
fn a_changed_file_is_reason_enough_where_that_is_asked_for() -> Result<()> {
    // On loopback it is asked for by default.
    let gateway = Gateway::start(&mount("bits", "secret-1", 100))?;
    gateway
        .write_config(&mount("bits", "secret-2", 200).replace("dialect", "client_files = [\"more.jsonl\"]\ndialect"))?;
    gateway.wait_for_log("more.jsonl", 1)?;
    ensure!(mark(&ask(&gateway, "bits", "secret-1")?)? == 100);

    // A file that is read beside it counts too, also one that was missing and comes by way of links.
    let path = |name: &str| gateway.directory().join(name);
    let client = |id: &str| format!("{{\"id\":\"{id}\",\"claims\":{{\"customerId\":\"c\"}}}}\n");
    for version in ["v1", "v2"] {
        fs::create_dir(path(version))?;
        fs::write(path(version).join("more.jsonl"), client(version))?;
    }
    symlink("v1", path("..data"))?;
    symlink("..data/more.jsonl", path("more.jsonl"))?;
    gateway.wait_for_log(RELOADED, 1)?;
    ensure!(mark(&ask(&gateway, "bits", "secret-2")?)? == 200);
    gateway.admin().get("bits", "clients", "v1")?;
    symlink("v2", path("..new"))?;
    fs::rename(path("..new"), path("..data"))?;
    gateway.wait_for_log(RELOADED, 2)?;
    gateway.admin().get("bits", "clients", "v2")?;
    ensure!(gateway.admin().get("bits", "clients", "v1").is_err());
    gateway.admin().get("bits", "clients", CLIENT).map(drop)
}

#[test]
fn the_admin_token_is_the_files_present_one() -> Result<()> {
    let with = |token: &str| format!("{UNWATCHED}[admin]\ntoken = \"{token}\"\n{}", mount("bits", "secret-1", 100));
    let gateway = Gateway::start(&with("a-token-of-some-length"))?;
    let status = |token: &str| -> Result<u16> {
        let bearer = format!("Bearer {token}");
        let request = http::request("GET", "/v1/mounts", &[("Host", "localhost"), ("Authorization", &bearer)], b"");
        Ok(http::exchange(gateway.admin_address(), &request)?.status)
    };
    ensure!(status("a-token-of-some-length")? == 200);
    reload(&gateway, &with("another-of-some-length"), (RELOADED, 1))?;
    ensure!(status("a-token-of-some-length")? == 401 && status("another-of-some-length")? == 200);
    Ok(())
}
