//! What passes between balancer and replica: connections counted, requests kept as they were sent.

use super::kind::Kind;
use super::site::Site;
use anyhow::Result;
use parking_lot::Mutex;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// Stands before a replica and passes everything on.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    /// What was sent on each connection.
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Wire {
    /// One before that replica, for as long as the test process runs.
    pub(crate) fn start(replica: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let wire = Self { address: listener.local_addr()?, sent: Arc::default() };
        let sent = Arc::clone(&wire.sent);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // One that is gone refuses, and so does this.
                if let Ok(server) = TcpStream::connect(replica) {
                    let _ = forward(&client, &server, &sent);
                }
            }
        });
        Ok(wire)
    }

    /// The connections on which a client's request came, each with all that was sent on it.
    pub(crate) fn connections(&self) -> Vec<String> {
        let sent = self.sent.lock();
        let texts = sent.iter().map(|sent| String::from_utf8_lossy(sent).into_owned());
        texts.filter(|text| requests(text) > 0).collect()
    }

    /// How many requests of clients came.
    pub(crate) fn requests(&self) -> usize {
        self.connections().iter().map(|text| requests(text)).sum()
    }
}

/// So many replicas, each behind a wire.
pub(crate) fn behind_wires(kind: &Kind, count: usize) -> Result<(Site, Vec<Wire>)> {
    let mut wires = Vec::new();
    let site = Site::start_behind(kind, count, |replicas| {
        wires = replicas.iter().map(|address| Wire::start(*address)).collect::<Result<_>>()?;
        Ok(wires.iter().map(|wire| wire.address).collect())
    })?;
    Ok((site, wires))
}

/// The requests in what was sent, without questions about health.
fn requests(sent: &str) -> usize {
    let lines = sent.split("\r\n").filter(|line| line.ends_with(" HTTP/1.1"));
    lines.filter(|line| !line.contains("/_gateway/health/")).count()
}

fn forward(client: &TcpStream, server: &TcpStream, sent: &Arc<Mutex<Vec<Vec<u8>>>>) -> Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let place = {
        let mut sent = sent.lock();
        sent.push(Vec::new());
        sent.len() - 1
    };
    let (from, to, kept) = (client.try_clone()?, server.try_clone()?, Arc::clone(sent));
    std::thread::spawn(move || copy(from, to, |bytes| kept.lock()[place].extend_from_slice(bytes)));
    let (from, to) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || copy(from, to, |_| {}));
    Ok(())
}

fn copy(mut from: TcpStream, mut to: TcpStream, see: impl Fn(&[u8])) {
    let mut chunk = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        see(&chunk[..count]);
        if to.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    let _ = (to.shutdown(Shutdown::Write), from.shutdown(Shutdown::Read));
}
