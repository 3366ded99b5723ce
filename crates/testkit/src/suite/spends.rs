//! Refresh tokens that carry their own state, and the revocation of families.

use super::{NOW, Subject, handle, millis, realm, redeemed, rotation, seconds, spend};
use grant::Seconds;
use issuer::state::{FamilyId, Realm, RotateOutcome, Spend, SpendOutcome};

async fn use_token(store: &Subject, spend: Spend) -> SpendOutcome {
    store.spend(&realm(), spend).await.unwrap()
}

pub async fn a_token_is_spent_once(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert_eq!(use_token(&store, spend(1, "a")).await, SpendOutcome::Granted);
    assert_eq!(use_token(&store, spend(1, "b")).await, SpendOutcome::Granted);
    assert_eq!(use_token(&store, spend(1, "a")).await, SpendOutcome::Reused);
    assert_eq!(use_token(&store, spend(1, "a")).await, SpendOutcome::Revoked);
    assert_eq!(use_token(&store, spend(1, "c")).await, SpendOutcome::Revoked, "the whole family");
}

pub async fn a_token_that_is_not_rotated_is_not_spent(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for _ in 0..3 {
        assert_eq!(use_token(&store, Spend { rotate: false, ..spend(1, "a") }).await, SpendOutcome::Granted);
    }
    assert_eq!(use_token(&store, spend(1, "a")).await, SpendOutcome::Granted);
    assert_eq!(use_token(&store, Spend { rotate: false, ..spend(1, "a") }).await, SpendOutcome::Reused, "spent before");
}

pub async fn grace_covers_a_repeat(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let at = |after| Spend { grace: Seconds(10), moment: millis(after), ..spend(1, "a") };
    assert_eq!(use_token(&store, at(0)).await, SpendOutcome::Granted);
    assert_eq!(use_token(&store, at(9_999)).await, SpendOutcome::Granted);
    assert_eq!(use_token(&store, at(10_000)).await, SpendOutcome::Reused, "counted from the first spending");
}

pub async fn f04_a_repeated_spend_is_granted(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let attempt = spend(1, "a");
    assert_eq!(use_token(&store, attempt.clone()).await, SpendOutcome::Granted);
    assert_eq!(use_token(&store, Spend { moment: seconds(60), ..attempt }).await, SpendOutcome::Granted);
    assert_eq!(use_token(&store, spend(1, "b")).await, SpendOutcome::Granted, "the family lives");
}

pub async fn a_revoked_family_is_refused(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    store.revoke_family(&realm(), FamilyId(1), NOW + 1000).await.unwrap();
    store.revoke_family(&realm(), FamilyId(1), NOW + 500).await.unwrap();
    let late = Spend { moment: seconds(999), rotate: false, ..spend(1, "a") };
    assert_eq!(use_token(&store, late).await, SpendOutcome::Revoked, "the longer of two revocations holds");
    let outcome = store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
    assert_eq!(outcome, RotateOutcome::Revoked);
}

pub async fn tokens_and_families_are_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert_eq!(use_token(&store, spend(1, "a")).await, SpendOutcome::Granted);
    assert_eq!(use_token(&store, spend(2, "a")).await, SpendOutcome::Granted, "another family's");
    let elsewhere = store.spend(&Realm::of_mount("other"), spend(1, "a")).await.unwrap();
    assert_eq!(elsewhere, SpendOutcome::Granted, "another realm's");
}

pub async fn t46_of_concurrent_spends_one_is_granted(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { use_token(&store, spend(1, "a")).await })
        })
        .collect();
    let mut granted = 0;
    for task in tasks {
        granted += usize::from(task.await.unwrap() == SpendOutcome::Granted);
    }
    assert_eq!(granted, 1);
}
