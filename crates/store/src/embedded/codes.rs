//! Authorization codes.

use super::Embedded;
use super::reader::Snapshot;
use super::refresh::family_key;
use super::row::Row;
use super::tables::{Kind, Tables, key};
use crate::record::{decode_code, encode_code, encode_refresh};
use issuer::state::{
    CodeRecord, CodeStore, HandleHash, Realm, RedeemOutcome, Redemption, RefreshRecord, Spending, StoreError,
};

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
                let row = Row::new(record.expires_at, encode_code(record)?);
                tables.put_row(&realm, Kind::Code, &key, None, &row)
            })
            .await
    }

    async fn redeem_code(&self, realm: &Realm, redemption: Redemption) -> Result<RedeemOutcome, StoreError> {
        if !redemption.spends {
            // Who asks what the code stands for waits for no commit; a replay revokes, which is written.
            let judged = self.writer.read("judge_code", |snapshot| judge(snapshot, realm, &redemption)).await?;
            if !matches!(judged, RedeemOutcome::Replayed) {
                return Ok(judged);
            }
        }
        let realm = realm.clone();
        self.writer.run("redeem", move |tables| redeem(tables, &realm, &redemption)).await
    }
}

fn judge(snapshot: &Snapshot, realm: &Realm, redemption: &Redemption) -> Result<RedeemOutcome, StoreError> {
    let row = snapshot.row(Kind::Code, &key(realm, &[&redemption.code.0]))?;
    let Some(row) = row else { return Ok(RedeemOutcome::Unknown) };
    let is_revoked = snapshot.row(Kind::Family, &family_key(realm, redemption.family))?.is_some();
    Ok(redemption.judge(decode_code(&row.body)?, row.spending, is_revoked))
}

fn redeem(tables: &mut Tables<'_>, realm: &Realm, redemption: &Redemption) -> Result<RedeemOutcome, StoreError> {
    tables.note(realm, redemption.moment);
    let code_key = key(realm, &[&redemption.code.0]);
    let Some(row) = tables.row(Kind::Code, &code_key)? else { return Ok(RedeemOutcome::Unknown) };
    let is_revoked = tables.is_revoked(realm, redemption.family)?;
    let outcome = redemption.judge(decode_code(&row.body)?, row.spending, is_revoked);
    match &outcome {
        RedeemOutcome::Granted(code) if redemption.spends && row.spending.is_none() => {
            spend(tables, realm, redemption, &code_key, row, code)?;
        }
        RedeemOutcome::Replayed => tables.revoke(realm, redemption.family, row.expiry)?,
        _ => {}
    }
    Ok(outcome)
}

/// Spends the code and records the refresh token that is due.
fn spend(
    tables: &mut Tables<'_>,
    realm: &Realm,
    redemption: &Redemption,
    code_key: &[u8],
    row: Row,
    code: &CodeRecord,
) -> Result<(), StoreError> {
    if let (Some(handle), Some(terms)) = (redemption.refresh, RefreshRecord::of_code(code.clone())) {
        let refresh = Row::new(terms.expires_at, encode_refresh(terms)?);
        tables.put_row(realm, Kind::Refresh, &key(realm, &[&handle.0]), None, &refresh)?;
    }
    let spent = Row {
        expiry: code.refresh_until.map_or(code.expires_at, |until| until.max(code.expires_at)),
        spending: Some(Spending { at: redemption.moment.millis, request: redemption.request }),
        newest: None,
        body: row.body,
    };
    tables.put_row(realm, Kind::Code, code_key, Some(row.expiry), &spent)
}
