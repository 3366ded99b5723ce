//! What was tried at the vendor, kept with a pack: `proven.toml`.

use anyhow::{Context, Error, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FILE: &str = "proven.toml";
const HEAD: &str = "# What was tried at the vendor: idp-gateway drift --keep\n";

/// What was tried, a line for each pair.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    #[serde(default, rename = "pair")]
    pairs: Vec<Line>,
}

/// What came of a pair when it was last tried.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The pair.
    pub id: String,
    /// The day, in UTC.
    pub date: String,
    /// `same` or `differs`.
    pub outcome: String,
    /// Where.
    pub against: String,
}

fn path(pack: &Path) -> PathBuf {
    let folder = if pack.is_file() { pack.parent().unwrap_or(Path::new("")) } else { pack };
    folder.join(FILE)
}

impl Kept {
    /// What is kept with the pack in that folder, as `read` has the text of its file, where there is one; an error where the file
    /// is none that `drift` wrote.
    pub fn load(pack: &Path, read: impl FnOnce(&Path) -> Result<Option<String>, String>) -> Result<Self> {
        let path = path(pack);
        let Some(text) = read(&path).map_err(Error::msg)? else { return Ok(Self::default()) };
        toml::from_str(&text).with_context(|| format!("{} is none that drift wrote", path.display()))
    }

    /// The same with these lines in the place of those of the same pairs.
    #[must_use]
    pub fn with(mut self, lines: Vec<Line>) -> Self {
        self.pairs.retain(|known| lines.iter().all(|line| line.id != known.id));
        self.pairs.extend(lines);
        self.pairs.sort_by(|a, b| a.id.cmp(&b.id));
        self
    }

    /// Keeps it with the pack in that folder; an error where it cannot be written.
    pub fn write(&self, pack: &Path) -> Result<()> {
        let path = path(pack);
        let text = format!("{HEAD}\n{}", toml::to_string(self)?);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// What came of a pair; `None` where it was not tried.
    pub fn of(&self, pair: &str) -> Option<&Line> {
        self.pairs.iter().find(|line| line.id == pair)
    }

    /// The same for people; empty where it was not tried.
    pub fn told(&self, pair: &str) -> String {
        self.of(pair).map_or_else(String::new, |line| match line.outcome.as_str() {
            "same" => format!("proven {} at {}", line.date, line.against),
            outcome => format!("{outcome} {} at {}", line.date, line.against),
        })
    }
}
