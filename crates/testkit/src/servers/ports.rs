//! Ports for programs that cannot choose their own.

use anyhow::{Result, bail};
use parking_lot::Mutex;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below those that the system gives to who asks for any port (from 32,768 on Linux), and so are the ports 10,000
/// above: Redis takes those for the bus of a Cluster. A port that the system had given once could be somebody's by the
/// time the program listens.
const FIRST: u16 = 10_001;
const COUNT: u16 = 10_000;

/// A port on loopback that is this process' own until it ends: no other test is told it, in no process.
pub fn free_port() -> Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        let step = std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + u16::try_from(step % u32::from(COUNT))?;
        if claim(port) && listens(port) && listens(port + COUNT) {
            return Ok(port);
        }
    }
    bail!("no port between {FIRST} and {} is free", FIRST + COUNT - 1)
}

/// The same as an address.
pub fn free_address() -> Result<SocketAddr> {
    Ok(loopback(free_port()?))
}

/// The datagrams' port of the same number is held, as a sign to the others, for it ends with the process.
fn claim(port: u16) -> bool {
    static HELD: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());
    UdpSocket::bind(loopback(port)).map(|socket| HELD.lock().push(socket)).is_ok()
}

fn listens(port: u16) -> bool {
    TcpListener::bind(loopback(port)).is_ok()
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn nobody_is_told_a_port_twice_nor_one_that_the_system_gives() {
        let ports: HashSet<u16> = (0..200).map(|_| free_port().unwrap()).collect();
        assert_eq!(ports.len(), 200);
        assert!(ports.iter().all(|port| (FIRST..FIRST + COUNT).contains(port) && listens(*port)), "{ports:?}");
        assert!(!claim(*ports.iter().next().unwrap()));
    }

    #[test]
    fn a_port_that_is_taken_or_whose_bus_is_taken_is_passed_over() {
        let next = free_port().unwrap() + 2;
        let _taken = (TcpListener::bind(loopback(next)), TcpListener::bind(loopback(next + 1 + COUNT)));
        assert!((0..5).all(|_| ![next, next + 1].contains(&free_port().unwrap())));
    }
}
