//! The store as a whole.

use super::keys::{kids, stored};
use super::overrides::{change, changes};
use super::revocations::is_revoked;
use super::{
    NOW, OfFamily, Subject, code, consents, handle, pats, realm, redeemed, redemption, rotation, scopes, seconds,
};
use super::{limits, sessions, spend};
use issuer::state::{
    ConsentNote, FamilyId, KeyPurpose, LimitOutcome, OverrideKind, RedeemOutcome, RotateOutcome, SpendOutcome,
};

pub async fn a_reset_keeps_keys_alone(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    store.put_code(&realm(), handle(1), code(2)).await.unwrap();
    store.spend(&realm(), spend(3, "a")).await.unwrap();
    store.revoke_family(&realm(), FamilyId(4), NOW + 1000).await.unwrap();
    store.revoke_token(&realm(), seconds(0), FamilyId(5), "a", NOW + 1000).await.unwrap();
    sessions::put(&store, 1, "alice", None).await;
    pats::put(&store, 1, "alice").await;
    let allowed = scopes("openid");
    consents::put(&store, ConsentNote { family: Some((FamilyId(6), NOW + 1000)), ..consents::note(&allowed) }).await;
    store.put_override(change(OverrideKind::User, "a", None)).await.unwrap();
    store.key_or_insert(&realm(), stored(KeyPurpose::Sign, "RS256", "kept", 0)).await.unwrap();
    limits::hit_of(&store, &realm(), "web", (1, 3600), 0).await;

    store.reset().await.unwrap();

    assert_eq!(store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap(), RotateOutcome::Unknown);
    for (gone, family) in [(1, 2), (1_000_001, 1)] {
        let outcome = store.redeem_code(&realm(), redemption(handle(gone), None).of(family)).await.unwrap();
        assert_eq!(outcome, RedeemOutcome::Unknown);
    }
    for (family, token_id) in [(3, "a"), (4, "b")] {
        assert_eq!(store.spend(&realm(), spend(family, token_id)).await.unwrap(), SpendOutcome::Granted);
    }
    assert!(!is_revoked(&store, 4, "a").await && !is_revoked(&store, 5, "a").await);
    assert_eq!(sessions::found(&store, 1, seconds(9)).await, None);
    assert!(sessions::listed(&store, "alice", seconds(9)).await.is_empty());
    assert_eq!(pats::used(&store, 1, seconds(9)).await, None);
    assert!(pats::listed(&store, "alice").await.is_empty());
    assert_eq!(consents::found(&store, "alice", "web").await, None);
    consents::put(&store, consents::note(&allowed)).await;
    assert_eq!(consents::found(&store, "alice", "web").await, Some(consents::record(&allowed)));
    assert!(consents::withdraw(&store, "alice", "web").await);
    assert!(!is_revoked(&store, 6, "a").await, "a family of before the reset");
    assert!(changes(&store).await.is_empty());
    let outcome = limits::hit_of(&store, &realm(), "web", (1, 3600), 0).await;
    assert!(matches!(outcome, LimitOutcome::Taken(_)));
    assert_eq!(kids(&store, &realm()).await, ["kept"]);
    redeemed(&store, 1, handle(10)).await;
}

pub async fn it_answers_a_ping(open: impl AsyncFn() -> Subject) {
    assert_eq!(open().await.probe().await, Ok(()));
}

pub async fn it_shows_no_secret(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.key_or_insert(&realm(), stored(KeyPurpose::Handle, "HS256", "kid", 0)).await.unwrap();
    redeemed(&store, 1, handle(10)).await;
    let shown = format!("{store:?}");
    assert!(!shown.contains("kid") && !shown.contains("alice") && shown.len() < 300, "{shown}");
}
