//! How rows that end are written: a short binary head, then the record as JSON.

use grant::{Login, Scopes};
use issuer::state::{CodeRecord, FamilyId, Moment, RefreshRecord, RequestId, StoreError};
use serde::{Deserialize, Serialize};

/// The first byte of every row: how the rest is written.
pub(super) const VERSION: u8 = 1;

/// The first spending of a code or token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spending {
    /// When, milliseconds since the epoch.
    pub(super) at: i64,
    /// By which attempt.
    pub(super) request: RequestId,
}

impl Spending {
    /// Whether a repeat at `moment` is within `grace` seconds of it. Moments of requests that run side by side may
    /// come in either order, so the distance counts.
    pub(super) fn has_grace(self, moment: Moment, grace: i64) -> bool {
        let distance = moment.millis.abs_diff(self.at);
        u64::try_from(grace).is_ok_and(|grace| distance < grace.saturating_mul(1000))
    }
}

/// A row that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// How long it is kept, seconds since the epoch.
    pub(super) expiry: i64,
    pub(super) spending: Option<Spending>,
    /// The record as JSON, if there is more to know.
    pub(super) body: Vec<u8>,
}

impl Row {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(34 + self.body.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.expiry.to_be_bytes());
        match self.spending {
            None => bytes.push(0),
            Some(Spending { at, request }) => {
                bytes.push(1);
                bytes.extend_from_slice(&at.to_be_bytes());
                bytes.extend_from_slice(&request.0);
            }
        }
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        Self::read(bytes).ok_or_else(|| StoreError::Corrupt("a row has an unknown form".to_owned()))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (&[VERSION], rest) = bytes.split_first_chunk()? else { return None };
        let (expiry, rest) = rest.split_first_chunk()?;
        let (spending, body) = match rest.split_first()? {
            (0, body) => (None, body),
            (1, rest) => {
                let (at, rest) = rest.split_first_chunk()?;
                let (request, body) = rest.split_first_chunk()?;
                (Some(Spending { at: i64::from_be_bytes(*at), request: RequestId(*request) }), body)
            }
            _ => return None,
        };
        Some(Self { expiry: i64::from_be_bytes(*expiry), spending, body: body.to_vec() })
    }
}

#[derive(Serialize, Deserialize)]
struct CodeBody {
    #[serde(rename = "r")]
    redirect_uri: String,
    #[serde(rename = "h", skip_serializing_if = "Option::is_none", default)]
    challenge: Option<String>,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    refresh_until: Option<i64>,
    #[serde(flatten)]
    terms: RefreshBody,
}

/// What codes and refresh handles have in common.
#[derive(Serialize, Deserialize)]
struct RefreshBody {
    #[serde(rename = "f")]
    family: u64,
    #[serde(rename = "c")]
    client_id: String,
    #[serde(rename = "s")]
    subject: String,
    #[serde(rename = "o")]
    scopes: String,
    #[serde(rename = "l", skip_serializing_if = "Option::is_none", default)]
    login: Option<LoginBody>,
    #[serde(rename = "e")]
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct LoginBody {
    #[serde(rename = "i")]
    sid: String,
    #[serde(rename = "a")]
    auth_time: i64,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none", default)]
    nonce: Option<String>,
}

impl From<RefreshRecord> for RefreshBody {
    fn from(record: RefreshRecord) -> Self {
        Self {
            family: record.family.0,
            client_id: record.client_id,
            subject: record.subject,
            scopes: record.scopes.joined(),
            login: record.login.map(|login| LoginBody {
                sid: login.sid,
                auth_time: login.auth_time,
                nonce: login.nonce,
            }),
            expires_at: record.expires_at,
        }
    }
}

impl RefreshBody {
    fn record(self) -> Result<RefreshRecord, StoreError> {
        Ok(RefreshRecord {
            family: FamilyId(self.family),
            client_id: self.client_id,
            subject: self.subject,
            scopes: Scopes::parse(&self.scopes).map_err(|_| corrupt("a scope"))?,
            login: self.login.map(|login| Login { sid: login.sid, auth_time: login.auth_time, nonce: login.nonce }),
            expires_at: self.expires_at,
        })
    }
}

pub(super) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} cannot be read"))
}

/// Writes what is no row of its own kind: always possible for types without maps, yet never assumed.
pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|_| StoreError::Corrupt("a record cannot be written".to_owned()))
}

/// Reads a record; the error names `what`, never its content.
pub(super) fn from_json<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|_| corrupt(what))
}

pub(super) fn encode_code(record: CodeRecord) -> Result<Vec<u8>, StoreError> {
    to_json(&CodeBody {
        redirect_uri: record.redirect_uri,
        challenge: record.challenge,
        refresh_until: record.refresh_until,
        terms: RefreshBody::from(RefreshRecord {
            family: record.family,
            client_id: record.client_id,
            subject: record.subject,
            scopes: record.scopes,
            login: record.login,
            expires_at: record.expires_at,
        }),
    })
}

pub(super) fn decode_code(body: &[u8]) -> Result<CodeRecord, StoreError> {
    let body: CodeBody = from_json(body, "a code")?;
    let terms = body.terms.record()?;
    Ok(CodeRecord {
        family: terms.family,
        client_id: terms.client_id,
        redirect_uri: body.redirect_uri,
        challenge: body.challenge,
        subject: terms.subject,
        scopes: terms.scopes,
        login: terms.login,
        expires_at: terms.expires_at,
        refresh_until: body.refresh_until,
    })
}

pub(super) fn encode_refresh(record: RefreshRecord) -> Result<Vec<u8>, StoreError> {
    to_json(&RefreshBody::from(record))
}

pub(super) fn decode_refresh(body: &[u8]) -> Result<RefreshRecord, StoreError> {
    from_json::<RefreshBody>(body, "a refresh token")?.record()
}
