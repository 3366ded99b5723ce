//! Client libraries as people use them, at the standard dialect: from discovery to log-out. The examples of `examples/node` and
//! `examples/python` are their users; those in Rust are tested beside them.

mod sites;
mod vendors;

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::agent::{Agent, form};
use testkit::tree;

/// A script of an example, run by the Python that has the clients.
fn python(folder: &str, script: &str) -> Result<Command> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().context("no target folder")?;
    let mut command = Command::new(there(target.join("tools/clients/bin/python"))?);
    command.arg(script).current_dir(tree::root().join("examples").join(folder)).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}

/// The same run by Node.
fn node(folder: &str, script: &str) -> Result<Command> {
    let folder = tree::root().join("examples").join(folder);
    there(folder.join("node_modules"))?;
    let mut command = Command::new("node");
    command.arg(script).current_dir(folder);
    Ok(command)
}

fn there(path: PathBuf) -> Result<PathBuf> {
    ensure!(path.exists(), "this test needs {}; `cargo xtask test` gets it", path.display());
    Ok(path)
}

/// Where the browser is sent, below `origin`, once the user has done what pages ask: signed in, and allowed.
fn led_to(browser: &mut Agent, path: &str, origin: &str, (user, password): (&str, &str)) -> Result<String> {
    let mut response = browser.get(path)?;
    for _ in 0..10 {
        if let Some(to) = response.header("location") {
            if to.starts_with(origin) {
                return Ok(to.to_owned());
            }
            response = browser.get(to)?;
            continue;
        }
        let filled = match form(&response, "password") {
            Ok(login) => login.with("username", user).with("password", password),
            Err(_) => form(&response, "scope")?.with("decision", "allow"),
        };
        response = browser.submit(&filled)?;
    }
    anyhow::bail!("ten pages and no end: {} {}", response.status, response.text())
}
