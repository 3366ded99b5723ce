//! The rows, as a backup has them: one JSON object to a line. Names and types are kept for ever.

use crate::record::{self, ChangeBody, CodeBody, ConsentBody, DeviceBody, PatBody, RefreshBody, SessionBody, corrupt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use issuer::state::{RequestId, Spending, StoreError, StoredKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

/// A row of a store. Ends (`until`) are seconds since the epoch.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Row {
    Code {
        realm: String,
        code: Bytes<32>,
        until: i64,
        spent: Option<Spent>,
        body: CodeBody,
    },
    Refresh {
        realm: String,
        token: Bytes<32>,
        until: i64,
        spent: Option<Spent>,
        /// Of the first of a chain: the newest number of the chain that was used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        newest: Option<u64>,
        body: RefreshBody,
    },
    /// What a device asks for.
    Device {
        realm: String,
        family: u64,
        until: i64,
        body: DeviceBody,
    },
    /// A revoked family.
    Family {
        realm: String,
        family: u64,
        until: i64,
    },
    /// A spent token that carries its own state.
    Spent {
        realm: String,
        family: u64,
        token: String,
        until: i64,
        spent: Spent,
        /// As a refresh handle's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        newest: Option<u64>,
    },
    /// A revoked access token.
    Revoked {
        realm: String,
        family: u64,
        token: String,
        until: i64,
    },
    /// One that was ended has no body.
    Session {
        realm: String,
        session: Bytes<32>,
        until: i64,
        body: Option<SessionBody>,
    },
    /// One that was revoked has no body.
    Pat {
        realm: String,
        token: Bytes<32>,
        until: i64,
        body: Option<PatBody>,
    },
    Consent {
        realm: String,
        subject: String,
        body: ConsentBody,
    },
    /// A family that came of a consent.
    ConsentFamily {
        realm: String,
        subject: String,
        client_id: String,
        family: u64,
        until: i64,
    },
    Key {
        realm: String,
        body: KeyBody,
    },
    Change {
        body: ChangeBody,
    },
    Scenario {
        id: u64,
        seen: u64,
        used: u64,
        body: String,
    },
}

impl Row {
    /// What its kind is called.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Code { .. } => "code",
            Self::Refresh { .. } => "refresh",
            Self::Device { .. } => "device",
            Self::Family { .. } => "family",
            Self::Spent { .. } => "spent",
            Self::Revoked { .. } => "revoked",
            Self::Session { .. } => "session",
            Self::Pat { .. } => "pat",
            Self::Consent { .. } => "consent",
            Self::ConsentFamily { .. } => "consent_family",
            Self::Key { .. } => "key",
            Self::Change { .. } => "change",
            Self::Scenario { .. } => "scenario",
        }
    }

    /// Whether a reset leaves it, or it is followed by all replicas: there are few of these.
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self, Self::Key { .. } | Self::Change { .. } | Self::Scenario { .. })
    }

    pub(super) fn scopes(&self) -> Option<&str> {
        match self {
            Self::Code { body, .. } => Some(&body.terms.scopes),
            Self::Refresh { body, .. } => Some(&body.scopes),
            Self::Device { body, .. } => Some(&body.scopes),
            Self::Pat { body: Some(body), .. } => Some(&body.scopes),
            Self::Consent { body, .. } => Some(&body.scopes),
            _ => None,
        }
    }
}

/// Bytes as base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bytes<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD_NO_PAD.encode(self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| de::Error::custom("bytes of another number"))
    }
}

/// The first use of a code or refresh token: milliseconds since the epoch, and the attempt.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Spent {
    at: i64,
    by: Bytes<16>,
}

impl From<Spending> for Spent {
    fn from(spending: Spending) -> Self {
        Self { at: spending.at, by: Bytes(spending.request.0) }
    }
}

impl From<Spent> for Spending {
    fn from(spent: Spent) -> Self {
        Self { at: spent.at, request: RequestId(spent.by.0) }
    }
}

/// A key with its secret.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeyBody {
    #[serde(rename = "p")]
    purpose: String,
    #[serde(rename = "a")]
    alg: String,
    #[serde(rename = "k")]
    pub(crate) kid: String,
    #[serde(rename = "c")]
    created_at: i64,
    /// Left out while it waits.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    signs_from: Option<i64>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    retires_at: Option<i64>,
    /// Base64.
    #[serde(rename = "m")]
    material: Zeroizing<String>,
}

impl From<&StoredKey> for KeyBody {
    fn from(key: &StoredKey) -> Self {
        Self {
            purpose: key.purpose.as_str().to_owned(),
            alg: key.alg.clone(),
            kid: key.kid.clone(),
            created_at: key.created_at,
            signs_from: key.signs_from,
            retires_at: key.retires_at,
            material: Zeroizing::new(STANDARD_NO_PAD.encode(&*key.material)),
        }
    }
}

impl KeyBody {
    pub(crate) fn key(self) -> Result<StoredKey, StoreError> {
        let Self { purpose, alg, kid, created_at, signs_from, retires_at, material } = self;
        let material = STANDARD_NO_PAD.decode(material.as_bytes()).map_err(|_| corrupt("a key"))?;
        Ok(StoredKey {
            purpose: record::purpose(&purpose)?,
            alg,
            kid,
            material: Zeroizing::new(material),
            created_at,
            signs_from,
            retires_at,
        })
    }
}
