//! The test libraries in other languages run their own tests, and those of their example projects.

use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::gateway::binary;
use testkit::tree;

/// A command in a folder of the library, which finds the gateway under test and no other.
pub(crate) fn command(program: impl Into<OsString>, library: &str) -> Result<Command> {
    let mut command = Command::new(program.into());
    command.current_dir(tree::root().join("libraries").join(library)).env("IDP_GATEWAY_BIN", binary()?);
    for name in ["IDP_GATEWAY_ADMIN_URL", "IDP_GATEWAY_ADMIN_TOKEN"] {
        command.env_remove(name);
    }
    Ok(command)
}

pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?} could not be started"))?;
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{command:?} ended with {}:\n{stdout}\n{stderr}", output.status);
    Ok(())
}

/// Where a tool of Python is.
fn tool(name: &str) -> Result<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().context("no target folder")?;
    let program = target.join("tools/python/bin").join(name);
    ensure!(program.is_file(), "this test needs {}; `cargo xtask test` gets it", program.display());
    Ok(program)
}

/// pytest with the library's plugin, as it is where the library is installed.
pub(crate) fn pytest() -> Result<Command> {
    let mut run = command(tool("python")?, "python")?;
    run.args(["-m", "pytest", "-q", "-p", "idp_gateway_test.plugin", "-p", "no:cacheprovider"])
        .env("PYTHONPATH", tree::root().join("libraries/python/src"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(run)
}

/// Tests in Python: of the library, of its example, and with a process for each of two workers.
#[test]
fn python_tests_pass() -> Result<()> {
    for arguments in [&["tests"][..], &["example"], &["example", "-n", "2"]] {
        let mut run = pytest()?;
        run.args(arguments);
        succeed(&mut run)?;
    }
    Ok(())
}

/// What a test writes has types, and so has the library.
#[test]
fn python_types_hold() -> Result<()> {
    let cache = tempfile::tempdir()?;
    let mut check = command(tool("mypy")?, "python")?;
    check.args(["src", "tests", "example", "--cache-dir"]).arg(cache.path());
    succeed(check.env("MYPYPATH", "src:example"))?;
    succeed(command(tool("ruff")?, "python")?.args(["check", "--no-cache", "."]))?;
    succeed(command(tool("ruff")?, "python")?.args(["format", "--no-cache", "--check", "."]))
}

/// Tests in Node, by `node:test`, jest and vitest, and the types that the library shows.
#[test]
fn node_tests_pass() -> Result<()> {
    let folder = tree::root().join("libraries/node/node_modules");
    ensure!(folder.is_dir(), "this test needs {}; `cargo xtask test` gets it", folder.display());
    succeed(command("npm", "node")?.args(["test", "--silent"]))
}
