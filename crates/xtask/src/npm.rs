//! The packages of what is written for Node: the examples, which the tests of users use, and the test library.

use crate::cargo::run;
use anyhow::{Context as _, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What has a lock file of its own.
const FOLDERS: [&str; 3] = ["examples/node", "examples/vendors", "libraries/node"];

/// Installs what the lock files name, where that is not there or older than the lock file. Nothing that the packages
/// bring is run.
pub(crate) fn ensure(root: &Path) -> anyhow::Result<()> {
    for name in FOLDERS {
        let folder = root.join(name);
        if is_current(&folder) {
            continue;
        }
        let mut command = Command::new("npm");
        command.args(["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]);
        if !run(command.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()))?.success() {
            bail!("`npm ci` failed in {name}");
        }
        fs::write(stamp(&folder), "").context("npm has made no node_modules")?;
    }
    Ok(())
}

/// Written once npm has done its work: npm's own dates are those of the packages.
fn stamp(folder: &Path) -> std::path::PathBuf {
    folder.join("node_modules/.complete")
}

fn is_current(folder: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    changed(&stamp(folder))
        .is_some_and(|done| changed(&folder.join("package-lock.json")).is_some_and(|own| own <= done))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_newer_lock_file_is_installed_anew() {
        let folder = std::env::temp_dir().join(format!("xtask-npm-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(folder.join("package-lock.json"), "").unwrap();
        assert!(!is_current(&folder));
        fs::write(stamp(&folder), "").unwrap();
        assert!(is_current(&folder));
        let old = fs::File::options().write(true).open(stamp(&folder)).unwrap();
        old.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
        assert!(!is_current(&folder));
        fs::remove_dir_all(folder).unwrap();
    }
}
