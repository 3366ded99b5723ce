//! `store`: what a gateway keeps, as a whole.

mod backup;
mod place;

use super::load_of_running;
use crate::output;
use actix_web::rt::System;
use anyhow::{bail, ensure};
use clap::{Args, Subcommand};
use configuration::Config;
use place::Place;
use std::path::PathBuf;
use store::carry::{self, Counts};

#[derive(Debug, Args)]
pub(super) struct Store {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write all that the store keeps to standard output or a file, while its gateway runs or not. Hashes of secrets and
    /// private keys are in it.
    #[command(after_help = "Examples:\n  idp-gateway store backup --config idp-gateway.toml --to backup.jsonl")]
    Backup(Backup),
    /// Put what a backup holds in the place of what the store keeps, once the backup has been read and is whole.
    #[command(after_help = "Examples:\n  idp-gateway store restore backup.jsonl --config idp-gateway.toml")]
    Restore(Restore),
    /// Read every row and say which cannot be read; exit status 1 where there is one.
    #[command(after_help = "\
Examples:
  idp-gateway store check --config idp-gateway.toml
  idp-gateway store check backup.jsonl")]
    Check(Check),
    /// Put what one store keeps in the place of what another keeps.
    #[command(after_help = "Examples:\n  idp-gateway store copy store.redb redis://127.0.0.1:6379")]
    Copy(Copy),
    /// Write what the store keeps in the form of this version. After that no earlier version can read it.
    #[command(after_help = "Examples:\n  idp-gateway store upgrade --config idp-gateway.toml")]
    Upgrade(Of),
}

/// Whose store.
#[derive(Debug, Args)]
struct Of {
    /// The configuration; without it, the built-in sandbox.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The gateway was started with this flag.
    #[arg(long)]
    dev_tls: bool,
}

#[derive(Debug, Args)]
struct Backup {
    #[command(flatten)]
    of: Of,
    /// A file in place of standard output. Its owner alone can read it, and it has this name once it is whole.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Restore {
    /// The backup.
    file: PathBuf,
    #[command(flatten)]
    of: Of,
    /// Replace what the store keeps.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
struct Check {
    #[command(flatten)]
    of: Of,
    /// A backup, a file of a store or the URL of a Redis, in place of the configuration's store.
    what: Option<String>,
    /// What names of keys begin with in that Redis.
    #[arg(long, default_value = "idp-gateway")]
    prefix: String,
}

#[derive(Debug, Args)]
struct Copy {
    /// A file of a store, the URL of a Redis, or a configuration (*.toml) whose store is meant.
    from: String,
    /// The same.
    to: String,
    /// What names of keys begin with in a Redis that is named by its URL.
    #[arg(long, default_value = "idp-gateway")]
    prefix: String,
    /// Replace what is there.
    #[arg(long)]
    force: bool,
}

impl Store {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let system = System::new();
        match &self.action {
            Action::Backup(Backup { of, to }) => system.block_on(backup::run(&of.load()?, to.as_deref())),
            Action::Restore(Restore { file, of, force }) => {
                let place = Place::of(&of.load()?.store)?;
                let counts =
                    system.block_on(place.replace(*force, async |store| Ok(carry::restore(file, store).await?)))?;
                said("Restored", &counts, &place);
                Ok(())
            }
            Action::Check(check) => system.block_on(check.run()),
            Action::Copy(copy) => system.block_on(copy.run()),
            Action::Upgrade(of) => system.block_on(upgrade(&Place::of(&of.load()?.store)?)),
        }
    }
}

impl Of {
    fn load(&self) -> anyhow::Result<Config> {
        load_of_running(self.config.as_deref(), self.dev_tls)
    }
}

impl Check {
    async fn run(&self) -> anyhow::Result<()> {
        let place = match self.what.as_deref() {
            None => Place::of(&self.of.load()?.store)?,
            Some(what) if carry::is_backup(what.as_ref()) => {
                let counts = carry::read(what.as_ref(), |_| Ok(()))?;
                output::line(&format!("{what}: {}, a whole backup", told(&counts)));
                return Ok(());
            }
            Some(what) => Place::parse(what, &self.prefix)?,
        };
        let (counts, damaged) = carry::check(&*place.open().await?).await;
        for damage in &damaged {
            output::line(&damage.to_string());
        }
        ensure!(
            damaged.is_empty(),
            "{place}: {} of {} rows cannot be read; restore a backup (idp-gateway store restore)",
            damaged.len(),
            damaged.len() as u64 + counts.values().sum::<u64>()
        );
        output::line(&format!("{place}: {}, each of which can be read", told(&counts)));
        Ok(())
    }
}

impl Copy {
    async fn run(&self) -> anyhow::Result<()> {
        let (from, to) = (Place::parse(&self.from, &self.prefix)?, Place::parse(&self.to, &self.prefix)?);
        if from == to {
            bail!("both are {from}: name another store to copy to");
        }
        let source = from.open().await?;
        let counts = to.replace(self.force, async |store| Ok(carry::copy(&*source, store).await?)).await?;
        said("Copied", &counts, &to);
        Ok(())
    }
}

async fn upgrade(place: &Place) -> anyhow::Result<()> {
    place.check_replicas().await?;
    let said = match carry::upgrade(&*place.open().await?).await? {
        None => format!("{place} is of the format that this version writes: there is nothing to upgrade."),
        Some((from, to)) => format!(
            "{place} was of format {from} and is of format {to}: earlier versions cannot read it any more. The way back is a \
             backup made before now."
        ),
    };
    output::line(&said);
    Ok(())
}

fn said(done: &str, counts: &Counts, to: &Place) {
    output::error(&format!("{done} {} into {to}.", told(counts)));
    let scenarios = counts.get("scenario").copied().unwrap_or(0);
    if scenarios > 0 && matches!(to, Place::File(_)) {
        output::error(&format!("{scenarios} scenarios are left out: a store in a file keeps none."));
    }
}

/// How many rows there are, and of which kinds.
fn told(counts: &Counts) -> String {
    let rows: u64 = counts.values().sum();
    let kinds: Vec<_> = counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    if kinds.is_empty() { "no rows".to_owned() } else { format!("{rows} rows ({})", kinds.join(", ")) }
}
