//! Refresh tokens: handles with their state, JWTs with what is spent of them, and families.

use super::{CodeRecord, FamilyId, HandleHash, Link, Moment, Realm, RequestId, Spending, StoreError};
use grant::{ClientId, Login, Scopes, Seconds};

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

impl RefreshRecord {
    /// The terms of the refresh token that comes of a code, where one does.
    pub fn of_code(code: CodeRecord) -> Option<Self> {
        let CodeRecord { family, client_id, subject, scopes, login, refresh_until, .. } = code;
        Some(Self { family, client_id, subject, scopes, login, expires_at: refresh_until? })
    }
}

/// A request to use a refresh handle.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Names the request.
    pub request: RequestId,
    /// The present.
    pub moment: Moment,
    /// The family that the handle names.
    pub family: FamilyId,
    /// The handle presented.
    pub token: HandleHash,
    /// Where it stands in its chain; `None` where it is of no chain that its issuer knows.
    pub link: Option<Link<HandleHash>>,
    /// The authenticated client.
    pub client_id: ClientId,
    /// The handle that takes its place; `None` where handles are reused, or the handle is only asked about. Without one
    /// nothing is spent.
    pub successor: Option<HandleHash>,
    /// The narrower scopes asked for, if any.
    pub scopes: Option<Scopes>,
    /// Seconds during which a repeat of a spent handle yields its successor again.
    pub grace: Seconds,
}

impl Rotation {
    /// What comes of it, by the checks in the order of [`RotateOutcome`]. `spent` is the first use of the handle
    /// ([`Spending::FORGOTTEN`] where the link says so), and `is_revoked` says whether its family was revoked.
    pub fn judge(&self, handle: RefreshRecord, spent: Option<Spending>, is_revoked: bool) -> RotateOutcome {
        if handle.family != self.family {
            return RotateOutcome::Unknown;
        }
        if handle.client_id != self.client_id.as_str() {
            return RotateOutcome::WrongClient;
        }
        if spent.is_some_and(|first| first.request == self.request) {
            return RotateOutcome::Granted(handle);
        }
        if is_revoked {
            return RotateOutcome::Revoked;
        }
        if self.moment.seconds() >= handle.expires_at {
            return RotateOutcome::Expired;
        }
        if spent.is_some_and(|first| !first.has_grace(self.moment, self.grace)) {
            return RotateOutcome::Reused;
        }
        match self.scopes.as_ref().and_then(|scopes| scopes.first_outside(&handle.scopes)) {
            Some(scope) => RotateOutcome::ScopeTooWide(scope.as_str().to_owned()),
            None => RotateOutcome::Granted(handle),
        }
    }
}

/// What came of using a refresh handle.
#[expect(clippy::large_enum_variant, reason = "nearly every rotation is granted, and each is taken apart at once")]
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
/// checked. A client's assertion is used in the same way, in a realm of its own.
#[derive(Clone, Debug)]
pub struct Spend {
    /// Names the request.
    pub request: RequestId,
    /// The present.
    pub moment: Moment,
    /// Its family.
    pub family: FamilyId,
    /// Its identifier (`jti`).
    pub token_id: String,
    /// Where it stands in its chain; `None` where it is of no chain that its issuer knows.
    pub link: Option<Link<String>>,
    /// When it ends, seconds since the epoch: how long the store must remember.
    pub expires_at: i64,
    /// Whether the use spends it.
    pub rotate: bool,
    /// Seconds during which a repeat is granted again.
    pub grace: Seconds,
}

impl Spend {
    /// What comes of it. `spent` is the first use of the token ([`Spending::FORGOTTEN`] where the link says so), and
    /// `is_revoked` says whether its family was revoked.
    pub fn judge(&self, spent: Option<Spending>, is_revoked: bool) -> SpendOutcome {
        match spent {
            Some(first) if first.request == self.request => SpendOutcome::Granted,
            _ if is_revoked => SpendOutcome::Revoked,
            Some(first) if !first.has_grace(self.moment, self.grace) => SpendOutcome::Reused,
            _ => SpendOutcome::Granted,
        }
    }
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
    /// Uses a refresh handle in one step, as [`Rotation::judge`] says; reuse revokes the family. A spent handle is
    /// remembered until its family ends or its [`Link`] tells that it was spent. One that is forgotten has the terms of the
    /// first of its chain.
    async fn rotate(&self, realm: &Realm, rotation: Rotation) -> Result<RotateOutcome, StoreError>;

    /// Uses a JWT refresh token in one step, as [`Spend::judge`] says; reuse revokes the family.
    async fn spend(&self, realm: &Realm, spend: Spend) -> Result<SpendOutcome, StoreError>;

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

    /// Revokes one access token at a moment; remembered until `until`, seconds since the epoch.
    async fn revoke_token(
        &self,
        realm: &Realm,
        moment: Moment,
        family: FamilyId,
        token_id: &str,
        until: i64,
    ) -> Result<(), StoreError>;

    /// Whether an access token has been revoked, by itself or with its family.
    async fn is_revoked(&self, realm: &Realm, family: FamilyId, token_id: &str) -> Result<bool, StoreError>;
}
