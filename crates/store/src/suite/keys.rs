//! Keys.

use super::{NOW, Subject, realm};
use issuer::state::{KeyPurpose, Realm, StoredKey};

pub(super) fn stored(purpose: KeyPurpose, alg: &str, kid: &str, age: i64) -> StoredKey {
    // Bytes that are no text, and a length that no encoding suggests.
    let material = (0..=255).cycle().take(300 + kid.len()).collect::<Vec<u8>>().into();
    StoredKey { purpose, alg: alg.to_owned(), kid: kid.to_owned(), material, created_at: NOW - age }
}

fn same(a: &StoredKey, b: &StoredKey) -> bool {
    (a.purpose, &a.alg, &a.kid, &*a.material, a.created_at) == (b.purpose, &b.alg, &b.kid, &*b.material, b.created_at)
}

pub(super) async fn kids(store: &Subject, realm: &Realm) -> Vec<String> {
    store.keys(realm).await.unwrap().into_iter().map(|key| key.kid).collect()
}

pub async fn the_first_key_is_kept(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let first = stored(KeyPurpose::Sign, "RS256", "one", 0);
    let kept = store.key_or_insert(&realm(), first.clone()).await.unwrap();
    assert!(same(&kept, &first));
    let kept = store.key_or_insert(&realm(), stored(KeyPurpose::Sign, "RS256", "another", 0)).await.unwrap();
    assert!(same(&kept, &first), "{kept:?}");
    let keys = store.keys(&realm()).await.unwrap();
    assert!(keys.len() == 1 && same(&keys[0], &first), "{keys:?}");
}

pub async fn keys_come_oldest_first(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(kids(&store, &realm()).await.is_empty());
    for (purpose, alg, kid, age) in [
        (KeyPurpose::Sign, "RS256", "b", 20),
        (KeyPurpose::Sign, "ES256", "c", 10),
        (KeyPurpose::Handle, "HS256", "d", 0),
        (KeyPurpose::Sign, "HS256", "a", 30),
    ] {
        let kept = store.key_or_insert(&realm(), stored(purpose, alg, kid, age)).await.unwrap();
        assert_eq!(kept.kid, kid, "another purpose or algorithm is another key");
    }
    assert_eq!(kids(&store, &realm()).await, ["a", "b", "c", "d"]);
}

pub async fn realms_have_keys_of_their_own(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let (one, two) = (Realm::of_mount("mount"), Realm::of_mount("mount-two"));
    store.key_or_insert(&one, stored(KeyPurpose::Sign, "HS256", "1", 0)).await.unwrap();
    store.key_or_insert(&two, stored(KeyPurpose::Sign, "HS256", "2", 0)).await.unwrap();
    assert_eq!((kids(&store, &one).await, kids(&store, &two).await), (vec!["1".to_owned()], vec!["2".to_owned()]));
}

pub async fn concurrent_inserts_end_with_one_key(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let store = store.clone();
            let key = stored(KeyPurpose::Sign, "RS256", &n.to_string(), n);
            tokio::spawn(async move { store.key_or_insert(&realm(), key).await.unwrap().kid })
        })
        .collect();
    let mut kept = Vec::new();
    for task in tasks {
        kept.push(task.await.unwrap());
    }
    assert_eq!(kids(&store, &realm()).await, [kept[0].as_str()]);
    assert!(kept.iter().all(|kid| *kid == kept[0]), "{kept:?}");
}
