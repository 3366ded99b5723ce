//! What a ring of keys finds, remembers and refuses.

use super::*;
use crate::state::{Activation, StoreError};
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
    jwt::sign(key, "JWT", grant::HeaderMember::WITH_KID, &claims).unwrap()
}

async fn holds(ring: &KeyRing, token: &str, store: &Shared) -> bool {
    holds_at(ring, token, store, 0).await
}

async fn holds_at(ring: &KeyRing, token: &str, store: &Shared, now: i64) -> bool {
    ring.verify(token, ISS.into(), store, now).await.unwrap().is_ok()
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
