//! The keys of one mount, loaded or made when first needed.

use super::jwt::{self, Verified};
use super::{KeyError, SigningKey};
use crate::ids::random;
use crate::state::{KeyPurpose, KeyStore, Realm, StoreError, StoredKey};
use arc_swap::ArcSwapOption;
use grant::{GrantError, GrantErrorKind, SigningAlg};
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
    loaded: ArcSwapOption<Loaded>,
    loading: tokio::sync::Mutex<()>,
    /// When a token that none of the keys had signed last led to the store.
    looked: Mutex<Option<Instant>>,
}

/// Between two such looks: strangers can make as many such tokens as they like.
const LOOK: Duration = Duration::from_secs(1);

/// Tokens whose signature is remembered to hold, for each mount: some 2 MB at most.
const REMEMBERED: usize = 1024;

struct Loaded {
    signing: Vec<Arc<SigningKey>>,
    handle: Option<Zeroizing<Vec<u8>>>,
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
        Self { realm, loaded: ArcSwapOption::empty(), loading: tokio::sync::Mutex::new(()), looked: Mutex::new(None) }
    }

    /// The key of `alg` that signs now, made and kept if there is none.
    pub async fn signing(
        &self,
        alg: SigningAlg,
        store: &dyn KeyStore,
        now: i64,
    ) -> Result<Arc<SigningKey>, GrantError> {
        let newest = |loaded: &Loaded| loaded.signing(alg, now);
        if let Some(key) = self.loaded.load().as_deref().and_then(newest) {
            return Ok(key);
        }
        let _one_at_a_time = self.loading.lock().await;
        if let Some(key) = newest(&*self.load(store).await?) {
            return Ok(key);
        }
        let made = SigningKey::make(alg, now).await?;
        store.key_or_insert(&self.realm, made).await.map_err(unavailable)?;
        newest(&*self.reload(store).await?).ok_or_else(|| GrantError::internal("the store lost the key it was given"))
    }

    /// The key that successors of refresh tokens are derived with, made and kept if there is none.
    pub async fn handle_key(&self, store: &dyn KeyStore, now: i64) -> Result<Zeroizing<Vec<u8>>, GrantError> {
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
        store.key_or_insert(&self.realm, made).await.map_err(unavailable)?;
        known(&*self.reload(store).await?).ok_or_else(|| GrantError::internal("the store lost the key it was given"))
    }

    /// What a token says that one of these keys signed, and whose `iss` is `issuer`; the inner error is the token's.
    /// A key that has retired at `now`, seconds since the epoch, vouches for nothing.
    pub(crate) async fn verify(
        &self,
        token: &str,
        issuer: &str,
        store: &dyn KeyStore,
        now: i64,
    ) -> Result<Result<Arc<Verified>, GrantError>, GrantError> {
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
    pub async fn all(&self, store: &dyn KeyStore) -> Result<Vec<Arc<SigningKey>>, GrantError> {
        if let Some(loaded) = self.loaded.load().as_deref() {
            return Ok(loaded.signing.clone());
        }
        let _one_at_a_time = self.loading.lock().await;
        Ok(self.load(store).await?.signing.clone())
    }

    /// Those whose signatures count at `now`, seconds since the epoch, oldest first.
    pub(crate) async fn live(&self, store: &dyn KeyStore, now: i64) -> Result<Vec<Arc<SigningKey>>, GrantError> {
        let _one_at_a_time = self.loading.lock().await;
        let loaded = self.load(store).await?;
        Ok(loaded.signing.iter().filter(|key| loaded.is_live(key, now)).cloned().collect())
    }

    /// Reads the keys anew, for another replica has changed them. Where the store does not answer, those known stay.
    pub async fn refresh(&self, store: &dyn KeyStore) -> Result<(), GrantError> {
        let _one_at_a_time = self.loading.lock().await;
        self.reload(store).await.map(drop)
    }

    async fn load(&self, store: &dyn KeyStore) -> Result<Arc<Loaded>, GrantError> {
        match self.loaded.load_full() {
            Some(loaded) => Ok(loaded),
            None => self.reload(store).await,
        }
    }

    async fn reload(&self, store: &dyn KeyStore) -> Result<Arc<Loaded>, GrantError> {
        self.read(store).await.map(|loaded| self.put(loaded))
    }

    async fn read(&self, store: &dyn KeyStore) -> Result<Loaded, GrantError> {
        let mut loaded = Loaded { signing: Vec::new(), handle: None, verified: Cache::new(REMEMBERED) };
        for stored in store.keys(&self.realm).await.map_err(unavailable)? {
            match stored.purpose {
                KeyPurpose::Sign => {
                    loaded.signing.push(Arc::new(SigningKey::from_stored(&stored).map_err(|error| broken(&error))?));
                }
                KeyPurpose::Handle => loaded.handle = Some(stored.material),
            }
        }
        Ok(loaded)
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

    fn verify(&self, token: &str, issuer: &str, now: i64) -> Result<Arc<Verified>, GrantError> {
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

pub(super) fn broken(error: &KeyError) -> GrantError {
    GrantError::internal(format!("a key cannot be used: {error}"))
}

/// A store that does not answer, as a refusal.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub fn unavailable(error: StoreError) -> GrantError {
    match error {
        StoreError::Unavailable(_) => {
            GrantError::new(GrantErrorKind::Unavailable { retry_after: 1 }, error.to_string())
        }
        StoreError::Corrupt(_) => GrantError::internal(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Activation;
    use grant::Claims;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    const ISS: &str = "https://issuer.test";

    /// What replicas have in common, and how often it was read.
    #[derive(Default)]
    struct Shared {
        keys: Mutex<Vec<StoredKey>>,
        reads: AtomicUsize,
        is_down: AtomicBool,
    }

    #[async_trait::async_trait]
    impl KeyStore for Shared {
        async fn keys(&self, _: &Realm) -> Result<Vec<StoredKey>, StoreError> {
            self.reads.fetch_add(1, Ordering::Relaxed);
            if self.is_down.load(Ordering::Relaxed) {
                return Err(StoreError::Unavailable("down".to_owned()));
            }
            Ok(self.keys.lock().clone())
        }

        async fn key_or_insert(&self, _: &Realm, key: StoredKey) -> Result<StoredKey, StoreError> {
            self.keys.lock().push(key.clone());
            Ok(key)
        }

        async fn add_key(&self, _: &Realm, key: StoredKey) -> Result<(), StoreError> {
            self.keys.lock().push(key);
            Ok(())
        }

        async fn activate_key(&self, _: &Realm, _: Activation<'_>) -> Result<bool, StoreError> {
            Err(StoreError::Unavailable("not here".to_owned()))
        }

        async fn forget_key(&self, _: &Realm, kid: &str) -> Result<(), StoreError> {
            self.keys.lock().retain(|key| key.kid != kid);
            Ok(())
        }
    }

    fn ring() -> KeyRing {
        KeyRing::new(Realm::of_mount("m"))
    }

    fn token(key: &SigningKey) -> String {
        let mut claims = Claims::empty();
        claims.set("iss", ISS.into());
        claims.set("jti", random::<8>().map(|byte| format!("{byte:02x}")).concat().into());
        jwt::sign(key, "JWT", true, &claims).unwrap()
    }

    async fn holds(ring: &KeyRing, token: &str, store: &Shared) -> bool {
        holds_at(ring, token, store, 0).await
    }

    async fn holds_at(ring: &KeyRing, token: &str, store: &Shared, now: i64) -> bool {
        ring.verify(token, ISS, store, now).await.unwrap().is_ok()
    }

    /// As if the last look were long ago.
    fn wait(ring: &KeyRing) {
        *ring.looked.lock() = Instant::now().checked_sub(LOOK);
    }

    #[tokio::test]
    async fn a_key_that_another_replica_has_made_is_found_when_its_token_comes() {
        let store = Shared::default();
        let (ours, theirs) = (ring(), ring());
        let es256 = ours.signing(SigningAlg::Es256, &store, 0).await.unwrap();
        let hs256 = theirs.signing(SigningAlg::Hs256, &store, 0).await.unwrap();
        let remembered = token(&es256);
        assert!(holds(&ours, &remembered, &store).await);
        assert!(holds(&ours, &token(&hs256), &store).await);
        assert_eq!(ours.all(&store).await.unwrap().len(), 2);
        assert!(holds(&ours, &remembered, &store).await);
    }

    #[tokio::test]
    async fn forged_tokens_lead_to_the_store_once_a_second_however_many_they_are() {
        let store = Shared::default();
        let ring = ring();
        let key = ring.signing(SigningAlg::Hs256, &store, 0).await.unwrap();
        let forger = SigningKey::from_stored(&SigningKey::generate(SigningAlg::Hs256, 0).unwrap()).unwrap();
        assert!(holds(&ring, &token(&key), &store).await);
        let before = store.reads.load(Ordering::Relaxed);
        let start = Instant::now();
        for _ in 0..50 {
            assert!(!holds(&ring, &token(&forger), &store).await);
        }
        let looks = store.reads.load(Ordering::Relaxed) - before;
        let seconds = usize::try_from(start.elapsed().as_secs()).unwrap();
        assert!((1..=1 + seconds).contains(&looks), "{looks} looks");
        // The keys were not put in force anew: what is remembered stays.
        assert!(holds(&ring, &token(&key), &store).await);

        let newer = store.key_or_insert(&ring.realm, SigningKey::generate(SigningAlg::Hs256, 1).unwrap()).await;
        let newer = token(&SigningKey::from_stored(&newer.unwrap()).unwrap());
        wait(&ring);
        assert!(holds(&ring, &newer, &store).await, "looked again");
    }

    #[tokio::test]
    async fn where_the_store_does_not_answer_the_keys_that_are_known_serve_on() {
        let store = Shared::default();
        let (ours, theirs) = (ring(), ring());
        let known = ours.signing(SigningAlg::Hs256, &store, 0).await.unwrap();
        let other = theirs.signing(SigningAlg::Es256, &store, 0).await.unwrap();
        store.is_down.store(true, Ordering::Relaxed);
        assert!(!holds(&ours, &token(&other), &store).await);
        assert!(holds(&ours, &token(&known), &store).await);
        let reads = store.reads.load(Ordering::Relaxed);
        assert!(!holds(&ours, &token(&other), &store).await);
        let soon = ours.looked.lock().is_some_and(|last| last.elapsed() < LOOK);
        assert!(!soon || store.reads.load(Ordering::Relaxed) == reads, "a store in trouble is not pressed");
        store.is_down.store(false, Ordering::Relaxed);
        wait(&ours);
        assert!(holds(&ours, &token(&other), &store).await);
    }

    #[tokio::test]
    async fn n21_a_key_vouches_for_nothing_from_its_retirement_on() {
        let store = Shared::default();
        for (kid, alg, retires_at) in [
            ("old", SigningAlg::Hs256, Some(100)),
            ("new", SigningAlg::Hs256, None),
            ("last of its kind", SigningAlg::Es256, Some(100)),
        ] {
            let key = SigningKey::generate(alg, 0).unwrap();
            store.keys.lock().push(StoredKey { kid: kid.to_owned(), retires_at, ..key });
        }
        let ring = ring();
        let keys = ring.all(&store).await.unwrap();
        let [old, new, last] = [0, 1, 2].map(|at| token(&keys[at]));
        // The first look remembers the signature; a clock set back finds the key alive again.
        for (now, is_live) in [(99, true), (100, false), (i64::MAX, false), (99, true)] {
            assert_eq!(holds_at(&ring, &old, &store, now).await, is_live, "at {now}");
            assert!(holds_at(&ring, &new, &store, now).await && holds_at(&ring, &last, &store, now).await);
            assert!(!holds_at(&ring, &token(&keys[0]), &store, 100).await, "one that nobody has seen before");
            let published = ring.live(&store, now).await.unwrap();
            assert_eq!(published.iter().any(|key| key.kid == "old"), is_live, "at {now}");
        }
    }

    #[tokio::test]
    async fn the_key_that_began_last_signs_and_a_clock_set_back_finds_the_first() {
        let store = Shared::default();
        for (kid, signs_from, retires_at) in [
            ("C", Some(200), None),
            ("A", Some(100), Some(300)),
            ("B", Some(201), Some(400)),
            ("D", Some(500), None),
            ("W", None, None),
        ] {
            let key = SigningKey::generate(SigningAlg::Hs256, 0).unwrap();
            store.keys.lock().push(StoredKey { kid: kid.to_owned(), signs_from, retires_at, ..key });
        }
        let ring = ring();
        for (now, kid) in [(99, "A"), (100, "A"), (199, "A"), (200, "C"), (499, "C"), (500, "D"), (i64::MAX, "D")] {
            assert_eq!(ring.signing(SigningAlg::Hs256, &store, now).await.unwrap().kid, kid, "at {now}");
        }
        assert_eq!(store.keys.lock().len(), 5, "none was made");
    }
}
