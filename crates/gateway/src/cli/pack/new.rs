//! `pack new`: a skeleton to start from, or a draft of what was really called.

use super::FILE;
use super::folder::{self, FIXTURES, vendor_of};
use crate::cli::contract::PAIRS;
use crate::output;
use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use configuration::files;
use draft::{Call, Draft};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The longest answer or command that is read, in bytes.
const LONGEST: usize = 1024 * 1024;
/// The longest archive: a browser's holds all that its pages loaded.
const LONGEST_ARCHIVE: usize = 256 << 20;

/// A skeleton: the pack, its first pair and what that starts from.
struct Skeleton {
    pack: &'static str,
    pairs: &'static str,
    fixtures: &'static str,
}

const SKELETON: Skeleton = Skeleton {
    pack: include_str!("skeleton.toml"),
    pairs: include_str!("skeleton.http"),
    fixtures: include_str!("skeleton.json"),
};
/// The same over the standard dialect.
const OVER_STANDARD: Skeleton = Skeleton {
    pack: include_str!("skeleton-openid-connect.toml"),
    pairs: include_str!("skeleton-openid-connect.http"),
    fixtures: include_str!("skeleton-openid-connect.json"),
};

#[derive(Debug, Args)]
pub(super) struct New {
    /// The folder to make, whose name the pack has.
    folder: PathBuf,
    /// What the pack is laid over: the token endpoint of RFC 6749, or the standard dialect whole.
    #[arg(long, value_enum, default_value_t = From::Oauth2, conflicts_with_all = ["from_har", "from_curl"])]
    from: From,
    /// Draft request and answer from a command of curl, which is read and not run; `-` takes it from standard input. No credential of
    /// it is written.
    #[arg(long, value_name = "COMMAND", conflicts_with = "from_har", allow_hyphen_values = true)]
    from_curl: Option<String>,
    /// What the command was answered: as `curl -i` shows it, or the body alone.
    #[arg(long, value_name = "FILE", requires = "from_curl")]
    answer: Option<PathBuf>,
    /// Draft requests and answers from an HTTP archive (HAR), as browsers and proxies save one. No credential of it is written.
    #[arg(long, value_name = "FILE")]
    from_har: Option<PathBuf>,
}

/// What a pack is laid over.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    Oauth2,
    OpenidConnect,
}

impl From {
    const fn skeleton(self) -> Skeleton {
        match self {
            Self::Oauth2 => SKELETON,
            Self::OpenidConnect => OVER_STANDARD,
        }
    }
}

impl New {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        folder::refuse_existing(&self.folder)?;
        if let Some(calls) = self.calls()? {
            let draft = draft::draft(&vendor_of(&self.folder), &calls)?;
            return self.write(&draft);
        }
        let Skeleton { pack, pairs, fixtures } = self.from.skeleton();
        folder::write_file(&self.folder, FILE, &pack.replace("Acme", &vendor_of(&self.folder)))?;
        folder::write_file(&self.folder, PAIRS, pairs)?;
        folder::write_file(&self.folder, FIXTURES, fixtures)?;
        let (path, folder) = (self.folder.join(FILE), self.folder.display());
        output::line(&format!(
            "Wrote {}, with a first pair in {PAIRS} and its {FIXTURES}. Edit them, then run: idp-gateway pack check {folder}, \
             idp-gateway pack test {folder}",
            path.display()
        ));
        folder::tell_mount(&self.folder);
        Ok(())
    }

    /// The calls to draft from.
    fn calls(&self) -> anyhow::Result<Option<Vec<Call>>> {
        let read = |path: &Path, longest| files::read_plain(path, longest).map_err(anyhow::Error::msg);
        if let Some(path) = &self.from_har {
            return draft::from_har(&read(path, LONGEST_ARCHIVE)?)
                .with_context(|| path.display().to_string())
                .map(Some);
        }
        let Some(command) = &self.from_curl else { return Ok(None) };
        let mut text = command.clone();
        if text == "-" {
            text.clear();
            let input = std::io::stdin().take(LONGEST as u64 + 1).read_to_string(&mut text);
            ensure!(input.context("cannot read standard input")? <= LONGEST, "a command of more than {LONGEST} bytes");
        }
        let mut call = draft::from_curl(&text)?;
        if let Some(path) = &self.answer {
            call.answer = Some(draft::answer_of(&read(path, LONGEST)?).with_context(|| path.display().to_string())?);
        }
        Ok(Some(vec![call]))
    }

    fn write(&self, draft: &Draft) -> anyhow::Result<()> {
        folder::write(&self.folder, draft)?;
        folder::tell(&self.folder, draft);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::folder::vendor;
    use super::*;
    use pack::Pack;

    #[test]
    fn the_skeleton_is_right_as_it_is_and_with_every_comment_taken_away() {
        for from in [From::Oauth2, From::OpenidConnect] {
            Pack::read("acme", "skeleton.toml", from.skeleton().pack).unwrap();
            let lines: Vec<_> =
                from.skeleton().pack.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).collect();
            let whole = lines.join("\n");
            Pack::read("acme", "skeleton.toml", &whole).unwrap();
        }
        assert_eq!(vendor("ac\"me"), "Acme");
    }
}
