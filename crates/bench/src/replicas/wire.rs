//! Kept connections to nginx, as many as are needed at a time.

use crate::http;
use std::cell::RefCell;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long an answer may take: longer than nginx waits for a replica.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longer than any answer.
const BUFFER: usize = 16 * 1024;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The replicas that nginx asked, in order; the last one answered, or failed to.
    pub(crate) asked: Vec<SocketAddr>,
}

/// Connections that wait for the next request.
#[derive(Debug)]
pub(crate) struct Connections {
    address: SocketAddr,
    idle: RefCell<Vec<TcpStream>>,
}

impl Connections {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self { address, idle: RefCell::default() }
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn ask(&self, request: &[u8]) -> Result<Answer> {
        tokio::time::timeout(PATIENCE, self.exchange(request)).await.map_err(|_| Error::from(ErrorKind::TimedOut))?
    }

    async fn exchange(&self, request: &[u8]) -> Result<Answer> {
        let kept = self.idle.borrow_mut().pop();
        let mut stream = match kept {
            Some(stream) => stream,
            None => TcpStream::connect(self.address).await?,
        };
        stream.set_nodelay(true)?;
        stream.write_all(request).await?;
        let mut bytes = Vec::with_capacity(BUFFER);
        loop {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let Some(head) = http::answer(&bytes).map_err(Error::other)? else { continue };
            if bytes.len() < head.length {
                continue;
            }
            if bytes.len() > head.length {
                return Err(Error::other("more bytes than the answer has"));
            }
            if head.keep {
                self.idle.borrow_mut().push(stream);
            }
            return read(head.status, &bytes);
        }
    }
}

fn read(status: u16, bytes: &[u8]) -> Result<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let asked = head.lines().find_map(|line| line.strip_prefix("X-Upstream: ")).unwrap_or_default();
    let asked = asked.split(", ").filter(|address| !address.is_empty()).map(str::parse);
    Ok(Answer {
        status,
        body: body.as_bytes().to_vec(),
        asked: asked.collect::<std::result::Result<_, _>>().map_err(Error::other)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_who_was_asked() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Upstream: 127.0.0.1:1, 127.0.0.1:2\r\n\r\n{}";
        let answer = read(200, bytes).unwrap();
        assert_eq!(answer.body, b"{}");
        assert_eq!(answer.asked, [([127, 0, 0, 1], 1).into(), ([127, 0, 0, 1], 2).into()]);
        assert_eq!(read(200, b"HTTP/1.1 200 OK\r\n\r\n").unwrap().asked, []);
    }
}
