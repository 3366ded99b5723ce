//! How records are written: JSON with short names.
//!
//! Names and types are kept for ever: files and databases hold them.

use grant::{AskedClaims, Login, Scopes, Seconds};
use issuer::said::is_news;
use issuer::state::{
    CodeRecord, ConsentRecord, DeviceRecord, FamilyId, HandleHash, KeyPurpose, Override, OverrideKind, PatRecord,
    Realm, RefreshRecord, RequestId, SessionRecord, StoreError, StoredKey, Verdict,
};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CodeBody {
    #[serde(rename = "r")]
    redirect_uri: String,
    #[serde(rename = "h", skip_serializing_if = "Option::is_none", default)]
    challenge: Option<String>,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    pub(crate) refresh_until: Option<i64>,
    #[serde(flatten)]
    pub(crate) terms: RefreshBody,
}

/// What codes and refresh handles have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RefreshBody {
    #[serde(rename = "f")]
    pub(crate) family: u64,
    #[serde(rename = "c")]
    client_id: String,
    #[serde(rename = "s")]
    subject: String,
    #[serde(rename = "o")]
    pub(crate) scopes: String,
    #[serde(rename = "l", skip_serializing_if = "Option::is_none", default)]
    login: Option<LoginBody>,
    #[serde(rename = "e")]
    pub(crate) expires_at: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LoginBody {
    #[serde(rename = "i")]
    sid: String,
    #[serde(rename = "a")]
    auth_time: i64,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none", default)]
    nonce: Option<String>,
    #[serde(rename = "w", skip_serializing_if = "Option::is_none", default)]
    issuer: Option<String>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none", default)]
    acr: Option<String>,
    /// Claims asked for at userinfo.
    #[serde(rename = "u", skip_serializing_if = "Vec::is_empty", default)]
    userinfo: Vec<String>,
    /// Claims asked for in the ID token.
    #[serde(rename = "t", skip_serializing_if = "Vec::is_empty", default)]
    id_token: Vec<String>,
    /// What the access token is for.
    #[serde(rename = "x", skip_serializing_if = "Option::is_none", default)]
    resource: Option<String>,
}

impl From<Login> for LoginBody {
    fn from(login: Login) -> Self {
        let Login { sid, auth_time, nonce, issuer, acr, claims, resource } = login;
        let AskedClaims { userinfo, id_token } = claims;
        let resource = resource.as_deref().map(str::to_owned);
        let issuer = issuer.as_deref().map(str::to_owned);
        Self { sid, auth_time, nonce, issuer, acr, userinfo, id_token, resource }
    }
}

impl From<LoginBody> for Login {
    fn from(body: LoginBody) -> Self {
        let LoginBody { sid, auth_time, nonce, issuer, acr, userinfo, id_token, resource } = body;
        let (issuer, resource) = (issuer.map(Into::into), resource.map(Into::into));
        Self { sid, auth_time, nonce, issuer, acr, claims: AskedClaims { userinfo, id_token }, resource }
    }
}

impl From<RefreshRecord> for RefreshBody {
    fn from(record: RefreshRecord) -> Self {
        Self {
            family: record.family.0,
            client_id: record.client_id,
            subject: record.subject,
            scopes: record.scopes.joined(),
            login: record.login.map(Into::into),
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
            login: self.login.map(Into::into),
            expires_at: self.expires_at,
        })
    }
}

pub(crate) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} cannot be read"))
}

/// Writes what is no row of its own kind: always possible for types without maps, yet never assumed.
pub(crate) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|_| StoreError::Corrupt("a record cannot be written".to_owned()))
}

/// Reads a record; the error names `what`, never its content.
pub(crate) fn from_json<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|_| corrupt(what))
}

/// A row, where this version can read it. One that it cannot costs itself alone, stays as it is, and is told of once.
pub(crate) fn legible<T>(what: &str, row: &[u8], read: Result<T, StoreError>) -> Option<T> {
    if let Err(error) = &read
        && is_news(&(what, row))
    {
        tracing::error!("{what} is left out, and stays in the store, for this version cannot read it: {error}");
    }
    read.ok()
}

/// The purpose of a key.
pub(crate) fn purpose(name: &str) -> Result<KeyPurpose, StoreError> {
    let all = [KeyPurpose::Sign, KeyPurpose::Handle];
    all.into_iter().find(|purpose| purpose.as_str() == name).ok_or_else(|| corrupt(PURPOSE))
}

const PURPOSE: &str = "a key's purpose";

/// A key, unless it is of a purpose that only a newer version knows: that one is left out. One that is damaged is a fault:
/// without it another would be made.
pub(crate) fn unless_newer(row: &[u8], read: Result<StoredKey, StoreError>) -> Option<Result<StoredKey, StoreError>> {
    if read.as_ref().err() == Some(&corrupt(PURPOSE)) { legible("a key", row, read).map(Ok) } else { Some(read) }
}

pub(crate) fn encode_code(record: CodeRecord) -> Result<Vec<u8>, StoreError> {
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

pub(crate) fn decode_code(body: &[u8]) -> Result<CodeRecord, StoreError> {
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

pub(crate) fn encode_refresh(record: RefreshRecord) -> Result<Vec<u8>, StoreError> {
    to_json(&RefreshBody::from(record))
}

pub(crate) fn decode_refresh(body: &[u8]) -> Result<RefreshRecord, StoreError> {
    from_json::<RefreshBody>(body, "a refresh token")?.record()
}

/// What a device asks for. A script writes it too, so that no number in it is beyond what Lua keeps whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DeviceBody {
    /// Hexadecimal, as the requests are.
    #[serde(rename = "d")]
    device_code: String,
    #[serde(rename = "c")]
    client_id: String,
    #[serde(rename = "o")]
    pub(crate) scopes: String,
    #[serde(rename = "w", skip_serializing_if = "Option::is_none", default)]
    issuer: Option<String>,
    #[serde(rename = "e")]
    expires_at: i64,
    #[serde(rename = "n")]
    interval: Seconds,
    /// Milliseconds, as text.
    #[serde(rename = "p", skip_serializing_if = "Option::is_none", default)]
    polled_at: Option<String>,
    #[serde(rename = "q", skip_serializing_if = "Option::is_none", default)]
    polled_by: Option<String>,
    /// Whether that poll came too soon.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    too_soon: Option<bool>,
    /// Whether it was allowed.
    #[serde(rename = "v", skip_serializing_if = "Option::is_none", default)]
    allowed: Option<bool>,
    #[serde(rename = "b", skip_serializing_if = "Option::is_none", default)]
    decided_by: Option<String>,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    refresh_until: Option<i64>,
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        let digits = text.get(2 * at..2 * at + 2).ok_or_else(|| corrupt("a device"))?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| corrupt("a device"))?;
    }
    Ok(bytes)
}

impl From<DeviceRecord> for DeviceBody {
    fn from(record: DeviceRecord) -> Self {
        let last = record.last_poll;
        Self {
            device_code: hex(&record.device_code.0),
            client_id: record.client_id,
            scopes: record.scopes.joined(),
            issuer: record.issuer.as_deref().map(str::to_owned),
            expires_at: record.expires_at,
            interval: record.interval,
            polled_at: record.polled_at.map(|at| at.to_string()),
            polled_by: last.map(|(request, _)| hex(&request.0)),
            too_soon: last.map(|(_, too_soon)| too_soon),
            allowed: record.verdict.map(|verdict| verdict == Verdict::Allowed),
            decided_by: record.decided_by.map(|request| hex(&request.0)),
            refresh_until: record.refresh_until,
        }
    }
}

impl DeviceBody {
    /// As [`DeviceRecord::until`].
    pub(crate) fn until(&self) -> i64 {
        self.refresh_until.map_or(self.expires_at, |until| until.max(self.expires_at))
    }

    /// The record, of that family.
    pub(crate) fn record(self, family: FamilyId) -> Result<DeviceRecord, StoreError> {
        let request = |text: Option<String>| text.map(|text| from_hex(&text).map(RequestId)).transpose();
        let polled_at = self.polled_at.map(|at| at.parse().map_err(|_| corrupt("a device"))).transpose()?;
        Ok(DeviceRecord {
            family,
            device_code: HandleHash(from_hex(&self.device_code)?),
            client_id: self.client_id,
            scopes: Scopes::parse(&self.scopes).map_err(|_| corrupt("a scope"))?,
            issuer: self.issuer.map(Into::into),
            expires_at: self.expires_at,
            interval: self.interval,
            polled_at,
            verdict: self.allowed.map(|allowed| if allowed { Verdict::Allowed } else { Verdict::Denied }),
            last_poll: request(self.polled_by)?.zip(self.too_soon),
            decided_by: request(self.decided_by)?,
            refresh_until: self.refresh_until,
        })
    }
}

pub(crate) fn encode_device(record: DeviceRecord) -> Result<Vec<u8>, StoreError> {
    to_json(&DeviceBody::from(record))
}

pub(crate) fn decode_device(body: &[u8], family: FamilyId) -> Result<DeviceRecord, StoreError> {
    from_json::<DeviceBody>(body, "a device")?.record(family)
}

/// A session; when it ends is kept beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SessionBody {
    #[serde(rename = "i")]
    pub(crate) sid: String,
    #[serde(rename = "s")]
    pub(crate) subject: String,
    #[serde(rename = "a")]
    auth_time: i64,
    #[serde(rename = "g")]
    agent: String,
}

pub(crate) fn encode_session(record: SessionRecord) -> Result<Vec<u8>, StoreError> {
    let SessionRecord { sid, subject, auth_time, expires_at: _, agent } = record;
    to_json(&SessionBody { sid, subject, auth_time, agent })
}

pub(crate) fn decode_session(body: &[u8], expires_at: i64) -> Result<SessionRecord, StoreError> {
    let SessionBody { sid, subject, auth_time, agent } = from_json(body, "a session")?;
    Ok(SessionRecord { sid, subject, auth_time, expires_at, agent })
}

/// A personal access token; when it ends is kept beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PatBody {
    #[serde(rename = "i")]
    pub(crate) id: String,
    #[serde(rename = "n")]
    pub(crate) name: String,
    #[serde(rename = "s")]
    pub(crate) subject: String,
    #[serde(rename = "o")]
    pub(crate) scopes: String,
    #[serde(rename = "c")]
    pub(crate) created_at: i64,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    pub(crate) last_used: Option<i64>,
}

pub(crate) fn encode_pat(record: PatRecord) -> Result<Vec<u8>, StoreError> {
    let PatRecord { id, name, subject, scopes, created_at, expires_at: _, last_used } = record;
    to_json(&PatBody { id, name, subject, scopes: scopes.joined(), created_at, last_used })
}

pub(crate) fn decode_pat(body: &[u8], expires_at: i64) -> Result<PatRecord, StoreError> {
    let PatBody { id, name, subject, scopes, created_at, last_used } = from_json(body, "a personal access token")?;
    let scopes = Scopes::parse(&scopes).map_err(|_| corrupt("a scope"))?;
    Ok(PatRecord { id, name, subject, scopes, created_at, expires_at, last_used })
}

/// A consent; its families are kept beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ConsentBody {
    #[serde(rename = "c")]
    pub(crate) client_id: String,
    #[serde(rename = "o")]
    pub(crate) scopes: String,
    #[serde(rename = "r")]
    remembered: bool,
    #[serde(rename = "a")]
    granted_at: i64,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    live_until: Option<i64>,
}

impl From<ConsentRecord> for ConsentBody {
    fn from(record: ConsentRecord) -> Self {
        let ConsentRecord { client_id, scopes, remembered, granted_at, live_until } = record;
        Self { client_id, scopes: scopes.joined(), remembered, granted_at, live_until }
    }
}

impl ConsentBody {
    pub(crate) fn record(self) -> Result<ConsentRecord, StoreError> {
        let Self { client_id, scopes, remembered, granted_at, live_until } = self;
        let scopes = Scopes::parse(&scopes).map_err(|_| corrupt("a scope"))?;
        Ok(ConsentRecord { client_id, scopes, remembered, granted_at, live_until })
    }
}

/// A run-time change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ChangeBody {
    realm: String,
    kind: String,
    id: String,
    body: Option<String>,
}

impl From<Override> for ChangeBody {
    fn from(change: Override) -> Self {
        let Override { realm, kind, id, body } = change;
        Self { realm: realm.as_str().to_owned(), kind: kind.as_str().to_owned(), id, body }
    }
}

impl ChangeBody {
    pub(crate) fn change(self) -> Result<Override, StoreError> {
        let kind = OverrideKind::parse(&self.kind).ok_or_else(|| corrupt("a change's kind"))?;
        Ok(Override { realm: Realm::of_mount(&self.realm), kind, id: self.id, body: self.body })
    }
}
