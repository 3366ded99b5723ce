//! Namespaces have rows of their own, and leave none behind.

use crate::Embedded;
use issuer::state::{Added, KeyPurpose, NamespaceRecord, NamespaceStore, Override, OverrideKind, Realm, StoredKey};
use zeroize::Zeroizing;

fn record(name: &str, id: &str) -> NamespaceRecord {
    NamespaceRecord { name: name.into(), id: id.into(), ends_at: i64::MAX, is_drawn: false }
}

fn change(of: &NamespaceRecord) -> Override {
    let realm = Realm::new(Some(&of.owner()), "mount");
    Override { realm, kind: OverrideKind::Client, id: "a".to_owned(), body: Some("{}".to_owned()) }
}

fn key() -> StoredKey {
    StoredKey {
        purpose: KeyPurpose::Sign,
        alg: "HS256".to_owned(),
        kid: "k".to_owned(),
        material: Zeroizing::new(vec![1; 32]),
        created_at: 1,
        signs_from: Some(1),
        retires_at: None,
    }
}

#[tokio::test]
async fn a_namespace_sees_its_own_rows_alone_and_leaves_none_behind() {
    let store = Embedded::in_memory().unwrap();
    // The name of one begins as the other's does.
    let (one, two) = (record("a", "1"), record("a-b", "1"));
    for of in [&one, &two] {
        assert_eq!(store.add_namespace(of.clone(), 2).await, Ok(Added::Added));
        let view = store.in_namespace(of).unwrap();
        view.put_override(change(of)).await.unwrap();
        view.key_or_insert(&change(of).realm, key()).await.unwrap();
        view.add_scenario("{}".to_owned()).await.unwrap();
    }
    assert_eq!(store.add_namespace(record("a", "2"), 3).await, Ok(Added::Taken));
    assert_eq!(store.add_namespace(record("c", "1"), 2).await, Ok(Added::Full));
    let view = store.in_namespace(&one).unwrap();
    assert_eq!(view.overrides().await.unwrap(), [change(&one)]);
    assert!(issuer::state::OverrideStore::overrides(&store).await.unwrap().is_empty());
    view.reset().await.unwrap();
    assert!(view.overrides().await.unwrap().is_empty() && view.scenarios().await.unwrap().is_empty());
    assert_eq!(view.keys(&change(&one).realm).await.unwrap().len(), 1, "keys stay");
    store.forget_namespace(&one).await.unwrap();
    assert!(view.keys(&change(&one).realm).await.unwrap().is_empty());
    let other = store.in_namespace(&two).unwrap();
    assert_eq!(other.overrides().await.unwrap(), [change(&two)]);
    assert_eq!((other.keys(&change(&two).realm).await.unwrap().len(), other.scenarios().await.unwrap().len()), (1, 1));
    assert_eq!(store.add_namespace(record("a", "2"), 2).await, Ok(Added::Added));
}
