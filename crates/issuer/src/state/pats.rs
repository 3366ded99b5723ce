//! Personal access tokens.

use super::{HandleHash, Moment, Realm, StoreError};
use grant::{Scopes, Seconds};

/// What a personal access token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatRecord {
    /// Its public identifier, 16 lower-case hexadecimal digits; no secret.
    pub id: String,
    /// What its user calls it.
    pub name: String,
    /// `sub` of the user it acts for.
    pub subject: String,
    /// Its scopes.
    pub scopes: Scopes,
    /// When it was made, seconds since the epoch.
    pub created_at: i64,
    /// When it ends, seconds since the epoch.
    pub expires_at: i64,
    /// When it was last used, seconds since the epoch, to about a minute.
    pub last_used: Option<i64>,
}

/// Keeps personal access tokens. One that has ended is remembered for a day and more, so that its user sees it and its
/// bearer is told that it expired.
#[async_trait::async_trait]
pub trait PatStore: Send + Sync {
    /// Keeps a new one under the hash of its text, unless its user has `most` already, ended ones included; whether it
    /// is kept.
    async fn put_pat(
        &self,
        realm: &Realm,
        token: HandleHash,
        record: PatRecord,
        most: usize,
    ) -> Result<bool, StoreError>;

    /// The token of that hash, ended ones included; `None` where it is unknown or revoked. Notes the use of a live
    /// one, at most once in [`PatRecord::USE_STEP`] seconds, so that most uses write nothing. What is returned has the
    /// `last_used` from before.
    async fn use_pat(&self, realm: &Realm, token: HandleHash, moment: Moment) -> Result<Option<PatRecord>, StoreError>;

    /// The tokens of a user, newest first, ended ones included.
    async fn pats_of(&self, realm: &Realm, subject: &str) -> Result<Vec<PatRecord>, StoreError>;

    /// Revokes the user's token of that id; whether there was one. It is dead when this returns.
    async fn revoke_pat(&self, realm: &Realm, subject: &str, id: &str) -> Result<bool, StoreError>;
}

impl PatRecord {
    /// How long is between two notes of a use.
    pub const USE_STEP: Seconds = Seconds::MINUTE;
}
