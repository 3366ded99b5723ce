//! What all parts of a release have in common.

use super::archive;
use crate::cargo::Workspace;
use anyhow::{Context as _, ensure};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use time::OffsetDateTime;

/// The package of the gateway, and the name of its program.
pub(crate) const NAME: &str = "idp-gateway";
/// What it is, for lists of packages.
pub(crate) const SUMMARY: &str = "An identity provider gateway that speaks several vendors' auth dialects, for tests";

/// A release: its version, its time, and where its files go.
#[derive(Debug)]
pub(crate) struct Release {
    /// The version that the gateway's package has.
    pub(crate) version: String,
    /// The licence by its SPDX expression.
    pub(crate) license: String,
    /// The time that all files in archives have, in seconds since 1970.
    pub(crate) time: u64,
    /// How hard archives are compressed, from 0 to 9.
    pub(crate) level: u32,
    /// The workspace's folder.
    pub(crate) root: PathBuf,
    /// The folder of what was made.
    out: PathBuf,
}

impl Release {
    /// The release of the workspace's commit, written into that folder, which is made where it is not there.
    pub(crate) fn of(workspace: &Workspace, out: PathBuf) -> anyhow::Result<Self> {
        let Package { version, license } = gateway(workspace)?;
        let license = license.context("the gateway's package has no licence")?;
        fs::create_dir_all(&out).with_context(|| format!("{} cannot be made", out.display()))?;
        Ok(Self { version, license, time: time_of(&workspace.root)?, level: 9, root: workspace.root.clone(), out })
    }

    /// The text of the licence.
    pub(crate) fn license_text(&self) -> anyhow::Result<Vec<u8>> {
        fs::read(self.root.join("LICENSE")).context("LICENSE cannot be read")
    }

    /// The time as a date.
    pub(crate) fn date(&self) -> anyhow::Result<OffsetDateTime> {
        Ok(OffsetDateTime::from_unix_timestamp(i64::try_from(self.time)?)?)
    }

    /// Some bytes compressed; neither a time nor a name goes into the head.
    pub(crate) fn gzip(&self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        archive::gzip(bytes, self.level)
    }

    /// Writes a file of the release and gives its path.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let path = self.out.join(name);
        fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
        println!("{} ({} kB)", path.display(), bytes.len().div_ceil(1000));
        Ok(path)
    }

    /// Writes `SHA256SUMS` as `sha256sum --check` reads it.
    pub(crate) fn write_sums(&self, files: &[PathBuf]) -> anyhow::Result<PathBuf> {
        let mut lines = Vec::new();
        for path in files {
            let name = path.file_name().context("no name")?.to_string_lossy();
            lines.push((name.clone().into_owned(), format!("{}  {name}\n", sha256(&fs::read(path)?))));
        }
        lines.sort();
        self.write("SHA256SUMS", lines.into_iter().map(|(_, line)| line).collect::<String>().as_bytes())
    }
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[derive(Deserialize)]
struct Package {
    version: String,
    license: Option<String>,
}

fn gateway(workspace: &Workspace) -> anyhow::Result<Package> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Named>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
        #[serde(flatten)]
        package: Package,
    }
    let output = workspace.cargo(&["metadata", "--no-deps", "--format-version", "1"]).output()?;
    ensure!(output.status.success(), "`cargo metadata` failed");
    let Metadata { packages } = serde_json::from_slice(&output.stdout)?;
    let found = packages.into_iter().find(|package| package.name == NAME);
    Ok(found.with_context(|| format!("the workspace has no {NAME}"))?.package)
}

/// `SOURCE_DATE_EPOCH`, by which packagers name a time, else that of the last commit.
#[expect(clippy::disallowed_methods, reason = "a packager's word, no configuration of the gateway")]
fn time_of(root: &Path) -> anyhow::Result<u64> {
    const VARIABLE: &str = "SOURCE_DATE_EPOCH";
    if let Ok(text) = std::env::var(VARIABLE) {
        return text.parse().with_context(|| format!("{VARIABLE} is no number of seconds since 1970: {text:?}"));
    }
    let log = Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root).output();
    let text = log.ok().filter(|output| output.status.success()).map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.trim()
        .parse()
        .with_context(|| format!("this is no checkout with a commit: set {VARIABLE} to a number of seconds since 1970"))
}
