//! The scripts with curl.

use crate::sandbox;
use anyhow::Result;
use std::process::Command;
use testkit::tree;

fn run(script: &str) -> Result<String> {
    sandbox::require_curl()?;
    let script = tree::root().join("examples/curl").join(script);
    sandbox::run(sandbox::common()?, Command::new("sh").arg(script))
}

/// The statuses of the answers that a script showed with their heads.
fn statuses(output: &str) -> Vec<&str> {
    output.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)).collect()
}

#[test]
fn bizzassure() -> Result<()> {
    let output = run("bizzassure.sh")?;
    assert_eq!(statuses(&output), ["200", "429"]);
    assert!(output.contains("request 3 of the limited client:"), "{output}");
    assert!(output.to_ascii_lowercase().contains("\nretry-after: 60"), "{output}");
    // A second run within the minute is refused at once, and that is as well.
    assert!(run("bizzassure.sh")?.contains("request 1 of the limited client:"));
    Ok(())
}

#[test]
fn bits() -> Result<()> {
    let output = run("bits.sh")?;
    assert!(output.contains(r#""expires_in":3600,"scope":"application.read"}"#), "{output}");
    assert!(output.ends_with("{\"customerId\":\"bits:customer::e0d429f2-635b-418c-8b74-4a554f82c0bc\"}\n"), "{output}");
    Ok(())
}

#[test]
fn brighthr() -> Result<()> {
    let output = run("brighthr.sh")?;
    assert_eq!(statuses(&output), ["200", "403", "401"]);
    for header in ["x-auth-subject: brighthr-sandbox-app", "x-auth-scopes: employee:read"] {
        assert!(output.contains(header), "{output}");
    }
    Ok(())
}

#[test]
fn screeningeagle() -> Result<()> {
    let output = run("screeningeagle.sh")?;
    assert_eq!(statuses(&output), ["200", "200", "400"]);
    assert!(output.ends_with("{\"error\":\"Forbidden\",\"errorDescription\":\"permission denied\"}\n"), "{output}");
    Ok(())
}
