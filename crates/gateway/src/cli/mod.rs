//! The command line.

mod api;
pub mod banner;
mod check;
mod examples;
mod hash_secret;
mod init;
pub mod output;
mod pat;
mod table;
mod when;

use crate::config::{self, Environment, Flags, Source};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// An identity provider gateway: several vendors' auth endpoints behind one host.
///
/// With no file it serves a built-in sandbox on this machine and prints calls to try.
#[derive(Debug, Parser)]
#[command(name = "idp-gateway", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve: the default.
    Serve(Serve),
    /// Check a configuration and say what it would serve; exit status 1 where it has errors.
    Check(check::Check),
    /// Write the sandbox's configuration to a file to start from.
    Init(init::Init),
    /// Read a secret from standard input and print what the configuration needs of it.
    HashSecret(hash_secret::HashSecret),
    /// Make, list and revoke personal access tokens, of a running gateway or of its store.
    Pat(pat::Pat),
}

/// What both `serve` and `check` need to know.
#[derive(Debug, Args)]
struct Serve {
    /// The configuration; without it, the built-in sandbox.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Accept secrets that could be guessed on an address that is not loopback.
    #[arg(long)]
    allow_weak_secrets: bool,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        None => serve(&cli.serve),
        Some(Command::Serve(serve_args)) => serve(&serve_args),
        Some(Command::Check(check)) => check.run(),
        Some(Command::Init(init)) => init.run(),
        Some(Command::HashSecret(hash_secret)) => hash_secret.run(),
        Some(Command::Pat(pat)) => pat.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn serve(args: &Serve) -> anyhow::Result<()> {
    let source = args.config.as_deref().map_or(Source::Sandbox, Source::File);
    let config = load(source, args.allow_weak_secrets)?;
    crate::serve(config, args.config.is_none())
}

/// Reads a configuration; its errors come one to a line under a heading.
fn load(source: Source<'_>, allow_weak_secrets: bool) -> anyhow::Result<config::Config> {
    config::load(source, &Environment::process(), Flags { allow_weak_secrets }).map_err(|errors| {
        let count = errors.0.len();
        let lines = errors.to_string().replace('\n', "\n  ");
        anyhow::anyhow!("the configuration has {count} error{}:\n  {lines}", if count == 1 { "" } else { "s" })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_serves_by_default() {
        Cli::command().debug_assert();
        let bare = Cli::try_parse_from(["idp-gateway", "--config", "a.toml", "--allow-weak-secrets"]).unwrap();
        assert!(bare.command.is_none() && bare.serve.allow_weak_secrets);
        let named = Cli::try_parse_from(["idp-gateway", "serve", "--config", "a.toml"]).unwrap();
        assert!(matches!(named.command, Some(Command::Serve(Serve { config: Some(_), .. }))));
        assert!(Cli::try_parse_from(["idp-gateway", "--confg", "a.toml"]).is_err());
        assert!(Cli::try_parse_from(["idp-gateway", "check"]).is_err(), "check needs a file");
    }
}
