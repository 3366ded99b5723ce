//! Entries that are chosen, and assertions on them.

use super::{BATCH, BITS, Stage, WEB};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};
use testkit::http::{self, Connection};

fn bits(stage: &Stage) -> Result<()> {
    stage.form(BITS, Some(BATCH), "grant_type=client_credentials").map(drop)
}

fn numbers(stage: &Stage, query: &str) -> Result<Vec<u64>> {
    let entries = stage.admin("GET", &format!("/v1/journal?{query}"), None)?;
    Ok(entries.as_array().into_iter().flatten().filter_map(|entry| entry["number"].as_u64()).collect())
}

#[test]
fn n83_entries_are_chosen_by_any_key_and_a_key_that_is_none_is_refused() -> Result<()> {
    let stage = Stage::start()?;
    bits(&stage)?;
    stage.redeem(WEB, &stage.code(&json!({}))?, "")?;
    stage.form(BITS, Some(("batch", "wrong")), "grant_type=client_credentials")?;
    stage.admin("POST", "/v1/scenarios", Some(&json!({ "mount": "bits", "error": "internal", "times": 1 })))?;
    bits(&stage)?;
    let id = stage.admin("GET", "/v1/journal", None)?[3]["id"].as_str().unwrap_or_default().to_owned();
    for (query, wanted) in [
        ("mount=bits", vec![4, 3, 1]),
        ("user=u1", vec![2]),
        ("user=alice", vec![2]),
        ("client_id=web", vec![2]),
        ("grant=authorization_code&endpoint=token", vec![2]),
        ("method=POST&path=/bits/v1/oauth2/token&status=200", vec![1]),
        ("status=401", vec![3]),
        ("error=invalid_client", vec![3]),
        ("forced=true", vec![4]),
        ("forced=false&mount=bits", vec![3, 1]),
        ("since=2", vec![4, 3]),
        ("reference=x", vec![]),
        (&format!("id={id}"), vec![1]),
    ] {
        ensure!(numbers(&stage, query)? == wanted, "{query}: {:?}", numbers(&stage, query)?);
    }
    for (query, words) in [
        ("mount=bit", "did you mean bits?"),
        ("endpoint=tokens", "did you mean token?"),
        ("error=invalid_clientt", "did you mean invalid_client?"),
        ("grant=client-credentials", "did you mean client_credentials?"),
        ("method=post", "did you mean POST?"),
        ("client=web", "client_id"),
        ("status=ok", "whole number"),
        ("forced=1", "true or false"),
        ("format=xml", "jsonl"),
    ] {
        let reply = stage.call("GET", &format!("/v1/journal?{query}"), None)?;
        ensure!(reply.status == 400 && reply.text().contains(words), "{query}: {}", reply.text());
    }
    for filter in [json!({ "mount": "bit" }), json!({ "client": "web" }), json!({ "endpoint": "tokens" })] {
        let reply = stage.call("POST", "/v1/journal/verify", Some(&json!({ "where": filter, "at_least": 1 })))?;
        ensure!(reply.status == 400, "{filter}: {}", reply.text());
    }
    Ok(())
}

#[test]
fn n86_an_assertion_holds_or_says_what_was_nearest() -> Result<()> {
    let stage = Stage::start()?;
    bits(&stage)?;
    bits(&stage)?;
    let verify = |spec: &Value| stage.call("POST", "/v1/journal/verify", Some(spec));
    let of_bits = json!({ "mount": "bits", "endpoint": "token" });
    for (spec, status) in [
        (json!({ "where": of_bits, "exactly": 2 }), 200),
        (json!({ "where": of_bits, "exactly": 1 }), 422),
        (json!({ "where": of_bits, "exactly": 3 }), 422),
        (json!({ "where": of_bits, "at_least": 2, "within_ms": 60000 }), 200),
        (json!({ "where": of_bits, "at_least": 3, "within_ms": 1 }), 422),
        (json!({ "where": of_bits, "at_most": 2 }), 200),
        (json!({ "where": of_bits, "at_most": 1, "within_ms": 60000 }), 422),
        (json!({ "where": of_bits }), 400),
        (json!({ "exactly": 1, "at_most": 1 }), 400),
        (json!({ "exactly": 1, "within_ms": 60001 }), 400),
    ] {
        let reply = verify(&spec)?;
        ensure!(reply.status == status, "{spec}: {}", reply.text());
    }
    let reply = verify(&json!({ "where": of_bits, "exactly": 2 }))?.json()?;
    ensure!(reply == json!({ "count": 2, "numbers": [1, 2] }), "{reply}");
    let wanted = json!({ "where": { "mount": "bits", "status": 401, "client_id": "batch" }, "at_least": 1 });
    let reply = verify(&wanted)?.json()?;
    ensure!(reply["detail"].as_str().is_some_and(|detail| detail.contains("there are 0")), "{reply}");
    ensure!(reply["nearest"][0]["entry"]["number"] == 2, "{reply}");
    let differs = json!([{ "key": "status", "wanted": 401, "found": 200 }]);
    ensure!(reply["nearest"][0]["differs"] == differs, "{reply}");
    Ok(())
}

#[test]
fn n86_an_assertion_waits_for_what_comes_and_keeps_no_change_waiting() -> Result<()> {
    let stage = Stage::start()?;
    let spec = json!({ "where": { "mount": "bits" }, "at_least": 2, "within_ms": 60000 });
    let started = Instant::now();
    let reply = thread::scope(|scope| {
        let waiting = scope.spawn(|| stage.call("POST", "/v1/journal/verify", Some(&spec)));
        bits(&stage)?;
        // A change is made meanwhile, whose turn comes before the wait is over.
        stage.admin("PUT", "/v1/clock", Some(&json!({ "freeze": 1_700_000_000 })))?;
        ensure!(!waiting.is_finished(), "one of two has come");
        bits(&stage)?;
        waiting.join().unwrap_or_else(|_| anyhow::bail!("the call broke off"))
    })?;
    ensure!(reply.status == 200 && reply.json()?["count"] == 2, "{}", reply.text());
    ensure!(started.elapsed() < Duration::from_secs(55), "it did not wait to the end");
    Ok(())
}

#[test]
fn n86_at_sigterm_no_assertion_waits_on() -> Result<()> {
    let mut stage = Stage::start()?;
    let spec = json!({ "at_least": 1, "within_ms": 60000 }).to_string();
    let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
    let mut waiting = Connection::open(stage.gateway.admin_address())?;
    waiting.send(&http::request("POST", "/v1/journal/verify", &headers, spec.as_bytes()))?;
    // It is under way: one worker has answered what came after it.
    stage.admin("GET", "/v1/clock", None)?;
    let started = Instant::now();
    stage.gateway.terminate()?;
    let reply = waiting.receive()?;
    ensure!(reply.status == 422, "it is told how it stands: {}", reply.text());
    ensure!(started.elapsed() < Duration::from_secs(50), "{:?}", started.elapsed());
    Ok(())
}

#[test]
fn a_journal_that_is_not_kept_says_so_to_all_who_read_it() -> Result<()> {
    let stage = Stage::start_with("[server]\njournal_memory = 0\n")?;
    bits(&stage)?;
    stage.admin("POST", "/v1/scenarios", Some(&json!({ "mount": "bits", "error": "internal", "times": 1 })))?;
    let forced = stage.form(BITS, Some(BATCH), "grant_type=client_credentials")?;
    ensure!(forced.status == 500, "scenarios act all the same: {}", forced.status);
    let wanted = json!({ "where": {}, "exactly": 0 });
    for (method, path, body) in [
        ("GET", "/v1/journal", None),
        ("GET", "/v1/journal?format=har", None),
        ("GET", "/v1/journal/misuse", None),
        ("POST", "/v1/journal/verify", Some(&wanted)),
    ] {
        let refused = stage.call(method, path, body)?;
        let said = refused.text();
        ensure!(refused.status == 409 && said.contains("server.journal_memory"), "{path}: {} {said}", refused.status);
    }
    ensure!(stage.call("DELETE", "/v1/journal", None)?.status == 204, "there is nothing to forget");
    Ok(())
}
