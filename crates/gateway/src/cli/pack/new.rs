//! `pack new`: a skeleton to start from.

use super::FILE;
use crate::output;
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const SKELETON: &str = include_str!("skeleton.toml");
/// The part of it that is another's over the standard dialect.
const OVER_STANDARD: &str = include_str!("skeleton-openid-connect.toml");

#[derive(Debug, Args)]
pub(super) struct New {
    /// The folder to make, whose name the pack has.
    folder: PathBuf,
    /// What the pack is laid over: the token endpoint of RFC 6749, or the standard dialect whole.
    #[arg(long, value_enum, default_value_t = From::Oauth2)]
    from: From,
}

/// What a pack is laid over.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    Oauth2,
    OpenidConnect,
}

impl From {
    const fn skeleton(self) -> &'static str {
        match self {
            Self::Oauth2 => SKELETON,
            Self::OpenidConnect => OVER_STANDARD,
        }
    }
}

impl New {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let path = self.folder.join(FILE);
        if path.exists() {
            bail!("{} is there already; choose another name", path.display());
        }
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        std::fs::create_dir_all(&self.folder).with_context(|| format!("cannot make {}", self.folder.display()))?;
        let text = self.from.skeleton().replace("Acme", &vendor(&name));
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        let folder = self.folder.display();
        output::line(&format!("Wrote {}. Edit it, then run: idp-gateway pack check {folder}", path.display()));
        Ok(())
    }
}

/// A vendor's name as a folder's says it, fit to stand in quotes.
fn vendor(name: &str) -> String {
    let clean: String = name.chars().filter(|c| c.is_alphanumeric() || " -_.".contains(*c)).collect();
    let mut letters = clean.chars();
    letters.next().map_or_else(|| "Acme".to_owned(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pack::Pack;

    #[test]
    fn the_skeleton_is_right_as_it_is_and_with_every_comment_taken_away() {
        for from in [From::Oauth2, From::OpenidConnect] {
            Pack::read("acme", "skeleton.toml", from.skeleton()).unwrap();
            let lines: Vec<_> = from.skeleton().lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).collect();
            let whole = lines.join("\n");
            Pack::read("acme", "skeleton.toml", &whole).unwrap();
        }
        assert_eq!(vendor("ac\"me"), "Acme");
    }
}
