//! Certificates for development: of a CA of this machine's own, made once, which no browser trusts until its user says
//! so.

use anyhow::Context;
use configuration::Config;
use configuration::host::host_of;
use configuration::tls::DEVELOPMENT_KEY;
use configuration::tls::{Fault, Names, Pair, Part};
use issuer::clock::real_seconds;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::fs::{self, DirBuilder, File};
use std::io::{ErrorKind, Write};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use zeroize::Zeroizing;

const DAY: i64 = 86_400;
/// How long a CA holds.
const CA_LIFE: i64 = 3650 * DAY;
/// How long a certificate holds: no longer than every browser takes.
const LIFE: i64 = 90 * DAY;
/// How long before its end it is made anew, seconds.
pub(crate) const RENEW_BEFORE: i64 = 30 * DAY;

/// The names that a development certificate is for: this machine's, each mount's, and those of the configuration.
pub(super) fn names(config: &Config) -> Vec<String> {
    let mut names = ["localhost", "*.localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    names.push(host_of(&config.server.public_url).to_owned());
    if !config.server.listen.ip().is_unspecified() {
        names.push(config.server.listen.ip().to_string());
    }
    names.extend(config.mounts.iter().flat_map(|mount| mount.hosts.iter().cloned()));
    // Namespaces are reached by a label before that.
    names.extend(config.mounts.iter().map(|mount| format!("*.{}.localhost", mount.name)));
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
    names
}

/// The file of the CA's certificate, for trust stores; made with the CA where there is none.
pub(crate) fn authority(folder: &Path) -> anyhow::Result<PathBuf> {
    Authority::open(folder).map(|authority| authority.path)
}

/// A certificate of the CA in `folder` for these names, with a key of its own that is written nowhere.
pub(super) fn certificate(folder: &Path, names: &[String]) -> Result<Pair, Fault> {
    let made = Authority::open(folder).and_then(|authority| authority.issue(names));
    let (chain, key) = made.map_err(|error| Fault {
        part: Part::Certificate,
        message: format!("the development certificate cannot be made: {error:#}"),
    })?;
    let name = "the development certificate";
    Pair::new(chain, &key, Names { certificate: name, key: name })
}

struct Authority {
    key: KeyPair,
    /// Where its certificate lies.
    path: PathBuf,
}

impl Authority {
    /// Key and certificate lie in one file, so that no other process sees one without the other.
    fn open(folder: &Path) -> anyhow::Result<Self> {
        // As the store makes it: what is kept there is its owner's alone.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let secret = folder.join(DEVELOPMENT_KEY);
        let read = || {
            let text = fs::read_to_string(&secret).map(Zeroizing::new);
            text.with_context(|| format!("cannot read {}", secret.display()))
        };
        let text = match read() {
            Ok(text) => text,
            Err(_) if !secret.exists() => {
                make(&secret)?;
                read()?
            }
            Err(error) => return Err(error),
        };
        let broken = || format!("{} is damaged; remove it, and the next start makes another CA", secret.display());
        let key = KeyPair::from_pem(&text).with_context(broken)?;
        let at = text.find("-----BEGIN CERTIFICATE-----").with_context(broken)?;
        let path = folder.join("development-ca.pem");
        let public = &text[at..];
        if fs::read_to_string(&path).ok().as_deref() != Some(public) {
            fs::write(&path, public).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(Self { key, path })
    }

    fn issue(&self, names: &[String]) -> anyhow::Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let key = KeyPair::generate()?;
        let mut params = params("IdP Gateway development certificate", LIFE)?;
        params.subject_alt_names = names.iter().map(|name| subject(name)).collect::<anyhow::Result<_>>()?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let issuer = authority_params()?;
        let made = params.signed_by(&key, &Issuer::from_params(&issuer, &self.key))?;
        let key = PrivateKeyDer::from_pem_slice(Zeroizing::new(key.serialize_pem()).as_bytes())?;
        Ok((vec![made.der().clone()], key))
    }
}

/// Makes a CA, unless another process has been faster.
fn make(secret: &Path) -> anyhow::Result<()> {
    let key = KeyPair::generate()?;
    let certificate = authority_params()?.self_signed(&key)?;
    let text = Zeroizing::new(format!("{}{}", key.serialize_pem(), certificate.pem()));
    let draft = secret.with_extension(format!("{}.tmp", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&draft, secret) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    };
    let written = write();
    // What is left of a draft that could not be written is of no use either.
    let _ = fs::remove_file(&draft);
    written.with_context(|| format!("cannot write {}", secret.display()))
}

fn authority_params() -> anyhow::Result<CertificateParams> {
    let mut params = params("IdP Gateway development CA", CA_LIFE)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn params(name: &str, life: i64) -> anyhow::Result<CertificateParams> {
    let now = real_seconds();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    // Clocks differ; a day is more than any does.
    params.not_before = OffsetDateTime::from_unix_timestamp(now - DAY)?;
    params.not_after = OffsetDateTime::from_unix_timestamp(now + life)?;
    Ok(params)
}

fn subject(name: &str) -> anyhow::Result<SanType> {
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    Ok(match bare.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(bare.try_into().with_context(|| format!("`{name}` is no host name"))?),
    })
}
