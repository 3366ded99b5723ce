//! `pack show` and `pack doc`.

use crate::cli::contract::{self, Kept};
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
        // What is wrong with the pairs is told before half of a page is.
        let pairs = self.pairs()?;
        output::line(&format!("# {}", about.vendor));
        for text in [&about.version, &about.notes].into_iter().filter(|text| !text.is_empty()) {
            output::line(text);
        }
        output::line("\n| Part | Mark | Source |\n|---|---|---|");
        for (part, mark, source) in about.marks {
            output::line(&format!("| `{part}` | {mark} | {source} |"));
        }
        for line in &pairs {
            output::line(line);
        }
        if !about.sources.is_empty() {
            output::line("\nSources:");
        }
        for source in about.sources {
            output::line(&format!("- <{source}>"));
        }
        Ok(())
    }

    /// The pairs, with what came of those that were tried at the vendor; nothing where the pack has none.
    fn pairs(&self) -> anyhow::Result<Vec<String>> {
        let is_shipped = super::file(&self.pack).is_none();
        if !is_shipped && !super::pairs_of(&self.pack).is_file() {
            return Ok(Vec::new());
        }
        let kept = if is_shipped { Kept::default() } else { Kept::load(&self.pack)? };
        let mut lines = vec!["\n| Pair | What | Mark | Proven |\n|---|---|---|---|".to_owned()];
        for pair in contract::find(&self.pack)?.pairs {
            let proven = kept.told(&pair.id);
            lines.push(format!("| {} | {} | {} | {proven} |", pair.id, pair.title, pair.mark));
        }
        Ok(lines)
    }
}
