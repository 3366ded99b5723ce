//! What was changed at run time.

use super::{Subject, realm};
use issuer::state::{Override, OverrideKind, Realm};

pub(super) fn change(kind: OverrideKind, id: &str, body: Option<&str>) -> Override {
    Override { realm: realm(), kind, id: id.to_owned(), body: body.map(str::to_owned) }
}

/// All changes, in an order of their own.
pub(super) async fn changes(store: &Subject) -> Vec<Override> {
    let mut changes = store.overrides().await.unwrap();
    changes.sort_by_key(|change| (change.realm.clone(), change.kind.as_str(), change.id.clone()));
    changes
}

pub async fn a_change_replaces_the_one_before(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(changes(&store).await.is_empty());
    let clock = Override { realm: Realm::of_mount(""), ..change(OverrideKind::Clock, "", Some("{\"offset\":5}")) };
    let elsewhere = Override { realm: Realm::of_mount("other"), ..change(OverrideKind::Client, "web", Some("{}")) };
    let last = [
        clock,
        change(OverrideKind::Client, "web", None),
        change(OverrideKind::Client, "web2", Some("{\"é\":\"\\u0000\"}")),
        change(OverrideKind::Settings, "", Some("{\"n\":2}")),
        change(OverrideKind::User, "web", Some("{}")),
        elsewhere,
    ];
    store.put_override(change(OverrideKind::Client, "web", Some("{\"n\":1}"))).await.unwrap();
    store.put_override(change(OverrideKind::Settings, "", Some("{\"n\":1}"))).await.unwrap();
    for change in &last {
        store.put_override(change.clone()).await.unwrap();
    }
    assert_eq!(changes(&store).await, last);
}

pub async fn a_forgotten_change_is_gone(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_override(change(OverrideKind::Client, "a", Some("{}"))).await.unwrap();
    store.put_override(change(OverrideKind::User, "a", None)).await.unwrap();
    store.forget_override(&realm(), OverrideKind::Client, "a").await.unwrap();
    store.forget_override(&realm(), OverrideKind::Client, "never there").await.unwrap();
    assert_eq!(changes(&store).await, [change(OverrideKind::User, "a", None)]);
}
