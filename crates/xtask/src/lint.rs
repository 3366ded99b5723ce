//! `cargo xtask lint` and `cargo xtask audit`.

use crate::cargo::{Workspace, exit_code, run};
use anyhow::ensure;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// The cargo-deny that is installed where none is found.
const CARGO_DENY: &str = "0.20.2";

/// Formatting, lints, then what deny.toml says; stops at the first that fails. Needs no network once cargo-deny is
/// installed.
pub(crate) fn run_lints() -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    let own: [&[&str]; 2] =
        [&["fmt", "--all", "--check"], &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]];
    for args in own {
        let status = run(&mut workspace.cargo(args))?;
        if !status.success() {
            return Ok(exit_code(status));
        }
    }
    check(&workspace, &["bans", "licenses", "sources"])
}

/// The dependencies against the advisory database, which is fetched: apart from the lints, so that a new advisory or
/// a network that is down fails no build of unchanged code.
pub(crate) fn audit() -> anyhow::Result<ExitCode> {
    check(&Workspace::find()?, &["advisories"])
}

fn check(workspace: &Workspace, what: &[&str]) -> anyhow::Result<ExitCode> {
    let deny = cargo_deny(workspace)?;
    // The graphs are pages long and would bury what came before; `cargo tree --invert` draws one.
    let status =
        run(Command::new(deny).args(["check", "--hide-inclusion-graph"]).args(what).current_dir(&workspace.root))?;
    Ok(exit_code(status))
}

/// The cargo-deny on the path or the one installed before; else installs it below the target folder.
fn cargo_deny(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let tools = workspace.target.join("tools");
    let installed = tools.join("bin/cargo-deny");
    for candidate in [PathBuf::from("cargo-deny"), installed.clone()] {
        if Command::new(&candidate).arg("--version").output().is_ok_and(|output| output.status.success()) {
            return Ok(candidate);
        }
    }
    eprintln!("installing cargo-deny {CARGO_DENY}; this takes some minutes, once");
    let mut install = workspace.cargo(&["install", "--locked", "cargo-deny", "--version", CARGO_DENY, "--root"]);
    ensure!(run(install.arg(&tools))?.success(), "cannot install cargo-deny {CARGO_DENY}");
    Ok(installed)
}
