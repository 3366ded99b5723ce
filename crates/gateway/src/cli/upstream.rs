//! A server elsewhere, asked byte for byte.

use crate::cli::exit::{Unreached, Usage};
use anyhow::{Context, bail};
use pairs::wire::{self, Incoming, Limits};
use pairs::{Request, Response};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;
use ureq::http::Uri;

/// The longest body that is passed on, read or compared, in bytes.
pub(super) const LONGEST: usize = 1024 * 1024;
/// The longest head of an answer, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server, by its URL. A connection is made for each request, and none goes by a proxy.
#[derive(Clone)]
pub(super) struct Upstream {
    /// The URL without a slash at its end.
    url: String,
    /// What `Host` says.
    authority: String,
    host: String,
    port: u16,
    /// What stands before each path.
    prefix: String,
    tls: Option<Arc<ClientConfig>>,
}

/// What bytes are written to and read from.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

impl Upstream {
    /// The server at that URL, of scheme, host, port and a path that stands before all others.
    pub(super) fn new(url: &str, option: &str) -> anyhow::Result<Self> {
        let wrong = || Usage(format!("{option}: `{url}` is no URL of a server; write it as https://idp.example.com"));
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(wrong().into()) };
        if uri.query().is_some() || authority.as_str().contains('@') || !["http", "https"].contains(&scheme) {
            return Err(wrong().into());
        }
        let is_tls = scheme == "https";
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            authority: authority.to_string(),
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            tls: if is_tls { Some(trusting_the_system()?) } else { None },
        })
    }

    /// Its URL.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What `Host` says to it.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// The addresses that its name has now.
    pub(super) fn addresses(&self) -> anyhow::Result<Vec<SocketAddr>> {
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        Ok(found.with_context(|| format!("the name of {} is not found", self.url))?.collect())
    }

    /// Sends the request of a pair and reads the answer.
    pub(super) fn exchange(&self, request: &Request) -> anyhow::Result<Response> {
        // An error where a placeholder is left.
        request.bytes()?;
        self.ask(&request.method, &request.target, &request.headers, request.body.as_bytes())
    }

    /// Sends a request, whose path goes below the URL's and whose `Host` is the server's own, and reads the answer.
    pub(super) fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> anyhow::Result<Response> {
        let own = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let own = own.filter(|(name, _)| !name.eq_ignore_ascii_case("host"));
        let headers: Vec<_> = std::iter::once(("Host", self.authority.as_str())).chain(own).collect();
        let bytes = wire::request(method, &format!("{}{target}", self.prefix), &headers, body);
        let answer = || {
            let mut stream = self.connect()?;
            stream.write_all(&bytes)?;
            stream.flush()?;
            let limits = Limits { head: LONGEST_HEAD, body: LONGEST, time: PATIENCE };
            Incoming::of(&mut stream, &mut Vec::new()).within(limits).receive()
        };
        answer().map_err(|error| Unreached(format!("{} does not answer: {error:#}", self.url)).into())
    }

    fn connect(&self) -> anyhow::Result<Box<dyn Stream>> {
        let mut last = None;
        for address in self.addresses()? {
            match wire::connect(address, PATIENCE) {
                Ok(plain) => {
                    let Some(tls) = &self.tls else { return Ok(Box::new(plain)) };
                    let name = ServerName::try_from(self.host.clone())?;
                    return Ok(Box::new(StreamOwned::new(ClientConnection::new(Arc::clone(tls), name)?, plain)));
                }
                Err(error) => last = Some(error),
            }
        }
        last.map_or_else(|| bail!("its name has no address"), Err)
    }
}

/// TLS that trusts the system's certificates, or those of the file that `SSL_CERT_FILE` names.
fn trusting_the_system() -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions()?.with_root_certificates(roots);
    Ok(Arc::new(config.with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_scheme_and_a_host_and_may_have_a_path() {
        let of = |url: &str| Upstream::new(url, "--against");
        let plain = of("http://[::1]:9000/base/").unwrap();
        assert_eq!((plain.host.as_str(), plain.port, plain.prefix.as_str()), ("::1", 9000, "/base"));
        assert_eq!((plain.authority.as_str(), plain.url()), ("[::1]:9000", "http://[::1]:9000/base"));
        assert_eq!(of("https://idp.test").unwrap().port, 443);
        for wrong in ["idp.test", "ftp://idp.test", "https://u:p@idp.test", "https://idp.test/?a=b", ""] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
