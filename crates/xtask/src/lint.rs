//! `cargo xtask lint` and `cargo xtask audit`.

use crate::cargo::{Workspace, exit_code, run};
use crate::python;
use anyhow::Context as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

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

/// The cargo-deny on the path, else that of the Python environment: to compile it would take longer than all else here.
fn cargo_deny(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let own = PathBuf::from("cargo-deny");
    if Command::new(&own).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(own);
    }
    let environment = python::ensure(workspace, &python::LINTERS)
        .context("`cargo install --locked cargo-deny` does without Python")?;
    Ok(environment.join("bin/cargo-deny"))
}
