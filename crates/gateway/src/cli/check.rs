//! `check`: says what a configuration would serve.

use super::Over;
use crate::{output, table};
use clap::Args;
use configuration::when;
use configuration::{Source, StoreConfig, TlsConfig};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The configuration to check.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    over: Over,
}

impl Check {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let config = super::load(Source::File(&self.config), self.over.into())?;
        let store = match &config.store {
            StoreConfig::Memory => "in memory".to_owned(),
            StoreConfig::File(path) => path.display().to_string(),
            StoreConfig::Redis(options) => format!("{}, keys under {}", options.url, options.prefix),
        };
        output::line(&format!("{} is right.\n", self.config.display()));
        output::line(&format!("server  {}, reached as {}", config.server.listen, config.server.public_url));
        match &config.server.tls {
            Some(TlsConfig::Files(files)) => {
                let until = when::minute(files.load()?.pair.not_after);
                output::line(&format!("tls     {}, until {until}", files.certificate.display()));
            }
            Some(TlsConfig::Development { .. }) => output::line("tls     a certificate of the development CA"),
            None => {}
        }
        output::line(&format!("admin   {}", config.admin.listen));
        output::line(&format!("store   {store}\n"));
        output::line(&table::mounts(&config, &config.server.public_url));
        for warning in &config.warnings {
            output::line(&format!("warning: {warning}"));
        }
        Ok(())
    }
}
