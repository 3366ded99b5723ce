//! A certificate and its key in files, in PEM.

use super::certificate::{Fault, Names, Pair, Part};
use crate::cli::when;
use crate::config::is_readable_by_others;
use crate::watch::Stamp;
use issuer::clock::real_seconds;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// How long before its end a certificate is said to end soon, in days.
const SOON: i64 = 14;

/// Where the two are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// What was read.
#[derive(Debug)]
pub struct Loaded {
    /// The chain and its key.
    pub pair: Pair,
    /// What is odd, though not wrong.
    pub warnings: Vec<(Part, String)>,
}

impl Files {
    /// Reads the two and holds them against each other.
    pub fn load(&self) -> Result<Loaded, Fault> {
        let (certificate, key) = (self.certificate.display().to_string(), self.key.display().to_string());
        let names = Names { certificate: &certificate, key: &key };
        let chain = read(Part::Certificate, &self.certificate)?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
        let chain = chain.map_err(|error| {
            let message = format!("{certificate} is not PEM ({error}); each certificate is base64 between its marks");
            Fault { part: Part::Certificate, message }
        })?;
        if chain.is_empty() {
            let message =
                format!("{certificate} holds no certificate; it begins with `-----BEGIN CERTIFICATE-----`, in PEM");
            return Err(Fault { part: Part::Certificate, message });
        }
        let text = read(Part::Key, &self.key)?;
        let private = PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
            let locked = text.windows(9).any(|word| word == b"ENCRYPTED");
            let message = if locked {
                format!("{key} is encrypted; write it without a password: openssl pkey -in {key} -out plain.pem")
            } else {
                format!("{key} holds no private key in PEM ({error}); it begins with `-----BEGIN PRIVATE KEY-----`")
            };
            Fault { part: Part::Key, message }
        })?;
        let pair = Pair::new(chain, &private, names)?;
        Ok(Loaded { warnings: self.warnings(&pair), pair })
    }

    fn warnings(&self, pair: &Pair) -> Vec<(Part, String)> {
        let mut warnings = Vec::new();
        if is_readable_by_others(&self.key) {
            let message = "can be read by every user of this machine; chmod 600 it";
            warnings.push((Part::Key, format!("{} {message}", self.key.display())));
        }
        if pair.not_after - real_seconds() < SOON * 86_400 {
            let (file, end) = (self.certificate.display(), when::minute(pair.not_after));
            warnings.push((Part::Certificate, format!("{file} expires soon, at {end}; renew it")));
        }
        warnings
    }

    /// The files as they are now.
    pub(super) fn stamps(&self) -> BTreeMap<PathBuf, Stamp> {
        [&self.certificate, &self.key].map(|path| (path.clone(), Stamp::of(path))).into()
    }
}

fn read(part: Part, path: &Path) -> Result<Zeroizing<Vec<u8>>, Fault> {
    std::fs::read(path).map(Zeroizing::new).map_err(|error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::PermissionDenied => "; let the user that the gateway runs as read it",
            std::io::ErrorKind::NotFound => "; paths are relative to the configuration's folder",
            _ => "",
        };
        Fault { part, message: format!("cannot read {}: {error}{remedy}", path.display()) }
    })
}
