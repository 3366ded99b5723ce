//! A certificate and its key in files, in PEM.

use super::certificate::{Fault, Names, Pair, Part};
use crate::files::{BYTE_ORDER_MARK, exposure, unreadable};
use crate::watch::Stamp;
use crate::when;
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
        warnings.extend(exposure(&self.key).map(|warning| (Part::Key, warning)));
        if pair.not_after - real_seconds() < SOON * 86_400 {
            let (file, end) = (self.certificate.display(), when::minute(pair.not_after));
            warnings.push((Part::Certificate, format!("{file} expires soon, at {end}; renew it")));
        }
        warnings
    }

    /// The files as they are now.
    pub fn stamps(&self) -> BTreeMap<PathBuf, Stamp> {
        [&self.certificate, &self.key].map(|path| (path.clone(), Stamp::of(path))).into()
    }
}

fn read(part: Part, path: &Path) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut bytes =
        std::fs::read(path).map_err(|error| Fault { part, message: unreadable(path, &error) }).map(Zeroizing::new)?;
    if bytes.starts_with(BYTE_ORDER_MARK.to_string().as_bytes()) {
        bytes.drain(..BYTE_ORDER_MARK.len_utf8());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use time::OffsetDateTime;

    /// A certificate for `localhost` that holds between these days from now, and its key, in PEM.
    fn made(from: i64, until: i64) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let day = |days| OffsetDateTime::from_unix_timestamp(real_seconds() + days * 86_400).unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "::1".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (day(from), day(until));
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    fn load(certificate: &str, key: &str) -> Result<Loaded, Fault> {
        let folder = tempfile::tempdir().unwrap();
        let files = Files { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
        files.load()
    }

    #[test]
    fn what_does_not_serve_is_said_with_file_and_remedy() {
        let (good, other) = (made(-1, 90), made(-1, 90));
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let der = |name: &str| format!("-----BEGIN {name}-----\nMAA=\n-----END {name}-----\n");
        for (certificate, key, part, said) in [
            (&*good.0, &*other.1, Part::Key, "key.pem is not the key of the first certificate in"),
            (&format!("{}{}", other.0, good.0), &good.1, Part::Key, "put the server's own certificate before its CA's"),
            ("", &good.1, Part::Certificate, "chain.pem holds no certificate; it begins with"),
            (&good.1, &good.0, Part::Certificate, "chain.pem holds no certificate"),
            (&der("CERTIFICATE"), &good.1, Part::Certificate, "chain.pem has a first certificate that cannot be read"),
            ("-----BEGIN CERTIFICATE-----\n!", &good.1, Part::Certificate, "chain.pem is not PEM"),
            (&good.0, "", Part::Key, "key.pem holds no private key in PEM"),
            (&good.0, &good.0, Part::Key, "key.pem holds no private key in PEM"),
            (&good.0, encrypted, Part::Key, "openssl pkey -in"),
            (&good.0, &der("PRIVATE KEY"), Part::Key, "key.pem is of a kind that TLS has no use for"),
        ] {
            let fault = load(certificate, key).unwrap_err();
            assert!(fault.part == part && fault.message.contains(said), "{said}: {fault:?}");
        }
        for (from, until, said) in [(-9, -1, "chain.pem has expired, at "), (1, 9, "chain.pem holds only from ")] {
            let (certificate, key) = made(from, until);
            let fault = load(&certificate, &key).unwrap_err();
            assert!(fault.part == Part::Certificate && fault.message.contains(said), "{fault:?}");
        }
        let nowhere = Files { certificate: "no/chain.pem".into(), key: "no/key.pem".into() };
        assert!(nowhere.load().unwrap_err().message.starts_with("cannot read no/chain.pem: No such file"));
    }

    #[test]
    fn what_is_odd_is_a_warning() {
        let (certificate, key) = made(-1, 90);
        let loaded = load(&format!("{certificate}{}", made(-1, 90).0), &key).unwrap();
        assert_eq!((loaded.warnings, loaded.pair.key.cert.len()), (vec![], 2));
        let folder = tempfile::tempdir().unwrap();
        let files = Files { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
        let (certificate, key) = made(-1, 13);
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o644)).unwrap();
        let said: Vec<_> = files.load().unwrap().warnings.into_iter().map(|(_, said)| said).collect();
        assert!(
            said[0].ends_with("key.pem holds secrets, and every user of this machine can read it; chmod 600 it"),
            "{said:?}"
        );
        assert!(said[1].contains("chain.pem expires soon, at "), "{said:?}");
    }

    #[test]
    fn a_certificate_is_for_its_names() {
        let (certificate, key) = made(-1, 90);
        let pair = load(&certificate, &key).unwrap().pair;
        assert!(pair.is_for("localhost") && pair.is_for("LOCALHOST") && pair.is_for("[::1]"));
        assert!(!pair.is_for("idp.test") && !pair.is_for("127.0.0.1") && !pair.is_for(""));
        assert!((pair.not_after - real_seconds() - 90 * 86_400).abs() < 60);
    }
}
