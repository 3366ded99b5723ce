//! Panics are logged without waiting for whoever reads the log.

#![expect(clippy::disallowed_methods, reason = "the test is its own child, and ends without waiting for its log")]

use anyhow::{Context, Result, ensure};
use configuration::{LogFormat, TelemetryConfig};
use gateway::telemetry;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CHILD: &str = "N04_CHILD";

/// More panics than a pipe holds lines of.
fn panic_often() -> Result<()> {
    let config = TelemetryConfig {
        log: LogFormat::Json,
        level: "info".to_owned(),
        metrics_listen: None,
        colors: true,
        otlp_endpoint: None,
        trace_sample_ratio: 0.0,
    };
    let logs = telemetry::start(&config, "test")?;
    for at in 0..600 {
        ensure!(std::panic::catch_unwind(|| panic!("no. {at} {}", "x".repeat(200))).is_err());
    }
    // Not what waits to be written: nobody reads it.
    std::mem::forget(logs);
    std::process::exit(0);
}

#[test]
fn n04_panics_wait_for_no_reader() -> Result<()> {
    if std::env::var_os(CHILD).is_some() {
        return panic_often();
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--exact", "n04_panics_wait_for_no_reader", "--nocapture"]).env(CHILD, "1");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > Duration::from_mins(1) {
            child.kill()?;
            anyhow::bail!("the panics wait for a reader");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    ensure!(status.success(), "{status}");
    let mut said = BufReader::new(child.stderr.take().context("piped")?).lines();
    let first: serde_json::Value = serde_json::from_str(&said.next().context("a line")??)?;
    ensure!(first["message"] == "panic" && first["level"] == "ERROR", "{first}");
    ensure!(first["cause"].as_str().is_some_and(|cause| cause.starts_with("no. 0 xxx")), "{first}");
    ensure!(first["location"].as_str().is_some_and(|location| location.contains("panics.rs:")), "{first}");
    Ok(())
}
