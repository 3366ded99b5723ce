//! Which commit the program is built from, and how it is linked.

#![expect(clippy::disallowed_methods, reason = "the environment is cargo's, no configuration of the gateway")]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// What says it where the sources are no checkout: a packager's word.
const VARIABLE: &str = "IDP_GATEWAY_COMMIT";

fn main() {
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    println!("cargo:rerun-if-changed=build.rs");
    let commit = of_checkout().or_else(|| env::var(VARIABLE).ok()).unwrap_or_default();
    let is_one = !commit.is_empty() && commit.bytes().all(|byte| byte.is_ascii_alphanumeric());
    println!("cargo:rustc-env={VARIABLE}={}", if is_one { &commit } else { "unknown" });
    if loads_packed_relocations() {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether relative relocations may be packed, which takes 1.4 MB off the program: glibc loads them from 2.36 on. A program that is
/// built for another machine has them plain.
fn loads_packed_relocations() -> bool {
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|there| there == value);
    let is_for_here = env::var("HOST").is_ok_and(|host| is("TARGET", &host)) && is("CARGO_CFG_TARGET_ENV", "gnu");
    let version = || {
        let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    };
    is_for_here && version().is_some_and(|version| version >= (2, 36))
}

/// The checkout's commit; `None` where the workspace is none, for a checkout that it lies in is another's.
fn of_checkout() -> Option<String> {
    let root = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).ok()?;
    if !root.join(".git").exists() {
        return None;
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(&root).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // A release is built anew at each commit; who develops need not wait for that.
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        for file in ["HEAD", "logs/HEAD"] {
            let path = root.join(git(&["rev-parse", "--git-path", file])?);
            if path.exists() {
                println!("cargo:rerun-if-changed={}", path.display());
            }
        }
    }
    git(&["rev-parse", "HEAD"])
}
