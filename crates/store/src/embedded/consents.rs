//! What users allowed clients.

use super::Embedded;
use super::row::{corrupt, from_json, to_json};
use super::tables::{CONSENTS, Tables, user_key};
use grant::Scopes;
use issuer::state::{ConsentNote, ConsentRecord, ConsentStore, FamilyId, Moment, Realm, StoreError};
use serde::{Deserialize, Serialize};

/// A consent as its row holds it.
#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(rename = "c")]
    client_id: String,
    #[serde(rename = "o")]
    scopes: String,
    #[serde(rename = "r")]
    remembered: bool,
    #[serde(rename = "a")]
    granted_at: i64,
    #[serde(rename = "f")]
    families: Vec<(u64, i64)>,
}

/// A note on its way to the writer.
struct Note {
    realm: Realm,
    moment: Moment,
    key: Vec<u8>,
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
        self.writer.read(|snapshot| snapshot.get(CONSENTS, &key)?.map(|row| decode(&row)).transpose()).await
    }

    async fn note_consent(&self, realm: &Realm, note: ConsentNote<'_>) -> Result<(), StoreError> {
        let note = Note {
            realm: realm.clone(),
            moment: note.moment,
            key: user_key(realm, note.subject, note.client_id),
            client_id: note.client_id.to_owned(),
            scopes: note.scopes.clone(),
            remember: note.remember,
            family: note.family,
        };
        self.writer.run(move |tables| note.put(tables)).await
    }

    async fn consents_of(&self, realm: &Realm, subject: &str) -> Result<Vec<ConsentRecord>, StoreError> {
        let all = user_key(realm, subject, "");
        self.writer
            .list(move |snapshot| snapshot.under(CONSENTS, &all)?.into_iter().map(|(_, row)| decode(&row)).collect())
            .await
    }

    async fn withdraw_consent(&self, realm: &Realm, subject: &str, client_id: &str) -> Result<bool, StoreError> {
        let (realm, key) = (realm.clone(), user_key(realm, subject, client_id));
        self.writer
            .run(move |tables| {
                let Some(row) = tables.consents.get(&key)? else { return Ok(false) };
                for (family, until) in decode(&row)?.families {
                    tables.revoke(&realm, family, until)?;
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
        let now = self.moment.seconds();
        let before = tables.consents.get(&self.key)?.map(|row| decode(&row)).transpose()?;
        let mut families = before.as_ref().map(|before| before.families.clone()).unwrap_or_default();
        if let Some(family) = self.family
            && !families.iter().any(|(known, _)| *known == family.0)
        {
            families.push(family);
        }
        families.retain(|(_, until)| now < *until);
        let beyond = families.len().saturating_sub(ConsentRecord::MAX_FAMILIES);
        for (family, until) in families.drain(..beyond) {
            tables.revoke(&self.realm, family, until)?;
        }
        let (remembered, scopes) = match before {
            Some(before) if before.remembered && !self.remember => (true, before.scopes),
            _ => (self.remember, self.scopes),
        };
        let record = ConsentRecord { client_id: self.client_id, scopes, remembered, granted_at: now, families };
        tables.consents.put(&self.key, &encode(record)?)
    }
}

fn encode(record: ConsentRecord) -> Result<Vec<u8>, StoreError> {
    let ConsentRecord { client_id, scopes, remembered, granted_at, families } = record;
    let families = families.into_iter().map(|(family, until)| (family.0, until)).collect();
    to_json(&Body { client_id, scopes: scopes.joined(), remembered, granted_at, families })
}

fn decode(row: &[u8]) -> Result<ConsentRecord, StoreError> {
    let Body { client_id, scopes, remembered, granted_at, families } = from_json(row, "a consent")?;
    let scopes = Scopes::parse(&scopes).map_err(|_| corrupt("a scope"))?;
    let families = families.into_iter().map(|(family, until)| (FamilyId(family), until)).collect();
    Ok(ConsentRecord { client_id, scopes, remembered, granted_at, families })
}
