//! Chains of refresh tokens: the uses of the first token and of the last ones are remembered, and what is forgotten is
//! told from what never was.

use super::revocations::is_revoked;
use super::{Subject, handle, millis, realm, redeemed, rotation, spend};
use grant::Seconds;
use issuer::state::{FamilyId, HandleHash, Link, RotateOutcome, Rotation, Spend, SpendOutcome};

/// For how many numbers a use is remembered here.
const KEPT: u64 = 3;

fn link<T>(number: u64, name: impl Fn(u64) -> T) -> Link<T> {
    let forgotten = number.checked_sub(KEPT).filter(|number| *number > 1).map(&name);
    Link { number, first: name(1), kept: KEPT, forgotten }
}

fn of(number: u64) -> HandleHash {
    handle(100 + number)
}

fn rotation_of(number: u64) -> Rotation {
    Rotation { link: Some(link(number, of)), ..rotation(of(number), of(number + 1)) }
}

fn jti(number: u64) -> String {
    format!("jti {number}")
}

fn spend_of(number: u64) -> Spend {
    Spend { link: Some(link(number, jti)), ..spend(1, &jti(number)) }
}

async fn rotate(store: &Subject, rotation: Rotation) -> RotateOutcome {
    store.rotate(&realm(), rotation).await.unwrap()
}

async fn use_token(store: &Subject, number: u64) -> SpendOutcome {
    store.spend(&realm(), spend_of(number)).await.unwrap()
}

/// A family whose handles up to the tenth are spent.
async fn ten_used(store: &Subject) {
    redeemed(store, 1, of(1)).await;
    for number in 1..=10 {
        let outcome = rotate(store, rotation_of(number)).await;
        assert!(matches!(outcome, RotateOutcome::Granted(_)), "{number}: {outcome:?}");
    }
}

pub async fn s12_a_forgotten_handle_is_reuse(open: impl AsyncFn() -> Subject) {
    for number in [2, 5, 7] {
        let store = open().await;
        ten_used(&store).await;
        let asks = Rotation { successor: None, grace: Seconds(1000), ..rotation_of(number) };
        assert_eq!(rotate(&store, asks).await, RotateOutcome::Reused, "{number}");
        assert!(is_revoked(&store, 1, "a").await, "with all of the family");
        assert_eq!(rotate(&store, rotation_of(11)).await, RotateOutcome::Revoked);
        assert_eq!(rotate(&store, rotation_of(number)).await, RotateOutcome::Revoked, "before reuse");
        store.reset().await.unwrap();
        assert_eq!(rotate(&store, rotation_of(number)).await, RotateOutcome::Unknown, "the family is");
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
    for number in [10, 8, 1] {
        let repeat = Rotation { grace: Seconds(10), moment: millis(9_999), ..rotation_of(number) };
        assert!(matches!(rotate(&store, repeat).await, RotateOutcome::Granted(_)), "within its grace: {number}");
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
    for number in [1, 2, 7, 8, 10] {
        let store = open().await;
        for used in 1..=10 {
            assert_eq!(use_token(&store, used).await, SpendOutcome::Granted, "{used}");
        }
        let kept = Spend { grace: Seconds(10), moment: millis(9_999), ..spend_of(8) };
        assert_eq!(store.spend(&realm(), kept).await.unwrap(), SpendOutcome::Granted, "within its grace");
        let only_asks = Spend { rotate: false, ..spend_of(number) };
        assert_eq!(store.spend(&realm(), only_asks).await.unwrap(), SpendOutcome::Reused, "{number}");
        assert_eq!(use_token(&store, 11).await, SpendOutcome::Revoked);
        store.reset().await.unwrap();
    }
}

pub async fn s12_a_chain_goes_on_in_a_store_that_has_lost_it(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for number in 50..=55 {
        assert_eq!(use_token(&store, number).await, SpendOutcome::Granted, "{number}");
    }
    assert_eq!(use_token(&store, 20).await, SpendOutcome::Reused, "this store has not seen it, but it was used");
    assert_eq!(use_token(&store, 56).await, SpendOutcome::Revoked);
}
