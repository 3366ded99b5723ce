//! `pack schema`.

use crate::output;
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct SchemaCommand {}

impl SchemaCommand {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(super) fn run(&self) -> anyhow::Result<()> {
        output::line(&serde_json::to_string_pretty(&pack::schema())?);
        Ok(())
    }
}
