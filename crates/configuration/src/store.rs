//! What the section `store` means.

use super::StoreConfig;
use super::findings::Findings;
use super::layers::Layers;
use etcetera::BaseStrategy;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{LimiterFallback, RedisOptions, RedisUrl};

/// How long a call to Redis may take in all: what a dead Redis costs a request.
const TIMEOUT_MS: u64 = 200;

pub(super) fn store(layers: &Layers, base: &Path, findings: &mut Findings) -> StoreConfig {
    let kind = layers.text("store.kind");
    let of = match kind.as_ref().map_or("embedded", |kind| &kind.value) {
        "embedded" => Kind::Embedded,
        "redis" => Kind::Redis,
        other => {
            let message = format!("`{}` is no store; write \"embedded\" or \"redis\"", other.escape_debug());
            findings.error(layers.place("store.kind"), "store.kind", message);
            return StoreConfig::Memory;
        }
    };
    let foreign: &[&'static str] = match of {
        Kind::Embedded => &["store.url", "store.prefix", "store.timeout_ms", "store.limiter_fallback", "store.replica"],
        Kind::Redis => &["store.path"],
    };
    for key in foreign.iter().filter(|key| layers.text(key).is_some()) {
        let message = format!("is of no use to the {} store; leave it out, or change store.kind", of.name());
        findings.error(layers.place(key), *key, message);
    }
    match of {
        Kind::Embedded => embedded(layers, base, findings),
        Kind::Redis => redis(layers, findings),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Embedded,
    Redis,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Redis => "Redis",
        }
    }
}

fn embedded(layers: &Layers, base: &Path, findings: &mut Findings) -> StoreConfig {
    match layers.text("store.path") {
        Some(path) if path.value == ":memory:" => StoreConfig::Memory,
        Some(path) if layers.is_from_file("store.path") => StoreConfig::File(base.join(path.value)),
        Some(path) => StoreConfig::File(path.value.into()),
        None => default_file(layers, findings),
    }
}

/// The platform's folder for what the gateway keeps; `None` where there is no home directory.
pub fn state_folder() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("idp-gateway"))
}

fn default_file(layers: &Layers, findings: &mut Findings) -> StoreConfig {
    if let Some(folder) = state_folder() {
        return StoreConfig::File(folder.join("store.redb"));
    }
    let message = "there is no home directory to keep the store in; set it to a file, or to \":memory:\"";
    findings.error(layers.place("store.path"), "store.path", message);
    StoreConfig::Memory
}

fn redis(layers: &Layers, findings: &mut Findings) -> StoreConfig {
    let Some(url) = layers.text("store.url") else {
        let message = "is missing: say where Redis is, as in redis://127.0.0.1:6379";
        findings.error(layers.place("store.kind"), "store.url", message);
        return StoreConfig::Memory;
    };
    let url = match RedisUrl::parse(&url.value) {
        Ok(url) => url,
        Err(error) => {
            findings.error(url.place, "store.url", error.to_string());
            return StoreConfig::Memory;
        }
    };
    let prefix = layers.text("store.prefix").map_or_else(|| "idp-gateway".to_owned(), |given| given.value);
    if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        let message = format!("`{}` must be letters, digits and - _ . alone", prefix.escape_debug());
        findings.error(layers.place("store.prefix"), "store.prefix", message);
    }
    let limiter_fallback = match layers.text("store.limiter_fallback") {
        None => LimiterFallback::Deny,
        Some(given) => match given.value.as_str() {
            "deny" => LimiterFallback::Deny,
            "local" => LimiterFallback::Local,
            other => {
                let message = format!("`{}` must be \"deny\" or \"local\"", other.escape_debug());
                findings.error(given.place, "store.limiter_fallback", message);
                LimiterFallback::Deny
            }
        },
    };
    let replica = layers.text("store.replica").map_or_else(name_of_process, |given| given.value);
    if replica.is_empty() || !replica.bytes().all(|b| b.is_ascii_graphic() && b != b',') {
        let message = format!("`{}` must be visible ASCII without commas", replica.escape_debug());
        findings.error(layers.place("store.replica"), "store.replica", message);
    }
    let timeout = layers.number("store.timeout_ms", TIMEOUT_MS, (10, 60_000), findings);
    let timeout = Duration::from_millis(timeout);
    StoreConfig::Redis(Box::new(RedisOptions { url, prefix, timeout, limiter_fallback, replica }))
}

/// The machine's name and the process's number.
pub(super) fn name_of_process() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host.trim().chars().filter(|c| c.is_ascii_graphic() && *c != ',').collect();
    let host = if host.is_empty() { "replica" } else { &host };
    format!("{host}-{}", std::process::id())
}
