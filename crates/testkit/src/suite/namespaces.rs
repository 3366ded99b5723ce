//! Namespaces: each sees its own state alone, and leaves none behind.

use super::Subject;
use super::keys::stored;
use issuer::clock::real_millis;
use issuer::state::{Added, KeyPurpose, NamespaceRecord, Override, OverrideKind, Realm, StoredKey};

fn record(name: &str, id: &str) -> NamespaceRecord {
    NamespaceRecord { name: name.into(), id: id.into(), ends_at: real_millis() + 600_000, is_drawn: false }
}

fn change(of: &NamespaceRecord) -> Override {
    let realm = Realm::new(Some(&of.owner()), "mount");
    Override { realm, kind: OverrideKind::Client, id: "a".to_owned(), body: Some("{}".to_owned()) }
}

fn key() -> StoredKey {
    stored(KeyPurpose::Sign, "HS256", "k", 0)
}

pub async fn a_namespace_sees_its_own_state_alone(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let namespaces = store.namespaces().unwrap();
    // The name of one begins as the other's does.
    let (one, two) = (record("a", "1"), record("a-b", "1"));
    for of in [&one, &two] {
        assert_eq!(namespaces.add_namespace(of.clone(), 2).await, Ok(Added::Added));
        let view = namespaces.in_namespace(of).unwrap();
        view.put_override(change(of)).await.unwrap();
        view.key_or_insert(&change(of).realm, key()).await.unwrap();
        view.add_scenario("{}".to_owned()).await.unwrap();
    }
    let view = namespaces.in_namespace(&one).unwrap();
    assert_eq!(view.overrides().await.unwrap(), [change(&one)]);
    assert!(store.overrides().await.unwrap().is_empty() && store.scenarios().await.unwrap().is_empty());
    assert!(view.namespaces().is_none(), "none within another");
    view.reset().await.unwrap();
    assert!(view.overrides().await.unwrap().is_empty() && view.scenarios().await.unwrap().is_empty());
    assert_eq!(view.keys(&change(&one).realm).await.unwrap().len(), 1, "keys stay");
    store.reset().await.unwrap();
    let other = namespaces.in_namespace(&two).unwrap();
    assert_eq!(other.overrides().await.unwrap(), [change(&two)]);
    assert_eq!((other.keys(&change(&two).realm).await.unwrap().len(), other.scenarios().await.unwrap().len()), (1, 1));
}

pub async fn a_name_has_one_namespace_at_a_time(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let namespaces = store.namespaces().unwrap();
    let (one, next) = (record("a", "1"), record("a", "2"));
    assert_eq!(namespaces.add_namespace(one.clone(), 1).await, Ok(Added::Added));
    assert_eq!(namespaces.add_namespace(next.clone(), 9).await, Ok(Added::Taken));
    assert_eq!(namespaces.add_namespace(record("b", "1"), 1).await, Ok(Added::Full));
    let longer = NamespaceRecord { ends_at: one.ends_at + 1, ..one.clone() };
    assert_eq!(namespaces.extend_namespace(&longer).await, Ok(true));
    assert_eq!(namespaces.extend_namespace(&next).await, Ok(false), "another of the name");
    assert_eq!(namespaces.namespace("a").await, Ok(Some(longer.clone())));
    assert_eq!(namespaces.namespaces().await, Ok(vec![longer.clone()]));
    let view = namespaces.in_namespace(&longer).unwrap();
    view.key_or_insert(&change(&one).realm, key()).await.unwrap();
    namespaces.forget_namespace(&longer).await.unwrap();
    assert_eq!(namespaces.namespace("a").await, Ok(None));
    assert_eq!(namespaces.add_namespace(next.clone(), 1).await, Ok(Added::Added));
    let view = namespaces.in_namespace(&next).unwrap();
    assert!(view.keys(&change(&next).realm).await.unwrap().is_empty());
    assert_eq!(namespaces.extend_namespace(&longer).await, Ok(false));
}
