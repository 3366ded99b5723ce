//! What the service manager is told (`sd_notify(3)`), where there is one that asks.

use configuration::Environment;
use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The gateway listens, or has read its configuration anew.
pub(crate) const READY: &str = "READY=1";
/// It reads its configuration anew.
pub(crate) const RELOADING: &str = "RELOADING=1";
/// It is about to stop.
pub(crate) const STOPPING: &str = "STOPPING=1";

/// Tells it that; one that does not listen is told nothing.
pub(crate) fn tell(state: &str) {
    let Some(socket) = Environment::process().service_manager() else { return };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, state, "the service manager cannot be told");
    }
}

fn send(socket: &str, state: &str) -> io::Result<()> {
    let address = match socket.strip_prefix('@') {
        #[cfg(target_os = "linux")]
        Some(name) => <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    let own = UnixDatagram::unbound()?;
    // A manager that does not read holds nobody up.
    own.set_nonblocking(true)?;
    own.send_to_addr(state.as_bytes(), &address).map(drop)
}
