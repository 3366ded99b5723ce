//! Making an integration fail on purpose.

use super::Stage;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn a_my_token_expires_mid_job_and_the_next_one_holds() -> Result<()> {
    let stage = Stage::start()?;
    let held = stage.bits_token("")?;
    ensure!(stage.userinfo("", &held)? == 200);
    stage.step("POST", "/v1/mounts/bits/tokens/expire", &json!({ "client_id": "batch" }))?;
    ensure!(stage.userinfo("", &held)? == 401);
    ensure!(stage.userinfo("", &stage.bits_token("")?)? == 200, "no clock moved");
    Ok(())
}

#[test]
fn b_the_fifth_request_is_rate_limited_and_the_next_is_not() -> Result<()> {
    let stage = Stage::start()?;
    let fifth = json!({ "mount": "bits", "endpoint": "token", "client_id": "batch", "after": 4, "times": 1,
        "error": "rate_limited", "retry_after": 2 });
    stage.step("POST", "/v1/scenarios", &fifth)?;
    let answers = (0..6).map(|_| stage.bits("")).collect::<Result<Vec<_>>>()?;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    ensure!(statuses == [200, 200, 200, 200, 429, 200], "{statuses:?}");
    ensure!(answers[4].header("retry-after") == Some("2"), "{:?}", answers[4]);
    Ok(())
}

#[test]
fn c_the_answer_to_a_refresh_is_lost_after_it_was_committed() -> Result<()> {
    let stage = Stage::start()?;
    let user = json!({ "client_id": "web", "user": "alice", "scope": "openid offline_access" });
    let tokens = stage.step("POST", "/v1/mounts/brighthr/tokens", &user)?;
    let refresh = tokens["refresh_token"].as_str().context("no refresh token")?;
    let lost = json!({ "mount": "brighthr", "endpoint": "token", "grant": "refresh_token", "times": 1,
        "drop": "after_commit" });
    stage.step("POST", "/v1/scenarios", &lost)?;
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    ensure!(stage.brighthr(&form).is_err(), "an answer came");
    let entries = stage.step("GET", "/v1/journal?mount=brighthr&grant=refresh_token", &Value::Null)?;
    let entry = &entries[0];
    ensure!(entry["status"] == 0 && entry["issued"]["access_token"].is_string(), "{entry}");
    Ok(())
}

#[test]
fn d_the_key_rotates_while_i_hold_a_token() -> Result<()> {
    let stage = Stage::start()?;
    let held = stage.bits_token("")?;
    stage.step("POST", "/v1/mounts/bits/keys/rotate", &json!({ "lead_seconds": 0 }))?;
    ensure!(stage.userinfo("", &held)? == 200);
    let key = |token: &str| Ok::<_, anyhow::Error>(stage.inspect(token)?["key"].clone());
    ensure!(key(&held)? != key(&stage.bits_token("")?)?, "the same key signs");
    Ok(())
}

#[test]
fn e_parallel_jobs_do_not_see_each_other() -> Result<()> {
    let stage = Stage::start()?;
    let [one, other] = ["one", "other"].map(|name| stage.step("POST", "/v1/namespaces", &json!({ "name": name })));
    let (one, other) = (one?, other?);
    ensure!(one["base"].as_str().is_some_and(|base| base.ends_with("/~one")), "{one} {other}");
    let failing = json!({ "mount": "bits", "error": "unavailable" });
    stage.step("POST", "/v1/scenarios?namespace=one", &failing)?;
    ensure!(stage.bits("/~one")?.status == 503);
    let token = stage.bits_token("/~other")?;
    ensure!(stage.userinfo("/~other", &token)? == 200 && stage.userinfo("", &token)? == 401);
    let seen = stage.step("GET", "/v1/journal?namespace=one", &Value::Null)?;
    ensure!(seen.as_array().is_some_and(|entries| entries.len() == 1), "{seen}");
    Ok(())
}

#[test]
fn f_fail_twice_then_succeed() -> Result<()> {
    let stage = Stage::start()?;
    stage.step("POST", "/v1/scenarios", &json!({ "mount": "bits", "error": "unavailable", "times": 2 }))?;
    let statuses = (0..3).map(|_| Ok(stage.bits("")?.status)).collect::<Result<Vec<_>>>()?;
    ensure!(statuses == [503, 503, 200], "{statuses:?}");
    Ok(())
}

#[test]
fn g_slow_then_hanging() -> Result<()> {
    let stage = Stage::start()?;
    let steps = json!({ "mount": "bits", "steps": [{ "delay_ms": 300 }, { "hang": true }] });
    stage.step("POST", "/v1/scenarios", &steps)?;
    let asked = Instant::now();
    ensure!(stage.bits("")?.status == 200 && asked.elapsed() >= Duration::from_millis(300));
    let mut stream = TcpStream::connect(stage.0.public())?;
    stream.set_read_timeout(Some(Duration::from_millis(700)))?;
    stream.write_all(&super::bits_request("", "close"))?;
    let read = stream.read(&mut [0]);
    ensure!(read.is_err(), "a byte came, or the connection was closed: {read:?}");
    Ok(())
}

#[test]
fn h_truncated_malformed_and_html() -> Result<()> {
    let stage = Stage::start()?;
    let html = json!({ "status": 502, "headers": { "Content-Type": "text/html" }, "body": "<h1>Bad Gateway</h1>" });
    let steps = json!({ "mount": "bits", "steps": [{ "truncate": 20 }, { "malformed": "json" }, { "answer": html }] });
    stage.step("POST", "/v1/scenarios", &steps)?;
    let bodies = (0..3)
        .map(|_| Ok(stage.bits_bytes()?.split_once("\r\n\r\n").context("no head")?.1.to_owned()))
        .collect::<Result<Vec<_>>>()?;
    ensure!(bodies[0].len() == 20, "{bodies:?}");
    let spoilt = serde_json::from_str::<Value>(&bodies[1]);
    ensure!(bodies[1].len() > 100 && spoilt.is_err_and(|error| error.is_eof()), "{bodies:?}");
    ensure!(bodies[2] == "<h1>Bad Gateway</h1>", "{bodies:?}");
    Ok(())
}

#[test]
fn k_tokens_made_wrong_on_purpose() -> Result<()> {
    let stage = Stage::start()?;
    for flaw in ["expired", "wrong_audience", "wrong_issuer", "unknown_key", "alg_none"] {
        let order = json!({ "client_id": "app", "user": "test", "scope": "openid", "flaw": flaw });
        let tokens = stage.step("POST", "/v1/mounts/eagle/tokens", &order)?;
        let problems = tokens["explained"]["problems"].as_array().context("no problems")?;
        ensure!(tokens["access_token"].is_string() && !problems.is_empty(), "{flaw}: {tokens}");
    }
    Ok(())
}

#[test]
fn t_a_claim_for_one_user_and_one_of_my_own() -> Result<()> {
    let stage = Stage::start()?;
    stage.step("PATCH", "/v1/mounts/brighthr/settings", &json!({ "extra_claims": true }))?;
    stage.step("PATCH", "/v1/mounts/brighthr/users/u1", &json!({ "claims": { "tenant": "t1" } }))?;
    let order = json!({ "client_id": "web", "user": "alice", "scope": "openid email" });
    let tokens = stage.step("POST", "/v1/mounts/brighthr/tokens", &order)?;
    let told = stage.inspect(tokens["access_token"].as_str().context("no token")?)?;
    let claims = told["claims"].as_array().context("no claims")?;
    let has = |name: &str, value: &str| claims.iter().any(|claim| claim["name"] == name && claim["value"] == value);
    ensure!(has("tenant", "t1"), "{told}");
    Ok(())
}
