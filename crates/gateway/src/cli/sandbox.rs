//! `sandbox`: the built-in sandbox as a test wants it.

use super::explain;
use crate::announce::{Announce, READY_FILE};
use crate::output;
use crate::parent::Parent;
use crate::reload::Origin;
use anyhow::{Context, bail, ensure};
use clap::Args;
use configuration::host::is_loopback;
use configuration::{Config, Environment, Flags, Links, Loader, Source};
use pack::shipped;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// What the settings are called in the environment.
const LISTEN: &str = "IDP_GATEWAY__SERVER__LISTEN";
const ADMIN_LISTEN: &str = "IDP_GATEWAY__ADMIN__LISTEN";
const ADMIN_TOKEN: &str = "IDP_GATEWAY__ADMIN__TOKEN";
const ADMIN_TOKEN_FILE: &str = "IDP_GATEWAY__ADMIN__TOKEN_FILE";
const STORE_PATH: &str = "IDP_GATEWAY__STORE__PATH";
const DRAIN_DELAY_MS: &str = "IDP_GATEWAY__SERVER__DRAIN_DELAY_MS";
/// The path of a store that is in memory.
const MEMORY: &str = ":memory:";

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct Sandbox {
    /// The address of both listeners. In a container: 0.0.0.0. Off loopback an admin token is made and told, unless the
    /// environment has one.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The port of the vendors' surface; 0 takes any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The port of the admin API; 0 takes any that is free.
    #[arg(long, default_value_t = 8081)]
    admin_port: u16,
    /// Keep everything in memory: nothing is there from before, and nothing is left.
    #[arg(long)]
    memory: bool,
    /// Serve these mounts alone, by name; a shipped pack is one as well (`pack list`), and so is one of your own, by its folder
    /// (`./acme`), with the clients and users of its `[demo]`.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    mount: Vec<String>,
    /// Serve every shipped pack beside the sandbox's own mounts.
    #[arg(long, conflicts_with = "mount")]
    packs: bool,
    /// Speak HTTPS with a certificate of this machine's own development CA: see `dev-cert`.
    #[arg(long)]
    dev_tls: bool,
    /// Make issuers and links of the scheme and authority of the request that began the exchange: for a gateway that is called by
    /// several names. Forwarding headers count from trusted proxies alone.
    #[arg(long)]
    issuer_from_request: bool,
    /// Where servers reach the gateway, if browsers call it by another name: discovery gives it for token, userinfo and
    /// keys.
    #[arg(long, value_name = "URL", value_parser = origin)]
    back_channel_url: Option<String>,
    /// End when the process that has started this one does, or standard input where that is a pipe.
    #[arg(long)]
    with_parent: bool,
    /// Write where it listens to this file, as JSON, once all listeners answer. It is removed at the end. Commands that are run
    /// in its folder find the gateway by it where it has its usual name, idp-gateway.json.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = READY_FILE)]
    ready_file: Option<PathBuf>,
}

impl Sandbox {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let parent = self.with_parent.then(Parent::new);
        let (environment, admin_token) = self.environment(Environment::process());
        let flags = Flags { allow_weak_secrets: true, allow_passwordless: true, dev_tls: self.dev_tls };
        let loader = Loader::new(&environment, flags);
        let (mounts, names) = self.packs()?;
        let mut config = loader.load(Source::SandboxWith(&mounts)).map_err(|errors| explain(&errors))?;
        if !self.packs {
            keep(&mut config, &names)?;
        }
        config.server.links =
            Links { from_request: self.issuer_from_request, back_channel: self.back_channel_url.clone() };
        let origin = Origin { path: None, flags, files: loader.files.into_stamps() };
        let announce = Announce { by_file: self.ready_file, admin_token, ..Announce::of(&config, true) };
        crate::serve::serve(config, origin, announce, parent)
    }

    /// The mounts of packs, in TOML, and the names of those mounts that are wanted: a shipped pack's, or that of a folder.
    fn packs(&self) -> anyhow::Result<(Vec<String>, Vec<String>)> {
        if self.packs {
            return Ok((shipped::ALL.iter().filter_map(|(name, _)| shipped::mount(name)).collect(), Vec::new()));
        }
        let (mut mounts, mut names) = (Vec::new(), Vec::new());
        for wanted in &self.mount {
            let is_path = wanted.contains(['/', '.']) && Path::new(wanted).exists();
            if is_path {
                let (name, mount) = of_folder(wanted)?;
                mounts.push(mount);
                names.push(name);
            } else {
                mounts.extend(shipped::mount(wanted));
                names.push(wanted.clone());
            }
        }
        Ok((mounts, names))
    }

    /// The environment with what the command line says, and the admin token that was made.
    fn environment(&self, own: Environment) -> (Environment, Option<String>) {
        let at = |port| SocketAddr::new(self.host, port).to_string();
        let mut environment = own.with(LISTEN, &at(self.port)).with(ADMIN_LISTEN, &at(self.admin_port));
        // No balancer has to come to know of the end of a test.
        if !environment.has(DRAIN_DELAY_MS) {
            environment = environment.with(DRAIN_DELAY_MS, "0");
        }
        if self.memory {
            environment = environment.with(STORE_PATH, MEMORY);
        }
        let has_token = is_loopback(self.host) || environment.has(ADMIN_TOKEN) || environment.has(ADMIN_TOKEN_FILE);
        let token = (!has_token).then(|| format!("{:032x}", rand::random::<u128>()));
        if let Some(token) = &token {
            environment = environment.with(ADMIN_TOKEN, token);
        }
        (environment, token)
    }
}

/// The mount of the pack in that folder or file, with the clients that it has for the sandbox: its name and it in TOML.
fn of_folder(wanted: &str) -> anyhow::Result<(String, String)> {
    let mut whole = std::path::absolute(wanted).with_context(|| format!("cannot find {wanted}"))?;
    if whole.ends_with("pack.toml") {
        whole.pop();
    }
    // What is wrong with it is told by line.
    let pack = super::pack::find(&whole)?;
    let name = super::pack::folder::mount_name(pack.name());
    if let Some(line) = super::pack::folder::of_mount(pack.name()) {
        output::error(&line);
    }
    let mount = shipped::mount_of(&name, &whole.display().to_string(), pack.text());
    Ok((name, mount.with_context(|| format!("{wanted} is no TOML"))?))
}

/// A URL of scheme and authority alone.
fn origin(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let authority = ["http://", "https://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let is_authority = |authority: &str| !authority.is_empty() && !authority.contains(['/', '?', '#', '@', ' ']);
    if authority.is_some_and(is_authority) {
        return Ok(url.to_owned());
    }
    Err("write scheme and authority alone, as in http://idp:8080".to_owned())
}

/// Leaves the mounts of these names; all of them where none is named.
fn keep(config: &mut Config, names: &[String]) -> anyhow::Result<()> {
    for name in names {
        if !config.mounts.iter().any(|mount| mount.name == *name) {
            let known = config.mounts.iter().map(|mount| &*mount.name).collect::<Vec<_>>().join(", ");
            let packs = shipped::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            bail!(
                "the sandbox has no mount `{name}`; it has {known}; shipped packs are {packs}; a pack of your own is named by \
                 its folder or file, as in `--mount ./acme`"
            );
        }
    }
    ensure!(!config.mounts.is_empty(), "the sandbox has no mounts");
    if !names.is_empty() {
        config.mounts.retain(|mount| names.contains(&mount.name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        sandbox: Sandbox,
    }

    fn parsed(arguments: &[&str]) -> Sandbox {
        Line::try_parse_from([&["sandbox"], arguments].concat()).unwrap().sandbox
    }

    fn loaded(sandbox: &Sandbox, own: Environment) -> (Config, Option<String>) {
        let (environment, token) = sandbox.environment(own);
        let flags = Flags { allow_weak_secrets: true, allow_passwordless: true, dev_tls: false };
        (Loader::new(&environment, flags).load(Source::Sandbox).unwrap(), token)
    }

    #[test]
    fn on_loopback_nobody_needs_a_token_and_elsewhere_one_is_made() {
        let (config, token) = loaded(&parsed(&["--port", "0"]), Environment::default());
        assert_eq!((config.server.listen.to_string(), token), ("127.0.0.1:0".to_owned(), None));
        assert_eq!(config.admin.listen.to_string(), "127.0.0.1:8081");
        let anywhere = parsed(&["--host", "0.0.0.0", "--memory"]);
        let (config, token) = loaded(&anywhere, Environment::default());
        assert!(config.admin.test_features && config.store == configuration::StoreConfig::Memory);
        assert_eq!((config.admin.tokens.len(), token.map(|token| token.len())), (1, Some(32)));
        let known = Environment::from([(ADMIN_TOKEN, "0123456789abcdef")]);
        assert_eq!(loaded(&anywhere, known).1, None, "a token that is known is not told");
    }

    #[test]
    fn mounts_are_chosen_by_name() {
        let (mut config, _) = loaded(&parsed(&[]), Environment::default());
        let unknown = keep(&mut config, &["bit".to_owned()]).unwrap_err().to_string();
        assert!(unknown.contains("no mount `bit`; it has bizzassure, bits, "), "{unknown}");
        keep(&mut config, &parsed(&["--mount", "bits,screeningeagle"]).mount).unwrap();
        let names: Vec<_> = config.mounts.iter().map(|mount| &*mount.name).collect();
        assert_eq!(names, ["bits", "screeningeagle"]);
    }
}
