//! The journal as others read it.

use super::{BATCH, BITS, BIZZASSURE, BRIGHTHR, Stage, WEB};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use testkit::tree;

/// A stage whose public URL is where it is reached, and whose mounts keep requests.
fn stage() -> Result<Stage> {
    let stage = Stage::start()?;
    for mount in ["brighthr", "bits", "bizzassure"] {
        let path = format!("/v1/mounts/{mount}/settings");
        stage.admin("PATCH", &path, Some(&json!({ "journal_bodies": true })))?;
    }
    Ok(stage)
}

fn ask(stage: &Stage) -> Result<()> {
    stage.token(WEB, "company:read")?;
    stage.form(BITS, Some(BATCH), "grant_type=client_credentials&scope=application")?;
    let body = json!({ "client_id": "app", "client_secret": "app-secret", "scopes": ["employee.get"] }).to_string();
    stage.send("POST", BIZZASSURE, &[("Content-Type", "application/json")], body.as_bytes())?;
    let form = "grant_type=client_credentials&client_id=web&client_secret=web-secret&scope=it's+%24%28id%29+@x";
    stage.form(BRIGHTHR, None, form)?;
    Ok(())
}

#[test]
fn n85_a_command_of_curl_repeats_the_request_once_its_secret_is_given() -> Result<()> {
    let stage = stage()?;
    ask(&stage)?;
    let script = stage.call("GET", "/v1/journal?format=curl", None)?;
    ensure!(script.header("content-type") == Some("text/x-shellscript"), "{script:?}");
    let script = script.text();
    let commands: Vec<_> = script.lines().filter(|line| line.starts_with("curl ")).collect();
    ensure!(commands.len() == 4 && !script.contains("-secret"), "{script}");
    let run = |command: &str, secret: Option<&str>| -> Result<String> {
        let mut sh = Command::new("sh");
        sh.args(["-c", &format!("{command} -w ' %{{http_code}}'")]).env_remove("CLIENT_SECRET");
        if let Some(secret) = secret {
            sh.env("CLIENT_SECRET", secret);
        }
        let output = sh.output().context("sh")?;
        Ok(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
    };
    for (command, secret, status) in [
        (commands[0], "web-secret", "200"),
        (commands[1], "batch-secret", "200"),
        (commands[2], "app-secret", "200"),
        (commands[3], "web-secret", "400"),
    ] {
        let output = run(command, Some(secret))?;
        ensure!(output.ends_with(status), "{command}: {output}");
        let last = stage.last()?;
        ensure!(last["status"] == status.parse::<u16>()?, "{command}: {last}");
        ensure!(run(command, None)?.contains("CLIENT_SECRET"), "it says what it lacks: {command}");
    }
    let all = stage.admin("GET", "/v1/journal?client_id=web&status=400", None)?;
    let members = |place: usize| &all[place]["traffic"]["request"]["body"]["members"];
    ensure!(members(0).is_array() && members(0) == members(1), "member for member: {all}");
    Ok(())
}

#[test]
fn n85_json_lines_are_the_entries() -> Result<()> {
    let stage = stage()?;
    ask(&stage)?;
    let lines = stage.call("GET", "/v1/journal?format=jsonl", None)?;
    ensure!(lines.header("content-type") == Some("application/jsonl"), "{lines:?}");
    let entries = lines.text().lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    ensure!(Value::from(entries) == stage.admin("GET", "/v1/journal", None)?);
    Ok(())
}

/// Says what is wrong with the HTTP Archive on standard input, by a validator that is not of this project.
const CHECK: &str = "
import validate from 'har-validator/lib/promise.js'
let text = ''
for await (const part of process.stdin) text += part
await validate.har(JSON.parse(text)).catch(error => {
  console.error(error.errors.map(one => `${one.dataPath} ${one.message}`).join('; '))
  process.exitCode = 1
})";

/// What the validator finds wrong; nothing in an archive of HAR 1.2.
fn wrong_with(archive: &Value) -> Result<String> {
    let example = tree::root().join("examples/node");
    let module = example.join("node_modules/har-validator");
    ensure!(module.is_dir(), "this test needs {}; `cargo xtask test` gets it", module.display());
    let mut node = Command::new("node")
        .args(["--input-type=module", "-e", CHECK])
        .current_dir(example)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("node")?;
    node.stdin.take().context("no input")?.write_all(archive.to_string().as_bytes())?;
    let output = node.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    ensure!(output.status.success() == said.is_empty(), "{said}");
    Ok(said)
}

#[test]
fn n85_the_archive_is_one_of_har_1_2() -> Result<()> {
    let stage = stage()?;
    ask(&stage)?;
    stage.send("GET", "/brighthr/.well-known/openid-configuration?a=b", &[], b"")?;
    stage.send("GET", "/nowhere", &[("X-Odd", "\u{e9}")], b"")?;
    let dropped = json!({ "mount": "bits", "drop": "before_commit", "times": 1 });
    stage.admin("POST", "/v1/scenarios", Some(&dropped))?;
    // No byte of an answer comes.
    let _ = stage.form(BITS, Some(BATCH), "grant_type=client_credentials");
    stage.admin("PATCH", "/v1/mounts/bits/settings", Some(&json!({ "journal_bodies": false })))?;
    stage.form(BITS, Some(BATCH), "grant_type=client_credentials")?;
    let archive = stage.call("GET", "/v1/journal?format=har", None)?.json()?;
    let wrong = wrong_with(&archive)?;
    ensure!(wrong.is_empty(), "{wrong}: {archive}");
    let entries = archive["log"]["entries"].as_array().context("no entries")?;
    ensure!(entries.len() == 8 && archive["log"]["version"] == "1.2", "{archive}");
    let first = &entries[0];
    let url = first["request"]["url"].as_str().unwrap_or_default();
    ensure!(url.starts_with("http://") && url.ends_with(BRIGHTHR), "{first}");
    ensure!(
        first["request"]["postData"]["params"][0] == json!({ "name": "grant_type", "value": "client_credentials" })
    );
    // The validator finds what is wrong.
    let mut broken = archive.clone();
    broken["log"]["entries"][0]["request"]["headers"] = json!([{ "name": 7 }]);
    broken["log"]["entries"][1]["startedDateTime"] = "yesterday".into();
    let wrong = wrong_with(&broken)?;
    ensure!(wrong.contains("headers[0]") && wrong.contains("startedDateTime"), "{wrong}");
    Ok(())
}
