//! Chains of refresh tokens: the uses of the first token and of the last ones are remembered, and what is forgotten is
//! told from what never was.

use super::revocations::is_revoked;
use super::{Subject, handle, millis, realm, redeemed, rotation, spend};
use issuer::state::{FamilyId, HandleHash, Link, RotateOutcome, Rotation, Spend, SpendOutcome};

/// For how many generations a use is remembered here.
const KEPT: u64 = 3;

fn link<T>(generation: u64, name: impl Fn(u64) -> T) -> Link<T> {
    let forgotten = generation.checked_sub(KEPT).filter(|generation| *generation > 1).map(&name);
    Link { generation, first: name(1), kept: KEPT, forgotten }
}

fn of(generation: u64) -> HandleHash {
    handle(100 + generation)
}

fn rotation_of(generation: u64) -> Rotation {
    Rotation { link: Some(link(generation, of)), ..rotation(of(generation), of(generation + 1)) }
}

fn jti(generation: u64) -> String {
    format!("jti {generation}")
}

fn spend_of(generation: u64) -> Spend {
    Spend { link: Some(link(generation, jti)), ..spend(1, &jti(generation)) }
}

async fn rotate(store: &Subject, rotation: Rotation) -> RotateOutcome {
    store.rotate(&realm(), rotation).await.unwrap()
}

async fn use_token(store: &Subject, generation: u64) -> SpendOutcome {
    store.spend(&realm(), spend_of(generation)).await.unwrap()
}

/// A family whose handles up to the tenth are spent.
async fn ten_used(store: &Subject) {
    redeemed(store, 1, of(1)).await;
    for generation in 1..=10 {
        let outcome = rotate(store, rotation_of(generation)).await;
        assert!(matches!(outcome, RotateOutcome::Granted(_)), "{generation}: {outcome:?}");
    }
}

pub async fn s12_a_forgotten_handle_is_reuse(open: impl AsyncFn() -> Subject) {
    for generation in [2, 5, 7] {
        let store = open().await;
        ten_used(&store).await;
        let asks = Rotation { successor: None, grace: 1000, ..rotation_of(generation) };
        assert_eq!(rotate(&store, asks).await, RotateOutcome::Reused, "{generation}");
        assert!(is_revoked(&store, 1, "a").await, "with all of the family");
        assert_eq!(rotate(&store, rotation_of(11)).await, RotateOutcome::Revoked);
        assert_eq!(rotate(&store, rotation_of(generation)).await, RotateOutcome::Revoked, "before reuse");
        store.reset().await.unwrap();
        assert_eq!(rotate(&store, rotation_of(generation)).await, RotateOutcome::Unknown, "the family is");
    }
}

pub async fn s12_t47_what_is_none_of_the_past_kills_nothing(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    ten_used(&store).await;
    let stranger = Rotation { client_id: "stranger".into(), ..rotation_of(4) };
    assert_eq!(rotate(&store, stranger).await, RotateOutcome::WrongClient);
    let invented = Rotation { link: None, ..rotation_of(4) };
    assert_eq!(rotate(&store, invented).await, RotateOutcome::Unknown, "nobody vouches for it");
    for lost in [12, 13, 1_000_000] {
        assert_eq!(rotate(&store, rotation_of(lost)).await, RotateOutcome::Unknown, "a store may lose its last steps");
    }
    let lost = Rotation { token: handle(9), ..rotation_of(9) };
    assert_eq!(rotate(&store, lost).await, RotateOutcome::Unknown);
    assert!(matches!(rotate(&store, rotation_of(11)).await, RotateOutcome::Granted(_)), "the family lives");
}

pub async fn s12_the_last_uses_are_remembered(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    ten_used(&store).await;
    for generation in [10, 8, 1] {
        let repeat = Rotation { grace: 10, moment: millis(9_999), ..rotation_of(generation) };
        assert!(matches!(rotate(&store, repeat).await, RotateOutcome::Granted(_)), "within its grace: {generation}");
    }
    let first = rotation_of(11);
    for _ in 0..2 {
        assert!(matches!(rotate(&store, first.clone()).await, RotateOutcome::Granted(_)), "a repeat of one request");
    }
    assert_eq!(rotate(&store, rotation_of(1)).await, RotateOutcome::Reused, "the first is never forgotten");
}

pub async fn s12_any_handle_of_a_chain_revokes_it(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    ten_used(&store).await;
    let first = link(4, of).first;
    assert!(store.revoke_handle(&realm(), FamilyId(1), first, "web").await.unwrap());
    assert_eq!(rotate(&store, rotation_of(11)).await, RotateOutcome::Revoked);
}

pub async fn s12_a_forgotten_token_is_reuse(open: impl AsyncFn() -> Subject) {
    for generation in [1, 2, 7, 8, 10] {
        let store = open().await;
        for used in 1..=10 {
            assert_eq!(use_token(&store, used).await, SpendOutcome::Granted, "{used}");
        }
        let kept = Spend { grace: 10, moment: millis(9_999), ..spend_of(8) };
        assert_eq!(store.spend(&realm(), kept).await.unwrap(), SpendOutcome::Granted, "within its grace");
        let only_asks = Spend { rotate: false, ..spend_of(generation) };
        assert_eq!(store.spend(&realm(), only_asks).await.unwrap(), SpendOutcome::Reused, "{generation}");
        assert_eq!(use_token(&store, 11).await, SpendOutcome::Revoked);
        store.reset().await.unwrap();
    }
}

pub async fn s12_a_chain_goes_on_in_a_store_that_has_lost_it(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for generation in 50..=55 {
        assert_eq!(use_token(&store, generation).await, SpendOutcome::Granted, "{generation}");
    }
    assert_eq!(use_token(&store, 20).await, SpendOutcome::Reused, "this store has not seen it, but it was used");
    assert_eq!(use_token(&store, 56).await, SpendOutcome::Revoked);
}
