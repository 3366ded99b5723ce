//! What is counted, exactly; who may read it; that it is all in the manual; and that it does not grow with clients.

#![expect(clippy::float_cmp, reason = "counts are whole numbers, which are exact")]

use super::collector::Collector;
use super::exposition::Exposition;
use super::stage::{basic, bits, bizzassure, code_and_refresh, gateways, get, post, start, telemetry, traffic};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use testkit::gateway::Gateway;
use testkit::{Redis, wait_until};
use testkit::{http, tree};

/// A series of `idp_gateway_requests_total`.
fn requests(mount: &str, endpoint: &str, outcome: &str) -> String {
    format!("idp_gateway_requests_total{{mount=\"{mount}\",endpoint=\"{endpoint}\",outcome=\"{outcome}\"}}")
}

/// What comes of [`known_traffic`], by mount, endpoint and outcome.
const COUNTS: [(&str, &str, &str, f64); 13] = [
    ("bits", "token", "served", 3.0),
    ("bits", "token", "invalid_client", 1.0),
    ("bits", "token", "forced", 2.0),
    ("bits", "token", "method_not_allowed", 1.0),
    ("bits", "none", "not_found", 1.0),
    ("bits", "verify", "invalid_token", 1.0),
    ("bizzassure", "token", "served", 2.0),
    ("bizzassure", "token", "rate_limited", 1.0),
    ("brighthr", "token", "served", 2.0),
    ("brighthr", "login", "served", 1.0),
    ("brighthr", "jwks", "served", 1.0),
    ("_gateway", "style", "served", 1.0),
    ("_none", "none", "not_found", 1.0),
];

fn known_traffic(gateway: &Gateway) -> Result<()> {
    for secret in ["batch-secret", "batch-secret", "batch-secret", "wrong"] {
        bits(gateway, secret)?;
    }
    let forced = serde_json::json!({ "mount": "bits", "endpoint": "token", "error": "internal", "times": 2 });
    gateway.admin().call("POST", "/v1/scenarios", Some(&forced))?;
    for _ in 0..2 {
        ensure!(bits(gateway, "batch-secret")?.status >= 500);
    }
    for _ in 0..3 {
        bizzassure(gateway)?;
    }
    code_and_refresh(gateway)?;
    for path in [
        "/bits/v1/oauth2/token",
        "/bits/oauth2/nothing",
        "/nothing/at/all",
        "/brighthr/account/login",
        "/_gateway/jwks/brighthr",
        "/_gateway/verify/bits",
        "/_gateway/pages.css",
    ] {
        get(gateway, path)?;
    }
    Ok(())
}

/// All requests that were counted, of whatever kind.
fn all_requests(of: &Exposition) -> f64 {
    let names = of.names();
    let counted = names.iter().filter(|name| name.starts_with("idp_gateway_requests_total"));
    counted.map(|name| of.value(name)).sum()
}

#[test]
fn known_traffic_is_counted_exactly() -> Result<()> {
    let gateway = start("")?;
    let before = Exposition::of(&gateway)?;
    known_traffic(&gateway)?;
    let after = Exposition::of(&gateway)?;
    for (mount, endpoint, outcome, count) in COUNTS {
        let series = requests(mount, endpoint, outcome);
        ensure!(after.value(&series) == count, "{series} is {}\n{}", after.value(&series), after.text);
    }
    let total: f64 = COUNTS.iter().map(|(.., count)| count).sum();
    let counted = all_requests(&after) - all_requests(&before);
    ensure!(counted == total, "{counted} and {total}\n{}", after.text);
    for (series, count) in [
        ("idp_gateway_request_seconds_count{mount=\"bits\",endpoint=\"token\"}", 7.0),
        ("idp_gateway_request_seconds_bucket{mount=\"bits\",endpoint=\"token\",le=\"5\"}", 7.0),
        ("idp_gateway_tokens_total{mount=\"bits\",grant=\"client_credentials\"}", 3.0),
        ("idp_gateway_tokens_total{mount=\"brighthr\",grant=\"authorization_code\"}", 1.0),
        ("idp_gateway_tokens_total{mount=\"brighthr\",grant=\"refresh_token\"}", 1.0),
        ("idp_gateway_limiter_refused_total{mount=\"bizzassure\"}", 1.0),
        ("idp_gateway_limiter_refused_total{mount=\"bits\"}", 0.0),
        ("idp_gateway_limiter_seconds_count", 3.0),
        ("idp_gateway_sign_seconds_count{algorithm=\"HS256\"}", 3.0),
        ("idp_gateway_store_seconds_count{operation=\"judge_code\",outcome=\"ok\"}", 1.0),
        ("idp_gateway_store_seconds_count{operation=\"redeem\",outcome=\"ok\"}", 1.0),
        ("idp_gateway_store_seconds_count{operation=\"rotate\",outcome=\"ok\"}", 2.0),
        ("idp_gateway_requests_in_flight", 0.0),
        ("idp_gateway_store_breaker_state", 0.0),
        ("idp_gateway_replicas", 1.0),
    ] {
        ensure!(after.value(series) == count, "{series} is {}\n{}", after.value(series), after.text);
    }
    Ok(())
}

#[test]
fn the_admin_listener_wants_its_token_and_the_listener_for_metrics_none() -> Result<()> {
    let gateway = start("[admin]\ntoken = \"a-token-of-the-test\"\n")?;
    let ask = |address, method, path, headers: &[(&str, &str)]| {
        http::exchange(address, &http::request(method, path, &[&[("Host", "metrics.test")], headers].concat(), b""))
    };
    let (admin, own) = (gateway.admin_address(), gateway.metrics().context("a listener")?);
    ensure!(ask(admin, "GET", "/metrics", &[])?.status == 401);
    ensure!(ask(admin, "GET", "/metrics", &[("Authorization", "Bearer another")])?.status == 401);
    let right = ask(admin, "GET", "/metrics", &[("Authorization", "Bearer a-token-of-the-test")])?;
    ensure!(right.status == 200 && right.text().contains("\nidp_gateway_replicas 1\n"), "{}", right.text());
    ensure!(right.header("content-type") == Some("text/plain; version=0.0.4; charset=utf-8"), "{right:?}");
    let open = ask(own, "GET", "/metrics", &[])?;
    ensure!(open.status == 200 && open.header("cache-control") == Some("no-store"), "{open:?}");
    ensure!(ask(own, "POST", "/metrics", &[])?.status == 405);
    for nothing_else in ["/", "/v1/mounts", "/openapi.json", "/metrics/"] {
        ensure!(ask(own, "GET", nothing_else, &[])?.status == 404, "{nothing_else}");
    }
    ensure!(get(&gateway, "/metrics")?.status == 404, "the public listener serves none");
    Ok(())
}

#[test]
fn what_clients_send_makes_no_series() -> Result<()> {
    let gateway = start("")?;
    let strange = |n: usize| -> Result<()> {
        let name = format!("stranger-{n}");
        post(
            &gateway,
            "/bits/v1/oauth2/token",
            &[("Authorization", &basic(&name, &name))],
            "grant_type=client_credentials",
        )?;
        post(&gateway, "/bits/v1/oauth2/token", &[], &format!("grant_type={name}&client_id={name}&{name}={name}"))?;
        for path in
            [format!("/{name}"), format!("/bits/{name}"), format!("/_gateway/{name}"), format!("/_gateway/jwks/{name}")]
        {
            get(&gateway, &path)?;
        }
        let method = format!("M{n}");
        let request = http::request(&method, "/bits/v1/oauth2/token", &[("Host", &name)], b"");
        http::exchange(gateway.public(), &request).map(drop)
    };
    strange(0)?;
    let before = Exposition::of(&gateway)?;
    for n in 1..40 {
        strange(n)?;
    }
    let after = Exposition::of(&gateway)?;
    // What has no mount is the gateway's own work: keys are made in the meantime.
    let of_mounts = |of: &Exposition| -> BTreeSet<String> {
        of.names().into_iter().filter(|name| name.contains("mount=")).map(str::to_owned).collect()
    };
    let new: Vec<_> = of_mounts(&after).difference(&of_mounts(&before)).cloned().collect();
    ensure!(new.is_empty(), "{new:#?}");
    ensure!(!after.text.contains("stranger"), "{}", after.text);
    Ok(())
}

/// The rows of the manual's table: each metric's type and labels.
fn documented() -> Result<BTreeMap<String, (String, BTreeSet<String>)>> {
    let text = fs::read_to_string(tree::root().join("docs/operations.md"))?;
    let section =
        text.split("\n## Metrics\n").nth(1).and_then(|rest| rest.split("\n## ").next()).context("a section")?;
    let mut rows = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, name, kind, labels, ..] = cells[..] else { continue };
        let labels = labels.split(',').map(|label| label.trim().trim_matches('`').to_owned());
        let labels = labels.filter(|label| !label.is_empty()).collect();
        rows.insert(name.trim_matches('`').to_owned(), (kind.to_owned(), labels));
    }
    Ok(rows)
}

#[test]
fn what_is_served_is_in_the_manual_and_the_reverse() -> Result<()> {
    let (redis, collector) = (Redis::start()?, Collector::start()?);
    let [shared, own] = gateways(&redis, &collector)?;
    traffic(&shared)?;
    // The replica tells the others that it lives.
    wait_until("the changes that a replica follows, and a look at the keys", || {
        let has = |gateway, name| Exposition::of(gateway).map(|seen| seen.types.contains_key(name));
        let key = "idp_gateway_signing_key_created_seconds";
        Ok(has(&shared, "idp_gateway_changes_applied_total")? && has(&shared, key)? && has(&own, key)?)
    })?;
    let mut served = BTreeMap::new();
    for gateway in [&shared, &own] {
        let Exposition { types, mut labels, .. } = Exposition::of(gateway)?;
        served.extend(types.into_iter().map(|(name, kind)| {
            let labels = labels.remove(&name).unwrap_or_default();
            (name, (kind, labels))
        }));
    }
    let documented = documented()?;
    ensure!(documented.len() > 20, "{documented:?}");
    for (name, about) in &documented {
        ensure!(served.get(name) == Some(about), "{name} is served as {:?}, in the manual {about:?}", served.get(name));
    }
    let unknown: Vec<_> = served.keys().filter(|name| !documented.contains_key(*name)).collect();
    ensure!(unknown.is_empty(), "the manual has not {unknown:?}");
    Ok(())
}

#[test]
fn a_gateway_that_is_about_to_stop_says_that_it_is_not_ready() -> Result<()> {
    let drains = "[server]\ndrain_delay_ms = 60000\n";
    let mut gateway = Gateway::start(&format!("{drains}{}{}", telemetry(""), super::stage::MOUNTS))?;
    wait_until("the gauge to rise", || Ok(Exposition::of(&gateway)?.value("idp_gateway_ready") == 1.0))?;
    gateway.signal("TERM")?;
    wait_until("the gauge to fall", || Ok(Exposition::of(&gateway)?.value("idp_gateway_ready") == 0.0))?;
    // A second signal ends the wait.
    gateway.signal("TERM")?;
    gateway.wait_for_end()
}
