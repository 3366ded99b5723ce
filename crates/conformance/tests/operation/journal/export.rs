//! The journal as others read it.

use super::{BATCH, BITS, BIZZASSURE, BRIGHTHR, Stage, WEB};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::process::Command;

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

/// What HAR 1.2 demands of each object, by the path to it: members and the kinds of their values.
const HAR: &[(&str, &[(&str, &str)])] = &[
    ("/log", &[("version", "string"), ("creator", "object"), ("entries", "array")]),
    ("/log/creator", &[("name", "string"), ("version", "string")]),
    (
        "/log/entries/*",
        &[
            ("startedDateTime", "string"),
            ("time", "number"),
            ("request", "object"),
            ("response", "object"),
            ("cache", "object"),
            ("timings", "object"),
        ],
    ),
    (
        "/log/entries/*/request",
        &[
            ("method", "string"),
            ("url", "string"),
            ("httpVersion", "string"),
            ("cookies", "array"),
            ("headers", "array"),
            ("queryString", "array"),
            ("headersSize", "number"),
            ("bodySize", "number"),
        ],
    ),
    ("/log/entries/*/request/headers/*", &[("name", "string"), ("value", "string")]),
    ("/log/entries/*/request/postData", &[("mimeType", "string")]),
    (
        "/log/entries/*/response",
        &[
            ("status", "number"),
            ("statusText", "string"),
            ("httpVersion", "string"),
            ("cookies", "array"),
            ("headers", "array"),
            ("content", "object"),
            ("redirectURL", "string"),
            ("headersSize", "number"),
            ("bodySize", "number"),
        ],
    ),
    ("/log/entries/*/response/headers/*", &[("name", "string"), ("value", "string")]),
    ("/log/entries/*/response/content", &[("size", "number"), ("mimeType", "string")]),
    ("/log/entries/*/timings", &[("send", "number"), ("wait", "number"), ("receive", "number")]),
];

fn all<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('/').skip(1).fold(vec![value], |found, name| match name {
        "*" => found.into_iter().flat_map(|list| list.as_array().into_iter().flatten()).collect(),
        name => found.into_iter().filter_map(|object| object.get(name)).collect(),
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        _ => "other",
    }
}

#[test]
fn n85_the_archive_is_one_of_har_1_2() -> Result<()> {
    let stage = stage()?;
    ask(&stage)?;
    stage.send("GET", "/brighthr/.well-known/openid-configuration?a=b", &[], b"")?;
    let archive = stage.call("GET", "/v1/journal?format=har", None)?.json()?;
    for (path, members) in HAR {
        let objects = all(&archive, path);
        ensure!(!objects.is_empty(), "{path}: {archive}");
        for object in objects {
            for (name, wanted) in *members {
                ensure!(object.get(name).map(kind) == Some(wanted), "{path}/{name} is no {wanted}: {object}");
            }
        }
    }
    ensure!(archive["log"]["version"] == "1.2");
    let first = &archive["log"]["entries"][0];
    let url = first["request"]["url"].as_str().unwrap_or_default();
    ensure!(url.starts_with("http://") && url.ends_with(BRIGHTHR), "{first}");
    ensure!(
        first["request"]["postData"]["params"][0] == json!({ "name": "grant_type", "value": "client_credentials" })
    );
    Ok(())
}
