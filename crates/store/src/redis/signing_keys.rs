//! Keys of mounts: the only values that hold a secret.

use super::Redis;
use super::changes::Told;
use super::client::Repeat;
use super::script::{ACTIVATE_KEY, Call, KEY_OR_INSERT};
use crate::record::{corrupt, from_json, to_json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use deadpool_redis::redis::cmd;
use issuer::state::{Activation, KeyPurpose, KeyStore, Realm, StoreError, StoredKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(rename = "p")]
    purpose: String,
    #[serde(rename = "a")]
    alg: String,
    #[serde(rename = "k")]
    kid: String,
    #[serde(rename = "c")]
    created_at: i64,
    /// Left out while it waits.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    signs_from: Option<i64>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    retires_at: Option<i64>,
    /// Base64.
    #[serde(rename = "m")]
    material: Zeroizing<String>,
}

#[async_trait::async_trait]
impl KeyStore for Redis {
    async fn keys(&self, realm: &Realm) -> Result<Vec<StoredKey>, StoreError> {
        let mut command = cmd("HVALS");
        command.arg(self.core.names.signing_keys(realm).as_bytes());
        let all: Vec<Vec<u8>> = self.core.client.send("keys", &command).await?;
        let mut keys = all.into_iter().map(|body| decode(&Zeroizing::new(body))).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by(|a, b| a.created_at.cmp(&b.created_at).then_with(|| a.kid.cmp(&b.kid)));
        Ok(keys)
    }

    async fn key_or_insert(&self, realm: &Realm, key: StoredKey) -> Result<StoredKey, StoreError> {
        let keys = [self.core.names.signing_keys(realm)];
        let call = Call::on(&keys).arg(&*key.kid).arg(key.purpose.as_str()).arg(&*key.alg).arg(&**encode(&key)?);
        let kept: Vec<u8> = self.core.client.run(&KEY_OR_INSERT, call, Repeat::Safe).await?;
        let kept = decode(&Zeroizing::new(kept))?;
        if kept.kid == key.kid {
            self.tell_of_keys(realm).await?;
        }
        Ok(kept)
    }

    async fn add_key(&self, realm: &Realm, key: StoredKey) -> Result<(), StoreError> {
        let mut command = cmd("HSETNX");
        command.arg(self.core.names.signing_keys(realm).as_bytes()).arg(&*key.kid).arg(&**encode(&key)?);
        let _is_new: bool = self.core.client.send("add_key", &command).await?;
        self.tell_of_keys(realm).await
    }

    async fn activate_key(&self, realm: &Realm, activation: Activation<'_>) -> Result<bool, StoreError> {
        let keys = [self.core.names.signing_keys(realm)];
        let Activation { kid, signs_from, retires_at, forget_until } = activation;
        let call = Call::on(&keys).arg(kid).arg(signs_from).arg(retires_at).arg(forget_until);
        let is_known: bool = self.core.client.run(&ACTIVATE_KEY, call, Repeat::Safe).await?;
        if is_known {
            self.tell_of_keys(realm).await?;
        }
        Ok(is_known)
    }

    async fn forget_key(&self, realm: &Realm, kid: &str) -> Result<(), StoreError> {
        let mut command = cmd("HDEL");
        command.arg(self.core.names.signing_keys(realm).as_bytes()).arg(kid);
        let _was_there: bool = self.core.client.send("forget_key", &command).await?;
        self.tell_of_keys(realm).await
    }
}

impl Redis {
    /// Also where nothing was changed: this may be the repeat of a call that was, and broke off before it was told.
    async fn tell_of_keys(&self, realm: &Realm) -> Result<(), StoreError> {
        self.feed.tell(&Told::Keys { realm: realm.as_str().to_owned() }).await
    }
}

fn encode(key: &StoredKey) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    to_json(&Body {
        purpose: key.purpose.as_str().to_owned(),
        alg: key.alg.clone(),
        kid: key.kid.clone(),
        created_at: key.created_at,
        signs_from: key.signs_from,
        retires_at: key.retires_at,
        material: Zeroizing::new(STANDARD_NO_PAD.encode(&*key.material)),
    })
    .map(Zeroizing::new)
}

fn decode(body: &[u8]) -> Result<StoredKey, StoreError> {
    let Body { purpose, alg, kid, created_at, signs_from, retires_at, material } = from_json(body, "a key")?;
    let purpose = [KeyPurpose::Sign, KeyPurpose::Handle].into_iter().find(|known| known.as_str() == purpose);
    let material = STANDARD_NO_PAD.decode(material.as_bytes()).map_err(|_| corrupt("a key"))?;
    Ok(StoredKey {
        purpose: purpose.ok_or_else(|| corrupt("a key's purpose"))?,
        alg,
        kid,
        material: Zeroizing::new(material),
        created_at,
        signs_from,
        retires_at,
    })
}
