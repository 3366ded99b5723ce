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
    /// The latest end among the families that came of it, seconds since the epoch; `None` where none did.
    pub live_until: Option<i64>,
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
    /// The family that comes of it, and its end in seconds since the epoch.
    pub family: Option<(FamilyId, i64)>,
}

/// Keeps consents: one for each user and client. A consent has no end of its own.
#[async_trait::async_trait]
pub trait ConsentStore: Send + Sync {
    /// What the user allowed the client.
    async fn consent(&self, realm: &Realm, subject: &str, client_id: &str)
    -> Result<Option<ConsentRecord>, StoreError>;

    /// Notes a consent over the one before, in one step: `granted_at` is now, the family is added and kept until its
    /// end, however many there are.
    async fn note_consent(&self, realm: &Realm, note: ConsentNote<'_>) -> Result<(), StoreError>;

    /// All consents of a user, by the client's id.
    async fn consents_of(&self, realm: &Realm, subject: &str) -> Result<Vec<ConsentRecord>, StoreError>;

    /// Forgets the consent and revokes its families, each until its end, in one step; whether there was one.
    async fn withdraw_consent(&self, realm: &Realm, subject: &str, client_id: &str) -> Result<bool, StoreError>;
}
