//! The alerts by themselves: promtool finds no fault, they fire where they should, and each says what to do.

use super::prometheus::{folder, promtool};
use anyhow::{Context, Result, ensure};
use std::fs;
use testkit::tree;

/// The text after a key of the alerts' file, for each alert that has it.
fn values(key: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(folder().join("alerts.yml"))?;
    Ok(text.lines().filter_map(|line| Some(line.trim().strip_prefix(key)?.trim().to_owned())).collect())
}

#[test]
fn promtool_finds_no_fault() -> Result<()> {
    promtool(&["check", "rules", "alerts.yml"])?;
    promtool(&["check", "config", "prometheus.yml"])?;
    promtool(&["test", "rules", "alerts_test.yml"])?;
    Ok(())
}

#[test]
fn each_alert_is_tested_has_a_severity_and_a_heading_that_says_what_to_do() -> Result<()> {
    let alerts = values("- alert:")?;
    ensure!(alerts.len() > 10, "{alerts:?}");
    let tests = fs::read_to_string(folder().join("alerts_test.yml"))?;
    // Quiet where all is well, and said where it is not.
    let fires = |name: &str| tests.contains(&format!("alertname: {name}\n"));
    let is_quiet = |name: &str| tests.contains(&format!("alertname: {name}, exp_alerts: []"));
    for name in &alerts {
        ensure!(fires(name) && is_quiet(name), "{name} is not tested both ways");
    }
    for (what, found) in [("labels: { severity:", alerts.len()), ("summary:", alerts.len())] {
        ensure!(values(what)?.len() == found, "not every alert has `{what}`");
    }
    let manual = fs::read_to_string(tree::root().join("docs/operations.md"))?;
    let headings = manual.lines().filter_map(|line| line.strip_prefix("### "));
    let anchors: Vec<_> = headings.map(|heading| heading.to_lowercase().replace(' ', "-")).collect();
    let runbooks = values("runbook:")?;
    ensure!(runbooks.len() == alerts.len(), "an alert without a runbook");
    for runbook in runbooks {
        let anchor = runbook.strip_prefix("docs/operations.md#").with_context(|| runbook.clone())?;
        ensure!(anchors.iter().any(|known| known == anchor), "docs/operations.md has no heading for {runbook}");
    }
    Ok(())
}
