//! Every expression of the dashboard and of the alerts is put to a real Prometheus that scrapes real gateways.

use super::collector::Collector;
use super::prometheus::Prometheus;
use super::stage::{bizzassure, gateways, traffic};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use testkit::tree;
use testkit::{Redis, wait_until};

/// Expressions that find nothing where nothing is wrong.
const MAY_BE_EMPTY: [&str; 1] = [
    // It says that there is no gateway at all.
    "absent(up{job=\"idp-gateway\"})",
];

/// The expressions of all panels, with what Grafana puts in the place of its variables.
fn of_dashboard() -> Result<Vec<String>> {
    let text = fs::read_to_string(tree::root().join("deploy/grafana/dashboard.json"))?;
    let dashboard: Value = serde_json::from_str(&text)?;
    let panels = dashboard["panels"].as_array().context("panels")?;
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let expressions = targets.map(|target| target["expr"].as_str().context("an expression"));
    expressions
        .map(|text| {
            let text = text?.replace("$__rate_interval", "1m").replace("$job", "idp-gateway").replace("$mount", ".*");
            ensure!(!text.contains('$'), "a variable that this test does not know: {text}");
            Ok(text)
        })
        .collect()
}

/// Both sides of the comparison that each alert makes: together they are there only where it fires.
fn of_alerts(prometheus: &Prometheus) -> Result<Vec<String>> {
    let mut sides = Vec::new();
    for rule in prometheus.rules()? {
        let query = rule["query"].as_str().context("a query")?;
        let at = [" == ", " > ", " < "].iter().filter_map(|sign| Some((query.rfind(sign)?, sign.len()))).max();
        let (at, length) = at.with_context(|| format!("an alert that compares nothing: {query}"))?;
        sides.extend([query[..at].trim(), query[at + length..].trim()].map(str::to_owned));
    }
    Ok(sides)
}

#[test]
fn every_expression_is_right_and_finds_something() -> Result<()> {
    let (redis, collector) = (Redis::start()?, Collector::start()?);
    let [shared, own] = gateways(&redis, &collector)?;
    let targets = [&shared, &own].map(|gateway| gateway.metrics().expect("a listener for metrics"));
    let prometheus = Prometheus::start(&targets)?;
    wait_until("both gateways to be scraped", || Ok(prometheus.query("up == 1")?.len() == 2))?;
    traffic(&shared)?;
    // What fails is counted too: limited clients, calls to the store, the breaker.
    redis.pause()?;
    for _ in 0..6 {
        bizzassure(&shared)?;
    }
    let breaker = "max(idp_gateway_store_breaker_state) == 1";
    wait_until("the breaker to be seen open", || Ok(prometheus.query(breaker)?.len() == 1))?;
    redis.resume()?;
    wait_until("Redis to answer again", || Ok(bizzassure(&shared)?.status != 503))?;
    shared.signal("HUP")?;
    traffic(&shared)?;
    let seen = "sum(rate(idp_gateway_requests_total{outcome=\"unavailable\"}[1m])) >= 0";
    wait_until("two scrapes of all that", || Ok(prometheus.query(seen)?.len() == 1))?;
    wait_until("every alert to be evaluated", || {
        let rules = prometheus.rules()?;
        Ok(rules.len() > 10 && rules.iter().all(|rule| rule["health"] != "unknown"))
    })?;
    for rule in prometheus.rules()? {
        ensure!(rule["health"] == "ok", "{rule}");
    }

    let expressions = [of_dashboard()?, of_alerts(&prometheus)?].concat();
    ensure!(expressions.len() > 60, "{} expressions", expressions.len());
    let mut empty = Vec::new();
    for expression in expressions.iter().filter(|expression| !MAY_BE_EMPTY.contains(&expression.as_str())) {
        let found = prometheus.query(expression).with_context(|| expression.clone())?;
        if found.is_empty() {
            empty.push(expression.as_str());
        }
    }
    ensure!(empty.is_empty(), "these find nothing:\n{}", empty.join("\n"));
    Ok(())
}
