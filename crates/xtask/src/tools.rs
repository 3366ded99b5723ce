//! The programs that the tests need beside cargo, and how to get them.

use crate::cargo::run;
use anyhow::bail;
use std::process::{Command, Stdio};

struct Tool {
    /// A command that succeeds where the tool is there.
    probe: &'static [&'static str],
    /// The Debian package that has it.
    package: &'static str,
    /// What the tests do with it.
    why: &'static str,
}

const TOOLS: &[Tool] =
    &[Tool { probe: &["curl", "--version"], package: "curl", why: "runs the calls that the pages show" }];

const INSTALL: &[&str] = &["install", "--yes", "--no-install-recommends"];

/// Makes sure that every tool is there: installs what is missing when root on Debian, never asking anything; else the
/// error is the line to type.
pub(crate) fn ensure() -> anyhow::Result<()> {
    let missing: Vec<_> = TOOLS.iter().filter(|tool| !succeeds(tool.probe)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let has_apt = succeeds(&["apt-get", "--version"]);
    if !(has_apt && is_root()) {
        bail!(remedy(&missing, has_apt));
    }
    let packages: Vec<_> = missing.iter().map(|tool| tool.package).collect();
    for args in [&["update"], &[INSTALL, packages.as_slice()].concat()[..]] {
        let status =
            run(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()))?;
        if !status.success() {
            bail!("`apt-get {}` failed", args.join(" "));
        }
    }
    match missing.iter().find(|tool| !succeeds(tool.probe)) {
        Some(tool) => bail!("`{}` fails although {} is installed", tool.probe.join(" "), tool.package),
        None => Ok(()),
    }
}

fn remedy(missing: &[&Tool], has_apt: bool) -> String {
    let mut text = String::from("the tests need programs that are not there:\n");
    for tool in missing {
        text.extend(["  ", tool.probe[0], ": ", tool.why, "\n"]);
    }
    let packages: Vec<_> = missing.iter().map(|tool| tool.package).collect();
    let packages = packages.join(" ");
    if has_apt {
        text.extend(["type: sudo apt-get update && sudo apt-get ", &INSTALL.join(" "), " ", &packages]);
    } else {
        text.extend(["install them with your system's package manager; Debian calls them: ", &packages]);
    }
    text
}

fn succeeds(command: &[&str]) -> bool {
    let [program, args @ ..] = command else { return false };
    let null = Stdio::null;
    Command::new(program).args(args).stdin(null()).stdout(null()).stderr(null()).status().is_ok_and(|s| s.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_a_line_to_type() {
        let tool = Tool { probe: &["no-such-program", "-v"], package: "such", why: "asks" };
        assert!(!succeeds(tool.probe));
        let text = remedy(&[&tool], true);
        assert!(text.contains("no-such-program: asks\n"), "{text}");
        assert!(
            text.ends_with("sudo apt-get update && sudo apt-get install --yes --no-install-recommends such"),
            "{text}"
        );
        assert!(remedy(&[&tool], false).ends_with(": such"));
    }
}
