//! Keys of mounts: the only values that hold a secret.

use super::Redis;
use super::client::Repeat;
use super::script::{ACTIVATE_KEY, Call, KEY_OR_INSERT};
use super::told::Told;
use crate::carry::KeyBody;
use crate::record::{from_json, to_json, unless_newer};
use deadpool_redis::redis::cmd;
use issuer::state::{Activation, KeyStore, Realm, StoreError, StoredKey};
use zeroize::Zeroizing;

#[async_trait::async_trait]
impl KeyStore for Redis {
    async fn keys(&self, realm: &Realm) -> Result<Vec<StoredKey>, StoreError> {
        let mut command = cmd("HVALS");
        command.arg(self.core.names.signing_keys(realm).as_bytes());
        let all: Vec<Vec<u8>> = self.core.client.send("keys", &command).await?;
        let all = all.into_iter().map(Zeroizing::new);
        let mut keys = all.filter_map(|body| unless_newer(&body, decode(&body))).collect::<Result<Vec<_>, _>>()?;
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
        let (mut command, place) = (cmd("HSETNX"), self.core.names.signing_keys(realm));
        command.arg(place.as_bytes()).arg(&*key.kid).arg(&**encode(&key)?);
        let _is_new: bool = self.core.client.send("add_key", &command).await?;
        self.core.client.bound(&place).await?;
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
    to_json(&KeyBody::from(key)).map(Zeroizing::new)
}

fn decode(body: &[u8]) -> Result<StoredKey, StoreError> {
    from_json::<KeyBody>(body, "a key")?.key()
}
