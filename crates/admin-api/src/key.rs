//! Signing keys. Times are in seconds since the epoch.

use crate::{SecretText, whole};
use serde::{Deserialize, Serialize};

/// A rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateRequest {
    /// For how many seconds the new key is published before it signs, so that those who keep the keys have it by then;
    /// left out, 300. At 0 it signs once every replica has it.
    #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 31_536_000)]
    pub lead_seconds: Option<u32>,
}

/// A signing key of one's own: exactly one of `pem` and `jwk`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyOrder {
    /// The private key in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password)]
    pub pem: Option<SecretText>,
    /// The private key as a JWK (RFC 7517): its JSON as a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password)]
    pub jwk: Option<SecretText>,
    /// Its identifier; left out, the JWK's own, else its thumbprint (RFC 7638).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// For how many seconds it is published before it signs; left out, 300.
    #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 31_536_000)]
    pub lead_seconds: Option<u32>,
}

/// A signing key, without what it signs with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeyView {
    /// Its identifier.
    pub kid: String,
    /// The one algorithm it is used with.
    pub alg: String,
    /// What it is doing: `upcoming` (published, signs later), `signing`, `retiring` (signs no more; what it signed is
    /// alive), `retired` (nothing that it signed is) or `idle` (the mount signs with another algorithm).
    pub status: String,
    /// When it was made.
    pub created_at: i64,
    /// When it begins to sign; null while its rotation is under way.
    pub signs_from: Option<i64>,
    /// When nothing that it signed is alive any more; null while none succeeds it.
    pub retires_at: Option<i64>,
}
