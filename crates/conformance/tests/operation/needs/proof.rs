//! Seeing what an integration did, and why it was refused.

use super::{FORM, Stage};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;
use testkit::http;

#[test]
fn i_my_client_asked_exactly_once_and_used_the_token_again() -> Result<()> {
    let stage = Stage::start()?;
    let once = json!({ "where": { "endpoint": "token", "client_id": "batch" }, "exactly": 1 });
    let token = stage.bits_token("")?;
    ensure!(stage.userinfo("", &token)? == 200 && stage.userinfo("", &token)? == 200);
    ensure!(stage.ask("/v1/journal/verify", &once)?.status == 200);
    stage.bits_token("")?;
    let twice = stage.ask("/v1/journal/verify", &once)?;
    ensure!(twice.status == 422, "{}", twice.text());
    let misuse = stage.step("GET", "/v1/journal/misuse?client_id=batch", &Value::Null)?.to_string();
    ensure!(misuse.contains("batch") && misuse.contains("RFC"), "{misuse}");
    Ok(())
}

#[test]
fn j_why_was_this_refused() -> Result<()> {
    let stage = Stage::start()?;
    // Bits takes no credentials in the body.
    let headers = [("Host", "localhost"), ("Content-Type", FORM)];
    let form = b"grant_type=client_credentials&client_id=batch&client_secret=batch-secret";
    let refused = http::exchange(stage.0.public(), &http::request("POST", "/bits/v1/oauth2/token", &headers, form))?;
    ensure!(refused.status == 401, "{}", refused.text());
    http::exchange(stage.0.public(), &http::request("POST", "/bits/v1/oauth/token", &headers, b""))?;
    let told = stage.step("GET", "/v1/journal", &Value::Null)?;
    let hint = |index: usize| told[index]["hint"].as_str().unwrap_or_default();
    ensure!([0, 1].iter().any(|at| hint(*at).contains("/v1/oauth2/token")), "{told}");
    ensure!([0, 1].iter().any(|at| hint(*at).contains("Basic") || hint(*at).contains("Authorization")), "{told}");
    Ok(())
}

#[test]
fn l_read_a_token() -> Result<()> {
    let stage = Stage::start()?;
    let told = stage.inspect(&stage.bits_token("")?)?;
    ensure!(told["mount"] == "bits" && told["kind"] == "access_token" && told["active"] == true, "{told}");
    let claims = told["claims"].as_array().context("no claims")?;
    ensure!(!claims.is_empty() && claims.iter().all(|claim| claim["meaning"].is_string()), "{told}");
    ensure!(told["userinfo"]["status"] == 200 && told["verify"]["status"] == 200, "{told}");
    Ok(())
}

#[test]
fn n_fifty_clients_from_a_file_in_one_call() -> Result<()> {
    let stage = Stage::start()?;
    let lines: Vec<_> = (1..=50).map(|n| format!("c{n},secret-{n},application,bits:customer::{n}")).collect();
    let csv = format!("id,secret,scopes,claims.customerId\n{}\n", lines.join("\n"));
    let headers = [("Host", "localhost"), ("Content-Type", "text/csv")];
    let put = http::request("PUT", "/v1/mounts/bits/clients?merge=true", &headers, csv.as_bytes());
    let answer = http::exchange(stage.0.admin_address(), &put)?;
    ensure!(answer.status < 300, "{}", answer.text());
    ensure!(stage.step("GET", "/v1/mounts/bits/clients/c50", &Value::Null)?["id"] == "c50");
    ensure!(stage.bits("")?.status == 200, "what is not named stays");
    Ok(())
}

#[test]
fn q_see_live_what_my_application_sends() -> Result<()> {
    let stage = Stage::start()?;
    let mut stream = TcpStream::connect(stage.0.admin_address())?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let headers = [("Host", "localhost"), ("Accept", "text/event-stream")];
    stream.write_all(&http::request("GET", "/v1/journal?client_id=batch", &headers, b""))?;
    let mut lines = BufReader::new(stream).lines();
    let head = lines.next().context("no head")??;
    ensure!(head.contains(" 200 "), "{head}");
    stage.bits("")?;
    let entry = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("data:").map(str::to_owned))
        .context("nothing was told")?;
    let entry: Value = serde_json::from_str(&entry)?;
    ensure!(entry["client_id"] == "batch" && entry["status"] == 200, "{entry}");
    Ok(())
}

#[test]
fn r_the_traffic_for_a_ticket() -> Result<()> {
    let stage = Stage::start()?;
    stage.bits("")?;
    let har = stage.step("GET", "/v1/journal?format=har&client_id=batch", &Value::Null)?;
    let entry = &har["log"]["entries"][0];
    ensure!(har["log"]["version"] == "1.2" && entry["response"]["status"] == 200, "{har}");
    ensure!(!har.to_string().contains("YmF0Y2g6YmF0Y2gtc2VjcmV0"), "the secret is in it");
    Ok(())
}

#[test]
fn s_save_the_state_and_put_it_back() -> Result<()> {
    let stage = Stage::start()?;
    let token = stage.bits_token("")?;
    let saved = stage.step("GET", "/v1/state?with=tokens", &Value::Null)?;
    stage.step("DELETE", "/v1/mounts/bits/clients/batch", &Value::Null)?;
    ensure!(stage.bits("")?.status == 401 && stage.userinfo("", &token)? == 401);
    stage.step("PUT", "/v1/state", &saved)?;
    ensure!(stage.bits("")?.status == 200 && stage.userinfo("", &token)? == 200);
    Ok(())
}
