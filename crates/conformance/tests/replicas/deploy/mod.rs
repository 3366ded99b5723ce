//! What `deploy/` has: each file judged by the program that it is for, and `idp-gateway health`, which containers ask.

mod balancers;
mod configurations;
mod health;
mod manifests;
mod unit;

use anyhow::{Context, Result, ensure};
use std::process::Command;

/// What a program prints to both, where it succeeds; the error has it too.
fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let missing = || format!("this test needs {name}, which cannot be started; `cargo xtask test` gets it");
    let output = command.output().with_context(missing)?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "{command:?} ended with {}:\n{text}", output.status);
    Ok(text)
}
