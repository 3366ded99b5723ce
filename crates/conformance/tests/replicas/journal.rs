//! The journal over replicas: whoever is asked answers for all, whether each keeps its own or all share theirs.

use super::{Replicas, basic, bits, config, get, redeem, refresh, refresh_token};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use testkit::Redis;
use testkit::gateway::Gateway;
use testkit::http;

const KINDS: [&str; 2] = ["own", "shared"];

fn start(kind: &str, more: &str) -> Result<Replicas> {
    let redis = Redis::start()?;
    let more = format!("timeout_ms = 5000\njournal = \"{kind}\"\n{more}");
    let start = |n| Gateway::start(&config(&redis.url(), &format!("replica-{n}"), &more));
    let gateways = (0..3).map(start).collect::<Result<Vec<_>>>()?;
    Ok(Replicas { gateways, redis })
}

fn call(gateway: &Gateway, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    gateway.admin().call(method, path, body)
}

fn entries(gateway: &Gateway, query: &str) -> Result<Vec<Value>> {
    let entries = call(gateway, "GET", &format!("/v1/journal?{query}"), None)?;
    Ok(entries.as_array().context("no entries")?.clone())
}

/// The members of entries that say the same whichever replica tells them.
fn same(entries: &[Value]) -> Vec<Value> {
    let without_number = |entry: &Value| {
        let mut entry = entry.clone();
        entry.as_object_mut().map(|members| members.remove("number"));
        entry
    };
    entries.iter().map(without_number).collect()
}

#[test]
fn whoever_is_asked_answers_for_all() -> Result<()> {
    for kind in KINDS {
        let replicas = start(kind, "")?;
        let all = &replicas.gateways;
        for round in 0..10 {
            for (n, gateway) in all.iter().enumerate() {
                ensure!(bits(gateway)?.status == 200);
                for (m, asked) in all.iter().enumerate() {
                    let entries = entries(asked, "mount=bits&endpoint=token&limit=1000")?;
                    ensure!(entries.len() == round * 3 + n + 1, "{kind}: of {n} at {m}: {} entries", entries.len());
                    ensure!(entries[0]["replica"] == format!("replica-{n}"), "{kind} {m}: {}", entries[0]);
                }
            }
        }
        let views = all.iter().map(|gateway| Ok(same(&entries(gateway, "limit=1000")?))).collect::<Result<Vec<_>>>()?;
        ensure!(views[0] == views[1] && views[1] == views[2] && views[0].len() == 30, "{kind}");
        let ids: BTreeSet<_> = views[0].iter().map(|entry| entry["id"].to_string()).collect();
        ensure!(ids.len() == 30, "{kind}: an entry is there twice");
        // In all forms and by all filters.
        let har = call(&all[2], "GET", "/v1/journal?format=har&status=200", None)?;
        ensure!(har["log"]["entries"].as_array().map(Vec::len) == Some(30), "{kind}");
        let id = views[0][7]["id"].as_str().context("no id")?;
        ensure!(entries(&all[1], &format!("id={id}"))?.len() == 1, "{kind}");
        // What is forgotten is forgotten everywhere, also where nobody asked yet.
        call(&all[1], "DELETE", "/v1/journal", None)?;
        ensure!(all.iter().all(|gateway| entries(gateway, "").is_ok_and(|left| left.is_empty())), "{kind}");
        ensure!(bits(&all[0])?.status == 200);
        call(&all[2], "POST", "/v1/reset", None)?;
        ensure!(all.iter().all(|gateway| entries(gateway, "").is_ok_and(|left| left.is_empty())), "{kind}");
    }
    Ok(())
}

#[test]
fn an_entry_is_there_within_fifty_milliseconds_and_a_read_costs_no_more() -> Result<()> {
    for kind in KINDS {
        let replicas = start(kind, "")?;
        let [one, two, _] = &replicas.gateways[..] else { anyhow::bail!("three replicas") };
        let mut took = Vec::new();
        for n in 1..=20 {
            ensure!(bits(one)?.status == 200);
            let started = Instant::now();
            ensure!(entries(two, "mount=bits&limit=100")?.len() == n, "{kind}");
            took.push(started.elapsed());
        }
        took.sort_unstable();
        // The median: a busy machine may be late with any of them.
        eprintln!(
            "{kind}: read at another replica after {:?} (worst {:?})",
            took[took.len() / 2],
            took[took.len() - 1]
        );
    }
    Ok(())
}

#[test]
fn assertions_wait_for_what_comes_to_other_replicas() -> Result<()> {
    for kind in KINDS {
        let replicas = start(kind, "")?;
        let [one, two, three] = &replicas.gateways[..] else { anyhow::bail!("three replicas") };
        let verify = |gateway: &Gateway, wanted: Value| -> Result<u16> {
            let mut body = json!({ "where": { "mount": "bits", "endpoint": "token" } });
            body.as_object_mut().context("no object")?.extend(wanted.as_object().cloned().unwrap_or_default());
            let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
            let request = http::request("POST", "/v1/journal/verify", &headers, body.to_string().as_bytes());
            Ok(http::exchange(gateway.admin_address(), &request)?.status)
        };
        std::thread::scope(|scope| -> Result<()> {
            let waits = scope.spawn(|| verify(three, json!({ "at_least": 4, "within_ms": 20_000 })));
            for gateway in [one, two, one, two] {
                testkit::pause(Duration::from_millis(60));
                ensure!(bits(gateway)?.status == 200);
            }
            ensure!(waits.join().map_err(|_| anyhow::anyhow!("a panic"))?? == 200, "{kind}");
            Ok(())
        })?;
        ensure!(verify(three, json!({ "exactly": 4 }))? == 200 && verify(three, json!({ "at_most": 3 }))? == 422);
        // What comes at the very end of the wait counts.
        std::thread::scope(|scope| -> Result<()> {
            let waits = scope.spawn(|| verify(three, json!({ "at_most": 4, "within_ms": 400 })));
            testkit::pause(Duration::from_millis(100));
            ensure!(bits(one)?.status == 200);
            ensure!(waits.join().map_err(|_| anyhow::anyhow!("a panic"))?? == 422, "{kind}");
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn followers_hear_of_what_comes_to_other_replicas() -> Result<()> {
    for kind in KINDS {
        let replicas = start(kind, "")?;
        let [one, two, three] = &replicas.gateways[..] else { anyhow::bail!("three replicas") };
        let mut stream = TcpStream::connect(three.admin_address())?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let headers = [("Host", "localhost"), ("Accept", "text/event-stream")];
        stream.write_all(&http::request("GET", "/v1/journal?mount=bits", &headers, b""))?;
        let mut lines = BufReader::new(stream).lines();
        let mut next = |begins: &str| -> Result<String> {
            loop {
                let line = lines.next().context("the end")??;
                if line.starts_with(begins) {
                    return Ok(line);
                }
            }
        };
        next(": follows")?;
        let mut last = 0;
        for (gateway, name) in [(one, "replica-0"), (two, "replica-1"), (three, "replica-2"), (one, "replica-0")] {
            ensure!(bits(gateway)?.status == 200);
            let id: u64 = next("id: ")?["id: ".len()..].parse()?;
            let data = next("data: ")?;
            ensure!(data.contains(&format!("\"replica\":\"{name}\"")) && id > last, "{kind}: {id} {data}");
            last = id;
        }
    }
    Ok(())
}

#[test]
fn hints_and_misuse_are_found_across_replicas() -> Result<()> {
    for kind in KINDS {
        let replicas = start(kind, "")?;
        let [one, two, three] = &replicas.gateways[..] else { anyhow::bail!("three replicas") };
        let code = super::code(one)?;
        let tokens = redeem(one, &code)?;
        ensure!(redeem(two, &code)?.status == 400);
        let spent = entries(three, "mount=brighthr&endpoint=token&status=400")?;
        let hint = spent[0]["hint"].as_str().unwrap_or_default();
        ensure!(hint.contains("of client `web`"), "{kind}: {}", spent[0]);
        let token = refresh_token(&tokens).or_else(|_| refresh_token(&redeem(one, &super::code(two)?)?))?;
        ensure!(refresh(one, &token)?.status >= 200 && refresh(two, &token)?.status >= 200);
        for gateway in [one, two, three, one, two, three] {
            ensure!(bits(gateway)?.status == 200);
        }
        let misuse = call(three, "GET", "/v1/journal/misuse?mount=bits", None)?;
        let fetched = misuse.as_array().into_iter().flatten().find(|one| one["rule"] == "token_fetched_again");
        ensure!(fetched.is_some_and(|found| found["count"] == 5), "{kind}: {misuse}");
    }
    Ok(())
}

#[test]
fn namespaces_stay_apart_and_one_filter_reads_all() -> Result<()> {
    for kind in KINDS {
        let replicas = start(kind, "")?;
        let [one, two, three] = &replicas.gateways[..] else { anyhow::bail!("three replicas") };
        let name =
            call(one, "POST", "/v1/namespaces", Some(&json!({})))?["name"].as_str().context("no name")?.to_owned();
        let path = format!("/~{name}/bits/v1/oauth2/token");
        let fields = [("grant_type", "client_credentials")];
        ensure!(
            super::form(two, &path, ("batch", "batch-secret"), &fields)?.status == 200 && bits(three)?.status == 200
        );
        for gateway in &replicas.gateways {
            let own = entries(gateway, &format!("namespace={name}"))?;
            ensure!(
                own.len() == 1 && own[0]["namespace"] == *name && own[0]["replica"] == "replica-1",
                "{kind}: {own:?}"
            );
            let outside = entries(gateway, "mount=bits")?;
            ensure!(outside.len() == 1 && outside[0]["namespace"].is_null(), "{kind}: {outside:?}");
            ensure!(entries(gateway, "namespace=*&mount=bits")?.len() == 2, "{kind}");
        }
    }
    Ok(())
}

#[test]
fn what_a_replica_told_outlives_it_where_the_journal_is_shared() -> Result<()> {
    let mut replicas = start("shared", "")?;
    for gateway in &replicas.gateways {
        ensure!(bits(gateway)?.status == 200);
    }
    ensure!(entries(&replicas.gateways[0], "mount=bits")?.len() == 3);
    let third = replicas.gateways.remove(2);
    drop(third);
    let second = &mut replicas.gateways[1];
    second.restart()?;
    testkit::wait_until("the entries of those that ended", || {
        Ok(replicas.gateways.iter().all(|gateway| entries(gateway, "mount=bits").is_ok_and(|found| found.len() == 3)))
    })
}

#[test]
fn what_is_beyond_the_rate_is_dropped_and_counted_and_redis_keeps_a_bounded_number() -> Result<()> {
    let replicas = start("shared", "journal_rate = 20")?;
    let [one, two, _] = &replicas.gateways[..] else { anyhow::bail!("three replicas") };
    let basic = basic("batch", "batch-secret");
    for _ in 0..300 {
        let headers = [
            ("Host", "localhost"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Authorization", basic.as_str()),
        ];
        let body = b"grant_type=client_credentials";
        let request = http::request("POST", "/bits/v1/oauth2/token", &headers, body);
        ensure!(http::exchange(one.public(), &request)?.status == 200, "no request pays for it");
    }
    let (own, other) = (entries(one, "mount=bits&limit=1000")?.len(), entries(two, "mount=bits&limit=1000")?.len());
    ensure!(own == 300 && (20..300).contains(&other), "{own} {other}");
    let metrics =
        http::exchange(one.admin_address(), &http::request("GET", "/metrics", &[("Host", "localhost")], b""))?;
    let text = metrics.text();
    let dropped = text.lines().find_map(|line| line.strip_prefix("idp_gateway_journal_unshared_total ")?.parse().ok());
    ensure!(dropped == Some(300 - other), "{dropped:?} of {own}, and {other} came");
    let stream = "idp-gateway:{shared}letters:kept";
    let lasts: i64 = replicas.redis.command(&["PTTL", stream])?.trim().parse()?;
    ensure!((1..=3_600_000).contains(&lasts), "{lasts}");
    Ok(())
}

#[test]
fn a_replica_that_does_not_answer_is_named_and_costs_a_second() -> Result<()> {
    let replicas = start("own", "")?;
    let [one, two, three] = &replicas.gateways[..] else { anyhow::bail!("three replicas") };
    ensure!(bits(one)?.status == 200 && bits(two)?.status == 200 && bits(three)?.status == 200);
    three.signal("STOP")?;
    let request = http::request("GET", "/v1/journal?mount=bits", &[("Host", "localhost")], b"");
    let answer = http::exchange(one.admin_address(), &request)?;
    three.signal("CONT")?;
    let lagging = answer.header("gateway-lagging").unwrap_or_default().to_owned();
    let found: Value = answer.json()?;
    ensure!(lagging == "replica-2" && found.as_array().map(Vec::len) == Some(2), "{lagging}: {found}");
    ensure!(get(three, "/_gateway/health/live", None)?.status == 200);
    testkit::wait_until("what it has", || Ok(entries(one, "mount=bits")?.len() == 3))
}
