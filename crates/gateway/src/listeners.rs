//! The listening sockets: open before the gateway says anything of itself, and answering nobody yet.

use crate::announce::Addresses;
use anyhow::Context;
use configuration::Config;
use std::net::{SocketAddr, TcpListener};
use tokio::net::TcpSocket;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// The sockets that a configuration asks for.
pub(crate) struct Listeners {
    pub(crate) public: TcpListener,
    pub(crate) admin: TcpListener,
    /// Where metrics are served without a token.
    pub(crate) metrics: Option<TcpListener>,
    /// The addresses that they were given.
    pub(crate) at: Addresses,
}

impl Listeners {
    /// Opens them all.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        let public = listen(config.server.listen, "server.listen")?;
        let admin = listen(config.admin.listen, "admin.listen")?;
        let metrics = config.telemetry.metrics_listen;
        let metrics = metrics.map(|address| listen(address, "telemetry.metrics_listen")).transpose()?;
        let at = Addresses {
            public: public.local_addr()?,
            admin: admin.local_addr()?,
            metrics: metrics.as_ref().map(TcpListener::local_addr).transpose()?,
        };
        Ok(Self { public, admin, metrics, at })
    }
}

/// A listening socket; the error names the configuration's key.
fn listen(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    open().with_context(|| format!("cannot listen on {address}: free the port or set {key} to another"))
}
