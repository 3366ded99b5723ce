//! Personal access tokens.

use super::Redis;
use super::client::Repeat;
use super::names::Owned;
use super::owned::New;
use super::script::{Call, USE_PAT};
use crate::record::{corrupt, decode_pat, encode_pat};
use issuer::state::{HandleHash, Moment, PatRecord, PatStore, Realm, StoreError};

#[async_trait::async_trait]
impl PatStore for Redis {
    async fn put_pat(
        &self,
        realm: &Realm,
        token: HandleHash,
        record: PatRecord,
        most: usize,
    ) -> Result<bool, StoreError> {
        let (id, subject, ends, now) =
            (record.id.clone(), record.subject.clone(), record.expires_at, record.created_at);
        let new = New {
            kind: Owned::Pat,
            handle: token,
            id: &id,
            subject: &subject,
            body: encode_pat(record)?,
            ends,
            now,
            replaces: None,
            most: Some(most),
        };
        self.core.put_owned(realm, new).await
    }

    async fn use_pat(&self, realm: &Realm, token: HandleHash, moment: Moment) -> Result<Option<PatRecord>, StoreError> {
        let keys = [self.core.names.owned(self.core.epoch().await?, realm, Owned::Pat, token)];
        let call = Call::on(&keys).clock(moment).arg(PatRecord::USE_STEP.0);
        let row: Vec<Vec<u8>> = self.core.client.run(&USE_PAT, call, Repeat::Safe).await?;
        let mut row = row.into_iter();
        let Some(body) = row.next() else { return Ok(None) };
        record(&body, row.next().and_then(number), row.next().and_then(number)).map(Some)
    }

    async fn pats_of(&self, realm: &Realm, subject: &str) -> Result<Vec<PatRecord>, StoreError> {
        let rows = self.core.owned_by(realm, Owned::Pat, subject).await?;
        let pats = rows.iter().filter_map(|(body, ends, used)| Some(record(body.as_deref()?, *ends, *used)));
        let mut pats = pats.collect::<Result<Vec<_>, _>>()?;
        pats.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
        Ok(pats)
    }

    async fn revoke_pat(&self, realm: &Realm, subject: &str, id: &str) -> Result<bool, StoreError> {
        self.core.end_owned(realm, Owned::Pat, subject, id).await
    }
}

/// When it was last used is kept beside the record.
fn record(body: &[u8], ends: Option<i64>, last_used: Option<i64>) -> Result<PatRecord, StoreError> {
    let record = decode_pat(body, ends.ok_or_else(|| corrupt("a token's end"))?)?;
    Ok(PatRecord { last_used: last_used.or(record.last_used), ..record })
}

fn number(text: Vec<u8>) -> Option<i64> {
    String::from_utf8(text).ok()?.parse().ok()
}
