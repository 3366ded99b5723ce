//! The platforms of a release, and which of them a program is for.

use anyhow::{Context as _, bail, ensure};
use std::fs;
use std::path::Path;

/// A platform by the names that others give it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Platform {
    /// Rust's name of the target.
    pub(crate) triple: &'static str,
    /// The kernel's name of the processor, which Python has too.
    pub(crate) machine: &'static str,
    /// Node's name of the processor.
    pub(crate) node: &'static str,
    /// The name of the processor in container images.
    pub(crate) container: &'static str,
    /// The processor in the head of an ELF file.
    elf: u16,
}

/// The platforms that a release has programs for. All are Linux: containers run it on every other system.
pub(crate) const PLATFORMS: [Platform; 2] = [
    Platform { triple: "x86_64-unknown-linux-musl", machine: "x86_64", node: "x64", container: "amd64", elf: 62 },
    Platform { triple: "aarch64-unknown-linux-musl", machine: "aarch64", node: "arm64", container: "arm64", elf: 183 },
];

/// A built gateway.
#[derive(Debug)]
pub(crate) struct Program {
    /// What it runs on.
    pub(crate) platform: &'static Platform,
    /// Whether it needs no library of the system, so that it runs on every Linux of that processor.
    pub(crate) is_static: bool,
    /// The file.
    pub(crate) bytes: Vec<u8>,
}

impl Program {
    /// Reads a program, and what it is for from its own head: a package never says more than its program holds.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::of(bytes).with_context(|| format!("{} cannot be packaged", path.display()))
    }

    fn of(bytes: Vec<u8>) -> anyhow::Result<Self> {
        ensure!(bytes.starts_with(b"\x7fELF\x02\x01"), "it is no program of Linux on a 64-bit processor");
        let short = "its head is cut off";
        let elf = number(&bytes, 18, 2).context(short)?;
        let Some(platform) = PLATFORMS.iter().find(|platform| u64::from(platform.elf) == elf) else {
            bail!(
                "its processor ({elf}) is none of {}",
                PLATFORMS.each_ref().map(|platform| platform.machine).join(", ")
            );
        };
        let table = number(&bytes, 32, 8).context(short)?;
        let (size, count) = (number(&bytes, 54, 2).context(short)?, number(&bytes, 56, 2).context(short)?);
        let kinds = (0..count).map(|index| number(&bytes, usize::try_from(table + index * size).ok()?, 4));
        // What is linked to shared libraries names the loader that finds them.
        let loader = 3;
        let kinds = kinds.collect::<Option<Vec<_>>>().context(short)?;
        Ok(Self { platform, is_static: !kinds.contains(&loader), bytes })
    }
}

/// A number in the order of bytes that both processors have.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let own = bytes.get(at..at.checked_add(length)?)?;
    Some(own.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a program with one entry of that kind in its table.
    fn head(elf: u8, kind: u8) -> Vec<u8> {
        let mut bytes = vec![0; 68];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (bytes[18], bytes[32], bytes[54], bytes[56], bytes[64]) = (elf, 64, 56, 1, kind);
        bytes
    }

    #[test]
    fn a_program_says_what_it_is_for() {
        let linked = Program::of(head(62, 3)).unwrap();
        assert_eq!((linked.platform.node, linked.is_static), ("x64", false));
        let alone = Program::of(head(183, 1)).unwrap();
        assert_eq!((alone.platform.container, alone.is_static), ("arm64", true));
        for (bytes, word) in [(head(40, 1), "none of x86_64, aarch64"), (b"#!/bin/sh".to_vec(), "no program of Linux")]
        {
            let error = format!("{:#}", Program::of(bytes).unwrap_err());
            assert!(error.contains(word), "{error}");
        }
        assert!(Program::of(head(62, 1)[..60].to_vec()).is_err(), "a table that is not there");
    }
}
