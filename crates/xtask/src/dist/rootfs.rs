//! The root file system of the container, and the image that holds it.

use super::archive::{Entry, tar};
use super::dockerfile;
use super::platform::Program;
use super::release::{NAME, Release, sha256};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use time::format_description::well_known::Rfc3339;

/// Where the image is described.
pub(crate) const DOCKERFILE: &str = "deploy/docker/Dockerfile";
/// The configuration that the image comes with.
const CONFIGURATION: &str = "deploy/docker/gateway.toml";
/// The image's only user: nobody of the host's, and no root.
const USER: u64 = 65532;

/// Writes the root file system and the image of a program.
pub(crate) fn write(release: &Release, program: &Program) -> anyhow::Result<[PathBuf; 2]> {
    let read = |name: &str| fs::read(release.root.join(name)).with_context(|| format!("{name} cannot be read"));
    let files = tar(&entries(program, &read(CONFIGURATION)?), release.time)?;
    let layer = release.gzip(&files)?;
    let name = |what: &str, ending: &str| {
        format!("{NAME}-{}-{what}-linux-{}.{ending}", release.version, program.platform.container)
    };
    let root = release.write(&name("rootfs", "tar.gz"), &layer)?;
    let config = dockerfile::configuration(&String::from_utf8(read(DOCKERFILE)?)?)?;
    let image = release.write(&name("image", "tar"), &image(release, program, &config, &files, &layer)?)?;
    Ok([root, image])
}

fn entries<'a>(program: &'a Program, configuration: &'a [u8]) -> [Entry<'a>; 7] {
    [
        Entry::folder("etc/"),
        Entry::folder("etc/idp-gateway/"),
        Entry::file("etc/idp-gateway/gateway.toml", configuration),
        Entry::program(NAME, &program.bytes),
        Entry::folder("var/"),
        Entry::folder("var/lib/"),
        Entry { mode: 0o700, owner: USER, ..Entry::folder("var/lib/idp-gateway/") },
    ]
}

/// An image layout of OCI, with the manifest that Docker before version 25 reads beside it: `docker load`, `podman load` and
/// `skopeo copy` take it.
fn image(release: &Release, program: &Program, config: &Value, files: &[u8], layer: &[u8]) -> anyhow::Result<Vec<u8>> {
    let created = release.date()?.format(&Rfc3339)?;
    let tag = format!("{NAME}:{}", release.version);
    let platform = json!({ "architecture": program.platform.container, "os": "linux" });
    let config = serde_json::to_vec(&json!({
        "created": created, "architecture": program.platform.container, "os": "linux", "config": config,
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", sha256(files))] },
        "history": [{ "created": created, "created_by": "cargo xtask dist" }],
    }))?;
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": described("config.v1+json", &config),
        "layers": [described("layer.v1.tar+gzip", layer)],
    }))?;
    let mut own = described("manifest.v1+json", &manifest);
    own["platform"] = platform;
    // Docker's name of the image, and that of OCI, which is the tag alone.
    own["annotations"] = json!({
        "io.containerd.image.name": format!("docker.io/library/{tag}"),
        "org.opencontainers.image.ref.name": release.version,
    });
    let index = serde_json::to_vec(&json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [own],
    }))?;
    let blob = |bytes: &[u8]| format!("blobs/sha256/{}", sha256(bytes));
    let paths = [blob(&config), blob(&manifest), blob(layer)];
    let docker = serde_json::to_vec(&json!([{ "Config": paths[0], "RepoTags": [tag], "Layers": [paths[2]] }]))?;
    let entries = [
        Entry::folder("blobs/"),
        Entry::folder("blobs/sha256/"),
        Entry::file(&paths[0], &config),
        Entry::file(&paths[1], &manifest),
        Entry::file(&paths[2], layer),
        Entry::file("index.json", &index),
        Entry::file("manifest.json", &docker),
        Entry::file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#),
    ];
    Ok(tar(&entries, release.time)?)
}

/// How one file of an image refers to another.
fn described(kind: &str, bytes: &[u8]) -> Value {
    json!({
        "mediaType": format!("application/vnd.oci.image.{kind}"),
        "digest": format!("sha256:{}", sha256(bytes)),
        "size": bytes.len(),
    })
}
