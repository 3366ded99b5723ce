//! `check`: says what a configuration would serve.

use super::{output, table};
use crate::config::{Source, StoreConfig};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The configuration to check.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Accept secrets that could be guessed on an address that is not loopback.
    #[arg(long)]
    allow_weak_secrets: bool,
}

impl Check {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let config = super::load(Source::File(&self.config), self.allow_weak_secrets)?;
        let store = match &config.store {
            StoreConfig::Memory => "in memory".to_owned(),
            StoreConfig::File(path) => path.display().to_string(),
        };
        output::line(&format!("{} is right.\n", self.config.display()));
        output::line(&format!("server  {}, reached as {}", config.server.listen, config.server.public_url));
        output::line(&format!("admin   {}", config.admin.listen));
        output::line(&format!("store   {store}\n"));
        output::line(&table::mounts(&config, &config.server.public_url));
        for warning in &config.warnings {
            output::line(&format!("warning: {warning}"));
        }
        Ok(())
    }
}
