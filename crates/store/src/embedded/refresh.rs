//! Refresh tokens and their families.

use super::Embedded;
use super::row::Row;
use super::tables::{Kind, Tables, key};
use crate::record::{corrupt, decode_refresh};
use issuer::state::{
    FamilyId, HandleHash, Moment, Realm, RefreshStore, RotateOutcome, Rotation, Spend, SpendOutcome, Spending,
    StoreError,
};

#[async_trait::async_trait]
impl RefreshStore for Embedded {
    async fn rotate(&self, realm: &Realm, rotation: Rotation) -> Result<RotateOutcome, StoreError> {
        let (realm, bounded) = (realm.clone(), self.bounds_chains());
        self.writer.run("rotate", move |tables| rotate(tables, &realm, &rotation, bounded)).await
    }

    async fn spend(&self, realm: &Realm, spend: Spend) -> Result<SpendOutcome, StoreError> {
        let (realm, bounded) = (realm.clone(), self.bounds_chains());
        self.writer.run("spend", move |tables| spend_token(tables, &realm, &spend, bounded)).await
    }

    async fn revoke_family(&self, realm: &Realm, family: FamilyId, until: i64) -> Result<(), StoreError> {
        let realm = realm.clone();
        self.writer.run("revoke_family", move |tables| tables.revoke(&realm, family, until)).await
    }

    async fn revoke_handle(
        &self,
        realm: &Realm,
        family: FamilyId,
        token: HandleHash,
        client_id: &str,
    ) -> Result<bool, StoreError> {
        let (realm, client_id) = (realm.clone(), client_id.to_owned());
        self.writer
            .run("revoke_handle", move |tables| {
                let Some(row) = tables.row(Kind::Refresh, &key(&realm, &[&token.0]))? else { return Ok(false) };
                let record = decode_refresh(&row.body)?;
                if record.family != family || record.client_id != client_id {
                    return Ok(false);
                }
                tables.revoke(&realm, record.family, record.expires_at)?;
                Ok(true)
            })
            .await
    }

    async fn revoke_token(
        &self,
        realm: &Realm,
        moment: Moment,
        family: FamilyId,
        token_id: &str,
        until: i64,
    ) -> Result<(), StoreError> {
        let (realm, token) = (realm.clone(), token_key(realm, family, token_id));
        self.writer
            .run("revoke_token", move |tables| {
                tables.note(&realm, moment);
                tables.keep_until(&realm, Kind::Revoked, &token, until)
            })
            .await
    }

    async fn is_revoked(&self, realm: &Realm, family: FamilyId, token_id: &str) -> Result<bool, StoreError> {
        let (family, token) = (family_key(realm, family), token_key(realm, family, token_id));
        self.writer
            .read("is_revoked", |snapshot| {
                Ok(snapshot.row(Kind::Family, &family)?.is_some() || snapshot.row(Kind::Revoked, &token)?.is_some())
            })
            .await
    }
}

pub(super) fn family_key(realm: &Realm, family: FamilyId) -> Vec<u8> {
    key(realm, &[&family.0.to_be_bytes()])
}

fn token_key(realm: &Realm, family: FamilyId, token_id: &str) -> Vec<u8> {
    key(realm, &[&family.0.to_be_bytes(), token_id.as_bytes()])
}

fn rotate(
    tables: &mut Tables<'_>,
    realm: &Realm,
    rotation: &Rotation,
    bounded: bool,
) -> Result<RotateOutcome, StoreError> {
    tables.note(realm, rotation.moment);
    let token_key = key(realm, &[&rotation.token.0]);
    let link = rotation.link.as_ref().map(|link| link.map(|handle| key(realm, &[&handle.0])));
    let row = match tables.row(Kind::Refresh, &token_key)? {
        Some(row) => Some(row),
        None => tables.forgotten(Kind::Refresh, link.as_ref())?,
    };
    let Some(row) = row else { return Ok(RotateOutcome::Unknown) };
    let is_revoked = tables.is_revoked(realm, rotation.family)?;
    let outcome = rotation.judge(decode_refresh(&row.body)?, row.spending, is_revoked);
    match (&outcome, rotation.successor) {
        (RotateOutcome::Granted(_), Some(successor)) if row.spending.is_none() => {
            let next = key(realm, &[&successor.0]);
            tables.put_row(realm, Kind::Refresh, &next, None, &Row::new(row.expiry, row.body.clone()))?;
            let spent = Spending { at: rotation.moment.millis, request: rotation.request };
            let before = Some(row.expiry);
            tables.put_row(realm, Kind::Refresh, &token_key, before, &Row { spending: Some(spent), ..row })?;
            tables.bound(realm, Kind::Refresh, link.filter(|_| bounded).as_ref())?;
        }
        (RotateOutcome::Reused, _) => tables.revoke(realm, rotation.family, row.expiry)?,
        _ => {}
    }
    Ok(outcome)
}

fn spend_token(
    tables: &mut Tables<'_>,
    realm: &Realm,
    spend: &Spend,
    bounded: bool,
) -> Result<SpendOutcome, StoreError> {
    tables.note(realm, spend.moment);
    let named = |token_id: &String| token_key(realm, spend.family, token_id);
    let (spent_key, link) = (named(&spend.token_id), spend.link.as_ref().map(|link| link.map(named)));
    let row = match tables.row(Kind::Spent, &spent_key)? {
        Some(row) => Some(row),
        None => tables.forgotten(Kind::Spent, link.as_ref())?,
    };
    let before = match row {
        Some(row) => Some(row.spending.ok_or_else(|| corrupt("what spent a token"))?),
        None => None,
    };
    let outcome = spend.judge(before, tables.is_revoked(realm, spend.family)?);
    match outcome {
        SpendOutcome::Granted if spend.rotate && before.is_none() => {
            let spending = Some(Spending { at: spend.moment.millis, request: spend.request });
            let row = Row { spending, ..Row::new(spend.expires_at, Vec::new()) };
            tables.put_row(realm, Kind::Spent, &spent_key, None, &row)?;
            if let Some(link) = link.filter(|_| bounded) {
                // A store that has lost what it kept may meet a later one first.
                if tables.row(Kind::Spent, &link.first)?.is_none() {
                    tables.put_row(realm, Kind::Spent, &link.first, None, &row)?;
                }
                tables.bound(realm, Kind::Spent, Some(&link))?;
            }
        }
        SpendOutcome::Reused => tables.revoke(realm, spend.family, spend.expires_at)?,
        _ => {}
    }
    Ok(outcome)
}

impl Tables<'_> {
    pub(super) fn is_revoked(&mut self, realm: &Realm, family: FamilyId) -> Result<bool, StoreError> {
        Ok(self.row(Kind::Family, &family_key(realm, family))?.is_some())
    }

    /// Revokes a family until `until`, or longer where it is revoked for longer already.
    pub(super) fn revoke(&mut self, realm: &Realm, family: FamilyId, until: i64) -> Result<(), StoreError> {
        self.keep_until(realm, Kind::Family, &family_key(realm, family), until)
    }

    /// Keeps a row that says no more than that it is there until `until`, or longer where it is kept for longer.
    pub(super) fn keep_until(
        &mut self,
        realm: &Realm,
        kind: Kind,
        row_key: &[u8],
        until: i64,
    ) -> Result<(), StoreError> {
        let before = self.row(kind, row_key)?.map(|row| row.expiry);
        if before.is_some_and(|before| before >= until) {
            return Ok(());
        }
        self.put_row(realm, kind, row_key, before, &Row::new(until, Vec::new()))
    }
}
