//! A gateway for a command alone, in its own process: in memory, on ports that are free.

use super::Admin;
use crate::announce::Announce;
use crate::cli::client::Client;
use crate::cli::explain;
use crate::reload::Origin;
use anyhow::{Context, bail};
use configuration::{Environment, Flags};
use pairs::config::Mount;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;

/// The settings of a gateway that nobody else is to find. Its links are those that contracts are written with.
const SETTINGS: &str = "\
[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://localhost:8080\"\n\
[admin]\nlisten = \"127.0.0.1:0\"\ntest_features = true\n\
[store]\npath = \":memory:\"\n";

#[derive(Serialize)]
struct Mounts<'a> {
    mount: &'a [Mount],
}

/// A gateway that runs in this process, to its end.
pub(in crate::cli) struct Inside {
    admin: SocketAddr,
    public: SocketAddr,
}

impl Inside {
    /// It, for pairs to be played against.
    pub(in crate::cli) fn host(&self) -> Admin {
        Admin::new(Client::new(&format!("http://{}", self.admin), "in this process", None), self.public)
    }
}

/// Starts a gateway that serves these mounts. Paths in them are relative to where the command runs.
pub(in crate::cli) fn start(mounts: &[Mount]) -> anyhow::Result<Inside> {
    let text = format!("{SETTINGS}{}", toml::to_string(&Mounts { mount: mounts })?);
    let flags = Flags { allow_weak_secrets: true, allow_passwordless: true, dev_tls: false };
    let environment = Environment::default();
    let config = configuration::parse("fixtures.json", &text, Path::new(""), &environment, flags);
    let config = config.map_err(|errors| explain(&errors))?;
    let origin = Origin { path: None, flags, files: BTreeMap::new() };
    let (to, ready) = channel();
    let announce = Announce { to: Some(to), ..Announce::default() };
    let serving = thread::spawn(move || crate::serve::serve_quietly(config, origin, announce));
    if let Ok(at) = ready.recv() {
        return Ok(Inside { admin: at.admin, public: at.public });
    }
    match serving.join() {
        Ok(Err(error)) => Err(error).context("a gateway to play the pairs against does not start"),
        _ => bail!("a gateway to play the pairs against has ended at its start"),
    }
}
