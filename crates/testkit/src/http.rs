//! A raw HTTP/1.1 client: what is sent is exactly the bytes given, what came is seen as it came.

use crate::tls::{self, Stream};
use anyhow::{Context, Result, bail, ensure};
use pairs::wire::{Incoming, TIMEOUT};
pub use pairs::wire::{Response, request};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;
use tokio::net::TcpSocket;

/// Sends one request on a connection of its own and reads the answer.
pub fn exchange(address: SocketAddr, request: &[u8]) -> Result<Response> {
    let mut connection = Connection::open(address)?;
    connection.send(request)?;
    connection.receive()
}

/// A connection, kept open between requests for as long as the other side does.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    /// Bytes that came and have not been read as part of a response.
    pending: Vec<u8>,
}

impl Connection {
    /// Connects to the gateway.
    pub fn open(address: SocketAddr) -> Result<Self> {
        Ok(Self { stream: Stream::Plain(connect(address)?), pending: Vec::new() })
    }

    /// Connects by TLS to the host of that name; `ca` is the one certificate, in PEM, that is trusted.
    pub fn open_tls(address: SocketAddr, name: &str, ca: &[u8]) -> Result<Self> {
        Ok(Self { stream: Stream::Tls(Box::new(tls::connect(connect(address)?, name, ca)?)), pending: Vec::new() })
    }

    /// The same from another address of this machine's, such as one of `127.0.0.0/8`.
    pub fn open_tls_from(source: IpAddr, address: SocketAddr, name: &str, ca: &[u8]) -> Result<Self> {
        let stream = prepared(connect_from(source, address)?)?;
        Ok(Self { stream: Stream::Tls(Box::new(tls::connect(stream, name, ca)?)), pending: Vec::new() })
    }

    /// The certificate that the other side has shown, in DER.
    pub fn certificate(&self) -> Option<Vec<u8>> {
        let Stream::Tls(stream) = &self.stream else { return None };
        Some(stream.conn.peer_certificates()?.first()?.to_vec())
    }

    /// Sends these bytes and nothing else.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).context("the request could not be sent whole")
    }

    /// Sends a request and reads the answer.
    pub fn exchange(&mut self, request: &[u8]) -> Result<Response> {
        self.send(request)?;
        self.receive()
    }

    /// Reads the next final response; 100-continue is passed over.
    pub fn receive(&mut self) -> Result<Response> {
        Incoming::of(&mut self.stream, &mut self.pending).receive()
    }

    /// Whether the other side closes the connection within `time`, having sent nothing more.
    pub fn is_closed_within(&mut self, time: Duration) -> Result<bool> {
        ensure!(self.pending.is_empty(), "bytes after the response: {:?}", String::from_utf8_lossy(&self.pending));
        self.stream.tcp().set_read_timeout(Some(time))?;
        let mut byte = [0];
        let outcome = self.stream.read(&mut byte);
        self.stream.tcp().set_read_timeout(Some(TIMEOUT))?;
        match outcome {
            Ok(0) => Ok(true),
            Ok(_) => bail!("a byte after the response: {byte:?}"),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream =
        TcpStream::connect_timeout(&address, TIMEOUT).with_context(|| format!("cannot connect to {address}"))?;
    prepared(stream)
}

/// The standard library's own connections have the source that the system gives them.
fn connect_from(source: IpAddr, address: SocketAddr) -> Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let connected = runtime.block_on(async {
        let socket = if source.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.bind((source, 0).into())?;
        socket.connect(address).await?.into_std()
    });
    let stream = connected.with_context(|| format!("cannot connect to {address} from {source}"))?;
    stream.set_nonblocking(false)?;
    Ok(stream)
}

fn prepared(stream: TcpStream) -> Result<TcpStream> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Answers one connection with these bytes, then closes it.
    fn answering(bytes: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || listener.accept().unwrap().0.write_all(bytes).unwrap());
        address
    }

    #[test]
    fn a_connection_is_kept_between_responses() {
        let address =
            answering(b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 No Content\r\n\r\n");
        let mut connection = Connection::open(address).unwrap();
        let first = connection.receive().unwrap();
        assert_eq!((first.status, first.reason.as_str(), first.body.as_slice()), (200, "OK", &b"hi"[..]));
        assert_eq!(first.headers_named("A").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(connection.receive().unwrap().status, 204);
        assert!(connection.is_closed_within(Duration::from_secs(5)).unwrap());
    }

    #[test]
    fn chunks_are_joined_and_100_is_passed_over() {
        let address = answering(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n",
        );
        assert_eq!(Connection::open(address).unwrap().receive().unwrap().text(), "abcd");
    }

    #[test]
    fn a_body_shorter_than_its_length_is_an_error() {
        let address = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
        assert!(Connection::open(address).unwrap().receive().is_err());
        let address = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na");
        assert!(Connection::open(address).unwrap().receive().is_err());
    }
}
