//! What the section `store` means.

use super::StoreConfig;
use super::findings::Findings;
use super::settings::{self, Settings};
use etcetera::BaseStrategy;
use std::path::{Path, PathBuf};
use store::{LimiterFallback, RedisOptions, RedisUrl};

pub(super) fn store(settings: &Settings, base: &Path, findings: &mut Findings) -> StoreConfig {
    let is_redis = settings.text(settings::STORE_KIND) == Some("redis");
    let foreign = if is_redis { OF_EMBEDDED } else { OF_REDIS };
    for setting in foreign.iter().filter(|setting| settings.is_given(setting)) {
        let name = if is_redis { "Redis" } else { "embedded" };
        let message = format!("is of no use to the {name} store; leave it out, or change store.kind");
        settings.error(setting, message, findings);
    }
    if is_redis { redis(settings, findings) } else { embedded(settings, base, findings) }
}

const OF_EMBEDDED: &[&settings::Setting] = &[settings::STORE_PATH];
const OF_REDIS: &[&settings::Setting] = &[
    settings::STORE_URL,
    settings::STORE_PREFIX,
    settings::STORE_TIMEOUT_MS,
    settings::STORE_LIMITER_FALLBACK,
    settings::STORE_REPLICA,
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

fn redis(settings: &Settings, findings: &mut Findings) -> StoreConfig {
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
    StoreConfig::Redis(Box::new(RedisOptions {
        url,
        prefix: settings.value(settings::STORE_PREFIX),
        timeout: settings.millis(settings::STORE_TIMEOUT_MS),
        limiter_fallback: match settings.text(settings::STORE_LIMITER_FALLBACK) {
            Some("local") => LimiterFallback::Local,
            _ => LimiterFallback::Deny,
        },
        replica: settings.text(settings::STORE_REPLICA).map_or_else(name_of_process, str::to_owned),
    }))
}

/// The machine's name and the process's number.
pub(super) fn name_of_process() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host.trim().chars().filter(|c| c.is_ascii_graphic() && *c != ',').collect();
    let host = if host.is_empty() { "replica" } else { &host };
    format!("{host}-{}", std::process::id())
}
