//! What users allowed clients.

use super::{FamilyId, Moment, Realm, StoreError};
use grant::Scopes;

/// What a user allowed a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// The client.
    pub client_id: String,
    /// The scopes last allowed.
    pub scopes: Scopes,
    /// Whether a later request for no more than these scopes needs no page.
    pub remembered: bool,
    /// When that was, seconds since the epoch.
    pub granted_at: i64,
    /// The families of refresh tokens that came of it and may live, oldest first, each with its end in seconds since
    /// the epoch.
    pub families: Vec<(FamilyId, i64)>,
}

/// A user's consent, given now.
#[derive(Clone, Copy, Debug)]
pub struct ConsentNote<'a> {
    /// The present.
    pub moment: Moment,
    /// `sub` of the user.
    pub subject: &'a str,
    /// The client.
    pub client_id: &'a str,
    /// The scopes allowed.
    pub scopes: &'a Scopes,
    /// Whether to remember them. A consent that is not to be remembered leaves one that was, with its scopes.
    pub remember: bool,
    /// The family of the refresh token that is due, and its end in seconds since the epoch.
    pub family: Option<(FamilyId, i64)>,
}

/// Keeps consents: one for each user and client. A consent has no end of its own.
#[async_trait::async_trait]
pub trait ConsentStore: Send + Sync {
    /// What the user allowed the client.
    async fn consent(&self, realm: &Realm, subject: &str, client_id: &str)
    -> Result<Option<ConsentRecord>, StoreError>;

    /// Notes a consent over the one before, in one step: `granted_at` is now, the family is added, families that have
    /// ended are dropped. At most [`ConsentRecord::MAX_FAMILIES`] are kept; the oldest beyond them is revoked.
    async fn note_consent(&self, realm: &Realm, note: ConsentNote<'_>) -> Result<(), StoreError>;

    /// All consents of a user, by the client's id.
    async fn consents_of(&self, realm: &Realm, subject: &str) -> Result<Vec<ConsentRecord>, StoreError>;

    /// Forgets the consent and revokes its families, in one step; whether there was one.
    async fn withdraw_consent(&self, realm: &Realm, subject: &str, client_id: &str) -> Result<bool, StoreError>;
}

impl ConsentRecord {
    /// Families kept of one user and client.
    pub const MAX_FAMILIES: usize = 64;
}
