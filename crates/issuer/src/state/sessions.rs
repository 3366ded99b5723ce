//! Users' sessions in a browser.

use super::{HandleHash, Moment, Realm, StoreError};

/// A user's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its public identifier (`sid`), 32 upper-case hexadecimal digits; no secret.
    pub sid: String,
    /// `sub` of the user.
    pub subject: String,
    /// When the user proved who they are, seconds since the epoch.
    pub auth_time: i64,
    /// When it ends, seconds since the epoch.
    pub expires_at: i64,
    /// The browser, in the words of its own that a user can tell it by; at most 200 bytes.
    pub agent: String,
}

/// Keeps sessions. A session is over when now ≥ `expires_at`.
#[async_trait::async_trait]
pub trait SessionStore: Send + Sync {
    /// Keeps a new session under the hash of its cookie. `replaces` is the session that the same browser had before:
    /// it is gone in the same step.
    async fn put_session(
        &self,
        realm: &Realm,
        id: HandleHash,
        record: SessionRecord,
        replaces: Option<HandleHash>,
        moment: Moment,
    ) -> Result<(), StoreError>;

    /// The live session of that cookie.
    async fn session(&self, realm: &Realm, id: HandleHash, moment: Moment)
    -> Result<Option<SessionRecord>, StoreError>;

    /// The live sessions of a user, newest first.
    async fn sessions_of(&self, realm: &Realm, subject: &str, moment: Moment)
    -> Result<Vec<SessionRecord>, StoreError>;

    /// Ends the user's session of that `sid`; whether there was one.
    async fn end_session(&self, realm: &Realm, subject: &str, sid: &str) -> Result<bool, StoreError>;
}
