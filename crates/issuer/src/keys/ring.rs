//! The keys of one mount, loaded or made when first needed.

use super::jwt::{self, Iss, Verified};
use super::{KeyError, OwnKeys, SigningKey};
use crate::ids::random;
use crate::said::is_news;
use crate::state::{KeyPurpose, KeyStore, Realm, Store, StoredKey};
use arc_swap::ArcSwapOption;
use grant::{Refusal, SigningAlg};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// The keys of one mount.
#[derive(Debug)]
pub struct KeyRing {
    realm: Realm,
    /// Those that the configuration file gives: the first of an algorithm signs. No store has them.
    own: OwnKeys,
    loaded: ArcSwapOption<Loaded>,
    loading: tokio::sync::Mutex<()>,
    /// Making a key takes its time: meanwhile those that are there are read.
    making: tokio::sync::Mutex<()>,
    /// When a token that none of the keys had signed last led to the store.
    looked: Mutex<Option<Instant>>,
    /// The keys, and where they are kept, of which the first RSA key is a copy.
    before: Option<(Arc<KeyRing>, Arc<dyn Store>)>,
    remembered: usize,
}

/// Between two such looks: strangers can make as many such tokens as they like.
const LOOK: Duration = Duration::from_secs(1);

/// Tokens whose signature is remembered to hold, for each mount: some 2 MB at most.
const REMEMBERED: usize = 1024;
/// The same for each mount of a namespace, of which there may be thousands.
const REMEMBERED_IN_NAMESPACE: usize = 64;

struct Loaded {
    /// Those of the configuration file.
    own: Vec<Arc<SigningKey>>,
    /// The same and those that are kept.
    signing: Vec<Arc<SigningKey>>,
    handle: Option<Zeroizing<Vec<u8>>>,
    /// All of them as they are kept, for a store that loses them.
    stored: Vec<StoredKey>,
    /// Tokens that one of these keys signed, by their SHA-256: a token is shown many times, and its signature holds
    /// for ever. What else is asked of it is asked each time.
    verified: Cache<[u8; 32], Arc<Verified>>,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("signing", &self.signing).finish_non_exhaustive()
    }
}

impl KeyRing {
    /// The ring of a realm; nothing is read until it is needed.
    pub fn new(realm: Realm) -> Self {
        Self {
            realm,
            own: OwnKeys::default(),
            loaded: ArcSwapOption::empty(),
            loading: tokio::sync::Mutex::default(),
            making: tokio::sync::Mutex::default(),
            looked: Mutex::new(None),
            before: None,
            remembered: REMEMBERED,
        }
    }

    /// The ring of a realm of one of many namespaces.
    pub(crate) fn in_namespace(realm: Realm) -> Self {
        Self { remembered: REMEMBERED_IN_NAMESPACE, ..Self::new(realm) }
    }

    /// The ring with these keys of the configuration file, of which the first signs.
    pub(crate) fn with_own(mut self, own: OwnKeys) -> Self {
        self.own = own;
        self
    }

    /// Whether the configuration file gives keys of that algorithm.
    pub(crate) fn has_own(&self, alg: SigningAlg) -> bool {
        self.own.of(alg).is_some()
    }

    /// Whether the key of that identifier is one that the configuration file gives.
    pub(crate) fn is_own(&self, kid: &str) -> bool {
        self.own.all().any(|(_, key)| key.kid == kid)
    }

    /// Whether both have the same keys of the configuration file, in the same order.
    pub(crate) fn has_the_own_of(&self, other: &Self) -> bool {
        self.own == other.own
    }

    /// The ring, whose first RSA key is a copy of the one that signs in another: making one takes its time.
    pub(crate) fn after(mut self, other: Arc<Self>, store: Arc<dyn Store>) -> Self {
        self.before = Some((other, store));
        self
    }

    /// The key of `alg` that signs now, made and kept if there is none.
    pub async fn signing(&self, alg: SigningAlg, store: &dyn KeyStore, now: i64) -> Result<Arc<SigningKey>, Refusal> {
        if let Some(own) = self.own.of(alg) {
            return Ok(Arc::clone(own));
        }
        let newest = |loaded: &Loaded| loaded.signing(alg, now);
        if let Some(key) = self.loaded.load().as_deref().and_then(newest) {
            return Ok(key);
        }
        let _one_maker = self.making.lock().await;
        let known = {
            let _one_at_a_time = self.loading.lock().await;
            newest(&*self.load(store).await?)
        };
        if let Some(key) = known {
            return Ok(key);
        }
        let made = match self.copied(alg, now).await? {
            Some(copy) => copy,
            None => SigningKey::make(alg, now).await?,
        };
        let _one_at_a_time = self.loading.lock().await;
        // Another replica may have made one meanwhile.
        if let Some(key) = self.loaded.load().as_deref().and_then(newest) {
            return Ok(key);
        }
        let kid = made.kid.clone();
        let kept = store.key_or_insert(&self.realm, made).await?;
        if kept.kid == kid {
            say_made(&self.realm, &kept);
        }
        newest(&*self.reload(store).await?).ok_or_else(|| Refusal::internal("the store lost the key it was given"))
    }

    /// The key that signs in the ring before this one. Of RSA alone: other keys are made in no time.
    async fn copied(&self, alg: SigningAlg, now: i64) -> Result<Option<StoredKey>, Refusal> {
        let Some((before, store)) = self.before.as_ref().filter(|_| alg.is_rsa()) else { return Ok(None) };
        let signing = Box::pin(before.signing(alg, &**store, now)).await?;
        let loaded = before.loaded.load();
        let stored = before.own.all().map(|(stored, _)| stored).chain(loaded.iter().flat_map(|loaded| &loaded.stored));
        let kept = stored.into_iter().find(|key| key.kid == signing.kid);
        Ok(kept.map(|key| StoredKey { created_at: now, signs_from: Some(now), retires_at: None, ..key.clone() }))
    }

    /// The key that successors of refresh tokens are derived with, made and kept if there is none.
    pub async fn handle_key(&self, store: &dyn KeyStore, now: i64) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let known = |loaded: &Loaded| loaded.handle.clone();
        if let Some(key) = self.loaded.load().as_deref().and_then(known) {
            return Ok(key);
        }
        let _one_at_a_time = self.loading.lock().await;
        if let Some(key) = known(&*self.load(store).await?) {
            return Ok(key);
        }
        let made = StoredKey {
            purpose: KeyPurpose::Handle,
            alg: SigningAlg::Hs256.as_str().to_owned(),
            kid: "handle".to_owned(),
            material: Zeroizing::new(random::<32>().to_vec()),
            created_at: now,
            signs_from: Some(now),
            retires_at: None,
        };
        store.key_or_insert(&self.realm, made).await?;
        known(&*self.reload(store).await?).ok_or_else(|| Refusal::internal("the store lost the key it was given"))
    }

    /// What a token says that one of these keys signed, and whose `iss` is `issuer`; the inner error is the token's.
    /// A key that has retired at `now`, seconds since the epoch, vouches for nothing.
    pub(crate) async fn verify(
        &self,
        token: &str,
        issuer: Iss<'_>,
        store: &dyn KeyStore,
        now: i64,
    ) -> Result<Result<Arc<Verified>, Refusal>, Refusal> {
        let loaded = if let Some(loaded) = self.loaded.load_full() {
            loaded
        } else {
            let _one_at_a_time = self.loading.lock().await;
            self.load(store).await?
        };
        let outcome = loaded.verify(token, issuer, now);
        if outcome.as_ref().is_err_and(|error| error.cause == jwt::NO_KEY)
            && let Some(newer) = self.newer(&loaded, store).await
        {
            return Ok(newer.verify(token, issuer, now));
        }
        Ok(outcome)
    }

    /// The keys where others than `known` are there by now: another replica may have made one a moment ago, and this
    /// one not heard of it yet. Where the store does not answer, those known stay.
    async fn newer(&self, known: &Arc<Loaded>, store: &dyn KeyStore) -> Option<Arc<Loaded>> {
        let _one_at_a_time = self.loading.lock().await;
        let current = self.loaded.load_full().filter(|current| !Arc::ptr_eq(current, known));
        if current.is_some() {
            return current;
        }
        if self.looked.lock().is_some_and(|last| last.elapsed() < LOOK) {
            return None;
        }
        let read = self.read(store).await;
        *self.looked.lock() = Some(Instant::now());
        // What is known stays unless there is more, and with it the tokens that are remembered.
        let read = read.ok()?;
        let has_more = read.signing.iter().any(|key| known.signing.iter().all(|own| own.kid != key.kid));
        has_more.then(|| self.put(read))
    }

    /// All signing keys there are, oldest first.
    pub async fn all(&self, store: &dyn KeyStore) -> Result<Vec<Arc<SigningKey>>, Refusal> {
        if let Some(loaded) = self.loaded.load().as_deref() {
            return Ok(loaded.signing.clone());
        }
        let _one_at_a_time = self.loading.lock().await;
        Ok(self.load(store).await?.signing.clone())
    }

    /// Those whose signatures count at `now`, seconds since the epoch, oldest first.
    pub(crate) async fn live(&self, store: &dyn KeyStore, now: i64) -> Result<Vec<Arc<SigningKey>>, Refusal> {
        let _one_at_a_time = self.loading.lock().await;
        let loaded = self.load(store).await?;
        Ok(loaded.signing.iter().filter(|key| loaded.is_live(key, now)).cloned().collect())
    }

    /// Reads the keys anew, for another replica has changed them. Where the store does not answer, those known stay.
    pub async fn refresh(&self, store: &dyn KeyStore) -> Result<(), Refusal> {
        let _one_at_a_time = self.loading.lock().await;
        self.reload(store).await.map(drop)
    }

    async fn load(&self, store: &dyn KeyStore) -> Result<Arc<Loaded>, Refusal> {
        match self.loaded.load_full() {
            Some(loaded) => Ok(loaded),
            None => self.reload(store).await,
        }
    }

    async fn reload(&self, store: &dyn KeyStore) -> Result<Arc<Loaded>, Refusal> {
        let mut read = self.read(store).await?;
        // No change forgets the last key: a store without any has lost them.
        if read.stored.is_empty() && self.keep_again(store).await? > 0 {
            read = self.read(store).await?;
        }
        Ok(self.put(read))
    }

    /// Puts the keys that are known into a store that has lost them. Those that it has stay as they are.
    pub(crate) async fn put_back(&self, store: &dyn KeyStore) -> Result<(), Refusal> {
        let _one_at_a_time = self.loading.lock().await;
        self.keep_again(store).await.map(drop)
    }

    /// The same; how many keys are known.
    async fn keep_again(&self, store: &dyn KeyStore) -> Result<usize, Refusal> {
        let Some(known) = self.loaded.load_full().filter(|known| !known.stored.is_empty()) else { return Ok(0) };
        for key in &known.stored {
            match key.purpose {
                KeyPurpose::Sign => store.add_key(&self.realm, key.clone()).await?,
                KeyPurpose::Handle => drop(store.key_or_insert(&self.realm, key.clone()).await?),
            }
        }
        tracing::error!(
            mount = self.realm.as_str(),
            keys = known.stored.len(),
            "keys that the store had lost are put back"
        );
        Ok(known.stored.len())
    }

    async fn read(&self, store: &dyn KeyStore) -> Result<Loaded, Refusal> {
        let stored = store.keys(&self.realm).await?;
        let own: Vec<_> = self.own.all().map(|(_, key)| Arc::clone(key)).collect();
        let (mut signing, mut handle) = (own.clone(), None);
        for key in &stored {
            match key.purpose {
                KeyPurpose::Sign if SigningAlg::parse(&key.alg).is_none() => {
                    if is_news(&("key", &key.kid)) {
                        let (mount, kid, alg) = (self.realm.as_str(), &*key.kid, &*key.alg);
                        tracing::error!(
                            mount,
                            kid,
                            alg,
                            "a key of an algorithm that this version does not know is left out"
                        );
                    }
                }
                // The file says what it is.
                KeyPurpose::Sign if self.is_own(&key.kid) => {}
                KeyPurpose::Sign => {
                    signing.push(Arc::new(SigningKey::from_stored(key).map_err(|error| broken(&error))?));
                }
                KeyPurpose::Handle => handle = Some(key.material.clone()),
            }
        }
        Ok(Loaded { own, signing, handle, stored, verified: Cache::new(self.remembered) })
    }

    fn put(&self, loaded: Loaded) -> Arc<Loaded> {
        let loaded = Arc::new(loaded);
        self.loaded.store(Some(Arc::clone(&loaded)));
        loaded
    }
}

impl Loaded {
    /// The key with the latest start not after `now`; where the clock is before all of them, the earliest.
    fn signing(&self, alg: SigningAlg, now: i64) -> Option<Arc<SigningKey>> {
        if let Some(own) = self.own.iter().find(|key| key.alg == alg) {
            return Some(Arc::clone(own));
        }
        let keys = || self.signing.iter().filter(|key| key.alg == alg);
        // Two rotations at once may end with start times out of order. A key with a retirement time never signs while
        // one without exists, so every replica picks the same.
        let begun = keys().filter(|key| key.signs_from.is_some_and(|from| from <= now));
        let last = begun.max_by_key(|key| (key.retires_at.is_none(), key.signs_from, &key.kid));
        last.or_else(|| keys().min_by_key(|key| (key.signs_from.unwrap_or(i64::MAX), &key.kid))).cloned()
    }

    /// Whether what `key` signed counts: until it retires, and longer where it signs for want of another.
    fn is_live(&self, key: &SigningKey, now: i64) -> bool {
        !key.is_retired(now) || self.signing(key.alg, now).is_some_and(|signing| signing.kid == key.kid)
    }

    fn verify(&self, token: &str, issuer: Iss<'_>, now: i64) -> Result<Arc<Verified>, Refusal> {
        let digest = Sha256::digest(token.as_bytes()).into();
        let verified = if let Some(verified) = self.verified.get(&digest) {
            verified
        } else {
            let verified = Arc::new(jwt::verify(token, &self.signing, issuer)?);
            self.verified.insert(digest, Arc::clone(&verified));
            verified
        };
        if self.is_live(&verified.key, now) { Ok(verified) } else { Err(jwt::invalid(jwt::RETIRED)) }
    }
}

/// A key that nobody asked for is what a lost store comes to: it is never made in silence.
pub(crate) fn say_made(realm: &Realm, key: &StoredKey) {
    tracing::info!(mount = realm.as_str(), kid = &*key.kid, alg = &*key.alg, "a signing key was made");
}

pub(super) fn broken(error: &KeyError) -> Refusal {
    Refusal::internal(format!("a key cannot be used: {error}"))
}

#[cfg(test)]
mod tests;
