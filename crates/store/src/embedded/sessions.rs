//! Users' sessions in a browser. The row of one that was ended has no body: it stays, so that a repeat does not bring
//! the session back.

use super::Embedded;
use super::row::Row;
use super::tables::{Kind, Tables, key, user_key};
use crate::record::{decode_session, encode_session};
use issuer::state::{HandleHash, Moment, Realm, SessionRecord, SessionStore, StoreError};

#[async_trait::async_trait]
impl SessionStore for Embedded {
    async fn put_session(
        &self,
        realm: &Realm,
        id: HandleHash,
        record: SessionRecord,
        replaces: Option<HandleHash>,
        moment: Moment,
    ) -> Result<(), StoreError> {
        let realm = realm.clone();
        self.writer
            .run("put_owned", move |tables| {
                tables.note(&realm, moment);
                let session_key = key(&realm, &[&id.0]);
                if tables.row(Kind::Session, &session_key)?.is_some() {
                    return Ok(());
                }
                if let Some(replaced) = replaces {
                    end(tables, &realm, &key(&realm, &[&replaced.0]))?;
                }
                let expiry = record.expires_at;
                let user_key = user_key(&realm, &record.subject, &record.sid);
                let index = Row::new(expiry, id.0.to_vec());
                tables.put_row(&realm, Kind::UserSession, &user_key, None, &index)?;
                let row = Row::new(expiry, encode_session(record)?);
                tables.put_row(&realm, Kind::Session, &session_key, None, &row)
            })
            .await
    }

    async fn session(
        &self,
        realm: &Realm,
        id: HandleHash,
        moment: Moment,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let session_key = key(realm, &[&id.0]);
        self.writer.read("get_owned", |snapshot| live(snapshot.row(Kind::Session, &session_key)?, moment)).await
    }

    async fn sessions_of(
        &self,
        realm: &Realm,
        subject: &str,
        moment: Moment,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let (realm, all) = (realm.clone(), user_key(realm, subject, ""));
        self.writer
            .list("list_owned", move |snapshot| {
                let mut sessions = Vec::new();
                for (_, index) in snapshot.under(Kind::UserSession.table(), &all)? {
                    let session_key = key(&realm, &[&Row::decode(&index)?.body]);
                    sessions.extend(live(snapshot.row(Kind::Session, &session_key)?, moment)?);
                }
                sessions.sort_by(|a, b| b.auth_time.cmp(&a.auth_time).then_with(|| a.sid.cmp(&b.sid)));
                Ok(sessions)
            })
            .await
    }

    async fn end_session(&self, realm: &Realm, subject: &str, sid: &str) -> Result<bool, StoreError> {
        let (realm, user_key) = (realm.clone(), user_key(realm, subject, sid));
        self.writer
            .run("end_owned", move |tables| match tables.row(Kind::UserSession, &user_key)? {
                Some(index) => end(tables, &realm, &key(&realm, &[&index.body])),
                None => Ok(false),
            })
            .await
    }
}

/// Ends a session; whether there was one.
fn end(tables: &mut Tables<'_>, realm: &Realm, session_key: &[u8]) -> Result<bool, StoreError> {
    let Some(row) = tables.row(Kind::Session, session_key)?.filter(|row| !row.body.is_empty()) else {
        return Ok(false);
    };
    let record = decode_session(&row.body, row.expiry)?;
    let user_key = user_key(realm, &record.subject, &record.sid);
    tables.remove_row(realm, Kind::UserSession, &user_key, row.expiry)?;
    let ended = Row { body: Vec::new(), ..row };
    tables.put_row(realm, Kind::Session, session_key, Some(ended.expiry), &ended)?;
    Ok(true)
}

/// What a row holds, if it is a live session.
fn live(row: Option<Row>, moment: Moment) -> Result<Option<SessionRecord>, StoreError> {
    row.filter(|row| !row.body.is_empty() && moment.seconds() < row.expiry)
        .map(|row| decode_session(&row.body, row.expiry))
        .transpose()
}
