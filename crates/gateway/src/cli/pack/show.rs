//! `pack show` and `pack doc`.

use crate::cli::contract::{self, Kept};
use crate::output;
use crate::table::{plain, plain_lines};
use clap::Args;
use configuration::files;
use std::io::IsTerminal;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Show {
    /// A folder, a file, or the name of a shipped pack.
    pack: PathBuf,
}

impl Show {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        // Elsewhere it is a copy of the file, to the byte.
        let pack = super::find(&self.pack)?;
        let is_seen = std::io::stdout().is_terminal();
        output::line(&if is_seen { plain_lines(pack.text().trim_end()) } else { pack.text().trim_end().to_owned() });
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
        output::line(&format!("# {}", plain(&about.vendor)));
        for text in [&about.version, &about.notes].into_iter().filter(|text| !text.is_empty()) {
            output::line(&plain_lines(text));
        }
        output::line("\n| Part | Mark | Source |\n|---|---|---|");
        for (part, mark, source) in about.marks {
            output::line(&plain(&format!("| `{part}` | {mark} | {source} |")));
        }
        for part in about.unmarked {
            output::line(&plain(&format!("| `{part}` | no mark | |")));
        }
        for line in &pairs {
            output::line(line);
        }
        if !about.sources.is_empty() {
            output::line("\nSources:");
        }
        for source in about.sources {
            output::line(&plain(&format!("- <{source}>")));
        }
        Ok(())
    }

    /// The pairs, with what came of those that were tried at the vendor; nothing where the pack has none.
    fn pairs(&self) -> anyhow::Result<Vec<String>> {
        let is_shipped = super::file(&self.pack).is_none();
        if !is_shipped && !super::pairs_of(&self.pack).is_file() {
            return Ok(Vec::new());
        }
        let kept = if is_shipped { Kept::default() } else { Kept::load(&self.pack, files::read_beside)? };
        let mut lines = vec!["\n| Pair | What | Mark | Proven |\n|---|---|---|---|".to_owned()];
        for pair in contract::find(&self.pack)?.pairs {
            let proven = kept.told(&pair.id);
            lines.push(plain(&format!("| {} | {} | {} | {proven} |", pair.id, pair.title, pair.mark)));
        }
        Ok(lines)
    }
}
