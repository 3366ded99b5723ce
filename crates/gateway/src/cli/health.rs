//! `health`: whether the gateway that runs is ready, for a container's health check and for scripts.

use super::api::reachable;
use super::load;
use crate::output;
use crate::tls;
use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use configuration::{Flags, Source};
use listener::SPEAKS_TLS;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::Value;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use ureq::http::Uri;

const PATH: &str = "/_gateway/health/ready";
/// How long the whole question may take: less than the usual patience of who runs this command.
const TIMEOUT: Duration = Duration::from_secs(3);
/// A gateway's answer is some 200 bytes; more than this is not read.
const LONGEST: u64 = 16 * 1024;

#[derive(Debug, Args)]
pub(super) struct Health {
    /// The configuration that the gateway runs with; without it, the built-in sandbox.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the gateway is, such as `http://127.0.0.1:8080`, instead of what a configuration says.
    #[arg(long, value_name = "URL", conflicts_with_all = ["config", "dev_tls"])]
    url: Option<String>,
    /// The gateway was started with this flag.
    #[arg(long)]
    dev_tls: bool,
}

impl Health {
    /// Says `ready`; whatever else is the case is an error.
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let target = match &self.url {
            Some(url) => Target::parse(url)?,
            None => self.configured()?,
        };
        target.ask()?;
        output::line("ready");
        Ok(())
    }

    fn configured(&self) -> anyhow::Result<Target> {
        let source = self.config.as_deref().map_or(Source::Sandbox, Source::File);
        // Whether secrets are weak matters to who serves them: a gateway that runs was allowed to.
        let config = load(source, Flags { allow_weak_secrets: true, dev_tls: self.dev_tls })?;
        let listen = config.server.listen;
        ensure!(listen.port() != 0, "server.listen leaves the port to the system; say where the gateway is by --url");
        Ok(Target {
            name: format!("{listen} (server.listen)"),
            addresses: vec![reachable(listen)],
            host: "localhost".to_owned(),
            path: PATH.to_owned(),
            is_tls: config.server.tls.is_some(),
        })
    }
}

/// Whom to ask.
#[derive(Debug)]
struct Target {
    /// For the errors.
    name: String,
    addresses: Vec<SocketAddr>,
    host: String,
    path: String,
    is_tls: bool,
}

impl Target {
    fn parse(url: &str) -> anyhow::Result<Self> {
        let wrong = || anyhow!("--url {url} is no URL of a gateway; write it as http://127.0.0.1:8080");
        let parsed: Uri = url.parse().map_err(|_| wrong())?;
        let is_tls = match parsed.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong()),
        };
        ensure!(parsed.query().is_none(), wrong());
        let authority = parsed.authority().ok_or_else(wrong)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let addresses = (host.as_str(), port).to_socket_addrs();
        let addresses = addresses.with_context(|| format!("{host} (--url) has no address"))?.collect();
        let path = format!("{}{PATH}", parsed.path().trim_end_matches('/'));
        Ok(Self { name: url.to_owned(), addresses, host, path, is_tls })
    }

    fn ask(&self) -> anyhow::Result<()> {
        let Self { name, .. } = self;
        let answer = self.exchange().map_err(|error| match error.kind() {
            ErrorKind::ConnectionRefused => anyhow!("nothing listens at {name}: the gateway does not run there"),
            ErrorKind::TimedOut | ErrorKind::WouldBlock => anyhow!("{name} does not answer within {TIMEOUT:?}"),
            ErrorKind::InvalidData if self.is_tls => {
                anyhow!("{name} does not speak TLS ({error}): ask for http://, or set server.tls where it runs")
            }
            _ => anyhow!("{name} does not answer: {error}"),
        })?;
        ensure!(!answer.ends_with(SPEAKS_TLS.as_bytes()), "{name} speaks TLS: write https:// where http:// stands");
        let foreign = || format!("what listens at {name} is no IdP Gateway: its answer has another form");
        let (code, body) = read(&answer).with_context(foreign)?;
        let status = body["status"].as_str().with_context(foreign)?;
        match code {
            200 => Ok(()),
            503 => bail!("the gateway at {name} is not ready: {status}"),
            _ => bail!(foreign()),
        }
    }

    fn exchange(&self) -> io::Result<Vec<u8>> {
        let deadline = Instant::now() + TIMEOUT;
        let stream = connect(&self.addresses)?;
        stream.set_nodelay(true)?;
        let mut answer = Vec::new();
        if self.is_tls {
            let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
            let config = tls::client_config().map_err(io::Error::other)?;
            let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
            self.speak(StreamOwned::new(connection, Bounded { stream, deadline }), &mut answer)?;
        } else {
            self.speak(Bounded { stream, deadline }, &mut answer)?;
        }
        Ok(answer)
    }

    fn speak(&self, mut stream: impl Read + Write, answer: &mut Vec<u8>) -> io::Result<()> {
        let (path, host) = (&self.path, &self.host);
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        stream.flush()?;
        match stream.take(LONGEST).read_to_end(answer) {
            // A connection by TLS that is closed without a word after the answer.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && !answer.is_empty() => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

/// The first of the addresses that there is.
fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut outcome = Err(io::Error::other("it has no address"));
    for address in addresses {
        outcome = TcpStream::connect_timeout(address, TIMEOUT);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// A stream that gives up at a moment, however slowly bytes come.
struct Bounded {
    stream: TcpStream,
    deadline: Instant,
}

impl Bounded {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The status and the JSON of an answer.
fn read(answer: &[u8]) -> anyhow::Result<(u16, Value)> {
    let text = std::str::from_utf8(answer)?;
    let (head, body) = text.split_once("\r\n\r\n").context("no head")?;
    let code = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).context("not HTTP/1.1")?;
    Ok((code.parse()?, serde_json::from_str(body)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_whom_to_ask() {
        let target = Target::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!((target.addresses, target.is_tls), (vec!["127.0.0.1:8080".parse().unwrap()], false));
        assert_eq!(target.path, PATH);
        let target = Target::parse("https://[::1]/base/").unwrap();
        assert_eq!((target.addresses, target.is_tls), (vec!["[::1]:443".parse().unwrap()], true));
        assert_eq!((&*target.path, &*target.host), ("/base/_gateway/health/ready", "::1"));
        for url in ["127.0.0.1:8080", "ftp://a", "http://", "http://a b", "http://127.0.0.1/?a=b", "/"] {
            let error = Target::parse(url).unwrap_err().to_string();
            assert!(error.contains("http://127.0.0.1:8080"), "{url}: {error}");
        }
    }

    #[test]
    fn an_answer_is_a_status_and_json() {
        let (code, body) = read(b"HTTP/1.1 503 Service Unavailable\r\na: b\r\n\r\n{\"status\":\"draining\"}").unwrap();
        assert_eq!((code, &body["status"]), (503, &"draining".into()));
        for wrong in ["", "HTTP/1.1 200 OK\r\n\r\n<html>", "SSH-2.0-x\r\n\r\n{}", "HTTP/1.1 2\r\n\r\n{}"] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
