//! The keys of one mount, loaded or made when first needed.

use super::{KeyError, SigningKey};
use crate::ids::random;
use crate::jwt::{self, Verified};
use crate::state::{KeyPurpose, Realm, Store, StoreError, StoredKey};
use arc_swap::ArcSwapOption;
use grant::{GrantError, GrantErrorKind, SigningAlg};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The keys of one mount.
#[derive(Debug)]
pub struct KeyRing {
    realm: Realm,
    loaded: ArcSwapOption<Loaded>,
    loading: tokio::sync::Mutex<()>,
}

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
        Self { realm, loaded: ArcSwapOption::empty(), loading: tokio::sync::Mutex::new(()) }
    }

    /// The newest key of `alg`, made and kept if there is none.
    pub async fn signing(&self, alg: SigningAlg, store: &dyn Store, now: i64) -> Result<Arc<SigningKey>, GrantError> {
        let newest = |loaded: &Loaded| loaded.signing.iter().rev().find(|key| key.alg == alg).cloned();
        if let Some(key) = self.loaded.load().as_deref().and_then(newest) {
            return Ok(key);
        }
        let _one_at_a_time = self.loading.lock().await;
        if let Some(key) = newest(&*self.load(store).await?) {
            return Ok(key);
        }
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(alg, now))
            .await
            .map_err(|error| GrantError::internal(format!("making a key: {error}")))?
            .map_err(|error| broken(&error))?;
        store.key_or_insert(&self.realm, made).await.map_err(unavailable)?;
        newest(&*self.reload(store).await?).ok_or_else(|| GrantError::internal("the store lost the key it was given"))
    }

    /// The key that successors of refresh tokens are derived with, made and kept if there is none.
    pub async fn handle_key(&self, store: &dyn Store, now: i64) -> Result<Zeroizing<Vec<u8>>, GrantError> {
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
        };
        store.key_or_insert(&self.realm, made).await.map_err(unavailable)?;
        known(&*self.reload(store).await?).ok_or_else(|| GrantError::internal("the store lost the key it was given"))
    }

    /// What a token says that one of these keys signed, and whose `iss` is `issuer`; the inner error is the token's.
    pub(crate) async fn verify(
        &self,
        token: &str,
        issuer: &str,
        store: &dyn Store,
    ) -> Result<Result<Arc<Verified>, GrantError>, GrantError> {
        let loaded = if let Some(loaded) = self.loaded.load_full() {
            loaded
        } else {
            let _one_at_a_time = self.loading.lock().await;
            self.load(store).await?
        };
        let digest = Sha256::digest(token.as_bytes()).into();
        if let Some(verified) = loaded.verified.get(&digest) {
            return Ok(Ok(verified));
        }
        Ok(jwt::verify(token, &loaded.signing, issuer).map(|verified| {
            let verified = Arc::new(verified);
            loaded.verified.insert(digest, Arc::clone(&verified));
            verified
        }))
    }

    /// All signing keys there are, oldest first.
    pub async fn all(&self, store: &dyn Store) -> Result<Vec<Arc<SigningKey>>, GrantError> {
        if let Some(loaded) = self.loaded.load().as_deref() {
            return Ok(loaded.signing.clone());
        }
        let _one_at_a_time = self.loading.lock().await;
        Ok(self.load(store).await?.signing.clone())
    }

    /// Reads the keys anew, for another replica has changed them. Where the store does not answer, those known stay.
    pub async fn refresh(&self, store: &dyn Store) -> Result<(), GrantError> {
        let _one_at_a_time = self.loading.lock().await;
        self.reload(store).await.map(drop)
    }

    async fn load(&self, store: &dyn Store) -> Result<Arc<Loaded>, GrantError> {
        match self.loaded.load_full() {
            Some(loaded) => Ok(loaded),
            None => self.reload(store).await,
        }
    }

    async fn reload(&self, store: &dyn Store) -> Result<Arc<Loaded>, GrantError> {
        let mut loaded = Loaded { signing: Vec::new(), handle: None, verified: Cache::new(REMEMBERED) };
        for stored in store.keys(&self.realm).await.map_err(unavailable)? {
            match stored.purpose {
                KeyPurpose::Sign => {
                    loaded.signing.push(Arc::new(SigningKey::from_stored(&stored).map_err(|error| broken(&error))?));
                }
                KeyPurpose::Handle => loaded.handle = Some(stored.material),
            }
        }
        let loaded = Arc::new(loaded);
        self.loaded.store(Some(Arc::clone(&loaded)));
        Ok(loaded)
    }
}

fn broken(error: &KeyError) -> GrantError {
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
