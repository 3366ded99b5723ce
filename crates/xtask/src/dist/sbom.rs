//! The bill of materials: what a program consists of, in CycloneDX.

use super::platform::Platform;
use super::release::{NAME, Release};
use crate::cargo::Workspace;
use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use time::format_description::well_known::Rfc3339;

/// Name and version: what tells packages apart here.
type Package = (String, String);

/// Writes the bill of the program of a platform.
pub(crate) fn write(release: &Release, workspace: &Workspace, platform: &Platform) -> anyhow::Result<PathBuf> {
    let graph = graph(&answer(workspace, &tree_arguments(platform))?)?;
    let known = known(workspace)?;
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for (package, uses) in &graph {
        let about = known.get(package).with_context(|| format!("cargo does not know {package:?}"))?;
        let uses = uses.iter().map(reference).collect::<Vec<_>>();
        dependencies.push(json!({ "ref": reference(package), "dependsOn": uses }));
        if package.0 != NAME {
            components.push(component(package, about));
        }
    }
    for beside in [openssl(&known)?, standard_library(workspace)?] {
        dependencies.push(json!({ "ref": beside["bom-ref"] }));
        components.push(beside);
    }
    let own = (NAME.to_owned(), release.version.clone());
    let bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": release.date()?.format(&Rfc3339)?,
            "component": {
                "type": "application", "bom-ref": reference(&own), "name": NAME, "version": release.version,
                "licenses": [{ "expression": release.license }],
                "properties": [{ "name": "cdx:rustc:target", "value": platform.triple }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    let name = format!("{NAME}-{}-linux-{}.cdx.json", release.version, platform.container);
    release.write(&name, &serde_json::to_vec_pretty(&bill)?)
}

/// What is linked into the program alone: nothing that builds or tests it, and no macro.
fn tree_arguments(platform: &Platform) -> [&str; 11] {
    let target = platform.triple;
    let kinds = "normal,no-proc-macro";
    ["tree", "--locked", "--package", NAME, "--target", target, "--edges", kinds, "--prefix=depth", "--format", "{p}"]
}

fn answer(workspace: &Workspace, arguments: &[&str]) -> anyhow::Result<String> {
    let output = workspace.cargo(arguments).output()?;
    ensure!(output.status.success(), "`cargo {}`: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// Which package uses which, from lines of a depth, a name and a version. Each package has its own below it once.
fn graph(tree: &str) -> anyhow::Result<BTreeMap<Package, BTreeSet<Package>>> {
    let mut graph = BTreeMap::<Package, BTreeSet<Package>>::new();
    let mut above: Vec<Package> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let digits = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len());
        let (depth, rest) = line.split_at(digits);
        let mut words = rest.split(' ');
        let parts = words.next().zip(words.next().and_then(|word| word.strip_prefix('v')));
        let (name, version) = parts.with_context(|| format!("`cargo tree` says {line:?}"))?;
        let package = (name.to_owned(), version.to_owned());
        above.truncate(depth.parse().with_context(|| format!("`cargo tree` says {line:?}"))?);
        if let Some(user) = above.last() {
            graph.entry(user.clone()).or_default().insert(package.clone());
        }
        graph.entry(package.clone()).or_default();
        above.push(package);
    }
    Ok(graph)
}

/// What cargo knows of a package.
#[derive(Debug)]
struct About {
    license: Option<String>,
    /// SHA-256 of what the registry has; none of what is the workspace's own.
    checksum: Option<String>,
}

fn known(workspace: &Workspace) -> anyhow::Result<BTreeMap<Package, About>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Described>,
    }
    #[derive(Deserialize)]
    struct Described {
        name: String,
        version: String,
        license: Option<String>,
    }
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Locked>,
    }
    #[derive(Deserialize)]
    struct Locked {
        name: String,
        version: String,
        checksum: Option<String>,
    }
    let lock: Lock = toml::from_str(&fs::read_to_string(workspace.root.join("Cargo.lock"))?)?;
    let mut sums: BTreeMap<Package, Option<String>> =
        lock.package.into_iter().map(|own| ((own.name, own.version), own.checksum)).collect();
    let Metadata { packages } =
        serde_json::from_str(&answer(workspace, &["metadata", "--locked", "--format-version", "1"])?)?;
    let about = packages.into_iter().map(|Described { name, version, license }| {
        let package = (name, version);
        let checksum = sums.remove(&package).flatten();
        (package, About { license, checksum })
    });
    Ok(about.collect())
}

/// The identity of a package in the bill, which for one of the registry is its package URL.
fn reference((name, version): &Package) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

fn component(package: &Package, about: &About) -> Value {
    let mut component = Map::new();
    let (name, version) = package;
    for (key, value) in [("type", "library"), ("bom-ref", &reference(package)), ("name", name), ("version", version)] {
        component.insert(key.to_owned(), json!(value));
    }
    if let Some(license) = &about.license {
        // An older way to write `OR`, which is no expression.
        component.insert("licenses".to_owned(), json!([{ "expression": license.replace('/', " OR ") }]));
    }
    // A crate of the workspace is in no registry, where others may have its name.
    if let Some(checksum) = &about.checksum {
        component.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": checksum }]));
        component.insert("purl".to_owned(), json!(reference(package)));
    }
    Value::Object(component)
}

/// OpenSSL is built from the sources that a build dependency carries, so that no crate that is linked names its version.
fn openssl(known: &BTreeMap<Package, About>) -> anyhow::Result<Value> {
    let version = known.keys().find(|(name, _)| name == "openssl-src").and_then(|(_, version)| version.split_once('+'));
    let (_, version) = version.context("no package carries the sources of OpenSSL")?;
    Ok(json!({
        "type": "library", "bom-ref": "openssl", "name": "openssl", "version": version,
        "purl": format!("pkg:generic/openssl@{version}"),
        "cpe": format!("cpe:2.3:a:openssl:openssl:{version}:*:*:*:*:*:*:*"),
        "licenses": [{ "expression": "Apache-2.0" }],
    }))
}

fn standard_library(workspace: &Workspace) -> anyhow::Result<Value> {
    let output = std::process::Command::new("rustc").arg("-vV").current_dir(&workspace.root).output()?;
    let text = String::from_utf8(output.stdout)?;
    let version = text.lines().find_map(|line| line.strip_prefix("release: ")).context("rustc names no version")?;
    Ok(json!({
        "type": "library", "bom-ref": "rust-std", "name": "rust-std", "version": version,
        "cpe": format!("cpe:2.3:a:rust-lang:rust:{version}:*:*:*:*:*:*:*"),
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_becomes_who_uses_whom() {
        let tree = "0a v1.0.0 (/here/a)\n1b v2.0.0\n2c v3.0.0+4\n1c v3.0.0+4 (*)\n";
        let found = graph(tree).unwrap();
        let of = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        let (b, c) = (of("b", "2.0.0"), of("c", "3.0.0+4"));
        assert_eq!(found[&of("a", "1.0.0")], [b.clone(), c.clone()].into());
        assert_eq!((found[&b].clone(), found[&c].clone()), ([c.clone()].into(), [].into()));
        assert_eq!(reference(&c), "pkg:cargo/c@3.0.0%2B4");
        assert!(graph("nonsense").is_err());
    }

    #[test]
    fn what_is_not_of_the_registry_is_not_called_so() {
        let package = ("grant".to_owned(), "0.1.0".to_owned());
        let own = component(&package, &About { license: Some("MIT/Apache-2.0".to_owned()), checksum: None });
        assert_eq!((own.get("purl"), &own["licenses"][0]["expression"]), (None, &json!("MIT OR Apache-2.0")));
        let foreign = component(&package, &About { license: None, checksum: Some("ab".to_owned()) });
        assert_eq!(
            (&foreign["purl"], &foreign["hashes"][0]["content"]),
            (&json!("pkg:cargo/grant@0.1.0"), &json!("ab"))
        );
    }
}
