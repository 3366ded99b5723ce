//! Assertions: each is spent as a token is that carries its own state and has no successor, in a realm of its own.

use super::{NOW, Subject, seconds, spend};
use issuer::state::{FamilyId, Realm, Spend, SpendOutcome};

/// Where a mount's assertions are.
fn assertions(mount: &str) -> Realm {
    Realm::of_mount(&format!("{mount}\u{1}assertions"))
}

/// A use of an assertion, which ends in an hour.
fn used(number: u64) -> Spend {
    let id = format!("{number:064X}");
    Spend { family: FamilyId::from_bits(number << 20), expires_at: NOW + 3600, ..spend(number, &id) }
}

async fn outcome(store: &Subject, spend: Spend) -> SpendOutcome {
    store.spend(&assertions("mount"), spend).await.unwrap()
}

pub async fn o41_an_assertion_is_good_once(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let first = used(1);
    assert_eq!(outcome(&store, first.clone()).await, SpendOutcome::Granted);
    assert_eq!(outcome(&store, first).await, SpendOutcome::Granted, "a repeat of the same attempt");
    for after in [0, 1, 3599] {
        let again = outcome(&store, Spend { moment: seconds(after), ..used(1) }).await;
        assert_ne!(again, SpendOutcome::Granted, "after {after} s");
    }
    assert_eq!(outcome(&store, used(2)).await, SpendOutcome::Granted, "another");
}

pub async fn o41_of_concurrent_uses_of_an_assertion_one_is_granted(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let one = || {
        let store = store.clone();
        tokio::spawn(async move { outcome(&store, used(1)).await })
    };
    let tasks: Vec<_> = (0..50).map(|_| one()).collect();
    let mut granted = 0;
    for task in tasks {
        granted += usize::from(task.await.unwrap() == SpendOutcome::Granted);
    }
    assert_eq!(granted, 1);
}

pub async fn o41_assertions_are_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert_eq!(outcome(&store, used(1)).await, SpendOutcome::Granted);
    for realm in [assertions("other"), Realm::of_mount("mount")] {
        assert_eq!(store.spend(&realm, used(1)).await.unwrap(), SpendOutcome::Granted, "{}", realm.as_str());
    }
}
