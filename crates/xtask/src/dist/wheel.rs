//! The Python wheel: the program as a script of its own, and no Python.

use super::archive::Entry;
use super::platform::Program;
use super::release::{NAME, Release, SUMMARY};
use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Writes the wheel of a program.
pub(crate) fn write(release: &Release, program: &Program) -> anyhow::Result<PathBuf> {
    let tags = tags(program);
    let name = format!("idp_gateway-{}", release.version);
    let (scripts, info) = (format!("{name}.data/scripts"), format!("{name}.dist-info"));
    let license = release.license_text()?;
    let (metadata, wheel) = (metadata(release), wheel(&tags));
    let paths = [
        format!("{scripts}/{NAME}"),
        format!("{info}/METADATA"),
        format!("{info}/WHEEL"),
        format!("{info}/licenses/LICENSE"),
    ];
    let mut entries = vec![
        Entry::program(&paths[0], &program.bytes),
        Entry::file(&paths[1], metadata.as_bytes()),
        Entry::file(&paths[2], wheel.as_bytes()),
        Entry::file(&paths[3], &license),
    ];
    let record_path = format!("{info}/RECORD");
    let record = record(&entries, &record_path);
    entries.push(Entry::file(&record_path, record.as_bytes()));
    let platforms = tags.join(".");
    release.write(&format!("{name}-py3-none-{platforms}.whl"), &zip(&entries, release)?)
}

/// The platforms on which pip takes the wheel: every Linux of the processor where the program is static, else those
/// alone that are like the one it was built on, which `linux` says.
fn tags(program: &Program) -> Vec<String> {
    let known: &[&str] =
        if program.is_static { &["manylinux_2_17", "manylinux2014", "musllinux_1_1"] } else { &["linux"] };
    known.iter().map(|tag| format!("{tag}_{}", program.platform.machine)).collect()
}

fn metadata(release: &Release) -> String {
    let Release { version, license, .. } = release;
    format!(
        "Metadata-Version: 2.4\nName: {NAME}\nVersion: {version}\nSummary: {SUMMARY}\nLicense-Expression: {license}\n\
         License-File: LICENSE\nRequires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n{}",
        include_str!("about.md")
    )
}

fn wheel(tags: &[String]) -> String {
    let mut text = "Wheel-Version: 1.0\nGenerator: cargo xtask dist\nRoot-Is-Purelib: false\n".to_owned();
    for tag in tags {
        let _ = writeln!(text, "Tag: py3-none-{tag}");
    }
    text
}

/// The list of what is in the wheel, by which an installer checks it.
fn record(entries: &[Entry<'_>], own: &str) -> String {
    let mut text = String::new();
    for entry in entries {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(entry.content));
        let _ = writeln!(text, "{},sha256={digest},{}", entry.path, entry.content.len());
    }
    text + own + ",,\n"
}

fn zip(entries: &[Entry<'_>], release: &Release) -> anyhow::Result<Vec<u8>> {
    let date = release.date()?;
    let year = u16::try_from(date.year())?;
    let time =
        DateTime::from_date_and_time(year, date.month().into(), date.day(), date.hour(), date.minute(), date.second())
            .context("a wheel's files are of 1980 or later: SOURCE_DATE_EPOCH says something else")?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(release.level.into()))
            .last_modified_time(time)
            .unix_permissions(entry.mode);
        archive.start_file(entry.path, options)?;
        archive.write_all(entry.content)?;
    }
    Ok(archive.finish()?.into_inner())
}
