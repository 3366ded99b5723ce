//! Refresh tokens: handles with their state, JWTs with what is spent of them, and families.

use super::{FamilyId, HandleHash, Moment, Realm, RequestId, StoreError};
use grant::{Login, Scopes};

/// What a refresh handle stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRecord {
    /// Its family.
    pub family: FamilyId,
    /// The client it was issued to.
    pub client_id: String,
    /// `sub` of the user it speaks for.
    pub subject: String,
    /// The scopes first granted.
    pub scopes: Scopes,
    /// The sign-in behind it.
    pub login: Option<Login>,
    /// When the family ends, seconds since the epoch; rotation keeps it.
    pub expires_at: i64,
}

/// A request to use a refresh handle.
#[derive(Clone, Copy, Debug)]
pub struct Rotation<'a> {
    /// Names the request.
    pub request: RequestId,
    /// The present.
    pub moment: Moment,
    /// The family that the handle names.
    pub family: FamilyId,
    /// The handle presented.
    pub token: HandleHash,
    /// The authenticated client.
    pub client_id: &'a str,
    /// The handle that takes its place; `None` where handles are reused.
    pub successor: Option<HandleHash>,
    /// The narrower scopes asked for, if any.
    pub scopes: Option<&'a Scopes>,
    /// Seconds during which a repeat of a spent handle yields its successor again.
    pub grace: i64,
}

/// What came of using a refresh handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotateOutcome {
    /// The handle held; its successor, if any, is recorded with the same terms.
    Granted(RefreshRecord),
    /// No such handle.
    Unknown,
    /// It belongs to another client. Found before anything else, so that a stranger kills nothing.
    WrongClient,
    /// Its family has been revoked.
    Revoked,
    /// Its time is over.
    Expired,
    /// It was spent before, and its grace is over: the family has been revoked.
    Reused,
    /// This scope was not granted; nothing is spent.
    ScopeTooWide(String),
}

/// A request to use a refresh token that carries its own state; its signature, lifetime, client and scopes have been
/// checked.
#[derive(Clone, Copy, Debug)]
pub struct Spend<'a> {
    /// Names the request.
    pub request: RequestId,
    /// The present.
    pub moment: Moment,
    /// Its family.
    pub family: FamilyId,
    /// Its identifier (`jti`).
    pub token_id: &'a str,
    /// When it ends, seconds since the epoch: how long the store must remember.
    pub expires_at: i64,
    /// Whether the use spends it.
    pub rotate: bool,
    /// Seconds during which a repeat is granted again.
    pub grace: i64,
}

/// What came of using such a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendOutcome {
    /// It held.
    Granted,
    /// Its family has been revoked.
    Revoked,
    /// It was spent before, and its grace is over: the family has been revoked.
    Reused,
}

/// Keeps refresh tokens. A handle is found by its family and its hash together.
#[async_trait::async_trait]
pub trait RefreshStore: Send + Sync {
    /// Uses a refresh handle in one step. Checks in the order of [`RotateOutcome`]: unknown, client, family, expiry,
    /// reuse, scopes. A spent handle is remembered until its family ends.
    async fn rotate(&self, realm: &Realm, rotation: Rotation<'_>) -> Result<RotateOutcome, StoreError>;

    /// Uses a JWT refresh token in one step.
    async fn spend(&self, realm: &Realm, spend: Spend<'_>) -> Result<SpendOutcome, StoreError>;

    /// Revokes a family; remembered until `until`, seconds since the epoch.
    async fn revoke_family(&self, realm: &Realm, family: FamilyId, until: i64) -> Result<(), StoreError>;

    /// Revokes the family of a refresh handle, if the handle is that client's; whether it was.
    async fn revoke_handle(
        &self,
        realm: &Realm,
        family: FamilyId,
        token: HandleHash,
        client_id: &str,
    ) -> Result<bool, StoreError>;

    /// Revokes one access token; remembered until `until`, seconds since the epoch.
    async fn revoke_token(&self, realm: &Realm, family: FamilyId, token_id: &str, until: i64)
    -> Result<(), StoreError>;

    /// Whether an access token has been revoked, by itself or with its family.
    async fn is_revoked(&self, realm: &Realm, family: FamilyId, token_id: &str) -> Result<bool, StoreError>;
}
