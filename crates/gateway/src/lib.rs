//! The gateway: configuration, routing, HTTP, the admin API and the command line.

pub mod cli;
pub mod config;
pub mod registry;

/// Placeholder.
fn serve(_: config::Config, _: bool) -> anyhow::Result<()> {
    anyhow::bail!("not built in yet")
}
