//! What both programs that measure are asked on the command line.

use crate::table::splice;
use anyhow::Context as _;
use clap::Args;
use std::path::{Path, PathBuf};

/// What to measure, how long, and where the figures go.
#[derive(Args, Debug)]
pub struct Common {
    /// The gateway's binary, built for release.
    #[arg(long)]
    pub gateway: PathBuf,
    /// Short runs: figures for a glance, not for the page.
    #[arg(long)]
    pub quick: bool,
    /// Put the figures into this page, between their markers.
    #[arg(long)]
    write: Option<PathBuf>,
}

impl Common {
    /// Puts the figures into the page, where one is named; the error says which cannot be read or has no markers.
    pub fn publish(&self, markers: [&str; 2], figures: &str) -> anyhow::Result<()> {
        self.write.as_deref().map_or(Ok(()), |page| put(page, markers, figures))
    }
}

fn put(page: &Path, markers: [&str; 2], figures: &str) -> anyhow::Result<()> {
    let old = std::fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    std::fs::write(page, splice(&old, markers, figures)?).with_context(|| format!("cannot write {}", page.display()))
}
