//! `check`: says what a configuration would serve.

use super::Over;
use crate::{output, serve, table};
use actix_web::rt::System;
use admin::kept::Kept;
use clap::Args;
use configuration::when;
use configuration::{Config, Source, StoreConfig, TlsConfig};
use std::path::PathBuf;
use store::OpenError;

/// What a store in a file keeps over the configuration. One that a gateway has open is that gateway's to tell of.
fn kept(config: &Config) -> anyhow::Result<Option<String>> {
    let store = &config.store;
    let is_there = matches!(store, StoreConfig::File(path) if path.exists());
    if !is_there {
        return Ok(None);
    }
    match serve::open_store(store) {
        Ok(store) => Ok(System::new().block_on(Kept::of(&*store))?.line(config.admin.test_features)),
        Err(error) if matches!(error.downcast_ref(), Some(OpenError::InUse(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

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
        let verdict = match config.warnings.len() {
            0 => "is right.".to_owned(),
            1 => "can be served, with a warning:".to_owned(),
            count => format!("can be served, with {count} warnings:"),
        };
        output::line(&format!("{} {verdict}", self.config.display()));
        for warning in &config.warnings {
            output::line(&format!("  {warning}"));
        }
        output::line("");
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
        if let Some(kept) = kept(&config)? {
            output::line(&kept);
        }
        Ok(())
    }
}
