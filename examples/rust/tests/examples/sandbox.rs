//! The gateway with the sandbox's configuration.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::process::Command;
use std::sync::OnceLock;
use testkit::gateway::Gateway;
use testkit::tree;

/// The sandbox's configuration as it is shipped.
pub(crate) fn configuration() -> Result<toml::Table> {
    let path = tree::crate_dir("configuration").join("src/sandbox.toml");
    Ok(toml::from_str(&fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?)?)
}

/// Starts a sandbox with free ports and a store in memory.
pub(crate) fn start() -> Result<Gateway> {
    let mut configuration = configuration()?;
    let store = configuration.get_mut("store").and_then(toml::Value::as_table_mut).context("no [store]")?;
    store.insert("path".to_owned(), ":memory:".into());
    Gateway::start(&toml::to_string(&configuration)?)
}

/// One sandbox for all that keep to a mount of their own and change no settings.
pub(crate) fn common() -> Result<&'static Gateway> {
    static COMMON: OnceLock<Result<Gateway, String>> = OnceLock::new();
    match COMMON.get_or_init(|| start().map_err(|error| format!("{error:#}"))) {
        Ok(gateway) => Ok(gateway),
        Err(error) => bail!("{error}"),
    }
}

/// The public URL of a sandbox, from which its issuers derive.
pub(crate) fn public_url(gateway: &Gateway) -> String {
    format!("http://localhost:{}", gateway.public().port())
}

/// The URL of its admin API.
pub(crate) fn admin_url(gateway: &Gateway) -> String {
    format!("http://localhost:{}", gateway.admin_address().port())
}

/// Runs a command against that sandbox, without a proxy between; what it prints, or an error where it fails.
pub(crate) fn run(gateway: &Gateway, command: &mut Command) -> Result<String> {
    let output = command
        .env("IDP_GATEWAY", public_url(gateway))
        .env("IDP_GATEWAY_ADMIN", admin_url(gateway))
        .env("NO_PROXY", "*")
        .env("no_proxy", "*")
        .output()
        .with_context(|| format!("{} could not be started", command.get_program().to_string_lossy()))?;
    let stdout = String::from_utf8(output.stdout)?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} ended with {}:\n{stdout}\n{stderr}", output.status);
    Ok(stdout)
}

/// An error in plain words where there is no curl.
pub(crate) fn require_curl() -> Result<()> {
    match Command::new("curl").arg("--version").output() {
        Ok(output) if output.status.success() => Ok(()),
        outcome => bail!("this test needs curl on the PATH (apt-get install curl): {outcome:?}"),
    }
}
