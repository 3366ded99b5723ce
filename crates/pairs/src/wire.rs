//! HTTP/1.1 as it is on the wire: what is sent is exactly the bytes given, what came is seen as it came.

use anyhow::{Context, Result, bail, ensure};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long a connection waits for bytes before it gives up.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest head or body that is read, in bytes: no answer of the gateway comes near.
const MAX_RESPONSE: usize = 16 << 20;

/// A response as it came.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// Header fields in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body, its transfer coding removed.
    pub body: Vec<u8>,
}

impl Response {
    /// The values of header `name`, compared without case, in order.
    pub fn headers_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first value of header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{} with no JSON: {}", self.status, self.text()))
    }
}

/// The bytes of a request; a `Content-Length` is added where the headers have none and there is a body or a method
/// that has one.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    let framed = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("transfer-encoding"));
    if !framed && (!body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH")) {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// Connects, for requests that each wait so long for their answer.
pub fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream =
        TcpStream::connect_timeout(&address, TIMEOUT).with_context(|| format!("cannot connect to {address}"))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A plain connection, kept open between requests.
#[derive(Debug)]
pub struct Plain {
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Plain {
    /// Connects.
    pub fn open(address: SocketAddr) -> Result<Self> {
        Ok(Self { stream: connect(address)?, pending: Vec::new() })
    }

    /// Sends a request and reads the answer.
    pub fn exchange(&mut self, request: &[u8]) -> Result<Response> {
        self.stream.write_all(request).context("the request could not be sent whole")?;
        Incoming::of(&mut self.stream, &mut self.pending).receive()
    }
}

/// What comes on a connection.
#[derive(Debug)]
pub struct Incoming<'a, S> {
    stream: &'a mut S,
    /// Bytes that came and have not been read as part of a response.
    pending: &'a mut Vec<u8>,
}

impl<'a, S: Read> Incoming<'a, S> {
    /// What comes on `stream`, after what is `pending` already; what is read too far stays there.
    pub const fn of(stream: &'a mut S, pending: &'a mut Vec<u8>) -> Self {
        Self { stream, pending }
    }

    /// Reads the next final response; 100-continue is passed over.
    pub fn receive(&mut self) -> Result<Response> {
        loop {
            let response = self.receive_one()?;
            if response.status >= 200 {
                return Ok(response);
            }
        }
    }

    fn receive_one(&mut self) -> Result<Response> {
        let started = Instant::now();
        let end = loop {
            if let Some(at) = find(self.pending, b"\r\n\r\n") {
                break at;
            }
            ensure!(self.fill()?, "the connection ended inside a head: {:?}", String::from_utf8_lossy(self.pending));
            ensure!(started.elapsed() < TIMEOUT && self.pending.len() < MAX_RESPONSE, "the head does not end");
        };
        let head: Vec<u8> = self.pending.drain(..end + 4).collect();
        let mut response = parse_head(std::str::from_utf8(&head[..end]).context("the head is not UTF-8")?)?;
        response.body = self.receive_body(&response)?;
        Ok(response)
    }

    fn receive_body(&mut self, response: &Response) -> Result<Vec<u8>> {
        if response.status < 200 || matches!(response.status, 204 | 304) {
            return Ok(Vec::new());
        }
        if response.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.receive_chunks();
        }
        let lengths: Vec<_> = response.headers_named("content-length").collect();
        match lengths[..] {
            [length] => self.take(length.parse().with_context(|| format!("Content-Length: {length}"))?),
            [] => {
                while self.fill()? {}
                Ok(std::mem::take(self.pending))
            }
            _ => bail!("more than one Content-Length: {lengths:?}"),
        }
    }

    fn receive_chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.take_line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).with_context(|| format!("chunk size {size:?}"))?;
            if size == 0 {
                while !self.take_line()?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.take(size)?);
            ensure!(self.take_line()?.is_empty(), "a chunk that is longer than its size");
        }
    }

    fn take_line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = find(self.pending, b"\r\n") {
                let line: Vec<u8> = self.pending.drain(..end + 2).collect();
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            ensure!(self.fill()?, "the connection ended inside a line");
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        ensure!(length <= MAX_RESPONSE, "a body of {length} bytes");
        while self.pending.len() < length {
            ensure!(self.fill()?, "the connection ended after {} of {length} bytes", self.pending.len());
        }
        Ok(self.pending.drain(..length).collect())
    }

    /// Reads what is there; false at the end of the stream.
    fn fill(&mut self) -> Result<bool> {
        let mut buffer = [0; 16 << 10];
        let count = self.stream.read(&mut buffer).context("no answer in time, or the connection broke")?;
        self.pending.extend_from_slice(&buffer[..count]);
        ensure!(self.pending.len() <= MAX_RESPONSE, "the response does not end");
        Ok(count > 0)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn parse_head(head: &str) -> Result<Response> {
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let rest = status_line.strip_prefix("HTTP/1.1 ").with_context(|| format!("status line {status_line:?}"))?;
    let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(':').with_context(|| format!("header line {line:?}"))?;
            Ok((name.to_owned(), value.trim().to_owned()))
        })
        .collect::<Result<_>>()?;
    let status = status.parse().with_context(|| format!("status line {status_line:?}"))?;
    Ok(Response { status, reason: reason.to_owned(), headers, body: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_added_where_it_is_due() {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_eq!(text(request("GET", "/", &[("Host", "h")], b"")), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(text(request("POST", "/", &[], b"")), "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
        let own = request("POST", "/", &[("content-length", "9")], b"a");
        assert_eq!(text(own), "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\na");
    }
}
