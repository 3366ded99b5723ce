//! The commands that call the admin API of a running gateway, one file for each noun.

pub(super) mod clock;
pub(super) mod code;
pub(super) mod completion;
pub(super) mod entries;
pub(super) mod journal;
pub(super) mod mount;
pub(super) mod namespace;
pub(super) mod scenario;
pub(super) mod state;
pub(super) mod token;

use super::reach::Reach;
use clap::{Args, Subcommand};

/// What a noun's commands have in common.
#[derive(Debug, Args)]
pub(super) struct Noun<A: Subcommand> {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    action: A,
}

/// What can be done with a noun.
pub(super) trait Verb {
    /// Does it.
    fn run(self, reach: &Reach) -> anyhow::Result<()>;
}

impl<A: Subcommand + Verb> Noun<A> {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.action.run(&self.reach)
    }
}
