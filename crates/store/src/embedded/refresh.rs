//! Refresh tokens and their families.

use super::Embedded;
use super::row::{Row, Spending};
use super::tables::{Kind, Tables, key};
use crate::record::decode_refresh;
use grant::Scopes;
use issuer::state::{
    FamilyId, HandleHash, Moment, Realm, RefreshStore, RequestId, RotateOutcome, Rotation, Spend, SpendOutcome,
    StoreError,
};

/// A rotation on its way to the writer.
struct Attempt {
    realm: Realm,
    request: RequestId,
    moment: Moment,
    family: FamilyId,
    token: HandleHash,
    client_id: String,
    successor: Option<HandleHash>,
    scopes: Option<Scopes>,
    grace: i64,
}

#[async_trait::async_trait]
impl RefreshStore for Embedded {
    async fn rotate(&self, realm: &Realm, rotation: Rotation<'_>) -> Result<RotateOutcome, StoreError> {
        let attempt = Attempt {
            realm: realm.clone(),
            request: rotation.request,
            moment: rotation.moment,
            family: rotation.family,
            token: rotation.token,
            client_id: rotation.client_id.to_owned(),
            successor: rotation.successor,
            scopes: rotation.scopes.cloned(),
            grace: rotation.grace,
        };
        self.writer.run("rotate", move |tables| attempt.rotate(tables)).await
    }

    async fn spend(&self, realm: &Realm, spend: Spend<'_>) -> Result<SpendOutcome, StoreError> {
        let realm = realm.clone();
        let token_id = spend.token_id.to_owned();
        let Spend { request, moment, family, token_id: _, expires_at, rotate, grace } = spend;
        self.writer
            .run("spend", move |tables| {
                let spend = Spend { request, moment, family, token_id: &token_id, expires_at, rotate, grace };
                spend_token(tables, &realm, spend)
            })
            .await
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
        family: FamilyId,
        token_id: &str,
        until: i64,
    ) -> Result<(), StoreError> {
        let (realm, token) = (realm.clone(), token_key(realm, family, token_id));
        self.writer.run("revoke_token", move |tables| tables.keep_until(&realm, Kind::Revoked, &token, until)).await
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

fn family_key(realm: &Realm, family: FamilyId) -> Vec<u8> {
    key(realm, &[&family.0.to_be_bytes()])
}

fn token_key(realm: &Realm, family: FamilyId, token_id: &str) -> Vec<u8> {
    key(realm, &[&family.0.to_be_bytes(), token_id.as_bytes()])
}

impl Attempt {
    fn rotate(self, tables: &mut Tables<'_>) -> Result<RotateOutcome, StoreError> {
        tables.note(&self.realm, self.moment);
        let token_key = key(&self.realm, &[&self.token.0]);
        let Some(row) = tables.row(Kind::Refresh, &token_key)? else { return Ok(RotateOutcome::Unknown) };
        let record = decode_refresh(&row.body)?;
        if record.family != self.family {
            return Ok(RotateOutcome::Unknown);
        }
        if record.client_id != self.client_id {
            return Ok(RotateOutcome::WrongClient);
        }
        if row.spending.is_some_and(|spending| spending.request == self.request) {
            return Ok(RotateOutcome::Granted(record));
        }
        if tables.is_revoked(&self.realm, record.family)? {
            return Ok(RotateOutcome::Revoked);
        }
        if self.moment.seconds() >= record.expires_at {
            return Ok(RotateOutcome::Expired);
        }
        if row.spending.is_some_and(|spending| !spending.has_grace(self.moment, self.grace)) {
            tables.revoke(&self.realm, record.family, record.expires_at)?;
            return Ok(RotateOutcome::Reused);
        }
        if let Some(scope) = self.scopes.as_ref().and_then(|scopes| scopes.first_outside(&record.scopes)) {
            return Ok(RotateOutcome::ScopeTooWide(scope.as_str().to_owned()));
        }
        if let (Some(successor), None) = (self.successor, row.spending) {
            let next = Row { expiry: record.expires_at, spending: None, body: row.body.clone() };
            tables.put_row(&self.realm, Kind::Refresh, &key(&self.realm, &[&successor.0]), None, &next)?;
            let spent = Spending { at: self.moment.millis, request: self.request };
            let before = row.expiry;
            tables.put_row(
                &self.realm,
                Kind::Refresh,
                &token_key,
                Some(before),
                &Row { spending: Some(spent), ..row },
            )?;
        }
        Ok(RotateOutcome::Granted(record))
    }
}

fn spend_token(tables: &mut Tables<'_>, realm: &Realm, spend: Spend<'_>) -> Result<SpendOutcome, StoreError> {
    tables.note(realm, spend.moment);
    let spent_key = token_key(realm, spend.family, spend.token_id);
    let spending = tables.row(Kind::Spent, &spent_key)?.and_then(|row| row.spending);
    if spending.is_some_and(|spending| spending.request == spend.request) {
        return Ok(SpendOutcome::Granted);
    }
    if tables.is_revoked(realm, spend.family)? {
        return Ok(SpendOutcome::Revoked);
    }
    match spending {
        Some(spending) if !spending.has_grace(spend.moment, spend.grace) => {
            tables.revoke(realm, spend.family, spend.expires_at)?;
            return Ok(SpendOutcome::Reused);
        }
        None if spend.rotate => {
            let spending = Some(Spending { at: spend.moment.millis, request: spend.request });
            let row = Row { expiry: spend.expires_at, spending, body: Vec::new() };
            tables.put_row(realm, Kind::Spent, &spent_key, None, &row)?;
        }
        _ => {}
    }
    Ok(SpendOutcome::Granted)
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
        let row = Row { expiry: until, spending: None, body: Vec::new() };
        self.put_row(realm, kind, row_key, before, &row)
    }
}
