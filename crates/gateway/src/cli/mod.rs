//! The command line.

mod api;
mod check;
mod client;
mod contract;
mod dev_cert;
mod drift;
mod exit;
mod hash_secret;
mod health;
mod init;
mod keys;
mod likely;
mod members;
mod pack;
mod pat;
mod reach;
mod record;
mod sandbox;
mod span;
mod store;
mod upstream;
mod verbs;

use crate::announce::Announce;
use crate::reload::Origin;
use clap::{Args, CommandFactory, Parser, Subcommand};
use configuration::{Config, ConfigErrors, Environment, Flags, Loader, Source};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use verbs::Noun;

/// With the commit, which says what runs.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("IDP_GATEWAY_COMMIT"), ")");

/// An identity provider gateway: several vendors' auth endpoints behind one host.
///
/// With no file it serves a built-in sandbox on this machine and prints calls to try.
#[derive(Debug, Parser)]
#[command(name = "idp-gateway", version = VERSION, args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  idp-gateway
  idp-gateway --config idp-gateway.toml
  idp-gateway tail --status 401
  idp-gateway scenario add bits token --fail unavailable:2")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve: the default.
    #[command(after_help = "\
Examples:
  idp-gateway serve --config idp-gateway.toml
  idp-gateway --config idp-gateway.toml --dev-tls")]
    Serve(Serve),
    /// Serve the built-in sandbox for a test: on any port, in memory, in a container.
    ///
    /// Its secrets are public, it serves them on any address, and its test features are on: it is no place for anything
    /// that is real.
    #[command(after_help = "\
Examples:
  idp-gateway sandbox --port 0 --admin-port 0 --memory --with-parent \\
      --ready-file
  idp-gateway sandbox --host 0.0.0.0 --mount bits")]
    Sandbox(sandbox::Sandbox),
    /// Check a configuration and say what it would serve; exit status 1 where it has errors.
    #[command(after_help = "Examples:\n  idp-gateway check --config idp-gateway.toml")]
    Check(check::Check),
    /// Write the sandbox's configuration to a file to start from.
    #[command(after_help = "Examples:\n  idp-gateway init\n  idp-gateway init acceptance.toml --force")]
    Init(init::Init),
    /// Read a secret from standard input and print what the configuration needs of it.
    #[command(after_help = "\
Examples:
  printf %s my-long-secret | idp-gateway hash-secret
  idp-gateway hash-secret --password")]
    HashSecret(hash_secret::HashSecret),
    /// Ask the gateway that runs whether it is ready, serves or is live; exit status 1 where it is not, or does not run.
    #[command(after_help = "\
Examples:
  idp-gateway health --serving
  idp-gateway health --url http://127.0.0.1:8080")]
    Health(health::Health),
    /// Make this machine's development CA where there is none, and say how to trust it.
    #[command(after_help = "Examples:\n  idp-gateway dev-cert\n  idp-gateway dev-cert --path")]
    DevCert(dev_cert::DevCert),
    /// List, rotate and forget what a mount signs with, of a running gateway or of its store.
    Keys(keys::Keys),
    /// Make, list and revoke personal access tokens, of a running gateway or of its store.
    Pat(pat::Pat),
    /// Start, check and list packs: vendors as data.
    Pack(pack::PackCommand),
    Record(record::Record),
    Drift(drift::Drift),
    /// Back up, restore, check, copy and upgrade what a gateway keeps.
    Store(store::Store),
    /// List what is served, and change settings.
    Mount(Noun<verbs::mount::Action>),
    /// List, change, load and remove clients.
    Client(Noun<verbs::entries::Clients>),
    /// List, change, load and remove users.
    User(Noun<verbs::entries::Users>),
    /// Make requests fail, wait or go wrong on purpose.
    Scenario(Noun<verbs::scenario::Action>),
    /// Freeze, shift and advance the clock.
    Clock(Noun<verbs::clock::Action>),
    /// Issue authorization codes, without a browser.
    Code(Noun<verbs::code::Action>),
    /// Order tokens, look at them, expire them.
    Token(Noun<verbs::token::Action>),
    /// List, follow, assert and export what became of the requests.
    Journal(Noun<verbs::journal::Action>),
    Tail(verbs::journal::Tail),
    /// Make gateways of their own beside each other, for jobs that must not see each other.
    Namespace(Noun<verbs::namespace::Action>),
    /// Save, load and list what a gateway has over its configuration.
    State(Noun<verbs::state::Action>),
    Reset(verbs::state::Reset),
    Completion(verbs::completion::Completion),
}

/// What both `serve` and `check` need to know.
#[derive(Debug, Args)]
struct Serve {
    /// The configuration; without it, the built-in sandbox.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    over: Over,
}

/// What the command line says over the configuration.
#[derive(Clone, Copy, Debug, Args)]
struct Over {
    /// Accept secrets that could be guessed on an address that is not loopback.
    #[arg(long)]
    allow_weak_secrets: bool,
    /// Accept mounts that sign users in without a password on an address that is not loopback.
    #[arg(long)]
    allow_passwordless: bool,
    /// Speak HTTPS with a certificate of this machine's own development CA: see `dev-cert`.
    #[arg(long)]
    dev_tls: bool,
}

impl From<Over> for Flags {
    fn from(over: Over) -> Self {
        let Over { allow_weak_secrets, allow_passwordless, dev_tls } = over;
        Self { allow_weak_secrets, allow_passwordless, dev_tls }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        None => serve(&cli.serve),
        Some(Command::Serve(serve_args)) => serve(&serve_args),
        Some(Command::Sandbox(sandbox)) => sandbox.run(),
        Some(Command::Check(check)) => check.run(),
        Some(Command::Init(init)) => init.run(),
        Some(Command::HashSecret(hash_secret)) => hash_secret.run(),
        Some(Command::Health(health)) => health.run(),
        Some(Command::DevCert(dev_cert)) => dev_cert.run(),
        Some(Command::Keys(keys)) => keys.run(),
        Some(Command::Pat(pat)) => pat.run(),
        Some(Command::Pack(pack)) => pack.run(),
        Some(Command::Record(record)) => record.run(),
        Some(Command::Drift(drift)) => drift.run(),
        Some(Command::Store(store)) => store.run(),
        Some(Command::Mount(mount)) => mount.run(),
        Some(Command::Client(client)) => client.run(),
        Some(Command::User(user)) => user.run(),
        Some(Command::Scenario(scenario)) => scenario.run(),
        Some(Command::Clock(clock)) => clock.run(),
        Some(Command::Code(code)) => code.run(),
        Some(Command::Token(token)) => token.run(),
        Some(Command::Journal(journal)) => journal.run(),
        Some(Command::Tail(tail)) => tail.run(),
        Some(Command::Namespace(namespace)) => namespace.run(),
        Some(Command::State(state)) => state.run(),
        Some(Command::Reset(reset)) => reset.run(),
        Some(Command::Completion(completion)) => {
            completion.run(Cli::command());
            Ok(())
        }
    };
    result.map_or_else(|error| exit::report(&error), |()| ExitCode::SUCCESS)
}

fn serve(args: &Serve) -> anyhow::Result<()> {
    let source = args.config.as_deref().map_or(Source::Sandbox, Source::File);
    let flags = args.over.into();
    let environment = Environment::process();
    let loader = Loader::new(&environment, flags);
    let config = loader.load(source).map_err(|errors| explain(&errors))?;
    let origin = Origin { path: args.config.clone(), flags, files: loader.files.into_stamps() };
    let announce = Announce::of(&config, args.config.is_none());
    crate::serve::serve(config, origin, announce, None)
}

/// Reads a configuration; its errors come one to a line under a heading.
fn load(source: Source<'_>, flags: Flags) -> anyhow::Result<Config> {
    configuration::load(source, &Environment::process(), flags).map_err(|errors| explain(&errors))
}

/// Reads the configuration of a gateway that runs, or has run. What it may do beyond loopback it was allowed to.
fn load_of_running(config: Option<&Path>, dev_tls: bool) -> anyhow::Result<Config> {
    let flags = Flags { allow_weak_secrets: true, allow_passwordless: true, dev_tls };
    load(config.map_or(Source::Sandbox, Source::File), flags)
}

fn explain(errors: &ConfigErrors) -> anyhow::Error {
    let count = errors.0.len();
    let lines = errors.to_string().replace('\n', "\n  ");
    anyhow::anyhow!("the configuration has {count} error{}:\n  {lines}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod examples;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_serves_by_default() {
        Cli::command().debug_assert();
        let bare = Cli::try_parse_from(["idp-gateway", "--config", "a.toml", "--allow-weak-secrets"]).unwrap();
        assert!(bare.command.is_none() && bare.serve.over.allow_weak_secrets);
        let named = Cli::try_parse_from(["idp-gateway", "serve", "--config", "a.toml"]).unwrap();
        assert!(matches!(named.command, Some(Command::Serve(Serve { config: Some(_), .. }))));
        assert!(Cli::try_parse_from(["idp-gateway", "--confg", "a.toml"]).is_err());
        assert!(Cli::try_parse_from(["idp-gateway", "check"]).is_err(), "check needs a file");
    }
}
