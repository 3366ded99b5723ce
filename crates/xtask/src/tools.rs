//! The programs that the tests need beside cargo, and how to get them.

use crate::cargo::run;
use anyhow::{Context as _, bail};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) struct Tool {
    /// A command that succeeds where the tool is there.
    pub(crate) probe: &'static [&'static str],
    /// The oldest major version that will do; the probe prints it first of all numbers.
    pub(crate) least: Option<u32>,
    /// The Debian package that has it.
    pub(crate) package: &'static str,
    /// What the tests do with it.
    pub(crate) why: &'static str,
}

/// What the tests of the gateway need.
pub(crate) const TESTS: &[Tool] = &[
    Tool { probe: &["curl", "--version"], least: None, package: "curl", why: "runs the calls that the pages show" },
    Tool {
        probe: &["nginx", "-v"],
        least: None,
        package: "nginx",
        why: "asks the gateway before it lets a request by, and balances replicas",
    },
    Tool { probe: &["haproxy", "-v"], least: None, package: "haproxy", why: "balances replicas" },
    Tool { probe: &["caddy", "version"], least: None, package: "caddy", why: "balances replicas" },
    Tool {
        probe: &["systemd-analyze", "--version"],
        least: Some(251),
        package: "systemd",
        why: "judges the systemd unit",
    },
    Tool {
        // Debian has these two apart from Python itself.
        probe: &["python3", "-c", "import ensurepip, venv"],
        least: None,
        package: "python3-venv",
        why: "has the linters of deploy/",
    },
    Tool { probe: &["redis-server", "--version"], least: None, package: "redis-server", why: "is what replicas share" },
    Tool { probe: &["faketime", "--version"], least: None, package: "faketime", why: "sets replicas' clocks apart" },
    Tool {
        probe: &["prometheus", "--version"],
        least: None,
        package: "prometheus",
        why: "scrapes the gateway and checks the alerts",
    },
    Tool { probe: &["openssl", "version"], least: None, package: "openssl", why: "speaks every version of TLS" },
    Tool {
        // Nothing that it can be asked without a database succeeds.
        probe: &["which", "certutil"],
        least: None,
        package: "libnss3-tools",
        why: "has the browser trust the development CA",
    },
    Tool { probe: &["chromium", "--version"], least: None, package: "chromium", why: "shows the gateway's pages" },
    Tool { probe: &["chromedriver", "--version"], least: None, package: "chromium-driver", why: "drives the browser" },
    Tool { probe: &["node", "--version"], least: Some(20), package: "nodejs", why: "runs a relying party" },
    Tool { probe: &["npm", "--version"], least: None, package: "npm", why: "installs what the relying party needs" },
];

const INSTALL: &[&str] = &["install", "--yes", "--no-install-recommends"];

/// Asked by Debian's packages whether they may start a service; 101 says no.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Makes sure that every tool is there: installs what is missing when root on Debian, never asking anything; else the
/// error is the line to type.
pub(crate) fn ensure(tools: &[Tool]) -> anyhow::Result<()> {
    let missing: Vec<_> = tools.iter().filter(|tool| !tool.is_there()).collect();
    if !missing.is_empty() {
        let has_apt = answer(&["apt-get", "--version"]).is_some();
        if !(has_apt && is_root()) {
            bail!(remedy(&missing, has_apt));
        }
        install(&missing)?;
    }
    for tool in tools {
        if !tool.is_there() {
            bail!("`{}` fails although {} is installed", tool.probe.join(" "), tool.package);
        }
        tool.check_version(&answer(tool.probe).unwrap_or_default())?;
    }
    Ok(())
}

impl Tool {
    fn name(&self) -> &'static str {
        self.probe.iter().find(|word| **word != "which").unwrap_or(&self.probe[0])
    }

    fn is_there(&self) -> bool {
        answer(self.probe).is_some()
    }

    fn check_version(&self, answer: &str) -> anyhow::Result<()> {
        let Some(least) = self.least else { return Ok(()) };
        let found = answer.split(|c: char| !c.is_ascii_digit()).find_map(|number| number.parse::<u32>().ok());
        if found.is_none_or(|found| found < least) {
            let (name, found) = (self.probe[0], answer.trim());
            bail!("the tests need {name} {least} or newer, and `{name}` on the PATH is {found}; install a newer one");
        }
        Ok(())
    }
}

/// The tools need no service, and nginx's would take port 80: none is started, unless the machine has a policy of its
/// own for that.
fn install(missing: &[&Tool]) -> anyhow::Result<()> {
    let policy = Path::new(POLICY);
    let own_policy = match fs::File::create_new(policy) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error).with_context(|| format!("cannot write {POLICY}")),
    };
    if own_policy {
        fs::write(policy, "#!/bin/sh\nexit 101\n")?;
        answer(&["chmod", "755", POLICY]).context("chmod fails")?;
    }
    let outcome = apt_get(missing);
    if own_policy {
        fs::remove_file(policy)?;
    }
    outcome
}

fn apt_get(missing: &[&Tool]) -> anyhow::Result<()> {
    for args in [&["update"], &[INSTALL, &packages(missing)].concat()[..]] {
        let status =
            run(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()))?;
        if !status.success() {
            bail!("`apt-get {}` failed", args.join(" "));
        }
    }
    Ok(())
}

fn packages(tools: &[&Tool]) -> Vec<&'static str> {
    tools.iter().map(|tool| tool.package).collect()
}

fn remedy(missing: &[&Tool], has_apt: bool) -> String {
    let mut text = String::from("the tests need programs that are not there:\n");
    for tool in missing {
        text.extend(["  ", tool.name(), ": ", tool.why, "\n"]);
    }
    let packages = packages(missing);
    if has_apt && packages.contains(&"nginx") {
        text.push_str("Debian's nginx starts a service, which the tests do not need; ");
        text.push_str("`sudo systemctl disable --now nginx` ends it\n");
    }
    let packages = packages.join(" ");
    if has_apt {
        text.extend(["type: sudo apt-get update && sudo apt-get ", &INSTALL.join(" "), " ", &packages]);
    } else {
        text.extend(["install them with your system's package manager; Debian calls them: ", &packages]);
    }
    text
}

/// What a command prints to standard output, if it succeeds. Debian has nginx in /usr/sbin, where an ordinary user's
/// PATH does not lead.
#[expect(clippy::disallowed_methods, reason = "the PATH is the machine's, no configuration of the gateway")]
fn answer(command: &[&str]) -> Option<String> {
    let [program, args @ ..] = command else { return None };
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin");
    let output = Command::new(program).args(args).env("PATH", path).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

pub(crate) fn is_root() -> bool {
    answer(&["id", "-u"]).is_some_and(|answer| answer.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_a_line_to_type() {
        let tool = Tool { probe: &["no-such-program", "-v"], least: None, package: "such", why: "asks" };
        assert!(!tool.is_there());
        let text = remedy(&[&tool], true);
        assert!(text.contains("no-such-program: asks\n"), "{text}");
        assert!(
            text.ends_with("sudo apt-get update && sudo apt-get install --yes --no-install-recommends such"),
            "{text}"
        );
        assert!(remedy(&[&tool], false).ends_with(": such"));
    }

    #[test]
    fn what_is_too_old_is_said() {
        let tool = Tool { probe: &["node", "--version"], least: Some(20), package: "nodejs", why: "runs" };
        assert!(tool.check_version("v20.1.0\n").is_ok() && tool.check_version("v22.0.0\n").is_ok());
        for old in ["v18.20.4\n", "", "node"] {
            let error = tool.check_version(old).unwrap_err().to_string();
            assert!(error.starts_with("the tests need node 20 or newer"), "{error}");
        }
    }
}
