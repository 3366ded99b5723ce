//! Personal access tokens.

use super::{NOW, Subject, handle, millis, realm, scopes, seconds};
use issuer::state::{Moment, PatRecord, Realm};

/// The token numbered `number` of a user, made so many seconds after [`NOW`]: of 1000 seconds.
pub fn pat(number: u64, subject: &str) -> PatRecord {
    let created_at = NOW + i64::try_from(number).unwrap();
    PatRecord {
        id: format!("{number:016x}"),
        name: "the \"build\" — é".to_owned(),
        subject: subject.to_owned(),
        scopes: scopes("profile openid"),
        created_at,
        expires_at: created_at + 1000,
        last_used: None,
    }
}

/// Keeps [`pat`] under the handle of the same number.
pub async fn put(store: &Subject, number: u64, subject: &str) {
    store.put_pat(&realm(), handle(number), pat(number, subject), 99).await.unwrap();
}

pub async fn used(store: &Subject, number: u64, moment: Moment) -> Option<PatRecord> {
    store.use_pat(&realm(), handle(number), moment).await.unwrap()
}

pub async fn listed(store: &Subject, subject: &str) -> Vec<PatRecord> {
    store.pats_of(&realm(), subject).await.unwrap()
}

pub(super) async fn revoke(store: &Subject, subject: &str, number: u64) -> bool {
    store.revoke_pat(&realm(), subject, &pat(number, subject).id).await.unwrap()
}

/// When the token was last used, in seconds after [`NOW`].
async fn last_used(store: &Subject, subject: &str) -> Option<i64> {
    listed(store, subject).await[0].last_used.map(|at| at - NOW)
}

pub async fn a_token_is_kept_whole(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert_eq!((used(&store, 1, seconds(9)).await, listed(&store, "alice").await), (None, vec![]));
    let bare = PatRecord { name: String::new(), scopes: scopes(""), ..pat(2, "bob") };
    store.put_pat(&realm(), handle(2), bare.clone(), 99).await.unwrap();
    put(&store, 1, "alice").await;
    assert_eq!(listed(&store, "alice").await, [pat(1, "alice")]);
    assert_eq!(listed(&store, "bob").await, std::slice::from_ref(&bare));
    assert_eq!(used(&store, 1, seconds(9)).await, Some(pat(1, "alice")));
    assert_eq!(used(&store, 2, seconds(9)).await, Some(bare));
    assert_eq!(used(&store, 3, seconds(9)).await, None, "another text");
}

pub async fn an_ended_token_is_remembered(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 0, "alice").await;
    for after in [seconds(1000), seconds(1000 + 86_399)] {
        assert_eq!(used(&store, 0, after).await, Some(pat(0, "alice")));
        assert_eq!(listed(&store, "alice").await, [pat(0, "alice")], "the use of an ended one is not noted");
    }
    assert_eq!(used(&store, 0, millis(999_999)).await, Some(pat(0, "alice")));
    assert_eq!(last_used(&store, "alice").await, Some(999), "the use of a live one is");
}

pub async fn a_use_is_noted_once_in_a_step(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 0, "alice").await;
    // At which second it is used, what the answer says of the use before, what is noted then.
    for (at, before, noted) in [
        (5, None, 5),
        (5, Some(5), 5),
        (64, Some(5), 5),
        (65, Some(5), 65),
        (124, Some(65), 65),
        (300, Some(65), 300),
        (241, Some(300), 300),
        (240, Some(300), 240),
    ] {
        let record = used(&store, 0, millis(at * 1000 + 999)).await.unwrap();
        assert_eq!(record.last_used.map(|last| last - NOW), before, "at {at}");
        assert_eq!(record, PatRecord { last_used: record.last_used, ..pat(0, "alice") });
        assert_eq!(last_used(&store, "alice").await, Some(noted), "at {at}");
    }
}

pub async fn a_users_tokens_come_newest_first(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for number in [2, 5, 1, 4, 3] {
        put(&store, number, "alice").await;
    }
    // The keys of other users lie on either side.
    for (number, other) in [(6, "alic"), (7, "alice2"), (8, ""), (9, "alice\u{0}")] {
        put(&store, number, other).await;
        assert_eq!(listed(&store, other).await, [pat(number, other)]);
    }
    assert!(used(&store, 3, seconds(99)).await.is_some(), "a use changes no order");
    let ids: Vec<_> = listed(&store, "alice").await.into_iter().map(|record| record.id).collect();
    assert_eq!(ids, [5, 4, 3, 2, 1].map(|number| pat(number, "alice").id));
}

pub async fn t56_a_revoked_token_is_dead_at_once(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for number in 1..=50 {
        put(&store, number, "alice").await;
    }
    put(&store, 99, "alice").await;
    let tasks: Vec<_> = (1..=50)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                assert!(used(&store, number, seconds(60)).await.is_some());
                assert!(revoke(&store, "alice", number).await);
                assert_eq!(used(&store, number, seconds(60)).await, None);
                assert_eq!(used(&store, number, seconds(300)).await, None);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(listed(&store, "alice").await, [pat(99, "alice")]);
}

pub async fn t56_no_use_brings_a_revoked_token_back(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 1, "alice").await;
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let store = store.clone();
            // Each use is due to be noted.
            tokio::spawn(async move {
                if n == 50 {
                    assert!(revoke(&store, "alice", 1).await);
                } else {
                    used(&store, 1, seconds(9 * n)).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((used(&store, 1, seconds(999)).await, listed(&store, "alice").await), (None, vec![]));
}

pub async fn n32_of_concurrent_tokens_a_user_gets_as_many_as_may_be(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let put =
        async |number, subject: &str| store.put_pat(&realm(), handle(number), pat(number, subject), 10).await.unwrap();
    let tasks: Vec<_> = (0..30)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(
                async move { store.put_pat(&realm(), handle(number), pat(number, "alice"), 10).await.unwrap() },
            )
        })
        .collect();
    let mut kept = 0;
    for task in tasks {
        kept += usize::from(task.await.unwrap());
    }
    assert_eq!((kept, listed(&store, "alice").await.len()), (10, 10));
    let known = listed(&store, "alice").await.remove(0);
    let number = u64::from_str_radix(&known.id, 16).unwrap();
    assert!(put(number, "alice").await, "a repeat gets the first outcome");
    assert!(!put(98, "alice").await && put(98, "bob").await, "each user has a limit of their own");
    assert!(revoke(&store, "alice", number).await && put(97, "alice").await, "one that is revoked makes room");
    assert!(!put(96, "alice").await);
}

pub async fn a_token_is_revoked_by_its_user_alone(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 1, "alice").await;
    put(&store, 2, "alice").await;
    put(&store, 3, "bob").await;
    assert!(!revoke(&store, "bob", 1).await, "another user's id");
    assert!(!revoke(&store, "alice", 9).await, "no such id");
    assert!(!store.revoke_pat(&realm(), "alice", "").await.unwrap());
    assert_eq!(listed(&store, "alice").await, [pat(2, "alice"), pat(1, "alice")]);
    assert!(revoke(&store, "alice", 1).await);
    assert_eq!(listed(&store, "alice").await, [pat(2, "alice")]);
    assert_eq!(used(&store, 3, seconds(9)).await, Some(pat(3, "bob")));
    assert!(!revoke(&store, "alice", 1).await, "it is revoked already");
    assert!(used(&store, 2, seconds(2000)).await.is_some() && revoke(&store, "alice", 2).await, "an ended one too");
    assert_eq!(used(&store, 2, seconds(2000)).await, None);
}

pub async fn t54_tokens_of_realms_are_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 1, "alice").await;
    for other in ["other", "moun", "mount2", ""] {
        let other = Realm::of_mount(other);
        assert_eq!(store.use_pat(&other, handle(1), seconds(9)).await.unwrap(), None);
        assert!(store.pats_of(&other, "alice").await.unwrap().is_empty());
        assert!(!store.revoke_pat(&other, "alice", &pat(1, "alice").id).await.unwrap());
    }
    assert_eq!(listed(&store, "alice").await, [pat(1, "alice")]);
}

pub async fn f04_a_repeat_brings_no_token_back(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 1, "alice").await;
    assert!(used(&store, 1, seconds(9)).await.is_some());
    put(&store, 1, "alice").await;
    assert_eq!((listed(&store, "alice").await.len(), last_used(&store, "alice").await), (1, Some(9)));
    assert!(revoke(&store, "alice", 1).await);
    put(&store, 1, "alice").await;
    assert_eq!((used(&store, 1, seconds(9)).await, listed(&store, "alice").await), (None, vec![]));
}
