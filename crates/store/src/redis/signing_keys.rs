//! Keys of mounts: the only values that hold a secret.

use super::Redis;
use super::changes::Told;
use super::client::Repeat;
use super::script::{Call, KEY_OR_INSERT};
use crate::record::{corrupt, from_json, to_json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use deadpool_redis::redis::cmd;
use issuer::state::{KeyPurpose, KeyStore, Realm, StoreError, StoredKey};
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
            self.feed.tell(&Told::Keys { realm: realm.as_str().to_owned() }).await?;
        }
        Ok(kept)
    }
}

fn encode(key: &StoredKey) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    to_json(&Body {
        purpose: key.purpose.as_str().to_owned(),
        alg: key.alg.clone(),
        kid: key.kid.clone(),
        created_at: key.created_at,
        material: Zeroizing::new(STANDARD_NO_PAD.encode(&*key.material)),
    })
    .map(Zeroizing::new)
}

fn decode(body: &[u8]) -> Result<StoredKey, StoreError> {
    let Body { purpose, alg, kid, created_at, material } = from_json(body, "a key")?;
    let purpose = [KeyPurpose::Sign, KeyPurpose::Handle].into_iter().find(|known| known.as_str() == purpose);
    let material = STANDARD_NO_PAD.decode(material.as_bytes()).map_err(|_| corrupt("a key"))?;
    Ok(StoredKey {
        purpose: purpose.ok_or_else(|| corrupt("a key's purpose"))?,
        alg,
        kid,
        material: Zeroizing::new(material),
        created_at,
    })
}
