//! What outlives a restart.

use super::keys::{kids, stored};
use super::overrides::{change, changes};
use super::revocations::is_revoked;
use super::{
    NOW, OfFamily, Subject, code, consents, devices, handle, pats, realm, redeemed, redemption, rotation, scopes,
    seconds, sessions, spend,
};
use issuer::state::{
    ConsentNote, ConsentRecord, FamilyId, KeyPurpose, OverrideKind, PatRecord, RedeemOutcome, RotateOutcome,
    SpendOutcome, StoredKey,
};

pub async fn t49_spent_and_revoked_stay_dead(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for family in 1..=3 {
        redeemed(&store, family, handle(10 * family)).await;
    }
    let rotated = store.rotate(&realm(), rotation(handle(20), handle(21)).of(2)).await.unwrap();
    assert!(matches!(rotated, RotateOutcome::Granted(_)));
    store.revoke_family(&realm(), FamilyId(3), NOW + 1000).await.unwrap();
    store.spend(&realm(), spend(4, "a")).await.unwrap();
    drop(store);

    let store = open().await;
    let outcome = store.redeem_code(&realm(), redemption(handle(1_000_001), None)).await.unwrap();
    assert_eq!(outcome, RedeemOutcome::Replayed);
    for (token, expected) in [(10, RotateOutcome::Revoked), (20, RotateOutcome::Reused), (30, RotateOutcome::Revoked)] {
        let outcome = store.rotate(&realm(), rotation(handle(token), handle(99)).of(token / 10)).await.unwrap();
        assert_eq!(outcome, expected, "{token}");
    }
    assert_eq!(store.spend(&realm(), spend(4, "a")).await.unwrap(), SpendOutcome::Reused);
    assert_eq!(store.spend(&realm(), spend(3, "a")).await.unwrap(), SpendOutcome::Revoked);
    drop(store);

    let store = open().await;
    let outcome = store.rotate(&realm(), rotation(handle(21), handle(22)).of(2)).await.unwrap();
    assert_eq!(outcome, RotateOutcome::Revoked, "what reuse revoked");
}

pub async fn s04_devices_go_on_from_where_they_were(open: impl AsyncFn() -> Subject) {
    devices::leave(&open().await).await;
    devices::go_on(&open().await).await;
}

pub async fn t49_what_users_ended_stays_ended(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let allowed = scopes("openid");
    redeemed(&store, 1, handle(10)).await;
    for (number, replaces) in [(1, None), (2, Some(1))] {
        sessions::put(&store, number, "alice", replaces).await;
        pats::put(&store, number, "alice").await;
    }
    consents::put(&store, ConsentNote { family: Some((FamilyId(2), NOW + 1000)), ..consents::note(&allowed) }).await;
    assert!(consents::withdraw(&store, "alice", "web").await);
    assert!(store.end_session(&realm(), "alice", &sessions::session(2, "alice").sid).await.unwrap());
    assert!(pats::revoke(&store, "alice", 1).await);
    assert!(store.revoke_handle(&realm(), FamilyId(1), handle(10), "web").await.unwrap());
    store.revoke_token(&realm(), seconds(0), FamilyId(3), "a", NOW + 1000).await.unwrap();
    drop(store);

    let store = open().await;
    for number in 1..=2 {
        assert_eq!(sessions::found(&store, number, seconds(9)).await, None);
        sessions::put(&store, number, "alice", None).await;
        assert_eq!(sessions::found(&store, number, seconds(9)).await, None, "a repeat");
    }
    assert_eq!(pats::used(&store, 1, seconds(9)).await, None);
    assert_eq!(pats::listed(&store, "alice").await, [pats::pat(2, "alice")]);
    assert_eq!(consents::found(&store, "alice", "web").await, None);
    for (family, token_id, expected) in [(1, "b", true), (2, "b", true), (3, "a", true), (3, "b", false)] {
        assert_eq!(is_revoked(&store, family, token_id).await, expected, "{family} {token_id}");
    }
    let outcome = store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
    assert_eq!(outcome, RotateOutcome::Revoked);
}

pub async fn what_users_have_stays_theirs(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let allowed = scopes("openid");
    sessions::put(&store, 1, "alice", None).await;
    pats::put(&store, 1, "alice").await;
    assert!(pats::used(&store, 1, seconds(9)).await.is_some());
    consents::put(&store, ConsentNote { family: Some((FamilyId(2), NOW + 1000)), ..consents::note(&allowed) }).await;
    drop(store);

    let store = open().await;
    assert_eq!(sessions::found(&store, 1, seconds(9)).await, Some(sessions::session(1, "alice")));
    assert_eq!(sessions::listed(&store, "alice", seconds(9)).await, [sessions::session(1, "alice")]);
    let used = PatRecord { last_used: Some(NOW + 9), ..pats::pat(1, "alice") };
    assert_eq!(pats::used(&store, 1, seconds(9)).await, Some(used.clone()));
    assert_eq!(pats::listed(&store, "alice").await, [used]);
    let consent = ConsentRecord { live_until: Some(NOW + 1000), ..consents::record(&allowed) };
    assert_eq!(consents::found(&store, "alice", "web").await, Some(consent.clone()));
    assert_eq!(store.consents_of(&realm(), "alice").await.unwrap(), [consent]);
    assert!(consents::withdraw(&store, "alice", "web").await);
    assert!(is_revoked(&store, 2, "a").await, "what came of a consent is known after a restart");
}

pub async fn keys_and_overrides_stay(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let key = stored(KeyPurpose::Sign, "RS256", "kept", 0);
    store.key_or_insert(&realm(), key.clone()).await.unwrap();
    let next = StoredKey { signs_from: None, ..stored(KeyPurpose::Sign, "ES256", "next", -1) };
    store.add_key(&realm(), next).await.unwrap();
    store.put_override(change(OverrideKind::Client, "web", Some("{}"))).await.unwrap();
    store.put_override(change(OverrideKind::User, "a", None)).await.unwrap();
    store.forget_override(&realm(), OverrideKind::User, "a").await.unwrap();
    drop(store);

    let store = open().await;
    let kept = store.key_or_insert(&realm(), stored(KeyPurpose::Sign, "RS256", "new", 0)).await.unwrap();
    assert_eq!((kept.kid, kept.material), (key.kid, key.material));
    assert_eq!(kids(&store, &realm()).await, ["kept", "next"]);
    let next = store.keys(&realm()).await.unwrap().remove(1);
    assert_eq!((next.signs_from, next.retires_at), (None, None));
    assert_eq!(changes(&store).await, [change(OverrideKind::Client, "web", Some("{}"))]);
}

pub async fn what_is_alive_stays_alive(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    store.put_code(&realm(), handle(1), code(2)).await.unwrap();
    let attempt = rotation(handle(10), handle(11));
    store.rotate(&realm(), attempt.clone()).await.unwrap();
    drop(store);

    let store = open().await;
    let outcome = store.redeem_code(&realm(), redemption(handle(1), None).of(2)).await.unwrap();
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
