//! Keys of mounts: the only rows that hold a secret.

use super::Embedded;
use super::row::VERSION;
use super::tables::{Tables, key};
use crate::record::{self, from_json, to_json, unless_newer};
use issuer::state::{Activation, KeyPurpose, KeyStore, Realm, StoreError, StoredKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

#[derive(Serialize, Deserialize)]
struct Head {
    purpose: String,
    alg: String,
    kid: String,
    created_at: i64,
    /// Left out where it is when the key was made, as before there were successors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signs_from: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    waits: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retires_at: Option<i64>,
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
                let prefix = prefix(&realm, &new);
                if let Some(kept) = read(tables, &prefix)?.into_iter().next() {
                    return Ok(kept);
                }
                put(tables, &realm, &new)?;
                Ok(new)
            })
            .await
    }

    async fn add_key(&self, realm: &Realm, new: StoredKey) -> Result<(), StoreError> {
        let realm = realm.clone();
        self.writer
            .run("add_key", move |tables| {
                if tables.keys.get(&[&prefix(&realm, &new), new.kid.as_bytes()].concat())?.is_some() {
                    return Ok(());
                }
                put(tables, &realm, &new)
            })
            .await
    }

    async fn activate_key(&self, realm: &Realm, activation: Activation<'_>) -> Result<bool, StoreError> {
        let Activation { kid, signs_from, retires_at, forget_until } = activation;
        let (realm, kid) = (realm.clone(), kid.to_owned());
        self.writer
            .run("activate_key", move |tables| {
                let Some(mut new) = find(tables, &realm, &kid)? else { return Ok(false) };
                let prefix = prefix(&realm, &new);
                for mut other in read(tables, &prefix)?.into_iter().filter(|other| other.kid != kid) {
                    let key = [&prefix, other.kid.as_bytes()].concat();
                    if other.retires_at.is_some_and(|at| at <= forget_until) {
                        tables.keys.remove(&key)?;
                    } else if other.retires_at.is_none() {
                        other.retires_at = Some(retires_at);
                        tables.keys.put(&key, &encode(&other)?)?;
                    }
                }
                new.signs_from = Some(new.signs_from.map_or(signs_from, |before| before.min(signs_from)));
                new.retires_at = None;
                put(tables, &realm, &new)?;
                Ok(true)
            })
            .await
    }

    async fn forget_key(&self, realm: &Realm, kid: &str) -> Result<(), StoreError> {
        let (realm, kid) = (realm.clone(), kid.to_owned());
        self.writer
            .run("forget_key", move |tables| match find(tables, &realm, &kid)? {
                Some(known) => tables.keys.remove(&[&prefix(&realm, &known), kid.as_bytes()].concat()),
                None => Ok(()),
            })
            .await
    }
}

/// Keeps a key, whatever there was of its identifier.
pub(super) fn put(tables: &mut Tables<'_>, realm: &Realm, key: &StoredKey) -> Result<(), StoreError> {
    tables.keys.put(&[&prefix(realm, key), key.kid.as_bytes()].concat(), &encode(key)?)
}

/// What the keys of a purpose and an algorithm begin with; the identifier follows.
fn prefix(realm: &Realm, of: &StoredKey) -> Vec<u8> {
    key(realm, &[of.purpose.as_str().as_bytes(), &[0], of.alg.as_bytes(), &[0]])
}

/// The signing key of that identifier.
fn find(tables: &mut Tables<'_>, realm: &Realm, kid: &str) -> Result<Option<StoredKey>, StoreError> {
    let signing = key(realm, &[KeyPurpose::Sign.as_str().as_bytes(), &[0]]);
    Ok(read(tables, &signing)?.into_iter().find(|key| key.kid == kid))
}

fn read(tables: &mut Tables<'_>, prefix: &[u8]) -> Result<Vec<StoredKey>, StoreError> {
    let rows = tables.keys.under(prefix)?.into_iter().map(|(_, row)| Zeroizing::new(row));
    rows.filter_map(|row| unless_newer(&row, decode(&row))).collect()
}

/// Version, length of the head, head, key.
fn encode(stored: &StoredKey) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let head = to_json(&Head {
        purpose: stored.purpose.as_str().to_owned(),
        alg: stored.alg.clone(),
        kid: stored.kid.clone(),
        created_at: stored.created_at,
        signs_from: stored.signs_from.filter(|from| *from != stored.created_at),
        waits: stored.signs_from.is_none(),
        retires_at: stored.retires_at,
    })?;
    // The full size at once: a buffer that grows leaves copies behind.
    let mut row = Zeroizing::new(Vec::with_capacity(9 + head.len() + stored.material.len()));
    row.push(VERSION);
    row.extend_from_slice(&(head.len() as u64).to_be_bytes());
    row.extend_from_slice(&head);
    row.extend_from_slice(&stored.material);
    Ok(row)
}

pub(super) fn decode(row: &[u8]) -> Result<StoredKey, StoreError> {
    let corrupt = || StoreError::Corrupt("a key cannot be read".to_owned());
    let parts = || {
        let (&[VERSION], rest) = row.split_first_chunk()? else { return None };
        let (length, rest) = rest.split_first_chunk()?;
        rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)
    };
    let (head, material) = parts().ok_or_else(corrupt)?;
    let head: Head = from_json(head, "a key")?;
    Ok(StoredKey {
        purpose: record::purpose(&head.purpose)?,
        alg: head.alg,
        kid: head.kid,
        material: Zeroizing::new(material.to_vec()),
        created_at: head.created_at,
        signs_from: (!head.waits).then_some(head.signs_from.unwrap_or(head.created_at)),
        retires_at: head.retires_at,
    })
}
