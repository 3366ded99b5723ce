//! `pack`: vendors as data.

mod check;
pub(super) mod folder;
mod list;
mod new;
mod preview;
mod schema;
mod show;
mod test;

use super::contract::PAIRS;
use anyhow::bail;
use clap::{Args, Subcommand};
use pack::{Pack, shipped};
use std::path::{Path, PathBuf};

/// The file of a pack that is a folder.
const FILE: &str = "pack.toml";

/// Vendors as data: start one, check it, see what it is.
///
/// Examples:
///   idp-gateway pack list
///   idp-gateway pack new acme --from openid-connect
///   idp-gateway pack check acme
///   idp-gateway pack try acme
///   idp-gateway pack test acme
///   idp-gateway pack doc toast
///   idp-gateway pack schema > pack.schema.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct PackCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the packs that are shipped.
    #[command(after_help = "Examples:\n  idp-gateway pack list")]
    List(list::List),
    /// Start a pack: a folder with a commented skeleton, or with a draft of what was really called.
    #[command(after_help = "\
Examples:
  idp-gateway pack new acme
  idp-gateway pack new acme --from openid-connect
  idp-gateway pack new acme --from-har calls.har
  idp-gateway pack new acme --answer answer.txt \\
      --from-curl 'curl https://api.acme.example/token -u id:secret -d a=b'")]
    New(new::New),
    /// Say what is wrong with a pack, by line; or what it serves, and which refusals have no words of their own.
    #[command(after_help = "Examples:\n  idp-gateway pack check acme")]
    Check(check::Check),
    /// Show what a pack answers: an example of each grant, userinfo, and every refusal. Words stand where tokens would.
    #[command(
        after_help = "Examples:\n  idp-gateway pack try acme\n  idp-gateway pack try toast --error invalid_client"
    )]
    Try(preview::Try),
    /// Replay the pack's pairs of request and response against a gateway of its own, byte for byte; exit status 1 where one differs.
    #[command(after_help = "Examples:\n  idp-gateway pack test acme\n  idp-gateway pack test toast --pair TO-01")]
    Test(test::Test),
    /// Print what is documented of a pack and what is inferred, as a table.
    #[command(
        after_help = "What a gateway serves by it: idp-gateway mount pack.\n\nExamples:\n  idp-gateway pack doc toast"
    )]
    Doc(show::Doc),
    /// Print a pack's text: that of a shipped one to start from.
    #[command(after_help = "Examples:\n  idp-gateway pack show toast")]
    Show(show::Show),
    /// Print the JSON Schema of a pack's file, for editors.
    #[command(after_help = "Examples:\n  idp-gateway pack schema > pack.schema.json")]
    Schema(schema::SchemaCommand),
}

impl PackCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.action {
            Action::List(list) => list.run(),
            Action::New(new) => new.run(),
            Action::Check(check) => check.run(),
            Action::Try(preview) => preview.run(),
            Action::Test(test) => test.run(),
            Action::Doc(doc) => doc.run(),
            Action::Show(show) => show.run(),
            Action::Schema(schema) => schema.run(),
        }
    }
}

/// The file of the pack in that folder or file; `None` where a shipped one is meant.
fn file(wanted: &Path) -> Option<PathBuf> {
    let path = if wanted.is_dir() { wanted.join(FILE) } else { wanted.to_owned() };
    path.exists().then_some(path)
}

/// Where the pairs of a pack are.
fn pairs_of(wanted: &Path) -> PathBuf {
    let folder = if wanted.is_file() { wanted.parent().unwrap_or(Path::new("")) } else { wanted };
    folder.join(PAIRS)
}

/// The pack in that folder or file, else the shipped one of that name.
pub(super) fn find(wanted: &Path) -> anyhow::Result<Pack> {
    let path = if wanted.is_dir() { wanted.join(FILE) } else { wanted.to_owned() };
    let name = wanted.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if !path.exists() {
        let Some(text) = shipped::find(&wanted.to_string_lossy()) else {
            let known: Vec<_> = shipped::ALL.iter().map(|(name, _)| *name).collect();
            bail!("nothing is at {}, and no shipped pack is called so: there are {}", path.display(), known.join(", "));
        };
        return Ok(Pack::read(&name, &format!("{name} (shipped)"), text)?);
    }
    let text = configuration::files::read_plain(&path, pack::LONGEST).map_err(anyhow::Error::msg)?;
    Ok(Pack::read(&name, &path.display().to_string(), &text)?)
}
