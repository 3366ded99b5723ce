//! The build of a release: static programs, the same bytes wherever they are built.

use super::platform::Platform;
use super::release::{NAME, Release};
use crate::cargo::{Workspace, run};
use crate::python;
use anyhow::{Context as _, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where OpenSSL looks for what it could load, and where it is by default. It is told so, for else it would name the folder that
/// it was built in; it is built so that it loads nothing.
const OPENSSL: &str = "MODULESDIR=/usr/local/lib/ossl-modules ENGINESDIR=/usr/local/lib/engines-3";

/// Builds the program of a platform with zig as C compiler and linker, and gives its path.
pub(crate) fn build(release: &Release, workspace: &Workspace, platform: &Platform) -> anyhow::Result<PathBuf> {
    has_target(platform)?;
    let tools = python::ensure(workspace, &python::CROSS)?.join("bin");
    let mut cargo = Command::new(tools.join("cargo-zigbuild"));
    let triple = platform.triple;
    cargo.args(["zigbuild", "--locked", "--release", "--package", NAME, "--bin", NAME, "--target", triple]);
    cargo.arg("--target-dir").arg(&workspace.target).current_dir(&workspace.root);
    cargo.env("PATH", path_with(&tools)?);
    // For the date that OpenSSL puts into itself.
    cargo.env("SOURCE_DATE_EPOCH", release.time.to_string());
    cargo.env("GNUMAKEFLAGS", OPENSSL);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(workspace)?.join("\u{1f}"));
    if !run(&mut cargo)?.success() {
        bail!("building {NAME} for {triple} failed");
    }
    Ok(workspace.target.join(triple).join("release").join(NAME))
}

/// Puts names of no machine into the place of the folders that would stand in the program.
fn flags(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let sources = cargo_home()?.join("registry/src");
    let registries = fs::read_dir(&sources).with_context(|| format!("{} cannot be read", sources.display()))?;
    let mut folders = registries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    folders.sort();
    let mut names: Vec<_> = folders.iter().map(|folder| (folder.as_path(), "registry")).collect();
    // The last that fits holds: the target folder may be within the workspace.
    names.extend([(workspace.root.as_path(), "."), (workspace.target.as_path(), "target")]);
    Ok(names.iter().map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display())).collect())
}

#[expect(clippy::disallowed_methods, reason = "cargo's own place, no configuration of the gateway")]
fn cargo_home() -> anyhow::Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    Ok(std::env::home_dir().context("nobody's home: set CARGO_HOME")?.join(".cargo"))
}

#[expect(clippy::disallowed_methods, reason = "the PATH is the machine's, no configuration of the gateway")]
fn path_with(first: &Path) -> anyhow::Result<std::ffi::OsString> {
    let own = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths([first.to_owned()].into_iter().chain(std::env::split_paths(&own)))?)
}

/// Rust's standard library for the platform comes from rustup, which this asks for it.
fn has_target(platform: &Platform) -> anyhow::Result<()> {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", platform.triple]).output()?;
    if output.status.success() && Path::new(String::from_utf8(output.stdout)?.trim()).is_dir() {
        return Ok(());
    }
    let added = run(Command::new("rustup").args(["target", "add", platform.triple]));
    ensure!(
        added.is_ok_and(|status| status.success()),
        "rustc has no library for {0}: type `rustup target add {0}`, or install it as your Rust was",
        platform.triple
    );
    Ok(())
}
