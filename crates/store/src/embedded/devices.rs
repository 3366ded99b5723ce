//! Devices that wait for a user's decision.

use super::Embedded;
use super::row::Row;
use super::tables::{Kind, Tables, key};
use crate::record::{decode_device, encode_code, encode_device};
use issuer::state::{
    CodeRecord, DeviceCall, DeviceRecord, DeviceStore, FamilyId, Poll, PollOutcome, Realm, StoreError, Verdict,
};

#[async_trait::async_trait]
impl DeviceStore for Embedded {
    async fn put_device(&self, realm: &Realm, record: DeviceRecord) -> Result<bool, StoreError> {
        let realm = realm.clone();
        self.writer
            .run("put_device", move |tables| {
                let (family, body) = (record.family, encode_device(record.clone())?);
                match tables.row(Kind::Device, &device_key(&realm, family))? {
                    Some(row) => Ok(row.body == body),
                    None if tables.is_revoked(&realm, family)? => Ok(false),
                    None => put(tables, &realm, record, None).map(|()| true),
                }
            })
            .await
    }

    async fn device(&self, realm: &Realm, family: FamilyId) -> Result<Option<DeviceRecord>, StoreError> {
        let key = device_key(realm, family);
        let read = move |row: Option<Row>| row.map(|row| decode_device(&row.body, family)).transpose();
        self.writer.read("device", |snapshot| read(snapshot.row(Kind::Device, &key)?)).await
    }

    async fn poll_device(&self, realm: &Realm, poll: Poll) -> Result<PollOutcome, StoreError> {
        let realm = realm.clone();
        self.writer
            .run("poll_device", move |tables| {
                tables.note(&realm, poll.call.moment);
                let Some((mut record, expiry)) = found(tables, &realm, poll.call.family)? else {
                    return Ok(PollOutcome::Unknown);
                };
                let before = record.clone();
                let outcome = record.poll(&poll);
                if record != before {
                    put(tables, &realm, record, Some(expiry))?;
                }
                Ok(outcome)
            })
            .await
    }

    async fn decide_device(
        &self,
        realm: &Realm,
        call: DeviceCall,
        code: Option<CodeRecord>,
    ) -> Result<bool, StoreError> {
        let realm = realm.clone();
        self.writer
            .run("decide_device", move |tables| {
                tables.note(&realm, call.moment);
                let known = found(tables, &realm, call.family)?.filter(|(record, _)| record.decides(&call));
                let Some((record, expiry)) = known else { return Ok(false) };
                if record.decided_by.is_none() {
                    decide(tables, &realm, call, record, expiry, code)?;
                }
                Ok(true)
            })
            .await
    }
}

fn device_key(realm: &Realm, family: FamilyId) -> Vec<u8> {
    key(realm, &[&family.0.to_be_bytes()])
}

/// What there is of that family, and the expiry with which its row stands.
fn found(tables: &mut Tables<'_>, realm: &Realm, family: FamilyId) -> Result<Option<(DeviceRecord, i64)>, StoreError> {
    let row = tables.row(Kind::Device, &device_key(realm, family))?;
    row.map(|row| Ok((decode_device(&row.body, family)?, row.expiry))).transpose()
}

fn put(tables: &mut Tables<'_>, realm: &Realm, record: DeviceRecord, before: Option<i64>) -> Result<(), StoreError> {
    let (key, until) = (device_key(realm, record.family), record.until());
    tables.put_row(realm, Kind::Device, &key, before, &Row::new(until, encode_device(record)?))
}

/// Notes the decision, and puts the code under the device code.
fn decide(
    tables: &mut Tables<'_>,
    realm: &Realm,
    call: DeviceCall,
    record: DeviceRecord,
    expiry: i64,
    code: Option<CodeRecord>,
) -> Result<(), StoreError> {
    let decided = DeviceRecord {
        verdict: Some(if code.is_some() { Verdict::Allowed } else { Verdict::Denied }),
        decided_by: Some(call.request),
        refresh_until: code.as_ref().and_then(|code| code.refresh_until),
        ..record
    };
    if let Some(code) = code {
        let row = Row::new(code.expires_at, encode_code(code)?);
        tables.put_row(realm, Kind::Code, &key(realm, &[&decided.device_code.0]), None, &row)?;
    }
    put(tables, realm, decided, Some(expiry))
}
