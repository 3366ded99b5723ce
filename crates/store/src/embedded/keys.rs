//! Keys of mounts: the only rows that hold a secret.

use super::Embedded;
use super::row::VERSION;
use super::tables::{Tables, key};
use crate::record::{from_json, to_json};
use issuer::state::{KeyPurpose, KeyStore, Realm, StoreError, StoredKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

#[derive(Serialize, Deserialize)]
struct Head {
    purpose: String,
    alg: String,
    kid: String,
    created_at: i64,
}

#[async_trait::async_trait]
impl KeyStore for Embedded {
    async fn keys(&self, realm: &Realm) -> Result<Vec<StoredKey>, StoreError> {
        let realm = realm.clone();
        self.writer
            .run("keys", move |tables| {
                let mut keys = read(tables, &key(&realm, &[]))?;
                keys.sort_by_key(|key| key.created_at);
                Ok(keys)
            })
            .await
    }

    async fn key_or_insert(&self, realm: &Realm, new: StoredKey) -> Result<StoredKey, StoreError> {
        let realm = realm.clone();
        self.writer
            .run("key_or_insert", move |tables| {
                let prefix = key(&realm, &[new.purpose.as_str().as_bytes(), &[0], new.alg.as_bytes(), &[0]]);
                if let Some(kept) = read(tables, &prefix)?.into_iter().next() {
                    return Ok(kept);
                }
                tables.keys.put(&[&prefix, new.kid.as_bytes()].concat(), &encode(&new)?)?;
                Ok(new)
            })
            .await
    }
}

fn read(tables: &mut Tables<'_>, prefix: &[u8]) -> Result<Vec<StoredKey>, StoreError> {
    tables.keys.under(prefix)?.into_iter().map(|(_, row)| decode(&Zeroizing::new(row))).collect()
}

/// Version, length of the head, head, key.
fn encode(stored: &StoredKey) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let head = to_json(&Head {
        purpose: stored.purpose.as_str().to_owned(),
        alg: stored.alg.clone(),
        kid: stored.kid.clone(),
        created_at: stored.created_at,
    })?;
    // The full size at once: a buffer that grows leaves copies behind.
    let mut row = Zeroizing::new(Vec::with_capacity(9 + head.len() + stored.material.len()));
    row.push(VERSION);
    row.extend_from_slice(&(head.len() as u64).to_be_bytes());
    row.extend_from_slice(&head);
    row.extend_from_slice(&stored.material);
    Ok(row)
}

fn decode(row: &[u8]) -> Result<StoredKey, StoreError> {
    let corrupt = || StoreError::Corrupt("a key cannot be read".to_owned());
    let parts = || {
        let (&[VERSION], rest) = row.split_first_chunk()? else { return None };
        let (length, rest) = rest.split_first_chunk()?;
        rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)
    };
    let (head, material) = parts().ok_or_else(corrupt)?;
    let head: Head = from_json(head, "a key")?;
    Ok(StoredKey {
        purpose: [KeyPurpose::Sign, KeyPurpose::Handle]
            .into_iter()
            .find(|purpose| purpose.as_str() == head.purpose)
            .ok_or_else(corrupt)?,
        alg: head.alg,
        kid: head.kid,
        material: Zeroizing::new(material.to_vec()),
        created_at: head.created_at,
    })
}
