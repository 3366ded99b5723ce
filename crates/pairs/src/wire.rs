//! HTTP/1.1 as it is on the wire: what is sent is exactly the bytes given, what came is seen as it came.

use anyhow::{Context, Result, bail, ensure};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long a connection waits for bytes before it gives up.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// How much is read of an answer, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest head, in bytes.
    pub head: usize,
    /// The longest body, in bytes; what chunks have beside it, sizes and trailers, is as long at most.
    pub body: usize,
    /// How long an answer may take from first to last; one read more is waited for.
    pub time: Duration,
}

impl Limits {
    /// For a gateway of one's own: no answer of it comes near.
    pub const OWN: Self = Self { head: 256 << 10, body: 16 << 20, time: Duration::from_mins(2) };
}

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

/// Connects within `time`; each read and write waits as long at most.
pub fn connect(address: SocketAddr, time: Duration) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, time).with_context(|| format!("cannot connect to {address}"))?;
    stream.set_read_timeout(Some(time))?;
    stream.set_write_timeout(Some(time))?;
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
        Ok(Self { stream: connect(address, TIMEOUT)?, pending: Vec::new() })
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
    limits: Limits,
    started: Instant,
}

impl<'a, S: Read> Incoming<'a, S> {
    /// What comes on `stream`, after what is `pending` already; what is read too far stays there.
    pub fn of(stream: &'a mut S, pending: &'a mut Vec<u8>) -> Self {
        Self { stream, pending, limits: Limits::OWN, started: Instant::now() }
    }

    /// The same from somebody who may send without end.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Reads the next final response; 100-continue is passed over.
    pub fn receive(&mut self) -> Result<Response> {
        self.started = Instant::now();
        loop {
            let response = self.receive_one()?;
            if response.status >= 200 {
                return Ok(response);
            }
        }
    }

    fn receive_one(&mut self) -> Result<Response> {
        let head = self.take_to(b"\r\n\r\n", self.limits.head, "head")?;
        let mut response = parse_head(std::str::from_utf8(&head).context("the head is not UTF-8")?)?;
        response.body = self.receive_body(&response)?;
        Ok(response)
    }

    fn receive_body(&mut self, response: &Response) -> Result<Vec<u8>> {
        if response.status < 200 || matches!(response.status, 204 | 304) {
            return Ok(Vec::new());
        }
        let codings: Vec<_> = response.headers_named("transfer-encoding").collect();
        let lengths: Vec<_> = response.headers_named("content-length").collect();
        // What has both may be read in two ways, by whoever it is passed on to (RFC 9112 section 6.3).
        match (&codings[..], &lengths[..]) {
            ([], []) => self.receive_rest(),
            ([], [length]) => self.take(number(length, 10).with_context(|| format!("Content-Length: {length}"))?),
            ([coding], []) if coding.eq_ignore_ascii_case("chunked") => self.receive_chunks(),
            ([], _) => bail!("more than one Content-Length: {lengths:?}"),
            (_, []) => bail!("a Transfer-Encoding that is not chunked alone: {codings:?}"),
            _ => bail!("a Transfer-Encoding and a Content-Length: {codings:?}, {lengths:?}"),
        }
    }

    /// What comes until the stream ends.
    fn receive_rest(&mut self) -> Result<Vec<u8>> {
        while self.fill()? {
            self.admit(self.pending.len())?;
        }
        Ok(std::mem::take(self.pending))
    }

    fn receive_chunks(&mut self) -> Result<Vec<u8>> {
        let (mut body, mut beside) = (Vec::new(), 0);
        loop {
            let line = self.take_beside(&mut beside)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = number(size, 16).with_context(|| format!("chunk size {size:?}"))?;
            if size == 0 {
                while !self.take_beside(&mut beside)?.is_empty() {}
                return Ok(body);
            }
            self.admit(size.saturating_add(body.len()))?;
            body.extend(self.take(size)?);
            ensure!(self.take_beside(&mut beside)?.is_empty(), "a chunk that is longer than its size");
        }
    }

    /// A line of the chunked coding; `beside` counts them all.
    fn take_beside(&mut self, beside: &mut usize) -> Result<String> {
        let line = self.take_to(b"\r\n", self.limits.head, "line between two chunks")?;
        *beside += line.len() + 2;
        ensure!(*beside <= self.limits.body, "sizes of chunks and trailers go on beyond {} bytes", self.limits.body);
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// What comes before `end`, which is taken with it.
    fn take_to(&mut self, end: &[u8], longest: usize, what: &str) -> Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            if let Some(at) = find(&self.pending[searched..], end) {
                let mut taken: Vec<u8> = self.pending.drain(..searched + at + end.len()).collect();
                taken.truncate(searched + at);
                ensure!(taken.len() <= longest, "a {what} of more than {longest} bytes");
                return Ok(taken);
            }
            searched = self.pending.len().saturating_sub(end.len() - 1);
            ensure!(searched <= longest, "a {what} of more than {longest} bytes");
            if !self.fill()? {
                let begun = &self.pending[..self.pending.len().min(200)];
                bail!("the connection ended inside a {what}: {:?}", String::from_utf8_lossy(begun));
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        self.admit(length)?;
        while self.pending.len() < length {
            ensure!(self.fill()?, "the connection ended after {} of {length} bytes", self.pending.len());
        }
        Ok(self.pending.drain(..length).collect())
    }

    /// Refuses a body of more than the limit.
    fn admit(&self, length: usize) -> Result<()> {
        ensure!(length <= self.limits.body, "a body of more than {} bytes", self.limits.body);
        Ok(())
    }

    /// Reads what is there; false at the end of the stream.
    fn fill(&mut self) -> Result<bool> {
        let mut buffer = [0; 16 << 10];
        let count = self.stream.read(&mut buffer).context("no answer in time, or the connection broke")?;
        self.pending.extend_from_slice(&buffer[..count]);
        let seconds = self.limits.time.as_secs();
        ensure!(self.started.elapsed() <= self.limits.time, "the answer does not end within {seconds} seconds");
        Ok(count > 0)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A number of digits alone: no sign.
fn number(text: &str, radix: u32) -> Option<usize> {
    let is_plain = text.chars().all(|c| c.is_digit(radix));
    usize::from_str_radix(text, radix).ok().filter(|_| is_plain)
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

    /// An answer read from `bytes` and, once they are over, from `more` without end.
    fn read(bytes: &[u8], more: Option<&'static [u8]>) -> (Result<Response>, u64) {
        let limits = Limits { head: 1000, body: 100_000, time: TIMEOUT };
        let endless = more.into_iter().flatten().cycle().copied();
        let mut stream = Counting { bytes: Box::new(bytes.iter().copied().chain(endless)), count: 0 };
        let answer = Incoming::of(&mut stream, &mut Vec::new()).within(limits).receive();
        (answer, stream.count)
    }

    struct Counting<'b> {
        bytes: Box<dyn Iterator<Item = u8> + 'b>,
        count: u64,
    }

    impl Read for Counting<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let mut read = 0;
            for (place, byte) in buffer.iter_mut().zip(&mut self.bytes) {
                *place = byte;
                read += 1;
            }
            self.count += read as u64;
            Ok(read)
        }
    }

    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    #[test]
    fn what_is_sent_without_end_is_read_to_the_limit_alone() {
        for (before, more, told) in [
            (CHUNKED.to_owned(), "10\r\nabcdefghijklmnop\r\n", "a body of more than 100000 bytes"),
            (CHUNKED.to_owned(), "1\r\na\r\n", "beyond 100000 bytes"),
            (CHUNKED.to_owned(), "aaaa", "a line between two chunks of more than 1000 bytes"),
            (format!("{CHUNKED}1;"), "aaaa", "a line between two chunks of more than 1000 bytes"),
            (format!("{CHUNKED}0\r\n"), "A: b\r\n", "trailers go on beyond 100000 bytes"),
            ("HTTP/1.1 200 OK\r\n".to_owned(), "A: b\r\n", "a head of more than 1000 bytes"),
            ("HTTP/1.1 200 OK\r\n\r\n".to_owned(), "aaaa", "a body of more than 100000 bytes"),
        ] {
            let (answer, count) = read(before.as_bytes(), Some(more.as_bytes()));
            let error = answer.unwrap_err().to_string();
            assert!(error.contains(told), "{before:?}, {more:?}: {error}");
            assert!(count < 1_000_000, "{before:?}, {more:?}: {count} bytes were read");
        }
        for size in ["fffffffffffffffe", "186a1", "5\r\nabcde\r\nfffffffffffffffe"] {
            let (answer, _) = read(format!("{CHUNKED}{size}\r\n").as_bytes(), None);
            assert_eq!(answer.unwrap_err().to_string(), "a body of more than 100000 bytes", "{size}");
        }
        let whole = format!("{CHUNKED}186a0\r\n{}\r\n0\r\nA: b\r\n\r\n", "a".repeat(100_000));
        assert_eq!(read(whole.as_bytes(), None).0.unwrap().body.len(), 100_000);
    }

    #[test]
    fn what_takes_too_long_is_left() {
        let limits = Limits { time: Duration::ZERO, ..Limits::OWN };
        let mut stream = &b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..];
        let error = Incoming::of(&mut stream, &mut Vec::new()).within(limits).receive().unwrap_err();
        assert_eq!(error.to_string(), "the answer does not end within 0 seconds");
    }

    #[test]
    fn a_length_that_can_be_read_in_two_ways_is_refused() {
        for headers in [
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: gzip, chunked",
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: +5",
            "Content-Length:",
        ] {
            let bytes = format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n5\r\nabcde\r\n0\r\n\r\n");
            assert!(read(bytes.as_bytes(), None).0.is_err(), "{headers}");
        }
        let signed = format!("{CHUNKED}+1\r\na\r\n0\r\n\r\n");
        assert!(read(signed.as_bytes(), None).0.is_err());
    }
}
