//! Revoked access tokens, alone and with their family.

use super::{NOW, OfFamily, Subject, handle, realm, redeemed, redemption, rotation, seconds};
use issuer::state::{FamilyId, Realm, RedeemOutcome, RotateOutcome, Rotation};

pub(super) async fn is_revoked(store: &Subject, family: u64, token_id: &str) -> bool {
    store.is_revoked(&realm(), FamilyId(family), token_id).await.unwrap()
}

async fn revoke_token(store: &Subject, family: u64, token_id: &str) {
    store.revoke_token(&realm(), seconds(0), FamilyId(family), token_id, NOW + 3600).await.unwrap();
}

async fn revoke_handle(store: &Subject, token: u64, client_id: &str) -> bool {
    store.revoke_handle(&realm(), FamilyId(1), handle(token), client_id).await.unwrap()
}

async fn rotate(store: &Subject, family: u64, token: u64) -> RotateOutcome {
    store.rotate(&realm(), rotation(handle(token), handle(token + 1)).of(family)).await.unwrap()
}

pub async fn t41_a_replayed_code_revokes_access_tokens(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    redeemed(&store, 2, handle(20)).await;
    assert!(!is_revoked(&store, 1, "a").await);
    let replay = store.redeem_code(&realm(), redemption(handle(1_000_001), None)).await.unwrap();
    assert_eq!(replay, RedeemOutcome::Replayed);
    assert!(is_revoked(&store, 1, "a").await && is_revoked(&store, 1, "b").await);
    assert!(!is_revoked(&store, 2, "a").await, "another family's");
}

pub async fn a_revoked_family_takes_its_access_tokens_with_it(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.revoke_family(&realm(), FamilyId(1), NOW + 1000).await.unwrap();
    assert!(is_revoked(&store, 1, "a").await && !is_revoked(&store, 2, "a").await);

    redeemed(&store, 3, handle(30)).await;
    assert!(matches!(rotate(&store, 3, 30).await, RotateOutcome::Granted(_)));
    assert!(!is_revoked(&store, 3, "a").await);
    assert_eq!(rotate(&store, 3, 30).await, RotateOutcome::Reused);
    assert!(is_revoked(&store, 3, "a").await, "reuse of a refresh token revokes them too");
}

pub async fn one_access_token_is_revoked_alone(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    revoke_token(&store, 1, "ab").await;
    revoke_token(&store, 1, "ab").await;
    assert!(is_revoked(&store, 1, "ab").await);
    for other in ["", "a", "abc", "AB", "b"] {
        assert!(!is_revoked(&store, 1, other).await, "{other:?}");
    }
    assert!(!is_revoked(&store, 2, "ab").await, "another family's");
    assert!(matches!(rotate(&store, 1, 10).await, RotateOutcome::Granted(_)), "the family lives");
}

pub async fn t55_a_handle_is_revoked_by_its_client_alone(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    redeemed(&store, 2, handle(20)).await;
    for stranger in ["stranger", "", "we", "web2", "WEB"] {
        assert!(!revoke_handle(&store, 10, stranger).await, "{stranger:?}");
    }
    assert!(!revoke_handle(&store, 99, "web").await, "no such handle");
    assert!(!is_revoked(&store, 1, "a").await);
    assert!(revoke_handle(&store, 10, "web").await);
    assert_eq!(rotate(&store, 1, 10).await, RotateOutcome::Revoked);
    assert!(is_revoked(&store, 1, "a").await);
    assert!(matches!(rotate(&store, 2, 20).await, RotateOutcome::Granted(_)), "another family lives");
}

pub async fn any_handle_revokes_its_family(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    assert!(matches!(rotate(&store, 1, 10).await, RotateOutcome::Granted(_)));
    assert!(revoke_handle(&store, 10, "web").await, "a spent one is the client's still");
    assert_eq!(rotate(&store, 1, 11).await, RotateOutcome::Revoked, "its successor dies with it");
    assert!(revoke_handle(&store, 11, "web").await, "revoked already");
    let late = Rotation { moment: seconds(999), ..rotation(handle(11), handle(12)) };
    assert_eq!(store.rotate(&realm(), late).await.unwrap(), RotateOutcome::Revoked, "until the family's end");
}

pub async fn t54_revocations_of_realms_are_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    for other in ["other", "moun", "mount2", ""] {
        let other = Realm::of_mount(other);
        assert!(!store.revoke_handle(&other, FamilyId(1), handle(10), "web").await.unwrap());
        store.revoke_token(&other, seconds(0), FamilyId(1), "a", NOW + 3600).await.unwrap();
        store.revoke_family(&other, FamilyId(1), NOW + 1000).await.unwrap();
    }
    assert!(!is_revoked(&store, 1, "a").await);
    assert!(matches!(rotate(&store, 1, 10).await, RotateOutcome::Granted(_)));
}
