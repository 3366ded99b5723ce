//! `cargo xtask bench`.

use crate::cargo::{Workspace, exit_code, run};
use crate::tools;
use std::process::{Command, ExitCode};

const PAGE: &str = "docs/performance.md";

/// The benchmark of one core.
pub(crate) fn run_bench(quick: bool, write: bool) -> anyhow::Result<ExitCode> {
    measure("bench", &[], quick, write)
}

/// The load test of replicas behind nginx.
pub(crate) fn run_load(quick: bool, write: bool, rate: Option<u32>) -> anyhow::Result<ExitCode> {
    let rate = rate.map(|rate| format!("--rate={rate}"));
    measure("replicas", rate.as_slice(), quick, write)
}

/// Builds the gateway and what measures it for release, each alone, and runs the program of that name.
fn measure(program: &str, arguments: &[String], quick: bool, write: bool) -> anyhow::Result<ExitCode> {
    tools::ensure(tools::TESTS)?;
    let workspace = Workspace::find()?;
    let gateway = workspace.build(&["--release", "--package", "idp-gateway"], "idp-gateway")?;
    let program = workspace.build(&["--release", "--package", "bench"], program)?;
    let mut command = Command::new(program);
    command.args(arguments).arg("--gateway").arg(gateway).current_dir(&workspace.root);
    if quick {
        command.arg("--quick");
    }
    if write {
        command.args(["--write", PAGE]);
    }
    Ok(exit_code(run(&mut command)?))
}
