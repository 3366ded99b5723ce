//! What no engine here runs: the image's Dockerfile and the manifests, judged by their linters.

use super::run;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::tree;

/// The oldest Kubernetes that the manifests are for, and the newest that is known.
const KUBERNETES: [&str; 2] = ["1.29", "1.34"];

/// A program of the environment that `cargo xtask test` makes of `crates/xtask/requirements.txt`.
fn tool(name: &str) -> Result<Command> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().context("no target folder")?;
    let path = target.join("tools/python/bin").join(name);
    ensure!(path.is_file(), "this test needs {}; `cargo xtask test` gets it", path.display());
    Ok(Command::new(path))
}

fn files(folder: &str, extension: &str) -> Result<Vec<PathBuf>> {
    let mut files = tree::files_below(&tree::root().join("deploy").join(folder))?;
    files.retain(|path| path.extension().is_some_and(|own| own == extension));
    Ok(files)
}

#[test]
fn hadolint_has_nothing_to_say_of_the_dockerfile() -> Result<()> {
    let told = run(tool("hadolint")?.arg(tree::root().join("deploy/docker/Dockerfile")))?;
    assert!(told.is_empty(), "{told}");
    Ok(())
}

#[test]
fn every_manifest_is_valid_and_has_no_unknown_key() -> Result<()> {
    let mut manifests = files("kubernetes", "yaml")?;
    // Kustomize's own and the Prometheus operator's, of which the API knows nothing.
    manifests.retain(|path| !path.ends_with("kustomization.yaml") && !path.ends_with("monitoring/monitor.yaml"));
    assert!(manifests.len() >= 8, "{manifests:?}");
    for version in KUBERNETES {
        run(tool("kubernetes-validate")?.args(["--strict", "-k", version]).args(&manifests))?;
    }
    Ok(())
}

/// A file that a kustomization names is there, and a manifest that is there is named.
#[test]
fn kustomizations_name_the_files_that_there_are() -> Result<()> {
    for kustomization in files("kubernetes", "yaml")?.iter().filter(|path| path.ends_with("kustomization.yaml")) {
        let folder = kustomization.parent().context("no folder")?;
        let text = fs::read_to_string(kustomization)?;
        let items = text.lines().filter_map(|line| line.trim_start().strip_prefix("- "));
        let named: Vec<_> = items.map(|item| item.trim_start_matches("path: ")).collect();
        let is_path = |name: &str| name.contains('/') || Path::new(name).extension().is_some();
        // Names that are no paths are those of ConfigMaps and images.
        // One with secrets is the operator's; what has its form is there.
        let there = |name: &&&str| is_path(name) && **name != "secret.env";
        for name in named.iter().filter(there) {
            assert!(folder.join(name).exists(), "{} names {name}", kustomization.display());
        }
        for file in fs::read_dir(folder)? {
            let name = file?.file_name().to_string_lossy().into_owned();
            let is_own = ["kustomization.yaml", ".gitignore", "secret.env", "secret.env.example"].contains(&&*name);
            let is_named = is_own || named.contains(&&*name);
            assert!(is_named, "{} does not name {name}", kustomization.display());
        }
    }
    Ok(())
}

/// A tag that says which version it is: what is tried today is what is run tomorrow.
#[test]
fn every_image_has_a_version() -> Result<()> {
    let mut images = Vec::new();
    for path in tree::files_below(&tree::root().join("deploy"))? {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for line in text.lines().map(str::trim) {
            let is_dockerfile = path.ends_with("Dockerfile");
            let found = line.strip_prefix("image: ").or_else(|| line.strip_prefix("FROM ").filter(|_| is_dockerfile));
            let found = found.or_else(|| line.strip_prefix("# syntax=").filter(|_| is_dockerfile));
            images.extend(found.and_then(|rest| rest.split_whitespace().next()).map(str::to_owned));
        }
    }
    assert!(images.len() >= 6, "{images:?}");
    for image in images.iter().filter(|image| *image != "scratch") {
        let tag = image.rsplit_once(':').map(|(_, tag)| tag).with_context(|| format!("{image} has no tag"))?;
        let is_version = tag.starts_with(|c: char| c.is_ascii_digit()) && tag.contains('.');
        assert!(is_version, "{image}: {tag} is no version");
    }
    Ok(())
}
