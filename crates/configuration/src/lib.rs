//! The configuration: what a file and the environment say, checked as a whole before anything starts.
//!
//! A file is read once with the place of every key, so that each error names file, line, key and remedy, and all
//! errors that can be found come at once. The scalars of `server`, `admin`, `store` and `telemetry` are then layered,
//! environment over file.

mod admin;
mod agreement;
mod document;
mod entries;
mod environment;
pub mod files;
mod findings;
mod fixed;
pub mod host;
mod links;
mod magic;
mod mounts;
mod packs;
pub mod registry;
mod roster;
pub mod sandbox;
mod secrets;
mod sections;
pub mod settings;
mod signing_keys;
mod store;
mod telemetry;
#[cfg(test)]
mod tests;
pub mod tls;
mod uri;
pub mod view;
pub mod watch;
pub mod when;

pub use agreement::Agreement;
pub use entries::{Checked, Rules};
pub use environment::Environment;
pub use findings::{ConfigErrors, Finding, Place};
pub use fixed::Fixed;
pub use links::Links;
pub use secrets::{SecretSources, digest, sha256_hex};
pub use store::state_folder;
pub use tls::TlsConfig;
pub use view::default_public_url;

use ::store::RedisOptions;
use admin::Admin;
use admin_api::Right;
use dialect::{Dialect, DialectKind, SettingsError, SettingsMap};
use document::{Item, Locator, Table};
use files::FilesRead;
use findings::Findings;
use grant::{Client, Secret, SecretDigest, SignInTerms, User};
use host::is_loopback;
use ipnet::IpNet;
use issuer::keys::OwnKeys;
use issuer::scenario::Manners;
use mounts::Mounts;
use settings::Settings;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// Everything the gateway needs to know before it starts.
#[derive(Debug)]
pub struct Config {
    /// The settings of the process, each as it was given or by default.
    pub settings: Settings,
    /// The public listener.
    pub server: ServerConfig,
    /// The admin listener.
    pub admin: AdminConfig,
    /// Where state is kept.
    pub store: StoreConfig,
    /// Logs, metrics and traces.
    pub telemetry: TelemetryConfig,
    /// The vendors' surfaces, in the order of the file.
    pub mounts: Vec<MountConfig>,
    /// Whether a line of JSON on standard output says the addresses once they listen
    /// (`IDP_GATEWAY_ANNOUNCE=json`).
    pub announce_json: bool,
    /// What is odd about the configuration, though not wrong: one line each.
    pub warnings: Vec<String>,
}

/// The public listener.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The URL under which clients reach it, without a trailing slash.
    pub public_url: String,
    /// Addresses and networks of proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The listener's certificate; without it, it speaks HTTP.
    pub tls: Option<TlsConfig>,
    /// Whether weak secrets are accepted on an address that is not loopback.
    pub allow_weak_secrets: bool,
    /// Whether mounts may sign users in without a password: on loopback or where it was asked for by name, unless test
    /// features are turned off.
    pub allow_passwordless: bool,
    /// What is not the public URL's in issuers and links.
    pub links: Links,
}

/// The admin listener.
#[derive(Clone, Debug)]
pub struct AdminConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// A token that may do everything, for the command line; none where none is known in the clear.
    pub token: Option<Secret>,
    /// The tokens that its callers present; some are always there off loopback.
    pub tokens: Vec<AdminToken>,
    /// Whether what is there for tests is in force.
    pub test_features: bool,
}

/// Who may call the admin API.
#[derive(Clone, Debug)]
pub struct AdminToken {
    /// What the audit calls it.
    pub name: String,
    /// SHA-256 of the token.
    pub digest: SecretDigest,
    /// What it may do.
    pub rights: Vec<Right>,
}

/// Where state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreConfig {
    /// In memory, gone at the end.
    Memory,
    /// In this file.
    File(PathBuf),
    /// In Redis, which replicas share.
    Redis(Box<RedisOptions>),
}

/// Logs, metrics and traces.
#[derive(Clone, Debug, PartialEq)]
pub struct TelemetryConfig {
    /// The form of log lines.
    pub log: LogFormat,
    /// Which events are logged: a level, or a filter of `tracing_subscriber::EnvFilter`.
    pub level: String,
    /// Where metrics are served to whoever asks, beside the admin listener, which wants its token.
    pub metrics_listen: Option<SocketAddr>,
    /// The collector that traces are sent to, without a trailing slash: OTLP over HTTP.
    pub otlp_endpoint: Option<String>,
    /// Whether lines for people may be coloured: `NO_COLOR` says no.
    pub colors: bool,
    /// The part of traces that begin here which is recorded; 0 to 1.
    pub trace_sample_ratio: f64,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Pretty,
    /// One JSON object to a line.
    Json,
}

/// One vendor's surface.
#[derive(Debug)]
pub struct MountConfig {
    /// Its name, the first segment of its path.
    pub name: String,
    /// Its dialect as the registry lists it.
    pub kind: DialectKind,
    /// Its dialect under its settings.
    pub dialect: Arc<dyn Dialect>,
    /// Hosts at which it is reached without the prefix: lowercase, without a port.
    pub hosts: Vec<String>,
    /// The issuer its tokens name.
    pub issuer: String,
    /// The settings that the file gives.
    pub settings: SettingsMap,
    /// Whether its settings may sign users in without a password.
    pub allow_passwordless: bool,
    /// Its clients.
    pub clients: Vec<Client>,
    /// Its users.
    pub users: Vec<User>,
    /// The keys that it signs with, the first of them at present; empty where it keeps keys of its own.
    pub signing_keys: OwnKeys,
    /// How the token requests of its magic clients go.
    pub manners: Manners,
}

/// A mount's dialect under these settings. One that would sign users in without a password, and may not, is refused.
pub fn build_dialect(
    kind: &DialectKind,
    settings: &SettingsMap,
    allow_passwordless: bool,
) -> Result<Arc<dyn Dialect>, SettingsError> {
    let dialect = kind.build(settings)?;
    check_passwords(&*dialect, allow_passwordless)?;
    Ok(dialect)
}

/// Whether the dialect asks every user for a password, or need not.
fn check_passwords(dialect: &dyn Dialect, allow_passwordless: bool) -> Result<(), SettingsError> {
    let passwordless = dialect.policy().sign_in.as_ref().and_then(SignInTerms::passwordless);
    let Some(name) = passwordless.filter(|_| !allow_passwordless) else { return Ok(()) };
    let message = "signs users in without a password, which is for tests; turn it off, take admin.test_features = false \
                   away or, where the gateway listens beyond loopback, accept it by name with server.allow_passwordless \
                   = true or --allow-passwordless";
    Err(SettingsError { name: name.to_owned(), message: message.to_owned() })
}

impl StoreConfig {
    /// What this replica is called among all.
    pub fn replica(&self) -> String {
        match self {
            Self::Redis(options) => options.replica.clone(),
            Self::Memory | Self::File(_) => store::name_of_process(),
        }
    }
}

/// Where a configuration comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The built-in sandbox.
    Sandbox,
    /// The built-in sandbox with these mounts, each in TOML: `pack::shipped::mount` writes them.
    SandboxWith(&'a [String]),
    /// A TOML file.
    File(&'a Path),
}

/// What the command line has to say about the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    /// `--allow-weak-secrets`.
    pub allow_weak_secrets: bool,
    /// `--allow-passwordless`.
    pub allow_passwordless: bool,
    /// `--dev-tls`.
    pub dev_tls: bool,
}

/// Reads configurations.
#[derive(Debug)]
pub struct Loader<'a> {
    /// The process's environment.
    pub environment: &'a Environment,
    /// What the command line says.
    pub flags: Flags,
    /// What cannot change, where the gateway runs already.
    pub fixed: Option<&'a Fixed>,
    /// The files that have been read.
    pub files: FilesRead,
}

impl<'a> Loader<'a> {
    /// A loader for a gateway that is about to start.
    pub fn new(environment: &'a Environment, flags: Flags) -> Self {
        Self { environment, flags, fixed: None, files: FilesRead::default() }
    }

    /// Reads and checks a configuration.
    pub fn load(&self, source: Source<'_>) -> Result<Config, ConfigErrors> {
        let path = match source {
            Source::Sandbox => return self.parse(sandbox::NAME, sandbox::TEXT, Path::new(""), None),
            Source::SandboxWith(mounts) => {
                return self.parse(sandbox::NAME, &sandbox::text_with(mounts), Path::new(""), None);
            }
            Source::File(path) => self.files.note(path.to_owned()),
        };
        let file = path.display().to_string();
        let text = files::read_text(&path).map_err(|why| {
            let message = format!("{why}; `idp-gateway init` writes a configuration to start from");
            ConfigErrors(vec![Finding { place: Place::File(file.as_str().into()), key: String::new(), message }])
        })?;
        self.parse(&file, &text, path.parent().unwrap_or(Path::new("")), Some(&path))
    }

    fn parse(&self, file: &str, text: &str, base: &Path, path: Option<&Path>) -> Result<Config, ConfigErrors> {
        let mut findings = Findings::default();
        let config = document::parse(file, text, &mut findings)
            .map(|(locator, root)| assemble(&locator, root, base, path, self, &mut findings));
        let warnings = findings.finish()?;
        // Nothing is missing without a finding; this only says so to the compiler.
        config.map(|config| Config { warnings, ..config }).ok_or(ConfigErrors(Vec::new()))
    }
}

/// Reads and checks a configuration.
pub fn load(source: Source<'_>, environment: &Environment, flags: Flags) -> Result<Config, ConfigErrors> {
    Loader::new(environment, flags).load(source)
}

/// Reads and checks the text of a configuration; `file` is its name in errors, `base` the folder that paths in it are
/// relative to.
pub fn parse(
    file: &str,
    text: &str,
    base: &Path,
    environment: &Environment,
    flags: Flags,
) -> Result<Config, ConfigErrors> {
    Loader::new(environment, flags).parse(file, text, base, None)
}

fn assemble<'t>(
    locator: &Locator<'t>,
    mut root: DeTable<'t>,
    base: &Path,
    path: Option<&Path>,
    context: &Loader<'_>,
    findings: &mut Findings,
) -> Config {
    let (mounts, tokens) = (root.remove("mount"), admin::take_tokens(&mut root));
    let mut settings = Settings::read(locator, &root, context.environment, findings);
    if let Some(fixed) = context.fixed {
        settings.hold(&fixed.settings, findings);
    }
    let mut server = sections::server(&mut settings, context, base, findings);
    let mut reader = Admin { locator, settings: &mut settings, server: &server, context, base, holds_tokens: false };
    let admin = reader.read(tokens, findings);
    let holds_tokens = reader.holds_tokens;
    server.allow_passwordless &= admin.test_features || !settings.is_given(settings::TEST_FEATURES);
    let store = store::store(&settings, base, findings);
    let telemetry = telemetry::telemetry(&settings, context.environment, &server, &admin, findings);
    let announce_json = sections::announce_json(context.environment, findings);
    if let Some(fixed) = context.fixed {
        fixed.hold_tls(&settings, &mut server.tls, findings);
    }

    let mut reader = Mounts {
        locator,
        base,
        environment: context.environment,
        files: &context.files,
        public_url: &server.public_url,
        allow_passwordless: server.allow_passwordless,
        test_features: admin.test_features,
        reserved: registry::first_segments(),
        names: HashMap::new(),
        packs: HashMap::new(),
        hosts: HashMap::new(),
        issuers: Vec::new(),
        weak: Vec::new(),
        holds_secrets: settings.holds_secrets() || holds_tokens,
    };
    let mut mounts: Vec<_> =
        mount_items(locator, mounts, findings).into_iter().filter_map(|item| reader.read(item, findings)).collect();
    if matches!(server.tls, Some(TlsConfig::Development { .. })) {
        reader.add_local_hosts(&mut mounts);
    }
    reader.warn_of_issuers(&mounts, findings);
    packs::refuse_hiding(&mounts, &reader.names, findings);
    if path.is_some_and(|path| reader.holds_secrets && files::is_readable_by_others(path)) {
        findings.warn(locator.file(), "", files::EXPOSED);
    }
    if !reader.weak.is_empty() && !is_loopback(server.listen.ip()) && !server.allow_weak_secrets {
        settings.error(settings::LISTEN, weak_secrets(server.listen, &reader.weak), findings);
    }
    Config { settings, server, admin, store, telemetry, mounts, announce_json, warnings: Vec::new() }
}

fn mount_items<'t>(locator: &Locator<'t>, mounts: Option<Item<'t>>, findings: &mut Findings) -> Vec<Item<'t>> {
    let Some(mounts) = mounts else {
        let message =
            "there is no [[mount]], so nothing would be served; `idp-gateway init` writes a file that has some";
        findings.error(locator.file(), "mount", message);
        return Vec::new();
    };
    let place = Table::new(locator, "mount", &mounts).place("");
    if let DeValue::Array(items) = mounts.into_inner() {
        return items.into_iter().collect();
    }
    findings.error(place, "mount", "write [[mount]], with two brackets on each side");
    Vec::new()
}

fn weak_secrets(listen: SocketAddr, weak: &[String]) -> String {
    const MOST: usize = 10;
    let more = weak.len().saturating_sub(MOST);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let named = weak.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join("; ");
    format!(
        "{listen} is not loopback and some secrets could be guessed: {named}{more}. Give each a random secret of 12 characters \
         or more, listen on 127.0.0.1, or accept them by name with server.allow_weak_secrets = true or \
         --allow-weak-secrets"
    )
}
