//! What every request handler shares.

use crate::config::Config;
use crate::journal::Journal;
use crate::mounts::Mounts;
use crate::refusal_log::RefusalLog;
use issuer::Issuer;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The running gateway.
#[derive(Debug)]
pub struct App {
    /// The issuer with its store, clock and scenarios.
    pub issuer: Issuer,
    /// The mounts and the ways to them.
    pub mounts: Mounts,
    /// How requests are read.
    pub limits: Limits,
    /// Whether a secret that could be guessed is refused: the public listener is not on loopback.
    pub refuse_weak_secrets: bool,
    /// Whether cookies are kept to HTTPS: the gateway's public URL is.
    pub secure_cookies: bool,
    /// Which refusals are logged.
    pub refusal_log: RefusalLog,
    /// What became of the last requests.
    pub journal: Journal,
    draining: AtomicBool,
}

/// Bounds on what a client may send.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest body that is read, in bytes.
    pub body: usize,
    /// How long a whole body may take.
    pub body_timeout: Duration,
}

impl App {
    /// The gateway that `config` describes, over `issuer`.
    pub fn new(config: Config, issuer: Issuer) -> Self {
        let limits = Limits { body: config.server.body_limit, body_timeout: config.server.body_timeout };
        let refuse_weak_secrets = !config.server.listen.ip().is_loopback() && !config.server.allow_weak_secrets;
        let secure_cookies = config.server.public_url.starts_with("https://");
        let mounts = Mounts::new(config.mounts, &config.server.public_url);
        Self {
            issuer,
            mounts,
            limits,
            refuse_weak_secrets,
            secure_cookies,
            refusal_log: RefusalLog::default(),
            journal: Journal::default(),
            draining: AtomicBool::new(false),
        }
    }

    /// From now on the gateway says that it is not ready: it is about to stop.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the gateway is about to stop.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
