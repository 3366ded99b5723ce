//! What was tried at the vendor, kept with a pack: `proven.toml`.

use super::LONGEST;
use anyhow::Context;
use configuration::files;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FILE: &str = "proven.toml";
const HEAD: &str = "# What was tried at the vendor: idp-gateway drift --keep\n";

/// What was tried, a line for each pair.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Kept {
    #[serde(default, rename = "pair")]
    pairs: Vec<Line>,
}

/// What came of a pair when it was last tried.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Line {
    /// The pair.
    pub(in crate::cli) id: String,
    /// The day, in UTC.
    pub(in crate::cli) date: String,
    /// `same` or `differs`.
    pub(in crate::cli) outcome: String,
    /// Where.
    pub(in crate::cli) against: String,
}

fn path(pack: &Path) -> PathBuf {
    let folder = if pack.is_file() { pack.parent().unwrap_or(Path::new("")) } else { pack };
    folder.join(FILE)
}

impl Kept {
    /// What is kept with the pack in that folder.
    pub(in crate::cli) fn load(pack: &Path) -> anyhow::Result<Self> {
        let path = path(pack);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = files::read_plain(&path, LONGEST).map_err(anyhow::Error::msg)?;
        toml::from_str(&text).with_context(|| format!("{} is none that drift wrote", path.display()))
    }

    /// The same with these lines in the place of those of the same pairs.
    pub(in crate::cli) fn add(mut self, lines: Vec<Line>) -> Self {
        self.pairs.retain(|known| lines.iter().all(|line| line.id != known.id));
        self.pairs.extend(lines);
        self.pairs.sort_by(|a, b| a.id.cmp(&b.id));
        self
    }

    /// Keeps it with the pack in that folder.
    pub(in crate::cli) fn write(&self, pack: &Path) -> anyhow::Result<()> {
        let path = path(pack);
        let text = format!("{HEAD}\n{}", toml::to_string(self)?);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// What came of a pair, for people; empty where it was not tried.
    pub(in crate::cli) fn told(&self, pair: &str) -> String {
        let found = self.pairs.iter().find(|line| line.id == pair);
        found.map_or_else(String::new, |line| match line.outcome.as_str() {
            "same" => format!("proven {} at {}", line.date, line.against),
            outcome => format!("{outcome} {} at {}", line.date, line.against),
        })
    }
}
