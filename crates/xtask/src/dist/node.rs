//! The npm package: the program as a command of its own, and no JavaScript.

use super::archive::{Entry, tar};
use super::platform::Program;
use super::release::{NAME, Release, SUMMARY};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Writes the npm package of a program.
pub(crate) fn write(release: &Release, program: &Program) -> anyhow::Result<PathBuf> {
    let (license, manifest) = (release.license_text()?, serde_json::to_vec_pretty(&manifest(release, program))?);
    // All of an npm package is in this folder.
    let bin = format!("package/bin/{NAME}");
    let entries = [
        Entry::file("package/package.json", &manifest),
        Entry::file("package/LICENSE", &license),
        Entry::file("package/README.md", include_bytes!("about.md")),
        Entry::program(&bin, &program.bytes),
    ];
    let name = format!("{NAME}-{}-npm-linux-{}.tgz", release.version, program.platform.node);
    release.write(&name, &release.gzip(&tar(&entries, release.time)?)?)
}

/// npm links a package's command to the program itself, so that signals, standard input and the parent's process id are the
/// program's own.
fn manifest(release: &Release, program: &Program) -> Value {
    let node = program.platform.node;
    json!({
        "name": format!("{NAME}-linux-{node}"),
        "version": release.version,
        "description": SUMMARY,
        "license": release.license,
        "os": ["linux"],
        "cpu": [node],
        "bin": { NAME: format!("bin/{NAME}") },
    })
}
