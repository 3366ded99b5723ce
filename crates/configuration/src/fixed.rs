//! What a gateway that runs cannot change: a configuration read anew is told so, and goes on with what there is.

use super::findings::Findings;
use super::layers::Layers;
use super::{AdminConfig, Config, ServerConfig, StoreConfig, TelemetryConfig, TlsConfig};
use std::net::SocketAddr;

/// What holds until the gateway is started anew.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Where the public listener listens, port and all.
    pub public: SocketAddr,
    /// Where the admin listener listens.
    pub admin: SocketAddr,
    server: ServerConfig,
    store: StoreConfig,
    telemetry: TelemetryConfig,
}

impl Fixed {
    /// What is fixed of `config` once it runs.
    pub fn new(config: &Config, public: SocketAddr, admin: SocketAddr) -> Self {
        let Config { server, store, telemetry, .. } = config;
        Self { public, admin, server: server.clone(), store: store.clone(), telemetry: telemetry.clone() }
    }

    /// Puts what is fixed in the place of what a file now says, with a warning for each that differs.
    pub(super) fn hold(
        &self,
        layers: &Layers,
        (server, admin): (&mut ServerConfig, &mut AdminConfig),
        (store, telemetry): (&mut StoreConfig, &mut TelemetryConfig),
        findings: &mut Findings,
    ) {
        let fixed = &self.server;
        let kind = |tls: &Option<TlsConfig>| tls.as_ref().map(std::mem::discriminant);
        for (key, changed) in [
            ("server.workers", server.workers != fixed.workers),
            ("server.head_timeout_ms", server.head_timeout != fixed.head_timeout),
            ("server.shutdown_timeout_ms", server.shutdown_timeout != fixed.shutdown_timeout),
            ("server.watch_config", server.watch_config != fixed.watch_config),
            ("server.tls", kind(&server.tls) != kind(&fixed.tls)),
            ("store", *store != self.store),
            ("telemetry", *telemetry != self.telemetry),
        ] {
            if changed {
                findings.warn(layers.place(key), key, RESTART);
            }
        }
        if kind(&server.tls) != kind(&fixed.tls) {
            server.tls.clone_from(&fixed.tls);
        }
        admin.listen = self.admin;
        store.clone_from(&self.store);
        telemetry.clone_from(&self.telemetry);
    }
}

const RESTART: &str = "takes effect when the gateway is started anew; until then it goes on with what it has";

/// The address that is bound, in the place of the one that is now asked for.
pub(super) fn hold_address(
    layers: &Layers,
    key: &'static str,
    asked: SocketAddr,
    bound: Option<SocketAddr>,
    findings: &mut Findings,
) -> SocketAddr {
    let Some(bound) = bound else { return asked };
    if asked.ip() != bound.ip() || ![0, bound.port()].contains(&asked.port()) {
        findings.warn(layers.place(key), key, RESTART);
    }
    bound
}
