//! The listener's end: nobody is let in who could not be served any more.
//!
//! Closing a listening socket resets the connections that wait in it to be accepted, and a balancer that has sent a POST
//! on one must not send it again. So for a moment before the end new connections are not begun, those that there are
//! get accepted, and then there is none to reset. Who tries in that moment tries again by itself, and finds the door
//! closed: nothing of its was sent.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

/// From when new connections are not begun until the listener is closed: long enough for those that wait to be
/// accepted and to have sent what they are for.
const SETTLE: Duration = Duration::from_millis(150);

/// A second handle of a listening socket, whose first one a server has.
#[derive(Debug)]
pub(crate) struct Door(TcpListener);

impl Door {
    /// The door of that socket.
    pub(crate) fn of(listener: &TcpListener) -> io::Result<Self> {
        listener.try_clone().map(Self)
    }

    /// Lets nobody in any more, and waits until those before it are in. The socket is closed with its first handle.
    pub(crate) async fn shut(self) {
        match begin_none(&self.0) {
            Ok(()) => tokio::time::sleep(SETTLE).await,
            // The listener is closed as it is.
            Err(error) => tracing::debug!(%error, "new connections cannot be held back"),
        }
    }
}

/// Has the kernel drop every packet that would begin a connection (SYN without ACK). Connections that exist, or are
/// being made, are not touched.
#[cfg(target_os = "linux")]
fn begin_none(listener: &TcpListener) -> io::Result<()> {
    use socket2::{SockFilter, SockRef};

    /// The byte of a TCP header that has the flags (RFC 9293 section 3.1), and two of these.
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    // Classic BPF: load a byte, and, jump if equal, return.
    let filter = [
        SockFilter::new(0x30, 0, 0, FLAGS),
        SockFilter::new(0x54, 0, 0, SYN | ACK),
        SockFilter::new(0x15, 0, 1, SYN),
        SockFilter::new(0x06, 0, 0, 0),
        SockFilter::new(0x06, 0, 0, u32::MAX),
    ];
    SockRef::from(listener).attach_filter(&filter)
}

#[cfg(not(target_os = "linux"))]
fn begin_none(_: &TcpListener) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::{ErrorKind, Read, Write};
    use std::net::TcpStream;

    #[test]
    fn who_waits_is_served_and_nobody_else_is_let_in() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut accepted_before = TcpStream::connect(address).unwrap();
        let (mut first, _) = listener.accept().unwrap();
        let mut waiting = TcpStream::connect(address).unwrap();
        let door = Door::of(&listener).unwrap();
        begin_none(&door.0).unwrap();

        let soon = Duration::from_millis(300);
        let outcome = TcpStream::connect_timeout(&address, soon).map_err(|error| error.kind());
        assert_eq!(outcome.unwrap_err(), ErrorKind::TimedOut);

        let (mut second, _) = listener.accept().unwrap();
        let pairs = [(&mut accepted_before, &mut first), (&mut waiting, &mut second)];
        for (client, server) in pairs {
            client.write_all(b"question").unwrap();
            server.read_exact(&mut [0; 8]).unwrap();
            server.write_all(b"answer").unwrap();
            client.read_exact(&mut [0; 6]).unwrap();
        }

        drop((door, listener));
        let outcome = TcpStream::connect(address).map_err(|error| error.kind());
        assert_eq!(outcome.unwrap_err(), ErrorKind::ConnectionRefused);
    }
}
