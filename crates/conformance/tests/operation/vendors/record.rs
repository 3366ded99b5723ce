//! `record`, and `pack new` from what was really called.

use super::{PACK, pack, run, serving, text};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use testkit::gateway;
use testkit::http;
use testkit::program::Program;

/// Credentials of a vendor's, which no draft may hold.
const REAL: (&str, &str) = ("k7Gq-Live-Client", "Vq3mZ8rT1xYbNc5L");

fn login(secret: &str, host: &str) -> Vec<u8> {
    let body = format!(r#"{{"clientKey":"{}","clientSecret":"{secret}","site":"emea"}}"#, REAL.0);
    let headers = [("Host", host), ("Content-Type", "application/json"), ("Cookie", "session=S3cr3tCookie")];
    http::request("POST", "/api/login", &headers, body.as_bytes())
}

/// The draft is right, its pairs hold, and nothing of what was really sent or answered is in it.
pub(super) fn is_a_good_draft(folder: &Path, secrets: &[&str], pairs: usize) -> Result<()> {
    for file in ["pack.toml", "pairs.http", "fixtures.json"] {
        let text = fs::read_to_string(folder.join("drafted").join(file))?;
        for secret in secrets {
            ensure!(!text.contains(secret), "{file} has {secret}:\n{text}");
        }
    }
    let check = run(folder, None, &["pack", "check", "drafted"])?;
    ensure!(check.status.success(), "{}", text(&check.stderr));
    let test = run(folder, None, &["pack", "test", "drafted"])?;
    let told = text(&test.stdout);
    ensure!(told.contains(&format!("{pairs} of {pairs} pairs hold")), "{told}{}", text(&test.stderr));
    Ok(())
}

#[test]
fn calls_are_passed_on_and_become_a_pack_without_a_credential() -> Result<()> {
    let folder = tempfile::tempdir()?;
    pack(folder.path(), PACK)?;
    let vendor = serving(folder.path(), REAL)?;
    let upstream = format!("http://{}/acme", vendor.public());
    let mut command = Command::new(gateway::binary()?);
    command
        .args(["record", "--upstream", &upstream, "--listen", "127.0.0.1:0", "--out", "drafted"])
        .current_dir(folder.path());
    let mut recorder = Program::start(&mut command)?;
    let at: SocketAddr = recorder.wait_for(|line| line.strip_prefix("http://")?.split(' ').next()?.parse().ok())?;
    let here = at.to_string();
    let granted = http::exchange(at, &login(REAL.1, &here))?;
    assert_eq!(granted.status, 200, "{}", granted.text());
    let token = granted.json()?["data"]["accessToken"].as_str().context("no token")?.to_owned();
    assert_eq!(http::exchange(at, &login("Wr0ngS3cretOfMine", &here))?.status, 401);
    // A page of a stranger's, by a name that leads here.
    assert_eq!(http::exchange(at, &login(REAL.1, "evil.example"))?.status, 421);
    let via = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(http::exchange(at, via.as_bytes())?.status, 404, "what is no call for a token is passed on as well");
    recorder.wait_for(|line| line.starts_with("GET /x 404").then_some(()))?;
    drop(recorder);
    let parts: Vec<_> = token.split('.').collect();
    let secrets = [REAL.0, REAL.1, "Wr0ngS3cretOfMine", "S3cr3tCookie", parts[1], parts[2], &token];
    is_a_good_draft(folder.path(), &secrets, 2)
}

#[test]
fn it_listens_on_loopback_and_does_not_call_itself() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let told = |arguments: &[&str]| -> Result<String> {
        let output = run(folder.path(), None, &[&["record", "--out", "x"], arguments].concat())?;
        assert_eq!(output.status.code(), Some(2));
        Ok(text(&output.stderr))
    };
    let open = told(&["--upstream", "https://a.example", "--listen", "0.0.0.0:0"])?;
    ensure!(open.contains("loopback"), "{open}");
    let port = testkit::ports::free_port()?;
    let round = told(&["--upstream", &format!("http://localhost:{port}"), "--listen", &format!("127.0.0.1:{port}")])?;
    ensure!(round.contains("round for ever"), "{round}");
    Ok(())
}

#[test]
fn a_code_that_came_with_a_refresh_token_becomes_a_pack_that_holds() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n\r\n\
                  {\"access_token\":\"v1u:AQIBeyJrZXlfaWQiOjF9abcdEfghIJkl\",\"token_type\":\"Bearer\",\
                  \"refresh_token\":\"12345:67890:abcdef0123456789abcdef\",\"scope\":\"base,deals:full\",\"expires_in\":3599}";
    fs::write(folder.path().join("answer.txt"), answer)?;
    let curl = format!(
        "curl -u '{}:{}' https://api.acme.example/oauth/token -d grant_type=authorization_code -d code=9f8e7d6c5b4a39281706 \
         -d redirect_uri=https://client.test/cb",
        REAL.0, REAL.1
    );
    let new = run(folder.path(), None, &["pack", "new", "drafted", "--answer", "answer.txt", "--from-curl", &curl])?;
    ensure!(new.status.success(), "{}", text(&new.stderr));
    is_a_good_draft(folder.path(), &[REAL.0, REAL.1, "v1u:AQIB", "12345:67890", "9f8e7d6c"], 1)
}

#[test]
fn a_command_of_curl_and_an_archive_become_packs() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nSet-Cookie: a=S3cr3tCookie\r\n\r\n\
                  {\"access_token\":\"gho_16C7e42F292c6912E7710c838347\",\"token_type\":\"bearer\",\"expires_in\":7200,\"scope\":\"read write\"}";
    fs::write(folder.path().join("answer.txt"), answer)?;
    let curl = format!(
        "curl -u '{}:{}' https://api.acme.example/oauth2/token -d grant_type=client_credentials -d 'scope=read write'",
        REAL.0, REAL.1
    );
    let new = run(folder.path(), None, &["pack", "new", "drafted", "--answer", "answer.txt", "--from-curl", &curl])?;
    ensure!(new.status.success(), "{}", text(&new.stderr));
    let secrets = [REAL.0, REAL.1, "gho_16C7e42F", "S3cr3tCookie"];
    is_a_good_draft(folder.path(), &secrets, 1)?;

    fs::remove_dir_all(folder.path().join("drafted"))?;
    let entry = |secret: &str, status: u16, answer: &str| {
        serde_json::json!({
            "request": {"method": "POST", "url": "https://api.acme.example/v2/auth", "headers": [{"name": "Content-Type", "value": "application/json"}],
                "postData": {"mimeType": "application/json", "text": format!(r#"{{"client_id":"{}","client_secret":"{secret}"}}"#, REAL.0)}},
            "response": {"status": status, "statusText": "", "headers": [{"name": "content-type", "value": "application/json"}], "content": {"text": answer}},
        })
    };
    let granted = r#"{"token":"9f8e7d6c5b4a39281706","expiresAt":1795944063,"user":{"email":"a@b.test"}}"#;
    let refused = r#"{"error":{"code":401,"message":"Invalid credentials"}}"#;
    let entries = [entry(REAL.1, 200, granted), entry("Wr0ngS3cretOfMine", 401, refused)];
    fs::write(folder.path().join("calls.har"), serde_json::json!({"log": {"entries": entries}}).to_string())?;
    let new = run(folder.path(), None, &["pack", "new", "drafted", "--from-har", "calls.har"])?;
    ensure!(new.status.success(), "{}", text(&new.stderr));
    is_a_good_draft(folder.path(), &[REAL.0, REAL.1, "9f8e7d6c", "Wr0ngS3cret", "a@b.test"], 2)
}

/// Requests of whose parameters no pack reads all.
#[test]
fn a_draft_holds_against_its_own_pairs_wherever_parameters_stood() -> Result<()> {
    let answer = "{\"access_token\":\"gho_16C7e42F292c6912E7710c838347\",\"expires_in\":7200}";
    for request in [
        "https://api.acme.example/oauth2/token?api_key=S3cr3tKey -d grant_type=client_credentials -d site=emea",
        "https://api.acme.example/oauth2/token?api_key=S3cr3tKey -d grant_type=client_credentials -d empty=",
        "https://api.acme.example/oauth2/token --json '{\"version\":2,\"a\":{\"b\":{\"c\":\"S3cr3tKey\"}}}'",
    ] {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("answer.txt"), answer)?;
        let curl = format!("curl -u '{}:{}' {request}", REAL.0, REAL.1);
        let new =
            run(folder.path(), None, &["pack", "new", "drafted", "--answer", "answer.txt", "--from-curl", &curl])?;
        ensure!(new.status.success(), "{request}: {}", text(&new.stderr));
        is_a_good_draft(folder.path(), &[REAL.0, REAL.1, "S3cr3tKey"], 1).context(request)?;
    }
    Ok(())
}
