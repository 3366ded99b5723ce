//! How soon a tester hears of a request, on whichever replica, and how soon a namespace is there.

use super::{Bench, at_most};
use anyhow::{Context as _, ensure};
use bench::table::Row;
use bench::throughput::median;
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};
use testkit::Redis;
use testkit::admin::Admin;
use testkit::gateway::Gateway;
use testkit::http::{Response, exchange};
use testkit::vendor::form_of;

/// Requests heard of, and namespaces made.
const TIMES: usize = 100;
/// By then an assertion waits.
const AHEAD: Duration = Duration::from_millis(20);

impl Bench<'_> {
    /// The slowest of a hundred, for a test waits for each; both replicas have all cores.
    pub(super) fn watch(&self) -> anyhow::Result<Vec<Row>> {
        let redis = Redis::start()?;
        let config = format!(
            "[server]\nrequest_id = true\n[store]\nkind = \"redis\"\nurl = \"{}\"\n{}rate_limit = \"unlimited\"\n",
            redis.url(),
            testkit::mounts!(bits)
        );
        let start = || Gateway::start_version(&self.programs.gateway, 0, &config);
        let (asked, other) = (start()?, start()?);
        let admin = other.admin();
        let (mut read, mut verified, mut made) = (Duration::ZERO, Duration::ZERO, Vec::new());
        for round in 0..TIMES {
            read = read.max(entry(&asked, &admin)?);
            verified = verified.max(assertion(&asked, admin, 2 * round + 2)?);
            let started = Instant::now();
            admin.call("POST", "/v1/namespaces", Some(&json!({})))?;
            made.push(started.elapsed().as_secs_f64() * 1e3);
        }
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        Ok(vec![
            at_most("Entry read at another replica, slowest of 100", millis(read), 50.0, " ms"),
            at_most("`verify` that waits at another replica, slowest of 100", millis(verified), 50.0, " ms"),
            at_most("Namespace made, over Redis", median(&made), 10.0, " ms"),
        ])
    }
}

/// From the answer to a token request until its entry was read.
fn entry(asked: &Gateway, admin: &Admin) -> anyhow::Result<Duration> {
    let answer = token(asked)?;
    let answered = Instant::now();
    let id = answer.header("x-gateway-request-id").context("no request id")?;
    let path = format!("/v1/journal?id={id}");
    while admin.call("GET", &path, None)?.as_array().is_none_or(Vec::is_empty) {
        ensure!(answered.elapsed() < Duration::from_secs(5), "no entry of {id}");
    }
    Ok(answered.elapsed())
}

/// From the answer to a token request until who waits for so many is told.
fn assertion(asked: &Gateway, admin: Admin, count: usize) -> anyhow::Result<Duration> {
    let wanted = json!({ "where": { "mount": "bits" }, "at_least": count, "within_ms": 10_000 });
    let waits = thread::spawn(move || -> anyhow::Result<(Value, Instant)> {
        Ok((admin.call("POST", "/v1/journal/verify", Some(&wanted))?, Instant::now()))
    });
    testkit::pause(AHEAD);
    ensure!(!waits.is_finished(), "an assertion did not wait for request {count}");
    token(asked)?;
    let answered = Instant::now();
    let (found, told) = waits.join().map_err(|_| anyhow::anyhow!("an assertion has panicked"))??;
    ensure!(found["count"] == count, "an assertion of {count} found {found}");
    Ok(told.saturating_duration_since(answered))
}

fn token(gateway: &Gateway) -> anyhow::Result<Response> {
    let fields = [("grant_type", "client_credentials")];
    let answer = exchange(gateway.public(), &form_of("/bits/v1/oauth2/token", ("batch", "batch-secret"), &fields)?)?;
    ensure!(answer.status == 200, "a token request was answered {}", answer.status);
    Ok(answer)
}
