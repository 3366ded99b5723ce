//! An installed gateway, started as its user starts it, and asked for a token.

use super::release::NAME;
use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a gateway may take to serve, and to end: emulated ones take a while to make their keys.
const PATIENCE: Duration = Duration::from_mins(3);

/// Ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether the program that the command runs is the gateway of that version.
pub(super) fn says_its_version(command: &mut Command, version: &str) -> anyhow::Result<()> {
    let output = command.arg("--version").stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && text.starts_with(&format!("{NAME} {version}")), "{command:?}: {output:?}");
    Ok(())
}

/// Starts the sandbox, gets a token from it, and ends it by the end of its standard input. The command's own arguments say
/// where it writes its ready file, which is found at `ready`.
pub(super) fn serves_a_token(command: &mut Command, ready: &Path) -> anyhow::Result<()> {
    command.args(["--port", "0", "--admin-port", "0", "--memory", "--with-parent"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut gateway = Running(command.spawn().with_context(|| format!("{command:?}"))?);
    let ended = |gateway: &mut Running| anyhow::Ok(gateway.0.try_wait()?.is_some());
    wait(|| anyhow::Ok(ready.exists() || ended(&mut gateway)?)).context("it does not serve")?;
    if !ready.exists() {
        let errors = gateway.0.stderr.take().map(std::io::read_to_string).transpose()?;
        bail!("it has ended: {}", errors.unwrap_or_default().trim());
    }
    let told: Value = serde_json::from_slice(&fs::read(ready)?)?;
    let url = told["mounts"]["bits"]["url"].as_str().context("no mount `bits`")?;
    let token = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--user", "bits-demo:bits-demo-secret"])
        .args(["--data", "grant_type=client_credentials", &format!("{url}/v1/oauth2/token")])
        .output()?;
    let answer: Value = serde_json::from_slice(&token.stdout).with_context(|| format!("{token:?}"))?;
    ensure!(answer["access_token"].is_string(), "no token: {answer}");
    drop(gateway.0.stdin.take());
    wait(|| ended(&mut gateway)).context("it does not end with its standard input")?;
    ensure!(!ready.exists(), "it ended without removing its ready file");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "nothing else is on this thread")]
fn wait(mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let start = Instant::now();
    while !is_so()? {
        ensure!(start.elapsed() < PATIENCE, "after {} seconds", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
