//! What the section `store` means.

use super::files::unreadable;
use super::findings::Findings;
use super::settings::{self, Settings};
use super::{StoreConfig, tls};
use etcetera::BaseStrategy;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use store::{Certificates, LimiterFallback, RedisOptions, RedisUrl};
use zeroize::Zeroizing;

pub(super) fn store(settings: &Settings, base: &Path, findings: &mut Findings) -> StoreConfig {
    let is_redis = settings.text(settings::STORE_KIND) == Some("redis");
    let foreign = if is_redis { OF_EMBEDDED } else { OF_REDIS };
    for setting in foreign.iter().filter(|setting| settings.is_given(setting)) {
        let name = if is_redis { "Redis" } else { "embedded" };
        let message = format!("is of no use to the {name} store; leave it out, or change store.kind");
        settings.error(setting, message, findings);
    }
    if is_redis { redis(settings, base, findings) } else { embedded(settings, base, findings) }
}

const OF_EMBEDDED: &[&settings::Setting] = &[settings::STORE_PATH];
const OF_REDIS: &[&settings::Setting] = &[
    settings::STORE_URL,
    settings::STORE_TLS_CA,
    settings::STORE_TLS_CERT,
    settings::STORE_TLS_KEY,
    settings::STORE_PREFIX,
    settings::STORE_TIMEOUT_MS,
    settings::STORE_LIMITER_FALLBACK,
    settings::STORE_REPLICA,
    settings::STORE_JOURNAL,
    settings::STORE_JOURNAL_RATE,
];

fn embedded(settings: &Settings, base: &Path, findings: &mut Findings) -> StoreConfig {
    match settings.text(settings::STORE_PATH) {
        Some(":memory:") => StoreConfig::Memory,
        Some(path) => StoreConfig::File(settings.base_of(settings::STORE_PATH, base).join(path)),
        None => default_file(settings, findings),
    }
}

/// The platform's folder for what the gateway keeps; `None` where there is no home directory.
pub fn state_folder() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("idp-gateway"))
}

fn default_file(settings: &Settings, findings: &mut Findings) -> StoreConfig {
    if let Some(folder) = state_folder() {
        return StoreConfig::File(folder.join("store.redb"));
    }
    let message = "there is no home directory to keep the store in; set it to a file, or to \":memory:\"";
    settings.error(settings::STORE_PATH, message, findings);
    StoreConfig::Memory
}

fn redis(settings: &Settings, base: &Path, findings: &mut Findings) -> StoreConfig {
    let Some(url) = settings.text(settings::STORE_URL) else {
        let message = "is missing: say where Redis is, as in redis://127.0.0.1:6379";
        findings.error(settings.place(settings::STORE_KIND), settings::STORE_URL.key, message);
        return StoreConfig::Memory;
    };
    let url = match RedisUrl::parse(url) {
        Ok(url) => url,
        Err(error) => {
            settings.error(settings::STORE_URL, error.to_string(), findings);
            return StoreConfig::Memory;
        }
    };
    let certificates = certificates(settings, base, &url, findings);
    StoreConfig::Redis(Box::new(RedisOptions {
        url,
        certificates,
        prefix: settings.value(settings::STORE_PREFIX),
        timeout: settings.millis(settings::STORE_TIMEOUT_MS),
        limiter_fallback: match settings.text(settings::STORE_LIMITER_FALLBACK) {
            Some("local") => LimiterFallback::Local,
            _ => LimiterFallback::Deny,
        },
        replica: settings.text(settings::STORE_REPLICA).map_or_else(name_of_process, str::to_owned),
    }))
}

/// What is shown to a Redis over TLS, and trusted of it.
fn certificates(settings: &Settings, base: &Path, url: &RedisUrl, findings: &mut Findings) -> Option<Certificates> {
    let path = |setting| settings.text(setting).map(|path| settings.base_of(setting, base).join(path));
    let (ca, chain, key) =
        (path(settings::STORE_TLS_CA), path(settings::STORE_TLS_CERT), path(settings::STORE_TLS_KEY));
    let given = [settings::STORE_TLS_CA, settings::STORE_TLS_CERT, settings::STORE_TLS_KEY];
    let first = given.into_iter().find(|setting| settings.is_given(setting))?;
    if !url.is_tls() {
        settings.error(first, "is of no use without TLS: write rediss in store.url", findings);
    }
    let ca = ca.and_then(|path| match read_ca(&path) {
        Ok(pem) => Some(pem),
        Err(why) => {
            settings.error(settings::STORE_TLS_CA, why, findings);
            None
        }
    });
    let client = match (chain, key) {
        (Some(certificate), Some(key)) => of_client(settings, &tls::Files { certificate, key }, findings),
        (Some(_), None) => {
            settings.error(settings::STORE_TLS_CERT, "needs store.tls_key, the file of its private key", findings);
            None
        }
        (None, Some(_)) => {
            settings.error(settings::STORE_TLS_KEY, "needs store.tls_cert, the file of its certificate", findings);
            None
        }
        (None, None) => None,
    };
    Some(Certificates { ca, client })
}

fn read_ca(path: &Path) -> Result<Vec<u8>, String> {
    let pem = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let is_right = CertificateDer::pem_slice_iter(&pem).next().is_some_and(|first| first.is_ok());
    let wrong =
        || format!("{} holds no certificate; it begins with `-----BEGIN CERTIFICATE-----`, in PEM", path.display());
    is_right.then_some(pem).ok_or_else(wrong)
}

/// The chain and its key, held against each other.
fn of_client(
    settings: &Settings,
    files: &tls::Files,
    findings: &mut Findings,
) -> Option<(Vec<u8>, Zeroizing<Vec<u8>>)> {
    let setting = |part| match part {
        tls::Part::Certificate => settings::STORE_TLS_CERT,
        tls::Part::Key => settings::STORE_TLS_KEY,
    };
    match files.load() {
        Ok(loaded) => {
            for (part, warning) in loaded.warnings {
                settings.warn(setting(part), warning, findings);
            }
            // They could be read a moment ago.
            let read = |path: &Path| std::fs::read(path).ok();
            Some((read(&files.certificate)?, Zeroizing::new(read(&files.key)?)))
        }
        Err(fault) => {
            settings.error(setting(fault.part), fault.message, findings);
            None
        }
    }
}

/// The machine's name and the process's number.
pub(super) fn name_of_process() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host.trim().chars().filter(|c| c.is_ascii_graphic() && *c != ',').collect();
    let host = if host.is_empty() { "replica" } else { &host };
    format!("{host}-{}", std::process::id())
}
