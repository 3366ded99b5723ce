//! Plain HTTP on a port that speaks TLS.

use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The first byte of a TLS handshake (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 22;
/// How long, and how much of, a question in plain HTTP is read, so that its answer is not lost with the connection.
const PATIENCE: Duration = Duration::from_millis(500);
const LONGEST: u64 = 64 * 1024;

/// What a client in plain HTTP is told at a port that speaks TLS.
pub const SPEAKS_TLS: &str = "this port speaks TLS: write https:// where http:// stands\n";

/// Gives a connection that begins with TLS back. One that begins with a letter, as a request in plain HTTP does, is
/// told what to write instead, and closed.
pub(crate) async fn turn_away(mut connection: TcpStream, patience: Duration) -> io::Result<TcpStream> {
    let mut first = [0];
    let read = timeout(patience, connection.peek(&mut first)).await??;
    if read == 0 || first[0] == HANDSHAKE || !first[0].is_ascii_alphabetic() {
        return Ok(connection);
    }
    let head = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length";
    connection.write_all(format!("{head}: {}\r\n\r\n{SPEAKS_TLS}", SPEAKS_TLS.len()).as_bytes()).await?;
    connection.shutdown().await?;
    let mut rest = connection.take(LONGEST);
    let read = async {
        while rest.read(&mut [0; 1024]).await? > 0 {}
        io::Result::Ok(())
    };
    timeout(PATIENCE, read).await??;
    Err(io::Error::new(io::ErrorKind::InvalidData, "plain HTTP on a port that speaks TLS"))
}
