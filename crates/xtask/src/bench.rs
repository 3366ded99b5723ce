//! `cargo xtask bench`.

use crate::cargo::{Workspace, exit_code, run};
use std::process::{Command, ExitCode};

const PAGE: &str = "docs/performance.md";

/// Builds the gateway and the benchmark for release, each alone, and runs the benchmark.
pub(crate) fn run_bench(quick: bool, write: bool) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    let gateway = workspace.build("idp-gateway", "idp-gateway", &["--release"])?;
    let bench = workspace.build("bench", "bench", &["--release"])?;
    let mut command = Command::new(bench);
    command.arg("--gateway").arg(gateway).current_dir(&workspace.root);
    if quick {
        command.arg("--quick");
    }
    if write {
        command.args(["--write", PAGE]);
    }
    Ok(exit_code(run(&mut command)?))
}
