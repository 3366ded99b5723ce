//! Authorization codes.

use super::Embedded;
use super::row::{Row, Spending};
use super::tables::{Kind, Tables, key};
use crate::record::{decode_code, encode_code, encode_refresh};
use grant::Scopes;
use issuer::state::{
    CodeRecord, CodeStore, FamilyId, HandleHash, Moment, Realm, RedeemOutcome, Redemption, RefreshRecord, RequestId,
    StoreError,
};

/// A redemption on its way to the writer.
struct Attempt {
    realm: Realm,
    request: RequestId,
    moment: Moment,
    family: FamilyId,
    code: HandleHash,
    client_id: String,
    redirect_uri: String,
    challenge: Option<String>,
    scopes: Option<Scopes>,
    refresh: Option<HandleHash>,
}

#[async_trait::async_trait]
impl CodeStore for Embedded {
    async fn put_code(&self, realm: &Realm, code: HandleHash, record: CodeRecord) -> Result<(), StoreError> {
        let realm = realm.clone();
        self.writer
            .run("put_code", move |tables| {
                let key = key(&realm, &[&code.0]);
                // A repeat must not bring a spent code back to life.
                if tables.row(Kind::Code, &key)?.is_some() {
                    return Ok(());
                }
                let row = Row { expiry: record.expires_at, spending: None, body: encode_code(record)? };
                tables.put_row(&realm, Kind::Code, &key, None, &row)
            })
            .await
    }

    async fn redeem_code(&self, realm: &Realm, redemption: Redemption<'_>) -> Result<RedeemOutcome, StoreError> {
        let attempt = Attempt {
            realm: realm.clone(),
            request: redemption.request,
            moment: redemption.moment,
            family: redemption.family,
            code: redemption.code,
            client_id: redemption.client_id.to_owned(),
            redirect_uri: redemption.redirect_uri.to_owned(),
            challenge: redemption.challenge.map(str::to_owned),
            scopes: redemption.scopes.cloned(),
            refresh: redemption.refresh,
        };
        self.writer.run("redeem", move |tables| attempt.redeem(tables)).await
    }
}

impl Attempt {
    fn redeem(self, tables: &mut Tables<'_>) -> Result<RedeemOutcome, StoreError> {
        tables.note(&self.realm, self.moment);
        let code_key = key(&self.realm, &[&self.code.0]);
        let Some(row) = tables.row(Kind::Code, &code_key)? else { return Ok(RedeemOutcome::Unknown) };
        let record = decode_code(&row.body)?;
        if record.family != self.family {
            return Ok(RedeemOutcome::Unknown);
        }
        if record.client_id != self.client_id {
            return Ok(RedeemOutcome::WrongClient);
        }
        if let Some(spending) = row.spending {
            if spending.request == self.request {
                return Ok(RedeemOutcome::Granted(record));
            }
            tables.revoke(&self.realm, record.family, row.expiry)?;
            return Ok(RedeemOutcome::Replayed);
        }
        if self.moment.seconds() >= record.expires_at {
            return Ok(RedeemOutcome::Expired);
        }
        if tables.is_revoked(&self.realm, record.family)? {
            return Ok(RedeemOutcome::Revoked);
        }
        if record.redirect_uri != self.redirect_uri {
            return Ok(RedeemOutcome::WrongRedirect);
        }
        if record.challenge != self.challenge {
            return Ok(RedeemOutcome::WrongVerifier(record.challenge));
        }
        if let Some(scope) = self.scopes.as_ref().and_then(|scopes| scopes.first_outside(&record.scopes)) {
            return Ok(RedeemOutcome::ScopeTooWide(scope.as_str().to_owned()));
        }
        self.grant(tables, &code_key, row, &record)?;
        Ok(RedeemOutcome::Granted(record))
    }

    /// Spends the code and records the refresh token that is due.
    fn grant(&self, tables: &mut Tables<'_>, code_key: &[u8], row: Row, record: &CodeRecord) -> Result<(), StoreError> {
        if let (Some(handle), Some(expires_at)) = (self.refresh, record.refresh_until) {
            let refresh = RefreshRecord {
                family: record.family,
                client_id: record.client_id.clone(),
                subject: record.subject.clone(),
                scopes: record.scopes.clone(),
                login: record.login.clone(),
                expires_at,
            };
            let refresh = Row { expiry: expires_at, spending: None, body: encode_refresh(refresh)? };
            tables.put_row(&self.realm, Kind::Refresh, &key(&self.realm, &[&handle.0]), None, &refresh)?;
        }
        let spent = Row {
            expiry: record.refresh_until.map_or(record.expires_at, |until| until.max(record.expires_at)),
            spending: Some(Spending { at: self.moment.millis, request: self.request }),
            body: row.body,
        };
        tables.put_row(&self.realm, Kind::Code, code_key, Some(row.expiry), &spent)
    }
}
