//! Namespaces: worlds of their own beside each other in one gateway.

use crate::{rules, whole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The namespace to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamespaceSpec {
    /// Its name, a DNS label: 1 to 32 of a to z, 0 to 9 and `-`, with a letter or digit at both ends. One is drawn where
    /// it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::namespace_name)]
    pub name: Option<String>,
    /// After how many seconds of real time it ends, 1 to 86400; 3600 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole::read_any")]
    #[schema(minimum = 1, maximum = 86_400)]
    pub ttl: Option<u32>,
}

/// How long a namespace is still to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamespaceTtl {
    /// After how many seconds of real time from now it ends, 1 to 86400.
    #[serde(deserialize_with = "whole::read")]
    #[schema(minimum = 1, maximum = 86_400)]
    pub ttl: u32,
}

/// A namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NamespaceView {
    /// Its name.
    pub name: String,
    /// Where it is reached: every path of the gateway is there below.
    pub base: String,
    /// When it ends, in seconds of real time since the epoch.
    pub expires_at: i64,
    /// Its mounts, by name.
    pub mounts: BTreeMap<String, NamespaceMount>,
}

/// A mount of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NamespaceMount {
    /// Where it is reached.
    pub url: String,
    /// What its tokens name as their issuer.
    pub issuer: String,
    /// The host, with its port, at which it is reached at the vendor's own paths.
    pub host: Option<String>,
}
