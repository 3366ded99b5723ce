//! Users' sessions: a random cookie in the browser, its hash in the store.

use crate::state::{HandleHash, SessionRecord};
use crate::{At, LogoutNotice, ids};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{GrantType, Refusal, User};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// Bytes of a browser's own words that are kept.
const AGENT_LENGTH: usize = 200;

/// A live session, its user present and enabled.
#[derive(Clone, Debug)]
pub struct Session {
    /// The hash of its cookie.
    pub id: HandleHash,
    /// What the store has of it.
    pub record: SessionRecord,
    /// Its user.
    pub user: Arc<User>,
}

/// A session just opened.
pub struct OpenedSession {
    /// What the browser keeps: 43 base64url characters.
    pub cookie: String,
    /// The session.
    pub session: Session,
    /// Who is to be told that the session which it replaces has ended.
    pub notices: Vec<LogoutNotice>,
}

impl fmt::Debug for OpenedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedSession").field("session", &self.session).finish_non_exhaustive()
    }
}

fn hash(cookie: &str) -> HandleHash {
    HandleHash(Sha256::digest(cookie.as_bytes()).into())
}

impl At<'_> {
    /// The live session of a cookie.
    pub async fn session(self, cookie: &str) -> Result<Option<Session>, Refusal> {
        if cookie.len() != 43 {
            return Ok(None);
        }
        let id = hash(cookie);
        let found = self.store().session(self.realm(), id, self.now).await?;
        let live = |record: SessionRecord| {
            let user = self.mount.directory.user(&record.subject).filter(|user| !user.disabled)?;
            self.note(|notes| notes.user = Some(Arc::clone(&user.sub)));
            Some(Session { id, record, user })
        };
        Ok(found.and_then(live))
    }

    /// Opens a session with an id of its own, whatever the browser had before; `replaces` is gone with it.
    pub async fn open_session(
        self,
        user: &Arc<User>,
        agent: &str,
        replaces: Option<&Session>,
    ) -> Result<OpenedSession, Refusal> {
        let cookie = URL_SAFE_NO_PAD.encode(ids::random::<32>());
        let record = SessionRecord {
            sid: ids::hex_upper(&ids::random::<16>()),
            subject: user.sub.to_string(),
            auth_time: self.seconds(),
            expires_at: self.terms()?.session_ttl.after(self.seconds()),
            agent: shortened(agent).to_owned(),
        };
        let id = hash(&cookie);
        let previous = replaces.map(|session| session.id);
        self.store().put_session(self.realm(), id, record.clone(), previous, self.now).await?;
        let notices = match replaces {
            Some(before) => {
                self.note_end(&before.record.sid).await?;
                self.pass_on(&before.record, &record).await?
            }
            None => Vec::new(),
        };
        self.note(|notes| notes.user = Some(Arc::clone(&user.sub)));
        Ok(OpenedSession { cookie, session: Session { id, record, user: Arc::clone(user) }, notices })
    }

    /// The live sessions of a user.
    pub async fn sessions_of(self, sub: &str) -> Result<Vec<SessionRecord>, Refusal> {
        Ok(self.store().sessions_of(self.realm(), sub, self.now).await?)
    }

    /// Ends the user's session of that `sid`, if there is one; who is to be told.
    pub async fn close_session(self, sub: &str, sid: &str) -> Result<Vec<LogoutNotice>, Refusal> {
        if self.store().end_session(self.realm(), sub, sid).await? {
            self.note_end(sid).await?;
            return self.end_parts(sub, sid).await;
        }
        Ok(Vec::new())
    }

    /// Notes that a session has ended, so that no ID token of it is exchanged any more. It is kept as a token's revocation
    /// is, as long as such an ID token can be alive.
    async fn note_end(self, sid: &str) -> Result<(), Refusal> {
        let exchanges = self.hooks.capabilities().grants.contains(&GrantType::TokenExchange);
        if let Some(family) = ids::family_of_token_id(sid).filter(|_| exchanges) {
            let until = self.hooks.policy().id_ttl.after(self.seconds());
            self.store().revoke_token(self.realm(), self.now, family, sid, until).await?;
        }
        Ok(())
    }

    /// Whether it is noted that the session of that `sid` has ended.
    pub(crate) async fn has_ended(self, sid: &str) -> Result<bool, Refusal> {
        let Some(family) = ids::family_of_token_id(sid) else { return Ok(false) };
        Ok(self.store().is_revoked(self.realm(), family, sid).await?)
    }
}

fn shortened(agent: &str) -> &str {
    &agent[..agent.floor_char_boundary(AGENT_LENGTH)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_agent_is_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&format!("a{}", "é".repeat(200))).len(), 199);
    }
}
