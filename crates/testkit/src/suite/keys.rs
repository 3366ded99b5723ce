//! Keys.

use super::{NOW, Subject, realm};
use issuer::state::{Activation, KeyPurpose, Realm, StoredKey};

pub(super) fn stored(purpose: KeyPurpose, alg: &str, kid: &str, age: i64) -> StoredKey {
    // Bytes that are no text, and a length that no encoding suggests.
    let material = (0..=255).cycle().take(300 + kid.len()).collect::<Vec<u8>>().into();
    StoredKey {
        purpose,
        alg: alg.to_owned(),
        kid: kid.to_owned(),
        material,
        created_at: NOW - age,
        signs_from: Some(NOW - age),
        retires_at: None,
    }
}

fn same(a: &StoredKey, b: &StoredKey) -> bool {
    let times = |key: &StoredKey| (key.created_at, key.signs_from, key.retires_at);
    (a.purpose, &a.alg, &a.kid, &*a.material, times(a)) == (b.purpose, &b.alg, &b.kid, &*b.material, times(b))
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

fn waiting(kid: &str) -> StoredKey {
    StoredKey { signs_from: None, ..stored(KeyPurpose::Sign, "RS256", kid, 0) }
}

async fn activate(store: &Subject, kid: &str, signs_from: i64, forget_until: i64) -> bool {
    let retires_at = signs_from + 100;
    store.activate_key(&realm(), Activation { kid, signs_from, retires_at, forget_until }).await.unwrap()
}

/// When the keys sign from and retire, by identifier.
async fn times(store: &Subject) -> Vec<(String, Option<i64>, Option<i64>)> {
    let keys = store.keys(&realm()).await.unwrap();
    let mut times: Vec<_> = keys.into_iter().map(|key| (key.kid, key.signs_from, key.retires_at)).collect();
    times.sort();
    times
}

fn time(kid: &str, signs_from: Option<i64>, retires_at: Option<i64>) -> (String, Option<i64>, Option<i64>) {
    (kid.to_owned(), signs_from, retires_at)
}

pub async fn f13_a_key_succeeds_the_others_of_its_kind(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(!activate(&store, "none", NOW, NOW).await);
    for (purpose, alg, kid) in [
        (KeyPurpose::Sign, "RS256", "a"),
        (KeyPurpose::Sign, "ES256", "other alg"),
        (KeyPurpose::Handle, "RS256", "other purpose"),
    ] {
        store.key_or_insert(&realm(), stored(purpose, alg, kid, 0)).await.unwrap();
    }
    let others = [time("other alg", Some(NOW), None), time("other purpose", Some(NOW), None)];
    let with = |keys: &[(String, Option<i64>, Option<i64>)]| [keys, &others].concat();
    store.add_key(&realm(), waiting("b")).await.unwrap();
    assert_eq!(times(&store).await, with(&[time("a", Some(NOW), None), time("b", None, None)]));
    let kept = store.keys(&realm()).await.unwrap().into_iter().find(|key| key.kid == "b").unwrap();
    assert!(same(&kept, &waiting("b")), "{kept:?}");

    assert!(activate(&store, "b", NOW + 10, NOW).await);
    assert_eq!(times(&store).await, with(&[time("a", Some(NOW), Some(NOW + 110)), time("b", Some(NOW + 10), None)]));
    let kept = store.keys(&realm()).await.unwrap().into_iter().find(|key| key.kid == "b").unwrap();
    assert_eq!(kept.material, waiting("b").material);

    // One that retires already stays with that; what has retired is forgotten.
    store.add_key(&realm(), waiting("c")).await.unwrap();
    assert!(activate(&store, "c", NOW + 20, NOW + 109).await);
    let [a, b] = [time("a", Some(NOW), Some(NOW + 110)), time("b", Some(NOW + 10), Some(NOW + 120))];
    assert_eq!(times(&store).await, with(&[a, b.clone(), time("c", Some(NOW + 20), None)]));
    store.add_key(&realm(), waiting("d")).await.unwrap();
    assert!(activate(&store, "d", NOW + 115, NOW + 110).await);
    assert_eq!(
        times(&store).await,
        with(&[b, time("c", Some(NOW + 20), Some(NOW + 215)), time("d", Some(NOW + 115), None)])
    );
}

pub async fn f13_of_concurrent_successors_one_is_the_last(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.key_or_insert(&realm(), stored(KeyPurpose::Sign, "RS256", "first", 0)).await.unwrap();
    let tasks: Vec<_> = (0..10)
        .map(|n: i64| {
            let store = store.clone();
            tokio::spawn(async move {
                store.add_key(&realm(), waiting(&n.to_string())).await.unwrap();
                assert!(activate(&store, &n.to_string(), NOW + n, 0).await);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let times = times(&store).await;
    assert_eq!(times.len(), 11);
    assert_eq!(times.iter().filter(|(.., retires_at)| retires_at.is_none()).count(), 1, "{times:?}");
}

pub async fn f04_a_repeat_changes_no_key(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.key_or_insert(&realm(), stored(KeyPurpose::Sign, "RS256", "a", 0)).await.unwrap();
    store.add_key(&realm(), waiting("b")).await.unwrap();
    assert!(activate(&store, "b", NOW + 10, 0).await);
    let done = times(&store).await;
    store.add_key(&realm(), waiting("b")).await.unwrap();
    assert_eq!(times(&store).await, done, "it waits no more");
    // What was promised stays, though another rotation of the same key comes later.
    assert!(activate(&store, "b", NOW + 300, 0).await);
    assert_eq!(times(&store).await, done);
    assert!(activate(&store, "b", NOW + 5, 0).await);
    assert_eq!(times(&store).await, [time("a", Some(NOW), Some(NOW + 110)), time("b", Some(NOW + 5), None)]);
}

pub async fn a_key_is_forgotten(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.key_or_insert(&realm(), stored(KeyPurpose::Sign, "RS256", "a", 0)).await.unwrap();
    store.add_key(&realm(), waiting("b")).await.unwrap();
    store.key_or_insert(&Realm::of_mount("other"), stored(KeyPurpose::Sign, "RS256", "a", 0)).await.unwrap();
    store.forget_key(&realm(), "none").await.unwrap();
    store.forget_key(&realm(), "a").await.unwrap();
    assert_eq!(kids(&store, &realm()).await, ["b"]);
    assert_eq!(kids(&store, &Realm::of_mount("other")).await, ["a"]);
}
