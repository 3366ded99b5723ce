//! What outlives a restart.

use super::keys::{kids, stored};
use super::overrides::{change, changes};
use super::{NOW, Subject, code, handle, realm, redeemed, redemption, rotation, spend};
use issuer::state::{FamilyId, KeyPurpose, OverrideKind, RedeemOutcome, RotateOutcome, SpendOutcome};

pub async fn t49_spent_and_revoked_stay_dead(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for family in 1..=3 {
        redeemed(&store, family, handle(10 * family)).await;
    }
    let rotated = store.rotate(&realm(), rotation(handle(20), handle(21))).await.unwrap();
    assert!(matches!(rotated, RotateOutcome::Granted(_)));
    store.revoke_family(&realm(), FamilyId(3), NOW + 1000).await.unwrap();
    store.spend(&realm(), spend(4, "a")).await.unwrap();
    drop(store);

    let store = open().await;
    let outcome = store.redeem_code(&realm(), redemption(handle(1_000_001), None)).await.unwrap();
    assert_eq!(outcome, RedeemOutcome::Replayed);
    for (token, expected) in [(10, RotateOutcome::Revoked), (20, RotateOutcome::Reused), (30, RotateOutcome::Revoked)] {
        let outcome = store.rotate(&realm(), rotation(handle(token), handle(99))).await.unwrap();
        assert_eq!(outcome, expected, "{token}");
    }
    assert_eq!(store.spend(&realm(), spend(4, "a")).await.unwrap(), SpendOutcome::Reused);
    assert_eq!(store.spend(&realm(), spend(3, "a")).await.unwrap(), SpendOutcome::Revoked);
    drop(store);

    let store = open().await;
    let outcome = store.rotate(&realm(), rotation(handle(21), handle(22))).await.unwrap();
    assert_eq!(outcome, RotateOutcome::Revoked, "what reuse revoked");
}

pub async fn keys_and_overrides_stay(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let key = stored(KeyPurpose::Sign, "RS256", "kept", 0);
    store.key_or_insert(&realm(), key.clone()).await.unwrap();
    store.put_override(change(OverrideKind::Client, "web", Some("{}"))).await.unwrap();
    store.put_override(change(OverrideKind::User, "a", None)).await.unwrap();
    store.forget_override(&realm(), OverrideKind::User, "a").await.unwrap();
    drop(store);

    let store = open().await;
    let kept = store.key_or_insert(&realm(), stored(KeyPurpose::Sign, "RS256", "new", 0)).await.unwrap();
    assert_eq!((kept.kid, kept.material), (key.kid, key.material));
    assert_eq!(kids(&store, &realm()).await, ["kept"]);
    assert_eq!(changes(&store).await, [change(OverrideKind::Client, "web", Some("{}"))]);
}

pub async fn what_is_alive_stays_alive(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    store.put_code(&realm(), handle(1), code(2)).await.unwrap();
    let attempt = rotation(handle(10), handle(11));
    store.rotate(&realm(), attempt).await.unwrap();
    drop(store);

    let store = open().await;
    let outcome = store.redeem_code(&realm(), redemption(handle(1), None)).await.unwrap();
    assert_eq!(outcome, RedeemOutcome::Granted(code(2)));
    for again in [attempt, rotation(handle(11), handle(12))] {
        let outcome = store.rotate(&realm(), again).await.unwrap();
        assert!(matches!(outcome, RotateOutcome::Granted(_)), "{outcome:?}");
    }
}

pub async fn a_reset_stays_done(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    store.reset().await.unwrap();
    drop(store);
    let store = open().await;
    let outcome = store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
    assert_eq!(outcome, RotateOutcome::Unknown);
}
