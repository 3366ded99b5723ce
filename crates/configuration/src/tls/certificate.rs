//! A certificate chain with its key, found fit to serve.

use crate::when;
use issuer::clock::real_seconds;
use rustls::client::verify_server_name;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use std::sync::Arc;
use x509_cert::der::Decode;

/// Which of the two something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The certificate chain.
    Certificate,
    /// The private key.
    Key,
}

/// Why a pair does not serve: names the file and says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What is to blame.
    pub part: Part,
    /// What is wrong, and the remedy.
    pub message: String,
}

/// A chain and its key.
#[derive(Clone, Debug)]
pub struct Pair {
    /// As rustls takes it.
    pub key: Arc<CertifiedKey>,
    /// Until when it holds, seconds since the epoch.
    pub not_after: i64,
}

/// What the two are called in messages.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The chain.
    pub certificate: &'a str,
    /// The private key.
    pub key: &'a str,
}

impl Pair {
    /// Holds a chain, the server's own certificate first, and a key against each other and against the date.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>, names: Names<'_>) -> Result<Self, Fault> {
        let Names { certificate: file, key: key_file } = names;
        let fault = |part, message: String| Fault { part, message };
        let of_certificate = |message: String| fault(Part::Certificate, format!("{file} {message}"));
        let own = chain.first().ok_or_else(|| of_certificate("holds no certificate".to_owned()))?;
        let unreadable = |error: &dyn std::fmt::Display| {
            of_certificate(format!("has a first certificate that cannot be read ({error}); write it anew, in PEM"))
        };
        let parsed = x509_cert::Certificate::from_der(own).map_err(|error| unreadable(&error))?;
        let seconds =
            |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        let validity = parsed.tbs_certificate.validity;
        let (not_before, not_after) = (seconds(validity.not_before), seconds(validity.not_after));
        let signer = any_supported_type(key).map_err(|_| {
            let what = "is of a kind that TLS has no use for; make an ECDSA P-256 or RSA 2048 key";
            fault(Part::Key, format!("{key_file} {what}"))
        })?;
        let key = CertifiedKey::new(chain, signer);
        match key.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(Error::InconsistentKeys(_)) => {
                return Err(fault(
                    Part::Key,
                    format!(
                        "{key_file} is not the key of the first certificate in {file}; give the key that the \
                         certificate was asked for with, and put the server's own certificate before its CA's"
                    ),
                ));
            }
            Err(error) => return Err(unreadable(&error)),
        }
        let now = real_seconds();
        if now > not_after {
            return Err(of_certificate(format!("has expired, at {}; renew it", when::minute(not_after))));
        }
        if now < not_before {
            let message = "holds only from {} on; wait, or set this machine's clock";
            return Err(of_certificate(message.replace("{}", &when::minute(not_before))));
        }
        Ok(Self { key: Arc::new(key), not_after })
    }

    /// Whether the certificate is for that host.
    pub fn is_for(&self, host: &str) -> bool {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        let Ok(name) = ServerName::try_from(bare) else { return false };
        let own = self.key.end_entity_cert().and_then(ParsedCertificate::try_from);
        own.is_ok_and(|own| verify_server_name(&own, &name).is_ok())
    }
}
