//! Authorization codes.

use super::{FamilyId, HandleHash, Moment, Realm, RequestId, StoreError};
use grant::{Login, Scopes};

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRecord {
    /// The family of what it will yield.
    pub family: FamilyId,
    /// The client it was issued to.
    pub client_id: String,
    /// The redirect URI it was sent to.
    pub redirect_uri: String,
    /// The S256 challenge bound to it (RFC 7636 section 4.2), base64url.
    pub challenge: Option<String>,
    /// `sub` of the user who consented.
    pub subject: String,
    /// The scopes consented to.
    pub scopes: Scopes,
    /// The sign-in behind it.
    pub login: Option<Login>,
    /// When it ends, seconds since the epoch.
    pub expires_at: i64,
    /// When the refresh token that comes of it ends, seconds since the epoch; `None` where none does.
    pub refresh_until: Option<i64>,
}

/// A request to redeem a code.
#[derive(Clone, Copy, Debug)]
pub struct Redemption<'a> {
    /// Names the request.
    pub request: RequestId,
    /// The present.
    pub moment: Moment,
    /// The family that the code names.
    pub family: FamilyId,
    /// The code presented.
    pub code: HandleHash,
    /// The authenticated client.
    pub client_id: &'a str,
    /// The redirect URI presented.
    pub redirect_uri: &'a str,
    /// The S256 challenge of the verifier presented.
    pub challenge: Option<&'a str>,
    /// The narrower scopes asked for, if any.
    pub scopes: Option<&'a Scopes>,
    /// The handle to record as the family's refresh token, where the record says that one is due; `None` where
    /// refresh tokens are JWTs.
    pub refresh: Option<HandleHash>,
}

/// What came of a redemption. Only `Granted` spends the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedeemOutcome {
    /// The code is spent, and the refresh token recorded.
    Granted(CodeRecord),
    /// No such code.
    Unknown,
    /// Its time is over.
    Expired,
    /// It belongs to another client. Found before anything else, so that a stranger changes nothing.
    WrongClient,
    /// It was spent before: the family it led to has been revoked.
    Replayed,
    /// Its family was revoked before it was spent, as by a user who withdraws the consent.
    Revoked,
    /// It was sent to another redirect URI.
    WrongRedirect,
    /// The verifier is missing, does not match, or was not expected; with the challenge that is bound to the code.
    WrongVerifier(Option<String>),
    /// This scope was not consented to.
    ScopeTooWide(String),
}

/// Keeps authorization codes. A code is found by its family and its hash together.
#[async_trait::async_trait]
pub trait CodeStore: Send + Sync {
    /// Keeps a new code.
    async fn put_code(&self, realm: &Realm, code: HandleHash, record: CodeRecord) -> Result<(), StoreError>;

    /// Redeems a code in one step. Checks in the order of [`RedeemOutcome`]: unknown, client, replay, expiry,
    /// revocation, redirect URI, verifier, scopes. A code is expired when now ≥ `expires_at`; a spent one is remembered, for
    /// the sake of replays, as long as its refresh token could live.
    async fn redeem_code(&self, realm: &Realm, redemption: Redemption<'_>) -> Result<RedeemOutcome, StoreError>;
}
