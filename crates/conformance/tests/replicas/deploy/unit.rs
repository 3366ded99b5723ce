//! The systemd unit, judged by systemd's own tool without a running systemd.

use super::run;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::Command;
use testkit::gateway::binary;
use testkit::tree;

/// The highest exposure that will do, in tenths; README.md says what it is. 0 is best, 100 worst.
const THRESHOLD: u32 = 11;

/// The unit with the binary that there is here, in a folder of its own.
fn unit() -> Result<(tempfile::TempDir, std::path::PathBuf)> {
    let text = fs::read_to_string(tree::root().join("deploy/systemd/idp-gateway.service"))?;
    let (there, here) = ("/usr/local/bin/idp-gateway", binary()?.display().to_string());
    ensure!(text.contains(there), "the unit does not start {there}");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("idp-gateway.service");
    fs::write(&path, text.replace(there, &here))?;
    Ok((folder, path))
}

#[test]
fn systemd_takes_the_unit_without_a_word() -> Result<()> {
    let (_folder, path) = unit()?;
    let told = run(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(path))?;
    assert!(told.is_empty(), "{told}");
    Ok(())
}

#[test]
fn the_unit_is_as_closed_as_its_page_says() -> Result<()> {
    let (_folder, path) = unit()?;
    let threshold = format!("--threshold={THRESHOLD}");
    let arguments = ["security", "--offline=true", "--no-pager", &threshold];
    let told = run(Command::new("systemd-analyze").args(arguments).arg(path))?;
    let level = told.split("Overall exposure level for idp-gateway.service: ").nth(1).with_context(|| told.clone())?;
    let level = level.split_whitespace().next().context("no figure")?;
    let page = fs::read_to_string(tree::root().join("deploy/systemd/README.md"))?;
    assert!(page.contains(&format!("exposure level of {level}")), "the page does not say {level}");
    Ok(())
}
