//! What a gateway that runs cannot change: a configuration read anew is told so, and goes on with what there is.

use super::findings::Findings;
use super::settings::{self, RESTART, Settings};
use super::{Config, TlsConfig};
use std::net::SocketAddr;

/// What holds until the gateway is started anew.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Where the public listener listens, port and all.
    pub public: SocketAddr,
    /// Where the admin listener listens.
    pub admin: SocketAddr,
    /// The settings that it was started with.
    pub(super) settings: Settings,
    tls: Option<TlsConfig>,
}

impl Fixed {
    /// What is fixed of `config` once it runs.
    pub fn new(config: &Config, public: SocketAddr, admin: SocketAddr) -> Self {
        Self { public, admin, settings: config.settings.clone(), tls: config.server.tls.clone() }
    }

    /// Whether the listener speaks HTTPS, and by whose certificate, stays as it is. Its files may be others.
    pub(super) fn hold_tls(&self, settings: &Settings, tls: &mut Option<TlsConfig>, findings: &mut Findings) {
        let kind = |tls: &Option<TlsConfig>| tls.as_ref().map(std::mem::discriminant);
        if kind(tls) != kind(&self.tls) {
            settings.warn(settings::TLS_CERTIFICATE, RESTART, findings);
            tls.clone_from(&self.tls);
        }
    }
}
