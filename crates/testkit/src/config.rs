//! A gateway's configuration file, as far as the tests write one.

use serde::Serialize;

pub use pairs::config::Mount;
pub use pairs::{Client, User};

/// A configuration. Listeners and store are the harness's to add.
#[derive(Clone, Debug, Serialize)]
pub struct Config {
    /// The vendors' surface.
    pub server: Server,
    /// The mounts in order.
    #[serde(rename = "mount")]
    pub mounts: Vec<Mount>,
}

/// Terms of the vendors' surface.
#[derive(Clone, Debug, Serialize)]
pub struct Server {
    /// The base of the gateway's own links.
    pub public_url: String,
    /// How long a body may take, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_timeout_ms: Option<u32>,
    /// How long a head may take, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_timeout_ms: Option<u32>,
}

impl Config {
    /// The file's text.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// The mount that `host` leads to.
    pub fn mount_of_host(&self, host: &str) -> Option<&Mount> {
        self.mounts.iter().find(|mount| mount.hosts.iter().any(|known| known == host))
    }

    /// The mount of that name.
    pub fn mount_mut(&mut self, name: &str) -> Option<&mut Mount> {
        self.mounts.iter_mut().find(|mount| mount.name == name)
    }
}
