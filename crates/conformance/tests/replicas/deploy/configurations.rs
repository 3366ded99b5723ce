//! The gateway's own configurations.

use super::run;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use testkit::gateway::{Gateway, binary};
use testkit::{Redis, http, tree};

/// The gateway's own configurations in `deploy/`.
fn configurations() -> Result<Vec<PathBuf>> {
    let mut files = tree::files_below(&tree::root().join("deploy"))?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    ensure!(files.len() >= 5, "{files:?}");
    Ok(files)
}

/// Each with the secret that the environment is to have.
#[test]
fn every_configuration_of_the_gateway_is_right() -> Result<()> {
    for file in configurations()? {
        let mut command = Command::new(binary()?);
        command.arg("check").arg("--config").arg(&file).env("BITS_BATCH_SECRET", "a-secret-of-some-length");
        let told = run(&mut command)?;
        assert!(told.contains(" is right.") && !told.contains("warning"), "{}: {told}", file.display());
    }
    Ok(())
}

#[test]
fn s18_every_configuration_can_be_scraped_and_asked_for_its_health() -> Result<()> {
    let redis = Redis::start()?;
    for file in configurations()? {
        let text = fs::read_to_string(&file)?;
        let (before, port) = text.split_once(":9464\"").with_context(|| format!("{}: no port 9464", file.display()))?;
        let (head, host) = before.rsplit_once("metrics_listen = \"").context("no metrics_listen")?;
        ensure!(["0.0.0.0", "127.0.0.1"].contains(&host), "{host}");
        let text = format!("{head}metrics_listen = \"127.0.0.1:0\"{port}").replace("redis://redis:6379", &redis.url());
        let secret = ("BITS_BATCH_SECRET".to_owned(), "a-secret-of-some-length".to_owned());
        let gateway = Gateway::start_in(vec![secret], &text)?;
        let address = gateway.metrics().with_context(|| format!("{}: no listener for metrics", file.display()))?;
        for (path, part) in [
            ("/metrics", "\nidp_gateway_build_info{"),
            ("/_gateway/health/live", "{\"status\":\"live\"}"),
            ("/_gateway/health/serving", "{\"status\":\"serving\"}"),
            ("/_gateway/health/ready", "{\"status\":\"ready\"}"),
        ] {
            let answer = http::exchange(address, &http::request("GET", path, &[("Host", "10.0.0.1:9464")], b""))?;
            ensure!(answer.status == 200 && answer.text().contains(part), "{path}: {}", answer.text());
        }
    }
    Ok(())
}

#[test]
fn s18_kubernetes_has_a_port_a_monitor_and_a_way_in_for_metrics() -> Result<()> {
    for (file, part) in [
        ("base/deployment.yaml", "- name: metrics\n              containerPort: 9464\n"),
        ("base/network.yaml", "kubernetes.io/metadata.name: monitoring\n      ports:\n        - port: metrics\n"),
        ("monitoring/monitor.yaml", "- port: metrics\n      path: /metrics\n"),
        ("overlays/production/kustomization.yaml", "components:\n  - ../../monitoring\n"),
    ] {
        let text = fs::read_to_string(tree::root().join("deploy/kubernetes").join(file))?;
        ensure!(text.contains(part), "{file} has no {part:?}");
    }
    Ok(())
}

#[test]
fn s09_nothing_that_sends_requests_or_restarts_asks_whether_a_gateway_is_ready() -> Result<()> {
    let mut asked = 0;
    for path in tree::files_below(&tree::root().join("deploy"))? {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if path.extension().is_none_or(|extension| extension != "md") {
            ensure!(!text.contains("health/ready"), "{} asks for ready", path.display());
            asked += text.matches("health/serving").count() + text.matches("\"--serving\"").count();
        }
    }
    ensure!(asked == 4, "HAProxy, Caddy, Kubernetes and Docker ask, and {asked} were found");
    let deployment = fs::read_to_string(tree::root().join("deploy/kubernetes/base/deployment.yaml"))?;
    for (probe, question) in [("startupProbe", "live"), ("readinessProbe", "serving"), ("livenessProbe", "live")] {
        let part = format!("{probe}:\n            httpGet:\n              path: /_gateway/health/{question}\n");
        ensure!(deployment.contains(&part), "{probe} does not ask {question}");
    }
    Ok(())
}

/// Up to the figure of how often readiness is asked for.
const READINESS: &str = "readinessProbe:\n            httpGet:\n              path: /_gateway/health/serving\n              \
    port: http\n            periodSeconds: ";

/// Whoever stops it waits for as long as it may take: the drain delay, a second, the shutdown timeout.
#[test]
fn nobody_kills_a_gateway_that_drains() -> Result<()> {
    let number = |file: &str, before: &str| -> Result<u64> {
        let path = tree::root().join("deploy").join(file);
        let text = fs::read_to_string(path)?;
        let rest = text.split(before).nth(1).with_context(|| format!("{file} has no {before:?}"))?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().with_context(|| format!("{file}: no number after {before:?}"))
    };
    let configuration = "kubernetes/base/gateway.toml";
    let drain = number(configuration, "\ndrain_delay_ms = ")?;
    let whole = drain + 1000 + number(configuration, "\nshutdown_timeout_ms = ")?;
    for (file, before) in [
        ("kubernetes/base/deployment.yaml", "terminationGracePeriodSeconds: "),
        ("systemd/idp-gateway.service", "TimeoutStopSec="),
        ("compose/compose.yaml", "stop_grace_period: "),
    ] {
        let grace = number(file, before)?;
        assert!(grace * 1000 > whole, "{file}: {grace} s, and the gateway may take {whole} ms");
    }
    let period = number("kubernetes/base/deployment.yaml", READINESS)?;
    assert!(period * 1000 < drain, "nobody notices within {drain} ms");
    Ok(())
}
