//! `cargo xtask test`.

use crate::cargo::{Workspace, exit_code, run};
use crate::{npm, python, tools};
use anyhow::Context as _;
use std::process::ExitCode;

/// Where the tests find the gateway's binary.
const BINARY: &str = "IDP_GATEWAY_BIN";

/// Builds the gateway and runs `cargo test`; nothing is printed after its closing lines.
pub(crate) fn run_tests(arguments: &[String]) -> anyhow::Result<ExitCode> {
    tools::ensure()?;
    let workspace = Workspace::find()?;
    npm::ensure(&workspace.root)?;
    python::ensure(&workspace)?;
    let built = workspace.build("idp-gateway", "idp-gateway", &[])?;
    // `cargo test` builds the same path anew with the whole workspace's features: keep this one.
    let folder = workspace.target.join("under-test");
    let binary = folder.join(built.file_name().context("the binary has no name")?);
    std::fs::create_dir_all(&folder)?;
    std::fs::copy(&built, &binary).with_context(|| format!("cannot write {}", binary.display()))?;

    let mut test = workspace.cargo(&["test"]);
    if !names_package(arguments) {
        test.arg("--workspace");
    }
    Ok(exit_code(run(test.args(arguments).env(BINARY, binary))?))
}

/// Whether the arguments choose packages, which `--workspace` would override.
fn names_package(arguments: &[String]) -> bool {
    let own = arguments.iter().take_while(|argument| *argument != "--");
    own.into_iter().any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_before_the_test_binary_s_own_arguments() {
        let names = |arguments: &[&str]| names_package(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(names(&["-p", "store"]) && names(&["-pstore"]) && names(&["--package=store", "t07"]));
        assert!(!names(&["t07", "--", "-p"]) && !names(&[]));
    }
}
