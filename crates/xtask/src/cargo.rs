//! Calls of cargo, and what it says about the workspace and its binaries.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

/// Where the workspace is.
#[derive(Deserialize)]
pub(crate) struct Workspace {
    /// Its folder.
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows every setting that moves them.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let output = Command::new("cargo")
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed");
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// A cargo command in the workspace's folder.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(args).current_dir(&self.root);
        command
    }

    /// Builds what `what` selects and gives the path of the binary `bin` among it. Only what `--package` selects alone
    /// has the features of a user's build, and not those that other packages of the workspace switch on.
    pub(crate) fn build(&self, what: &[&str], bin: &str) -> anyhow::Result<PathBuf> {
        let mut child = self
            .cargo(&["build", "--message-format", "json-render-diagnostics"])
            .args(what)
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run cargo")?;
        let messages = BufReader::new(child.stdout.take().context("cargo has no output")?);
        let mut found = None;
        for line in messages.lines() {
            found = executable(&line?, bin).or(found);
        }
        if !child.wait()?.success() {
            bail!("building {bin} failed");
        }
        found.with_context(|| format!("no binary {bin} was built"))
    }
}

/// The path in one of cargo's messages, if it is about the binary `bin`.
fn executable(message: &str, bin: &str) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        target: Target,
        profile: Profile,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Profile {
        test: bool,
    }
    let Message { target, profile, executable } = serde_json::from_str(message).ok()?;
    // A build of the tests has the binary twice: as a user runs it, and around its unit tests.
    let is_it = target.name == bin && target.kind.iter().any(|kind| kind == "bin") && !profile.test;
    executable.filter(|_| is_it)
}

/// Runs `command` with its output on ours.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<ExitStatus> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.status().with_context(|| format!("cannot run {program}"))
}

/// The exit code to pass on; a process ended by a signal has none and counts as failed.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_binary_and_not_its_tests_the_library_or_another() {
        let built = |test: bool, kind: &str, name: &str, path: &str| {
            let target = format!(r#"{{"name":"{name}","kind":["{kind}"]}}"#);
            let profile = format!(r#"{{"test":{test}}}"#);
            format!(r#"{{"reason":"compiler-artifact","target":{target},"profile":{profile},"executable":{path}}}"#)
        };
        let message = |kind: &str, name: &str, path: &str| built(false, kind, name, path);
        assert_eq!(executable(&message("bin", "a", r#""/t/a""#), "a"), Some("/t/a".into()));
        assert_eq!(executable(&built(true, "bin", "a", r#""/t/a-1""#), "a"), None);
        assert_eq!(executable(&message("lib", "a", "null"), "a"), None);
        assert_eq!(executable(&message("test", "a", r#""/t/a-1""#), "a"), None);
        assert_eq!(executable(&message("bin", "b", r#""/t/b""#), "a"), None);
        assert_eq!(executable(r#"{"reason":"build-finished","success":true}"#, "a"), None);
    }
}
