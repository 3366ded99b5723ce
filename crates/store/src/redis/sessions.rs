//! Users' sessions in a browser.

use super::Redis;
use super::names::Owned;
use super::owned::{New, Row};
use crate::record::{corrupt, decode_session, encode_session};
use issuer::state::{HandleHash, Moment, Realm, SessionRecord, SessionStore, StoreError};

#[async_trait::async_trait]
impl SessionStore for Redis {
    async fn put_session(
        &self,
        realm: &Realm,
        id: HandleHash,
        record: SessionRecord,
        replaces: Option<HandleHash>,
        moment: Moment,
    ) -> Result<(), StoreError> {
        let (sid, subject, ends) = (record.sid.clone(), record.subject.clone(), record.expires_at);
        let new = New {
            kind: Owned::Session,
            handle: id,
            id: &sid,
            subject: &subject,
            body: encode_session(record)?,
            ends,
            now: moment.seconds(),
            replaces,
            most: None,
        };
        self.core.put_owned(realm, new).await.map(drop)
    }

    async fn session(
        &self,
        realm: &Realm,
        id: HandleHash,
        moment: Moment,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let key = self.core.names.owned(self.core.epoch().await?, realm, Owned::Session, id);
        live(self.core.owned(&key).await?, moment)
    }

    async fn sessions_of(
        &self,
        realm: &Realm,
        subject: &str,
        moment: Moment,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let rows = self.core.owned_by(realm, Owned::Session, subject).await?;
        let mut sessions = Vec::with_capacity(rows.len());
        for row in rows {
            sessions.extend(live(row, moment)?);
        }
        sessions.sort_by(|a, b| b.auth_time.cmp(&a.auth_time).then_with(|| a.sid.cmp(&b.sid)));
        Ok(sessions)
    }

    async fn end_session(&self, realm: &Realm, subject: &str, sid: &str) -> Result<bool, StoreError> {
        self.core.end_owned(realm, Owned::Session, subject, sid).await
    }
}

/// What a row holds, if it is a live session.
fn live((body, ends, _): Row, moment: Moment) -> Result<Option<SessionRecord>, StoreError> {
    let Some(body) = body else { return Ok(None) };
    let ends = ends.ok_or_else(|| corrupt("a session's end"))?;
    if moment.seconds() < ends { decode_session(&body, ends).map(Some) } else { Ok(None) }
}
