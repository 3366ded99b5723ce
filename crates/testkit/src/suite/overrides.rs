//! What was changed at run time.

use super::{Subject, realm};
use issuer::state::{Override, OverrideKind, Realm, Replacement, ScenarioRecord};

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

pub async fn many_changes_are_made_in_one_step(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let one = |n: usize, body: &str| change(OverrideKind::Client, &format!("c{n:04}"), Some(body));
    let user = change(OverrideKind::User, "c0000", Some("{}"));
    let elsewhere = Override { realm: Realm::of_mount("other"), ..one(0, "{}") };
    for kept in [one(0, "{}"), one(9_999, "{}"), user.clone(), elsewhere.clone()] {
        store.put_override(kept).await.unwrap();
    }
    store.add_scenario("{}".to_owned()).await.unwrap();
    let set: Vec<_> = (0..3_000).map(|n| one(n, "{\"n\":1}")).collect();
    let of = vec![(realm(), OverrideKind::Client)];
    let replacement = Replacement { of: of.clone(), changes: set.clone(), scenarios: None };
    store.replace_overrides(replacement).await.unwrap();
    assert_eq!(changes(&store).await, [&set[..], &[user.clone(), elsewhere.clone()]].concat());
    // Nothing is forgotten of what is not named.
    let scenario = ScenarioRecord { id: 7, body: "{\"error\":\"internal\"}".to_owned(), seen: 3, used: 2 };
    let more = Replacement { of: Vec::new(), changes: vec![one(5_000, "{}")], scenarios: Some(vec![scenario.clone()]) };
    store.replace_overrides(more).await.unwrap();
    let all = [&set[..], &[one(5_000, "{}"), user.clone(), elsewhere.clone()]].concat();
    assert_eq!(changes(&store).await, all);
    assert_eq!(store.scenarios().await.unwrap(), [scenario]);
    assert_eq!(store.use_scenario(7, Some(3), true).await.unwrap(), Some(3), "uses are counted on");
    assert!(store.add_scenario("{}".to_owned()).await.unwrap() > 7);
    // With nothing to keep it forgets alone.
    let of = [OverrideKind::Client, OverrideKind::User].map(|kind| (realm(), kind));
    let none = Replacement { of: of.to_vec(), changes: Vec::new(), scenarios: Some(Vec::new()) };
    store.replace_overrides(none).await.unwrap();
    assert_eq!(changes(&store).await, [elsewhere]);
    assert!(store.scenarios().await.unwrap().is_empty());
}

pub async fn n43_a_change_is_swapped_only_for_the_one_it_was_made_of(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let body = |n: u8| change(OverrideKind::Client, "a", Some(&format!("{{\"n\":{n}}}")));
    let gone = change(OverrideKind::Client, "a", None);
    assert_eq!(store.override_of(&realm(), OverrideKind::Client, "a").await.unwrap(), None);
    assert!(!store.swap_override(Some(body(1)), body(2)).await.unwrap(), "there is none");
    assert!(store.swap_override(None, body(1)).await.unwrap());
    assert!(!store.swap_override(None, body(2)).await.unwrap(), "there is one");
    assert!(store.swap_override(Some(body(1)), gone.clone()).await.unwrap());
    assert!(!store.swap_override(Some(body(1)), body(2)).await.unwrap(), "it is another");
    assert_eq!(store.override_of(&realm(), OverrideKind::Client, "a").await.unwrap(), Some(gone.clone()));
    assert!(store.swap_override(Some(gone), body(3)).await.unwrap());
    assert_eq!(changes(&store).await, [body(3)]);
}

pub async fn s04_a_change_is_collected_only_while_it_is_kept(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let (gone, back) = (change(OverrideKind::Client, "a", None), change(OverrideKind::Client, "a", Some("{}")));
    assert!(!store.collect_override(gone.clone()).await.unwrap(), "there is none");
    store.put_override(back.clone()).await.unwrap();
    assert!(!store.collect_override(gone.clone()).await.unwrap(), "it is another");
    assert_eq!(changes(&store).await, [back]);
    store.put_override(gone.clone()).await.unwrap();
    assert!(store.collect_override(gone.clone()).await.unwrap());
    assert!(changes(&store).await.is_empty() && !store.collect_override(gone).await.unwrap());
}

pub async fn a_forgotten_change_is_gone(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_override(change(OverrideKind::Client, "a", Some("{}"))).await.unwrap();
    store.put_override(change(OverrideKind::User, "a", None)).await.unwrap();
    store.forget_override(&realm(), OverrideKind::Client, "a").await.unwrap();
    store.forget_override(&realm(), OverrideKind::Client, "never there").await.unwrap();
    assert_eq!(changes(&store).await, [change(OverrideKind::User, "a", None)]);
}
