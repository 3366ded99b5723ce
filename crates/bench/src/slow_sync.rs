//! A disk that is slow to sync, and counts how often it was asked to.

use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How long each sync takes at least, in milliseconds.
pub const MILLIS: u32 = 5;

/// What makes a program's syncs slow.
#[derive(Clone, Debug)]
pub struct SlowSync {
    library: PathBuf,
    count: PathBuf,
}

impl SlowSync {
    /// Builds it in `folder`, with the C compiler that the gateway's own build needs.
    pub fn build(folder: &Path) -> anyhow::Result<Self> {
        let (source, library) = (folder.join("slow_sync.c"), folder.join("slow_sync.so"));
        std::fs::write(&source, include_str!("slow_sync.c"))?;
        let built = Command::new("cc").args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
        ensure!(built.context("cannot run `cc`")?.success(), "`cc` failed");
        Ok(Self { library, count: folder.join("syncs") })
    }

    /// The environment of a program that has it.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        vec![("LD_PRELOAD", self.library.clone()), ("SLOW_SYNC_COUNT", self.count.clone())]
    }

    /// Syncs so far.
    pub fn count(&self) -> anyhow::Result<u64> {
        Ok(std::fs::metadata(&self.count).context("no sync was counted")?.len())
    }
}
