//! The gateway's own configurations.

use super::run;
use anyhow::{Context, Result};
use std::process::Command;
use testkit::gateway::binary;
use testkit::tree;

/// Each with the secret that the environment is to have.
#[test]
fn every_configuration_of_the_gateway_is_right() -> Result<()> {
    let mut files = tree::files_below(&tree::root().join("deploy"))?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let mut command = Command::new(binary()?);
        command.arg("check").arg("--config").arg(&file).env("BITS_BATCH_SECRET", "a-secret-of-some-length");
        let told = run(&mut command)?;
        assert!(told.contains(" is right.") && !told.contains("warning"), "{}: {told}", file.display());
    }
    Ok(())
}

/// Up to the figure of how often readiness is asked for.
const READINESS: &str = "readinessProbe:\n            httpGet:\n              path: /_gateway/health/ready\n              \
    port: http\n            periodSeconds: ";

/// Whoever stops it waits for as long as it may take: the drain delay, a second, the shutdown timeout.
#[test]
fn nobody_kills_a_gateway_that_drains() -> Result<()> {
    let number = |file: &str, before: &str| -> Result<u64> {
        let path = tree::root().join("deploy").join(file);
        let text = std::fs::read_to_string(path)?;
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
