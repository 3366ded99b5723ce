//! Tells clients of sessions that end (OpenID Connect Back-Channel Logout 1.0): which have a part in a session, and the
//! tokens that say so.
//!
//! A client's part in a session is kept as a session is: under a subject that no user has, until the session's end.

use crate::keys::jwt;
use crate::state::{HandleHash, SessionRecord};
use crate::{At, ids};
use grant::{Claims, Client, HeaderMember, IssuedToken, Refusal, Seconds, TokenIdFormat, Value};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The member of a logout token's `events`, and the token's type (sections 2.4 and 2.6).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const TYP: &str = "logout+jwt";
/// How long a logout token lives, in seconds: two minutes at most (section 2.4).
const LIFETIME: Seconds = Seconds(120);

/// What a client is to be told.
#[derive(Clone, Debug)]
pub struct LogoutNotice {
    /// The client, which has registered where it is told.
    pub client: Arc<Client>,
    /// `sub` of the user whose session has ended.
    pub subject: Arc<str>,
    /// The logout token.
    pub token: IssuedToken,
    /// Whether the client is as the configuration says, whoever may change it at run time.
    pub is_configured: bool,
}

/// A client's part in a session.
struct Part {
    /// The session's identifier as the client knows it: that of the session in which it got its first token.
    sid: String,
    client: String,
    /// The issuer at which it got its tokens.
    issuer: String,
}

impl Part {
    fn name(&self) -> String {
        format!("{} {}", self.sid, self.client)
    }

    fn read(record: SessionRecord) -> Option<Self> {
        let (sid, client) = record.sid.split_once(' ')?;
        Some(Self { sid: sid.to_owned(), client: client.to_owned(), issuer: record.agent })
    }
}

/// Under which the parts of a session are listed. No user has a control character in the `sub`.
fn list_of(sid: &str) -> String {
    format!("\u{1}{sid}")
}

impl At<'_> {
    fn tells_clients(self) -> bool {
        self.hooks.policy().sign_in.as_ref().is_some_and(|terms| terms.openid.backchannel_logout)
    }

    /// Notes that a client gets tokens in that session, where it wants to be told of its end.
    pub(crate) async fn take_part(self, session: &SessionRecord, client: &Client) -> Result<(), Refusal> {
        if client.backchannel_logout_uri.is_none() || !self.tells_clients() {
            return Ok(());
        }
        let part = Part { sid: session.sid.clone(), client: client.id.to_string(), issuer: self.iss().to_string() };
        self.keep_part(session, &part).await
    }

    async fn keep_part(self, session: &SessionRecord, part: &Part) -> Result<(), Refusal> {
        let id = Sha256::digest(format!("part {} {}", session.sid, part.name()));
        let record = SessionRecord {
            sid: part.name(),
            subject: list_of(&session.sid),
            auth_time: session.auth_time,
            expires_at: session.expires_at,
            agent: part.issuer.clone(),
        };
        self.store().put_session(self.realm(), HandleHash(id.into()), record, None, self.now).await?;
        Ok(())
    }

    async fn parts(self, sid: &str) -> Result<Vec<Part>, Refusal> {
        if !self.tells_clients() {
            return Ok(Vec::new());
        }
        let kept = self.store().sessions_of(self.realm(), &list_of(sid), self.now).await?;
        Ok(kept.into_iter().filter_map(Part::read).collect())
    }

    /// What becomes of the parts in a session that another has replaced: they go on with the same user's, and end with
    /// another's.
    pub(crate) async fn pass_on(
        self,
        before: &SessionRecord,
        after: &SessionRecord,
    ) -> Result<Vec<LogoutNotice>, Refusal> {
        if before.subject != after.subject {
            return self.end_parts(before.subject.as_str(), &before.sid).await;
        }
        for part in self.parts(&before.sid).await? {
            self.keep_part(after, &part).await?;
        }
        Ok(Vec::new())
    }

    /// Ends the parts in a session; who is to be told.
    pub(crate) async fn end_parts(self, subject: &str, sid: &str) -> Result<Vec<LogoutNotice>, Refusal> {
        let mut notices = Vec::new();
        for part in self.parts(sid).await? {
            self.store().end_session(self.realm(), &list_of(sid), &part.name()).await?;
            let client = self.mount.directory.client(&part.client).filter(|client| !client.disabled);
            let Some(client) = client.filter(|client| client.backchannel_logout_uri.is_some()) else { continue };
            let is_configured = self.mount.directory.is_configured(&client);
            let token = self.logout_token(&client, subject, part).await?;
            notices.push(LogoutNotice { client, subject: subject.into(), token: token.into(), is_configured });
        }
        Ok(notices)
    }

    async fn logout_token(self, client: &Client, subject: &str, part: Part) -> Result<String, Refusal> {
        let (key, now) = (self.signing_key().await?, self.seconds());
        let mut events = Claims::empty();
        events.set(EVENT, Value::Map(Claims::empty()));
        let id = ids::token_id(TokenIdFormat::Uuid, ids::family(), self.mount.expiry.generation());
        let mut claims = Claims::empty();
        for (name, value) in [
            ("iss", part.issuer.into()),
            ("sub", subject.into()),
            ("aud", client.id.shared().into()),
            ("iat", now.into()),
            ("exp", LIFETIME.after(now).into()),
            ("jti", id.into()),
            ("events", Value::Map(events)),
            ("sid", part.sid.into()),
        ] {
            claims.set(name, value);
        }
        jwt::sign(&key, TYP, HeaderMember::WITH_KID, &claims)
            .map_err(|error| Refusal::internal(format!("signing: {error}")))
    }
}
