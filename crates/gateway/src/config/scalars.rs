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
    allow_weak_secrets: Option<bool>,
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
}

impl Store {
    /// The section of a file that asks for Redis, its other keys apart.
    pub(super) fn redis() -> Self {
        Self { kind: Some("redis".to_owned()), path: None }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Telemetry {
    log: Option<String>,
    level: Option<String>,
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
    "server.allow_weak_secrets",
    "admin.listen",
    "admin.token",
    "admin.token_file",
    "store.kind",
    "store.path",
    "telemetry.log",
    "telemetry.level",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_of_keys_is_that_of_the_types_and_each_is_in_the_manual() {
        let sections = serde_json::to_value(Scalars::default()).unwrap();
        let of_types: BTreeSet<String> = sections
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(section, keys)| keys.as_object().unwrap().keys().map(move |key| format!("{section}.{key}")))
            .collect();
        assert_eq!(of_types, KEYS.iter().map(ToString::to_string).collect());
        let manual = include_str!("../../../../docs/configuration.md");
        for key in KEYS {
            let variable = super::super::layers::variable(key);
            assert!(manual.contains(&format!("`{key}`")), "docs/configuration.md lacks `{key}`");
            assert!(manual.contains(&format!("`{variable}`")), "docs/configuration.md lacks `{variable}`");
        }
    }
}
