//! What users allowed clients.

use super::Embedded;
use super::row::Row;
use super::tables::{CONSENTS, Kind, Tables, families_key, user_key};
use crate::record::{ConsentBody, corrupt, from_json, to_json};
use grant::Scopes;
use issuer::state::{ConsentNote, ConsentRecord, ConsentStore, FamilyId, Moment, Realm, StoreError};

/// A note on its way to the writer.
struct Note {
    realm: Realm,
    moment: Moment,
    key: Vec<u8>,
    families_key: Vec<u8>,
    client_id: String,
    scopes: Scopes,
    remember: bool,
    family: Option<(FamilyId, i64)>,
}

#[async_trait::async_trait]
impl ConsentStore for Embedded {
    async fn consent(
        &self,
        realm: &Realm,
        subject: &str,
        client_id: &str,
    ) -> Result<Option<ConsentRecord>, StoreError> {
        let key = user_key(realm, subject, client_id);
        self.writer.read("consent", |snapshot| snapshot.get(CONSENTS, &key)?.map(|row| decode(&row)).transpose()).await
    }

    async fn note_consent(&self, realm: &Realm, note: ConsentNote<'_>) -> Result<(), StoreError> {
        let note = Note {
            realm: realm.clone(),
            moment: note.moment,
            key: user_key(realm, note.subject, note.client_id),
            families_key: families_key(realm, note.subject, note.client_id),
            client_id: note.client_id.to_owned(),
            scopes: note.scopes.clone(),
            remember: note.remember,
            family: note.family,
        };
        self.writer.run("note_consent", move |tables| note.put(tables)).await
    }

    async fn consents_of(&self, realm: &Realm, subject: &str) -> Result<Vec<ConsentRecord>, StoreError> {
        let all = user_key(realm, subject, "");
        self.writer
            .list("consents_of", move |snapshot| {
                snapshot.under(CONSENTS, &all)?.into_iter().map(|(_, row)| decode(&row)).collect()
            })
            .await
    }

    async fn withdraw_consent(&self, realm: &Realm, subject: &str, client_id: &str) -> Result<bool, StoreError> {
        let (key, families_key) = (user_key(realm, subject, client_id), families_key(realm, subject, client_id));
        let realm = realm.clone();
        self.writer
            .run("withdraw_consent", move |tables| {
                if tables.consents.get(&key)?.is_none() {
                    return Ok(false);
                }
                for (key, row) in tables.rows(Kind::ConsentFamily).under(&families_key)? {
                    let family = key.last_chunk().ok_or_else(|| corrupt("a family"))?;
                    let until = Row::decode(&row)?.expiry;
                    tables.revoke(&realm, FamilyId(u64::from_be_bytes(*family)), until)?;
                    tables.remove_row(&realm, Kind::ConsentFamily, &key, until)?;
                }
                tables.consents.remove(&key)?;
                Ok(true)
            })
            .await
    }
}

impl Note {
    fn put(self, tables: &mut Tables<'_>) -> Result<(), StoreError> {
        tables.note(&self.realm, self.moment);
        let before = tables.consents.get(&self.key)?.map(|row| decode(&row)).transpose()?;
        let mut live_until = before.as_ref().and_then(|before| before.live_until);
        if let Some((family, until)) = self.family {
            let key = [&*self.families_key, &family.0.to_be_bytes()].concat();
            tables.keep_until(&self.realm, Kind::ConsentFamily, &key, until)?;
            live_until = live_until.max(Some(until));
        }
        let (remembered, scopes) = match before {
            Some(before) if before.remembered && !self.remember => (true, before.scopes),
            _ => (self.remember, self.scopes),
        };
        let granted_at = self.moment.seconds();
        let record = ConsentRecord { client_id: self.client_id, scopes, remembered, granted_at, live_until };
        tables.consents.put(&self.key, &encode(record)?)
    }
}

fn encode(record: ConsentRecord) -> Result<Vec<u8>, StoreError> {
    to_json(&ConsentBody::from(record))
}

fn decode(row: &[u8]) -> Result<ConsentRecord, StoreError> {
    from_json::<ConsentBody>(row, "a consent")?.record()
}
