//! Personal access tokens. The row of one that was revoked has no body: it stays, so that a repeat does not bring the
//! token back.

use super::Embedded;
use super::row::Row;
use super::tables::{Kind, Tables, key, user_key};
use crate::record::{decode_pat, encode_pat};
use issuer::state::{HandleHash, Moment, PatRecord, PatStore, Realm, StoreError};

#[async_trait::async_trait]
impl PatStore for Embedded {
    async fn put_pat(
        &self,
        realm: &Realm,
        token: HandleHash,
        record: PatRecord,
        most: usize,
    ) -> Result<bool, StoreError> {
        let realm = realm.clone();
        self.writer
            .run("put_owned", move |tables| {
                let token_key = key(&realm, &[&token.0]);
                if tables.row(Kind::Pat, &token_key)?.is_some() {
                    return Ok(true);
                }
                if tables.rows(Kind::UserPat).under(&user_key(&realm, &record.subject, ""))?.len() >= most {
                    return Ok(false);
                }
                let expiry = record.expires_at;
                let user_key = user_key(&realm, &record.subject, &record.id);
                let index = Row::new(expiry, token.0.to_vec());
                tables.put_row(&realm, Kind::UserPat, &user_key, None, &index)?;
                tables.put_row(&realm, Kind::Pat, &token_key, None, &encode(record)?)?;
                Ok(true)
            })
            .await
    }

    async fn use_pat(&self, realm: &Realm, token: HandleHash, moment: Moment) -> Result<Option<PatRecord>, StoreError> {
        let token_key = key(realm, &[&token.0]);
        let found = self.writer.read("get_owned", |snapshot| kept(snapshot.row(Kind::Pat, &token_key)?)).await?;
        if !found.as_ref().is_some_and(|record| is_use_due(record, moment)) {
            return Ok(found);
        }
        let realm = realm.clone();
        self.writer.run("use_pat", move |tables| note_use(tables, &realm, &token_key, moment)).await
    }

    async fn pats_of(&self, realm: &Realm, subject: &str) -> Result<Vec<PatRecord>, StoreError> {
        let (realm, all) = (realm.clone(), user_key(realm, subject, ""));
        self.writer
            .list("list_owned", move |snapshot| {
                let mut pats = Vec::new();
                for (_, index) in snapshot.under(Kind::UserPat.table(), &all)? {
                    let token_key = key(&realm, &[&Row::decode(&index)?.body]);
                    pats.extend(kept(snapshot.row(Kind::Pat, &token_key)?)?);
                }
                pats.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
                Ok(pats)
            })
            .await
    }

    async fn revoke_pat(&self, realm: &Realm, subject: &str, id: &str) -> Result<bool, StoreError> {
        let (realm, user_key) = (realm.clone(), user_key(realm, subject, id));
        self.writer
            .run("end_owned", move |tables| {
                let Some(index) = tables.row(Kind::UserPat, &user_key)? else { return Ok(false) };
                let token_key = key(&realm, &[&index.body]);
                let Some(row) = tables.row(Kind::Pat, &token_key)? else { return Ok(false) };
                tables.remove_row(&realm, Kind::UserPat, &user_key, index.expiry)?;
                let revoked = Row { body: Vec::new(), ..row };
                tables.put_row(&realm, Kind::Pat, &token_key, Some(revoked.expiry), &revoked)?;
                Ok(true)
            })
            .await
    }
}

/// Whether the token is live and its last use is a step away. A clock may be set back, so the distance counts.
fn is_use_due(record: &PatRecord, moment: Moment) -> bool {
    let now = moment.seconds();
    let step = PatRecord::USE_STEP.0.unsigned_abs();
    now < record.expires_at && record.last_used.is_none_or(|last| now.abs_diff(last) >= step)
}

/// Notes a use that is still due; the token as it was before.
fn note_use(
    tables: &mut Tables<'_>,
    realm: &Realm,
    token_key: &[u8],
    moment: Moment,
) -> Result<Option<PatRecord>, StoreError> {
    tables.note(realm, moment);
    let found = kept(tables.row(Kind::Pat, token_key)?)?;
    if let Some(record) = found.clone().filter(|record| is_use_due(record, moment)) {
        let used = encode(PatRecord { last_used: Some(moment.seconds()), ..record })?;
        tables.put_row(realm, Kind::Pat, token_key, Some(used.expiry), &used)?;
    }
    Ok(found)
}

/// What a row holds, unless the token was revoked.
fn kept(row: Option<Row>) -> Result<Option<PatRecord>, StoreError> {
    row.filter(|row| !row.body.is_empty()).map(|row| decode_pat(&row.body, row.expiry)).transpose()
}

fn encode(record: PatRecord) -> Result<Row, StoreError> {
    Ok(Row::new(record.expires_at, encode_pat(record)?))
}
