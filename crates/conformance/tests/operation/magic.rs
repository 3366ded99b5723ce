//! Magic clients: each does what its name says, in each mount of the sandbox that can, with no call of the admin API.

use super::stop::wait_until;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use testkit::gateway::Gateway;
use testkit::{http, tree};

/// The mounts of the sandbox, as it has them.
fn sandbox() -> Result<Gateway> {
    let text = fs::read_to_string(tree::crate_dir("configuration").join("src/sandbox.toml"))?;
    let start = text.find("[[mount]]").context("no mount")?;
    Gateway::start(&text[start..])
}

/// Where a mount's tokens are asked for, and how.
#[derive(Clone, Copy)]
enum Way {
    /// A JSON object with credentials and scopes.
    Json(&'static str),
    /// A form, credentials in the header.
    Form(&'static str),
}

/// Each mount with a token request, and whether its clients have refresh tokens by their own authority.
const MOUNTS: [(&str, &str, Way); 5] = [
    ("bizzassure", "/v1/auth/token", Way::Json("employee.get")),
    ("bits", "/v1/oauth2/token", Way::Form("grant_type=client_credentials")),
    ("brighthr-sandbox", "/connect/token", Way::Form("grant_type=client_credentials")),
    ("brighthr", "/connect/token", Way::Form("grant_type=client_credentials")),
    ("screeningeagle", "/api/id/v1/auth/token", Way::Form("grant_type=client_credentials&scope=openid+email")),
];

fn request(root: &str, (mount, path, way): (&str, &str, Way), client: &str, secret: &str) -> Vec<u8> {
    let path = format!("{root}/{mount}{path}");
    match way {
        Way::Json(scope) => {
            let body = json!({ "client_id": client, "client_secret": secret, "scopes": [scope] }).to_string();
            let headers = [("Host", "localhost"), ("Content-Type", "application/json"), ("Connection", "close")];
            http::request("POST", &path, &headers, body.as_bytes())
        }
        Way::Form(body) => form(&path, client, secret, body),
    }
}

fn form(path: &str, client: &str, secret: &str, body: &str) -> Vec<u8> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")));
    let headers = [
        ("Host", "localhost"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", basic.as_str()),
        ("Connection", "close"),
    ];
    http::request("POST", path, &headers, body.as_bytes())
}

/// All bytes that come.
fn raw(gateway: &Gateway, request: &[u8]) -> Result<String> {
    let mut stream = TcpStream::connect(gateway.public())?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(request)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn ask(gateway: &Gateway, root: &str, mount: (&str, &str, Way), client: &str) -> Result<String> {
    raw(gateway, &request(root, mount, client, &format!("{client}-secret")))
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// The access token of an answer, by whatever name.
fn token(answer: &str) -> Result<String> {
    let (_, body) = answer.split_once("\r\n\r\n").context("no body")?;
    let reply: Value = serde_json::from_str(body).with_context(|| body.to_owned())?;
    let token = reply["access_token"].as_str().or_else(|| reply["payload"]["access_token"].as_str());
    Ok(token.with_context(|| reply.to_string())?.to_owned())
}

fn verify(gateway: &Gateway, mount: &str, token: &str) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
    let request = http::request("GET", &format!("/_gateway/verify/{mount}"), &headers, b"");
    Ok(http::exchange(gateway.public(), &request)?.status)
}

#[test]
fn each_does_what_its_name_says_in_every_mount() -> Result<()> {
    let gateway = sandbox()?;
    for mount in MOUNTS {
        let name = mount.0;
        let ask = |client: &str| ask(&gateway, "", mount, client).with_context(|| format!("{name} {client}"));
        let statuses = |client: &str, count| (0..count).map(|_| Ok(status(&ask(client)?))).collect::<Result<Vec<_>>>();
        ensure!(statuses("fail-unavailable", 3)?.iter().all(|status| *status >= 500), "{name}");
        let twice = statuses("fail-twice-then-ok", 4)?;
        ensure!(twice[0] >= 500 && twice[1] >= 500 && twice[2..] == [200, 200], "{name}: {twice:?}");
        ensure!(statuses("rate-limited-after-2", 3)? == [200, 200, 429], "{name}");
        let started = Instant::now();
        let slow = ask("slow-3s")?;
        ensure!(status(&slow) == 200 && started.elapsed() >= Duration::from_secs(3), "{name}: {slow}");
        let page = ask("html-502")?;
        ensure!(status(&page) == 502 && page.contains("text/html") && page.contains("<h1>502"), "{name}: {page}");
        let cut = ask("truncated")?;
        let (head, body) = cut.split_once("\r\n\r\n").context("no head")?;
        ensure!(status(head) == 200 && body.len() == 20, "{name}: {cut}");
        ensure!(ask("lost-answer")?.is_empty(), "{name}: an answer that is lost");
        for client in ["expired-token", "unknown-key", "wrong-issuer"] {
            let token = token(&ask(client)?)?;
            ensure!(verify(&gateway, name, &token)? == 401, "{name}: the token of {client} holds");
        }
        let wrong = raw(&gateway, &request("", mount, "expired-token", "wrong"))?;
        ensure!(status(&wrong) == 401 || status(&wrong) == 400, "{name}: {wrong}");
    }
    Ok(())
}

#[test]
fn one_hangs_until_its_client_leaves() -> Result<()> {
    let gateway = sandbox()?;
    for mount in MOUNTS {
        let mut stream = TcpStream::connect(gateway.public())?;
        stream.set_read_timeout(Some(Duration::from_millis(300)))?;
        stream.write_all(&request("", mount, "hang", "hang-secret"))?;
        let came = stream.read(&mut [0; 16]);
        ensure!(came.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)));
        drop(stream);
        let path = format!("/v1/journal?mount={}&client_id=hang", mount.0);
        wait_until(|| {
            let entries = gateway.admin().call("GET", &path, None)?;
            Ok(entries[0]["forced_by"] == json!({ "scenario": "hang", "step": 1 }))
        })?;
    }
    Ok(())
}

#[test]
fn no_refresh_token_comes_where_others_have_one() -> Result<()> {
    let gateway = sandbox()?;
    let has = |answer: &str| answer.contains("refresh_token") || answer.contains("refreshToken");
    let eagle = MOUNTS[4];
    ensure!(has(&ask(&gateway, "", eagle, "screeningeagle-demo")?) && !has(&ask(&gateway, "", eagle, "no-refresh")?));
    for (client, expected) in [("brighthr-sandbox-web", true), ("no-refresh", false), ("lost-answer", true)] {
        let order = json!({ "client_id": client, "user": "alice", "redirect_uri": "https://client.test/cb",
            "scope": "openid offline_access" });
        let code = gateway.admin().call("POST", "/v1/mounts/brighthr-sandbox/codes", Some(&order))?;
        let body = format!(
            "grant_type=authorization_code&redirect_uri=https://client.test/cb&code={}",
            code["code"].as_str().context("no code")?
        );
        let path = "/brighthr-sandbox/connect/token";
        let answer = raw(&gateway, &form(path, client, &format!("{client}-secret"), &body))?;
        ensure!(status(&answer) == 200 && has(&answer) == expected, "{client}: {answer}");
        if client == "lost-answer" {
            let (_, reply) = answer.split_once("\r\n\r\n").context("no body")?;
            let reply: Value = serde_json::from_str(reply)?;
            let body =
                format!("grant_type=refresh_token&refresh_token={}", reply["refresh_token"].as_str().context("none")?);
            ensure!(raw(&gateway, &form(path, client, "lost-answer-secret", &body))?.is_empty(), "it is lost");
        }
    }
    Ok(())
}

#[test]
fn each_namespace_counts_for_itself_and_a_reset_begins_anew() -> Result<()> {
    let gateway = sandbox()?;
    let bits = MOUNTS[1];
    let made = gateway.admin().call("POST", "/v1/namespaces", Some(&json!({})))?;
    let name = made["name"].as_str().context("no name")?;
    let root = format!("/~{name}");
    let ask = |root: &str| Ok::<_, anyhow::Error>(status(&ask(&gateway, root, bits, "fail-twice-then-ok")?));
    for round in 0..2 {
        for root in ["", &root] {
            ensure!(ask(root)? >= 500 && ask(root)? >= 500, "{round} {root}");
            // Scenarios are others.
            gateway.admin().clear_scenarios()?;
            ensure!(ask(root)? == 200, "{round} {root}");
        }
        gateway.admin().reset()?;
        gateway.admin().call("POST", &format!("/v1/reset?namespace={name}"), None)?;
    }
    // A scenario that acts comes first.
    let scenario =
        json!({ "mount": "bits", "client_id": "fail-twice-then-ok", "answer": { "status": 418 }, "times": 1 });
    gateway.admin().call("POST", "/v1/scenarios", Some(&scenario))?;
    ensure!(ask("")? == 418 && ask("")? >= 500);
    Ok(())
}
