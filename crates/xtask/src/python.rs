//! What comes as Python packages: linters, what the tests in Python need, client libraries, and what builds for other platforms.

use crate::cargo::{Workspace, run};
use anyhow::{Context as _, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An environment of packages.
pub(crate) struct Environment {
    /// The packages with their versions, those that they need included.
    requirements: &'static str,
    /// The folder, below cargo's target folder.
    folder: &'static str,
}

/// The linters, and what the tests in Python need; the tests look there.
pub(crate) const LINTERS: Environment =
    Environment { requirements: "crates/xtask/requirements.txt", folder: "tools/python" };
/// Client libraries that the examples use; apart from the linters, for their versions are those that programs have.
pub(crate) const CLIENTS: Environment =
    Environment { requirements: "examples/python/requirements.txt", folder: "tools/clients" };
/// The compiler and linker of releases; some hundred megabytes that nothing else needs.
pub(crate) const CROSS: Environment =
    Environment { requirements: "crates/xtask/requirements-dist.txt", folder: "tools/cross" };

/// The folder of the environment; makes it where that is not there or of other versions. Nothing that the packages bring is run.
pub(crate) fn ensure(workspace: &Workspace, environment: &Environment) -> anyhow::Result<PathBuf> {
    let Environment { requirements, folder } = environment;
    let wanted = fs::read_to_string(workspace.root.join(requirements)).context(*requirements)?;
    let folder = workspace.target.join(folder);
    if is_current(&folder, &wanted) {
        return Ok(folder);
    }
    make(workspace, requirements, &folder)?;
    // Written once pip has done its work.
    fs::write(stamp(&folder), wanted).context("pip has made no environment")?;
    Ok(folder)
}

fn make(workspace: &Workspace, requirements: &str, folder: &Path) -> anyhow::Result<()> {
    let succeed = |command: &mut Command| succeed(command, requirements);
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    succeed(pip.args(["--no-deps", "--only-binary", ":all:", "-r", requirements]).current_dir(&workspace.root))
}

fn succeed(command: &mut Command, requirements: &str) -> anyhow::Result<()> {
    if !run(command.stdin(Stdio::null()))?.success() {
        bail!("what {requirements} names cannot be installed: {command:?} failed");
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
