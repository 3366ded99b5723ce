//! Namespaces over Redis: known to every replica, with what was changed in them, and gone from Redis with their end.

use super::{Replicas, form, get, request};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::gateway::Gateway;
use testkit::http::{Connection, Response};

fn make(gateway: &Gateway, body: &Value) -> Result<String> {
    let made = gateway.admin().call("POST", "/v1/namespaces", Some(body))?;
    Ok(made["name"].as_str().context("no name")?.to_owned())
}

fn bits(gateway: &Gateway, name: &str, secret: &str) -> Result<Response> {
    let path = format!("/~{name}/bits/v1/oauth2/token");
    form(gateway, &path, ("batch", secret), &[("grant_type", "client_credentials")])
}

/// The keys of namespaces in Redis, each with how many milliseconds it has.
fn keys(replicas: &Replicas) -> Result<Vec<(String, i64)>> {
    let found = replicas.redis.command(&["KEYS", "idp-gateway:~*"])?;
    let names = found.lines().filter(|name| !name.is_empty());
    names.map(|name| Ok((name.to_owned(), replicas.redis.command(&["PTTL", name])?.trim().parse()?))).collect()
}

#[test]
fn what_is_changed_in_a_namespace_holds_on_every_replica_and_nowhere_else() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let [one, two, three] = &replicas.gateways[..] else { anyhow::bail!("three replicas") };
    let name = make(one, &json!({ "name": "job" }))?;
    for gateway in &replicas.gateways {
        ensure!(bits(gateway, &name, "batch-secret")?.status == 200, "known to the next request");
    }
    let of = |path: &str| format!("/v1/{path}?namespace={name}");
    let client = json!({ "secret": "changed-secret", "rate_limit": "3/1h" });
    two.admin().call("PATCH", &of("mounts/bits/clients/batch"), Some(&client))?;
    three.admin().call("PUT", &of("clock"), Some(&json!({ "freeze": 1_715_861_418 })))?;
    for gateway in &replicas.gateways {
        ensure!(
            bits(gateway, &name, "batch-secret")?.status == 401
                && bits(gateway, &name, "changed-secret")?.status == 200
        );
        ensure!(gateway.admin().call("GET", &of("clock"), None)?["freeze"] == 1_715_861_418);
        ensure!(super::bits(gateway)?.status == 200 && gateway.admin().call("GET", "/v1/clock", None)?["offset"] == 0);
    }
    ensure!(bits(one, &name, "changed-secret")?.status == 429, "one limit for all replicas");
    let scenario = json!({ "mount": "bits", "endpoint": "token", "error": "internal", "times": 2 });
    one.admin().call("POST", &of("scenarios"), Some(&scenario))?;
    ensure!([two, three].map(|gateway| bits(gateway, &name, "x").map(|answer| answer.status).ok()) == [Some(500); 2]);
    ensure!(bits(one, &name, "x")?.status == 401 && super::bits(two)?.status == 200);
    two.admin().call("POST", &of("reset"), None)?;
    for gateway in &replicas.gateways {
        ensure!(
            bits(gateway, &name, "batch-secret")?.status == 200
                && gateway.admin().call("GET", &of("clock"), None)?["offset"] == 0
        );
    }
    // A code of one replica at another, each in its own world.
    let order = json!({ "client_id": "web", "user": "alice", "redirect_uri": "https://client.test/cb" });
    let code = one.admin().call("POST", &of("mounts/brighthr/codes"), Some(&order))?;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code["code"].as_str().context("no code")?),
        ("redirect_uri", "https://client.test/cb"),
    ];
    let redeem = |gateway: &Gateway, root: &str| {
        form(gateway, &format!("{root}/brighthr/connect/token"), ("web", "web-secret"), &fields)
    };
    ensure!(redeem(two, "")?.status == 400);
    let tokens = redeem(two, &format!("/~{name}"))?;
    ensure!(tokens.status == 200, "{} {}", tokens.status, tokens.text());
    let token = tokens.json()?["access_token"].as_str().context("no token")?.to_owned();
    for (path, status) in
        [(format!("/~{name}/_gateway/verify/brighthr"), 200), ("/_gateway/verify/brighthr".to_owned(), 401)]
    {
        ensure!(get(three, &path, Some(&token))?.status == status, "{path}");
    }
    Ok(())
}

#[test]
fn a_replica_that_starts_later_has_the_namespaces_and_their_changes() -> Result<()> {
    let mut replicas = Replicas::start(2)?;
    let name = make(&replicas.gateways[0], &json!({}))?;
    let path = format!("/v1/mounts/bits/clients/batch?namespace={name}");
    replicas.gateways[0].admin().call("PATCH", &path, Some(&json!({ "secret": "changed-secret" })))?;
    replicas.gateways[1].restart()?;
    ensure!(bits(&replicas.gateways[1], &name, "changed-secret")?.status == 200);
    replicas.gateways[1].admin().call("DELETE", &format!("/v1/namespaces/{name}"), None)?;
    for gateway in &replicas.gateways {
        ensure!(bits(gateway, &name, "changed-secret")?.status == 404);
    }
    Ok(())
}

#[test]
fn a_replica_that_hears_of_a_namespace_late_looks_for_it() -> Result<()> {
    let replicas = Replicas::start(2)?;
    let [one, late] = &replicas.gateways[..] else { anyhow::bail!("two replicas") };
    late.signal("STOP")?;
    let name = make(one, &json!({}))?;
    let path = format!("/~{name}/bits/v1/oauth2/token");
    let asked = request(&path, ("batch", "batch-secret"), &[("grant_type", "client_credentials")])?;
    // Sent while it stands still, and so the first that it reads.
    let mut connection = Connection::open(late.public())?;
    connection.send(&asked)?;
    late.signal("CONT")?;
    let answer = connection.receive()?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    // What there is none of is told at once.
    ensure!(bits(late, "nobody", "x")?.status == 404);
    Ok(())
}

#[test]
fn every_key_of_a_namespace_ends_with_it() -> Result<()> {
    let replicas = Replicas::start(2)?;
    let [one, two] = &replicas.gateways[..] else { anyhow::bail!("two replicas") };
    let name = make(one, &json!({ "ttl": 600 }))?;
    let of = |path: &str| format!("/v1/{path}?namespace={name}");
    let use_it = || -> Result<()> {
        ensure!(bits(two, &name, "batch-secret")?.status == 200);
        let order = json!({ "client_id": "web", "user": "alice", "scope": "openid offline_access" });
        one.admin().call("POST", &of("mounts/brighthr/tokens"), Some(&order))?;
        one.admin().call("PATCH", &of("mounts/bits/clients/batch"), Some(&json!({ "rate_limit": "9/1h" })))?;
        ensure!(bits(two, &name, "batch-secret")?.status == 200);
        let scenario = json!({ "mount": "bits", "endpoint": "jwks", "error": "internal" });
        one.admin().call("POST", &of("scenarios"), Some(&scenario))?;
        one.admin().call("POST", &of("mounts/brighthr/keys/rotate"), Some(&json!({ "lead_seconds": 0 })))?;
        Ok(())
    };
    use_it()?;
    one.admin().call("POST", &of("reset"), None)?;
    use_it()?;
    let kept = keys(&replicas)?;
    ensure!(kept.len() >= 6 && kept.iter().all(|(_, left)| (1..=600_000).contains(left)), "{kept:?}");
    two.admin().call("PUT", &format!("/v1/namespaces/{name}"), Some(&json!({ "ttl": 3600 })))?;
    let longer = keys(&replicas)?;
    ensure!(longer.len() >= 6 && longer.iter().all(|(_, left)| (600_001..=3_600_000).contains(left)), "{longer:?}");
    one.admin().call("PUT", &format!("/v1/namespaces/{name}"), Some(&json!({ "ttl": 2 })))?;
    let started = Instant::now();
    while bits(two, &name, "batch-secret")?.status != 404 || !keys(&replicas)?.is_empty() {
        ensure!(started.elapsed() < Duration::from_mins(1), "{:?}", keys(&replicas)?);
        testkit::pause(Duration::from_millis(50));
    }
    ensure!(one.admin().call("GET", "/v1/namespaces", None)?["total"] == 0);
    Ok(())
}

#[test]
fn what_a_namespace_issued_goes_back_into_it_on_every_replica_and_ends_with_it() -> Result<()> {
    let replicas = Replicas::start(2)?;
    let [one, two] = &replicas.gateways[..] else { anyhow::bail!("two replicas") };
    let name = make(one, &json!({ "ttl": 600 }))?;
    let of = |path: &str, query: &str| format!("/v1/{path}?namespace={name}{query}");
    let order = json!({ "client_id": "web", "user": "alice", "scope": "openid offline_access" });
    let held = one.admin().call("POST", &of("mounts/brighthr/tokens", ""), Some(&order))?;
    let token = held["access_token"].as_str().context("no token")?;
    let scenario = json!({ "mount": "bits", "endpoint": "jwks", "error": "internal", "times": 2 });
    one.admin().call("POST", &of("scenarios", ""), Some(&scenario))?;
    one.admin().call("PATCH", &of("mounts/bits/clients/batch", ""), Some(&json!({ "rate_limit": "9/1h" })))?;
    let saved = two.admin().call("GET", &of("state", "&with=tokens"), None)?;
    two.admin().call("POST", &of("mounts/brighthr/tokens/expire", ""), Some(&json!({ "refresh": true })))?;
    two.admin().call("DELETE", &of("scenarios", ""), None)?;
    let verify = |gateway: &Gateway| get(gateway, &format!("/~{name}/_gateway/verify/brighthr"), Some(token));
    ensure!(verify(one)?.status == 401 && verify(two)?.status == 401);
    one.admin().call("PUT", &of("state", ""), Some(&saved))?;
    for gateway in &replicas.gateways {
        ensure!(verify(gateway)?.status == 200, "as it was");
        let scenarios = gateway.admin().call("GET", &of("scenarios", ""), None)?;
        ensure!(scenarios[0]["remaining"] == 2, "{scenarios}");
    }
    let refresh = held["refresh_token"].as_str().context("no refresh token")?;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let refreshed = form(two, &format!("/~{name}/brighthr/connect/token"), ("web", "web-secret"), &fields)?;
    ensure!(refreshed.status == 200, "{}", refreshed.text());
    let kept = keys(&replicas)?;
    ensure!(kept.iter().all(|(_, left)| (1..=600_000).contains(left)), "{kept:?}");
    Ok(())
}
