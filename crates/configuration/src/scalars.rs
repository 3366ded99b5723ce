//! The sections `server`, `admin`, `store` and `telemetry`, as the file writes them.
//!
//! Everything here may come from the environment instead. These types only say which keys there are and of what TOML
//! type; what a key means is read once, after the layers are merged.

use admin_api::SecretText;
use serde::{Deserialize, Serialize};

/// The four sections.
#[derive(Debug, Default, Serialize)]
pub(super) struct Scalars {
    pub(super) server: Server,
    pub(super) admin: Admin,
    pub(super) store: Store,
    pub(super) telemetry: Telemetry,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Server {
    listen: Option<String>,
    public_url: Option<String>,
    workers: Option<u64>,
    trusted_proxies: Option<Vec<String>>,
    body_limit: Option<u64>,
    body_timeout_ms: Option<u64>,
    head_timeout_ms: Option<u64>,
    shutdown_timeout_ms: Option<u64>,
    drain_delay_ms: Option<u64>,
    watch_config: Option<bool>,
    allow_weak_secrets: Option<bool>,
    tls: Tls,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Tls {
    certificate: Option<String>,
    key: Option<String>,
    development: Option<bool>,
    development_anywhere: Option<bool>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Admin {
    listen: Option<String>,
    token: Option<SecretText>,
    token_file: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Store {
    kind: Option<String>,
    path: Option<String>,
    url: Option<SecretText>,
    prefix: Option<String>,
    timeout_ms: Option<u64>,
    limiter_fallback: Option<String>,
    replica: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Telemetry {
    log: Option<String>,
    level: Option<String>,
    metrics_listen: Option<String>,
    otlp_endpoint: Option<String>,
    trace_sample_ratio: Option<f64>,
}

/// Every key of the four sections.
pub(super) const KEYS: &[&str] = &[
    "server.listen",
    "server.public_url",
    "server.workers",
    "server.trusted_proxies",
    "server.body_limit",
    "server.body_timeout_ms",
    "server.head_timeout_ms",
    "server.shutdown_timeout_ms",
    "server.drain_delay_ms",
    "server.watch_config",
    "server.allow_weak_secrets",
    "server.tls.certificate",
    "server.tls.key",
    "server.tls.development",
    "server.tls.development_anywhere",
    "admin.listen",
    "admin.token",
    "admin.token_file",
    "store.kind",
    "store.path",
    "store.url",
    "store.prefix",
    "store.timeout_ms",
    "store.limiter_fallback",
    "store.replica",
    "telemetry.log",
    "telemetry.level",
    "telemetry.metrics_listen",
    "telemetry.otlp_endpoint",
    "telemetry.trace_sample_ratio",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn name_leaves(value: &serde_json::Value, path: &str, names: &mut BTreeSet<String>) {
        let Some(table) = value.as_object() else {
            names.insert(path.to_owned());
            return;
        };
        for (key, value) in table {
            name_leaves(value, format!("{path}.{key}").trim_start_matches('.'), names);
        }
    }

    #[test]
    fn the_list_of_keys_is_that_of_the_types_and_each_is_in_the_manual() {
        let sections = serde_json::to_value(Scalars::default()).unwrap();
        let mut of_types = BTreeSet::new();
        name_leaves(&sections, "", &mut of_types);
        assert_eq!(of_types, KEYS.iter().map(ToString::to_string).collect());
        let manual = include_str!("../../../docs/configuration.md");
        for key in KEYS {
            let variable = super::super::layers::variable(key);
            assert!(manual.contains(&format!("`{key}`")), "docs/configuration.md lacks `{key}`");
            assert!(manual.contains(&format!("`{variable}`")), "docs/configuration.md lacks `{variable}`");
        }
    }
}
