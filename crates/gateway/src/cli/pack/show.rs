//! `pack show` and `pack doc`.

use crate::output;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Show {
    /// A folder, a file, or the name of a shipped pack.
    pack: PathBuf,
}

impl Show {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        output::line(super::find(&self.pack)?.text().trim_end());
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(super) struct Doc {
    /// A folder, a file, or the name of a shipped pack.
    pack: PathBuf,
}

impl Doc {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let pack = super::find(&self.pack)?;
        let about = pack.about();
        output::line(&format!("# {}", about.vendor));
        for text in [&about.version, &about.notes].into_iter().filter(|text| !text.is_empty()) {
            output::line(text);
        }
        output::line("\n| Part | Mark | Source |\n|---|---|---|");
        for (part, mark, source) in about.marks {
            output::line(&format!("| `{part}` | {mark} | {source} |"));
        }
        if !about.sources.is_empty() {
            output::line("\nSources:");
        }
        for source in about.sources {
            output::line(&format!("- <{source}>"));
        }
        Ok(())
    }
}
