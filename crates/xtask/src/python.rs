//! The linters of `deploy/` and of the dependencies, which come as Python packages.

use crate::cargo::{Workspace, run};
use anyhow::{Context as _, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Packages with their versions, those that they need included.
const REQUIREMENTS: &str = "crates/xtask/requirements.txt";
/// The environment, below cargo's target folder; the tests look there.
const ENVIRONMENT: &str = "tools/python";

/// The folder of the environment; makes it where that is not there or of other versions. Nothing that the packages bring is run.
pub(crate) fn ensure(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let wanted = fs::read_to_string(workspace.root.join(REQUIREMENTS)).context(REQUIREMENTS)?;
    let folder = workspace.target.join(ENVIRONMENT);
    if is_current(&folder, &wanted) {
        return Ok(folder);
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    succeed(pip.args(["--no-deps", "--only-binary", ":all:", "-r", REQUIREMENTS]).current_dir(&workspace.root))?;
    // Written once pip has done its work.
    fs::write(stamp(&folder), wanted).context("pip has made no environment")?;
    Ok(folder)
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    if !run(command.stdin(Stdio::null()))?.success() {
        bail!("the linters of {REQUIREMENTS} cannot be installed: {command:?} failed");
    }
    Ok(())
}

fn stamp(folder: &Path) -> std::path::PathBuf {
    folder.join("complete.txt")
}

fn is_current(folder: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp(folder)).is_ok_and(|done| done == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_versions_are_installed_anew() {
        let folder = std::env::temp_dir().join(format!("xtask-python-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        assert!(!is_current(&folder, "a==1\n"));
        fs::write(stamp(&folder), "a==1\n").unwrap();
        assert!(is_current(&folder, "a==1\n") && !is_current(&folder, "a==2\n"));
        fs::remove_dir_all(folder).unwrap();
    }
}
