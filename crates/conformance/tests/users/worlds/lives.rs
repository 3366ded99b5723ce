//! Namespaces begin as the file says, have their own of everything, and end by themselves.

use super::{World, get, status};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::gateway::Gateway;
use testkit::http;
use testkit::vendor::call;

const BITS: &str = concat!(testkit::mounts!(bits), "rate_limit = \"2/1h\"\n");
const APP: (&str, &str) = ("batch", "batch-secret");

fn token(gateway: &Gateway, world: &World) -> Result<u16> {
    let path = format!("{}/bits/v1/oauth2/token", world.root);
    Ok(call(gateway, &path, APP, &[("grant_type", "client_credentials")])?.status)
}

#[test]
fn clients_limits_clock_scenarios_settings_and_journal_are_each_worlds_own() -> Result<()> {
    let gateway = Gateway::start(BITS)?;
    let outside = World::outside();
    let (one, two) = (World::make(&gateway, Some("one"))?, World::make(&gateway, None)?);
    let client = "/v1/mounts/bits/clients/batch";
    outside.admin(&gateway, "PATCH", client, Some(&json!({ "rate_limit": "1/1h" })))?;
    for (world, grants) in [(&outside, 1), (&one, 2), (&two, 2)] {
        for n in 0..=grants {
            let expected = if n < grants { 200 } else { 429 };
            ensure!(token(&gateway, world)? == expected, "{world:?}: {n}");
        }
    }
    one.admin(&gateway, "PUT", "/v1/clock", Some(&json!({ "freeze": 1_715_861_418 })))?;
    one.admin(&gateway, "PATCH", client, Some(&json!({ "rate_limit": "unlimited", "name": "one's" })))?;
    one.admin(
        &gateway,
        "POST",
        "/v1/scenarios",
        Some(&json!({ "mount": "bits", "endpoint": "token", "error": "internal" })),
    )?;
    ensure!(token(&gateway, &one)? == 500 && token(&gateway, &two)? == 429);
    for (world, frozen, scenarios, changed) in
        [(&outside, false, 0, true), (&one, true, 1, true), (&two, false, 0, false)]
    {
        let clock = world.admin(&gateway, "GET", "/v1/clock", None)?;
        ensure!(clock["freeze"].is_i64() == frozen, "{world:?}: {clock}");
        let all = world.admin(&gateway, "GET", "/v1/scenarios", None)?;
        ensure!(all.as_array().map(Vec::len) == Some(scenarios), "{world:?}: {all}");
        let changes = world.admin(&gateway, "GET", "/v1/changes", None)?;
        let clients = changes["items"].as_array().into_iter().flatten().filter(|change| change["kind"] == "client");
        ensure!(clients.filter(|change| change["mount"] == "bits").count() == usize::from(changed), "{changes}");
        let journal = world.admin(&gateway, "GET", "/v1/journal?mount=bits", None)?;
        let entries = journal.as_array().context("no entries")?;
        ensure!(
            !entries.is_empty() && entries.iter().all(|entry| entry["namespace"] == json!(world.name)),
            "{journal}"
        );
    }
    let everywhere = gateway.admin().call("GET", "/v1/journal?namespace=*&mount=bits", None)?;
    let of =
        |name: &Value| everywhere.as_array().into_iter().flatten().filter(|entry| entry["namespace"] == *name).count();
    ensure!([json!(null), json!("one"), json!(two.name)].map(|name| of(&name)) == [2, 4, 4], "{everywhere}");
    // A reset is of one world alone.
    one.admin(&gateway, "POST", "/v1/reset", None)?;
    ensure!(token(&gateway, &one)? == 200 && token(&gateway, &two)? == 429 && token(&gateway, &outside)? == 429);
    ensure!(one.admin(&gateway, "GET", "/v1/clock", None)?["offset"] == 0);
    let changes = one.admin(&gateway, "GET", "/v1/changes", None)?;
    ensure!(changes["total"] == 0, "{changes}");
    Ok(())
}

#[test]
fn a_namespace_ends_by_itself_and_leaves_nothing_to_the_next_of_its_name() -> Result<()> {
    let gateway = Gateway::start(BITS)?;
    let world = World::make(&gateway, Some("brief"))?;
    for _ in 0..2 {
        ensure!(token(&gateway, &world)? == 200);
    }
    world.admin(
        &gateway,
        "PUT",
        "/v1/mounts/bits/clients/other",
        Some(&json!({ "secret": "another-secret-1", "claims": { "customerId": "bits:customer::1" } })),
    )?;
    let started = Instant::now();
    let extended = gateway.admin().call("PUT", "/v1/namespaces/brief", Some(&json!({ "ttl": 2 })))?;
    ensure!(extended["name"] == "brief");
    while token(&gateway, &world)? != 404 {
        ensure!(started.elapsed() < Duration::from_mins(1), "it has not ended");
        testkit::pause(Duration::from_millis(50));
    }
    ensure!(started.elapsed() >= Duration::from_secs(2), "it ended early");
    ensure!(status(&gateway, "GET", "/v1/namespaces/brief", None)?.0 == 404);
    ensure!(status(&gateway, "GET", "/v1/clock?namespace=brief", None)?.0 == 404);
    let next = World::make(&gateway, Some("brief"))?;
    ensure!(token(&gateway, &next)? == 200, "its counters begin anew");
    ensure!(status(&gateway, "GET", "/v1/mounts/bits/clients/other?namespace=brief", None)?.0 == 404);
    ensure!(gateway.admin().call("GET", "/v1/namespaces", None)?["total"] == 1);
    gateway.admin().call("DELETE", "/v1/namespaces/brief", None)?;
    let gone = get(&gateway, "/~brief/bits/v1/oauth2/token", &[])?;
    ensure!(gone.status == 404 && gone.body.is_empty());
    Ok(())
}

#[test]
fn a_name_is_taken_once_and_there_are_no_more_than_there_may_be() -> Result<()> {
    let gateway = Gateway::start(&format!("[server]\nmax_namespaces = 2\n{BITS}"))?;
    let make = |body: &Value| status(&gateway, "POST", "/v1/namespaces", Some(body));
    let (code, first) = make(&json!({ "name": "a", "ttl": 60 }))?;
    ensure!(code == 200 && first["base"].as_str().is_some_and(|base| base.ends_with("/~a")), "{first}");
    ensure!(first["mounts"]["bits"]["url"].as_str().is_some_and(|url| url.ends_with("/~a/bits")), "{first}");
    for (body, expected) in [
        (json!({ "name": "a" }), 409),
        (json!({ "name": "-a" }), 400),
        (json!({ "name": "A" }), 400),
        (json!({ "name": "a".repeat(33) }), 400),
        (json!({ "ttl": 0 }), 400),
        (json!({ "ttl": 86_401 }), 400),
        (json!({ "ttl": 1.5 }), 400),
        (json!({ "titel": 1 }), 400),
        (json!({}), 200),
        (json!({}), 429),
    ] {
        let (code, answer) = make(&body)?;
        ensure!(code == expected, "{body}: {code} {answer}");
    }
    let request = http::request("GET", "/metrics", &[("Host", "localhost")], b"");
    let metrics = http::exchange(gateway.admin_address(), &request)?.text();
    ensure!(
        metrics.contains("idp_gateway_namespaces 2\n") && metrics.contains("idp_gateway_namespaces_max 2\n"),
        "{metrics}"
    );
    for (call, path) in
        [("GET", "/v1/mounts"), ("GET", "/v1/journal"), ("POST", "/v1/reset"), ("GET", "/v1/store/backup")]
    {
        ensure!(status(&gateway, call, &format!("{path}?namespace=none"), None)?.0 == 404, "{path}");
        // A variable that is not set must not come to what is outside any.
        ensure!(status(&gateway, call, &format!("{path}?namespace="), None)?.0 == 400, "{path}");
    }
    ensure!(status(&gateway, "DELETE", "/v1/journal?namespace=*", None)?.0 == 404);
    gateway.admin().call("DELETE", "/v1/namespaces/a", None)?;
    ensure!(make(&json!({ "name": "a" }))?.0 == 200);
    Ok(())
}

#[test]
fn a_reload_changes_what_the_file_says_in_all_worlds() -> Result<()> {
    let gateway = Gateway::start(BITS)?;
    let world = World::make(&gateway, Some("kept"))?;
    world.admin(
        &gateway,
        "PUT",
        "/v1/mounts/bits/clients/own",
        Some(&json!({ "secret": "another-secret-1", "claims": { "customerId": "bits:customer::1" } })),
    )?;
    for _ in 0..2 {
        ensure!(token(&gateway, &world)? == 200);
    }
    world.admin(&gateway, "PUT", "/v1/clock", Some(&json!({ "freeze": 1_715_861_418 })))?;
    let more = BITS.replace("2/1h", "3/1h")
        + "[[mount.client]]\nid = \"new\"\nsecret = \"new-secret-1\"\n[mount.client.claims]\ncustomerId = \"bits:customer::1\"\n";
    gateway.write_config(&more)?;
    gateway.signal("HUP")?;
    gateway.wait_for_log("configuration reloaded", 1)?;
    let id = |client: &str| world.admin(&gateway, "GET", &format!("/v1/mounts/bits/clients/{client}"), None);
    ensure!(id("new")?["id"] == "new" && id("own")?["id"] == "own", "the file's part is new, its own part stays");
    ensure!(world.admin(&gateway, "GET", "/v1/clock", None)?["freeze"] == 1_715_861_418);
    world.admin(&gateway, "DELETE", "/v1/clock", None)?;
    ensure!(token(&gateway, &world)? == 200 && token(&gateway, &world)? == 429, "counters go on");
    Ok(())
}

#[test]
fn without_test_features_nobody_makes_a_namespace() -> Result<()> {
    let gateway = Gateway::start(&format!("[admin]\ntest_features = false\n{BITS}"))?;
    let (code, answer) = status(&gateway, "POST", "/v1/namespaces", Some(&json!({})))?;
    ensure!(
        code == 403 && answer["detail"].as_str().is_some_and(|why| why.contains("admin.test_features")),
        "{answer}"
    );
    Ok(())
}
