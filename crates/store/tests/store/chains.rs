//! A chain that is refreshed for ever takes the same room for ever, and none of its tokens is forgotten for good.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use crate::redis::{SINGLE, options, upgraded};
use issuer::state::{FamilyId, HandleHash, Link, RefreshStore, RotateOutcome, Rotation, Spend, SpendOutcome, Store};
use std::sync::Arc;
use store::carry::{self, Carry};
use store::{Embedded, Redis};
use testkit::suite::{NOW, handle, realm, redeemed, rotation, seconds, spend};

/// As the issuer has it.
const KEPT: u64 = 31;
const REFRESHES: u64 = 10_000;
/// The family of the JWTs.
const JWTS: u64 = 2;

fn link<T>(number: u64, name: impl Fn(u64) -> T) -> Link<T> {
    let forgotten = number.checked_sub(KEPT).filter(|number| *number > 1).map(&name);
    Link { number, first: name(1), kept: KEPT, forgotten }
}

fn of(number: u64) -> HandleHash {
    handle(100 + number)
}

fn jti(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

async fn rotate(store: &dyn Store, number: u64) -> RotateOutcome {
    let rotation = Rotation { link: Some(link(number, of)), ..rotation(of(number), of(number + 1)) };
    store.rotate(&realm(), rotation).await.unwrap()
}

async fn use_token(store: &dyn Store, number: u64) -> SpendOutcome {
    let spend = Spend { link: Some(link(number, jti)), ..spend(JWTS, &jti(number)) };
    store.spend(&realm(), spend).await.unwrap()
}

/// Refreshes both families.
async fn refresh(store: &dyn Store, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        let (rotated, spent) = tokio::join!(rotate(store, number), use_token(store, number));
        assert!(matches!(rotated, RotateOutcome::Granted(_)), "{number}: {rotated:?}");
        assert_eq!(spent, SpendOutcome::Granted, "{number}");
    }
}

/// The rows of refresh tokens: handles, and uses of JWTs.
async fn rows(store: &dyn Carry) -> (u64, u64) {
    let (counts, damaged) = carry::check(store).await;
    assert!(damaged.is_empty(), "{damaged:?}");
    (counts["refresh"], counts["spent"])
}

/// One after another each token, presented to a copy of the store that kept it, is reuse and ends its family.
async fn each_is_reuse(store: &dyn Carry) {
    for number in (1..=40).chain((41..REFRESHES - 40).step_by(499)).chain(REFRESHES - 40..=REFRESHES) {
        let copy = Embedded::in_memory().unwrap();
        carry::copy(store, &copy).await.unwrap();
        assert_eq!(rotate(&copy, number).await, RotateOutcome::Reused, "{number}");
        assert_eq!(use_token(&copy, number).await, SpendOutcome::Reused, "{number}");
        assert_eq!(rotate(&copy, REFRESHES + 1).await, RotateOutcome::Revoked);
        assert!(copy.is_revoked(&realm(), FamilyId(JWTS), "any").await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s12_a_chain_in_redis_takes_constant_room() {
    let options = options(&SINGLE.url());
    let redis: Arc<Redis> = Arc::new(upgraded(&options).await);
    let store: Arc<dyn Store> = Arc::clone(&redis) as _;
    redeemed(&store, 1, of(1)).await;
    let bytes = || {
        let of_family = |family| {
            let key = format!("{}:0:{{mount/{family:015x}}}f", options.prefix);
            SINGLE.command(&["MEMORY", "USAGE", &key, "SAMPLES", "0"]).unwrap().parse::<u64>().unwrap()
        };
        (of_family(1), of_family(JWTS))
    };
    refresh(&*store, 1..=100).await;
    let before = bytes();
    refresh(&*store, 101..=REFRESHES).await;
    let after = bytes();
    assert!(after.0 <= before.0 + 64 && after.1 <= before.1 + 64, "{before:?} bytes became {after:?}");
    assert_eq!(rows(&*redis).await, (33, 32), "one is alive, and 32 are spent");
    each_is_reuse(&*redis).await;
    for number in [REFRESHES + 40, REFRESHES + 41] {
        assert_eq!(rotate(&*store, number).await, RotateOutcome::Unknown);
    }
    assert!(matches!(rotate(&*store, REFRESHES + 1).await, RotateOutcome::Granted(_)), "and it lives");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s12_a_chain_in_a_file_takes_constant_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let embedded = Arc::new(Embedded::open(&path).unwrap());
    let store: Arc<dyn Store> = Arc::clone(&embedded) as _;
    redeemed(&store, 1, of(1)).await;
    let bytes = || std::fs::metadata(&path).unwrap().len();
    refresh(&*store, 1..=1_000).await;
    let before = bytes();
    refresh(&*store, 1_001..=REFRESHES).await;
    assert!(bytes() <= before, "{before} bytes became {}", bytes());
    assert_eq!(rows(&*embedded).await, (33, 32), "one is alive, and 32 are spent");
    each_is_reuse(&*embedded).await;
    assert!(matches!(rotate(&*store, REFRESHES + 1).await, RotateOutcome::Granted(_)), "and it lives");
}

/// A family outlives by far the access tokens that are revoked one by one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s12_revoked_access_tokens_are_forgotten_before_their_family() {
    let options = options(&SINGLE.url());
    let store: Arc<dyn Store> = Arc::new(Redis::new(&options).unwrap());
    let key = format!("{}:0:{{mount/{:015x}}}f", options.prefix, 1);
    let fields = || SINGLE.command(&["HLEN", &key]).unwrap().parse::<u64>().unwrap();
    redeemed(&store, 1, of(1)).await;
    let revoke = async |number: u64, second: i64| {
        let id = format!("{number}");
        store.revoke_token(&realm(), seconds(second), FamilyId(1), &id, NOW + second + 3600).await.unwrap();
        assert!(store.is_revoked(&realm(), FamilyId(1), &id).await.unwrap());
    };
    for number in 0..2_000 {
        // One in a minute: 1,500 are remembered, for an hour and a day.
        revoke(number, 60 * i64::try_from(number).unwrap()).await;
    }
    assert!(fields() >= 1_500, "{}", fields());
    for number in 2_000..4_000 {
        revoke(number, 60 * i64::try_from(number).unwrap()).await;
        assert!(store.is_revoked(&realm(), FamilyId(1), &(number - 1_490).to_string()).await.unwrap(), "{number}");
    }
    assert!(fields() < 2_000, "{}", fields());
}

/// As long as earlier versions may be at work on it, a store is as they know it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s12_nothing_is_forgotten_before_the_upgrade() {
    let redis: Arc<Redis> = Arc::new(Redis::new(&options(&SINGLE.url())).unwrap());
    let store: Arc<dyn Store> = Arc::clone(&redis) as _;
    redeemed(&store, 1, of(1)).await;
    refresh(&*store, 1..=40).await;
    assert_eq!((rows(&*redis).await, redis.format()), ((41, 40), 1));
    assert_eq!(carry::upgrade(&*redis).await.unwrap(), Some((1, 2)));
    assert_eq!(carry::upgrade(&*redis).await.unwrap(), None);
    refresh(&*store, 41..=80).await;
    // What was kept before stays until its family ends.
    assert_eq!(rows(&*redis).await, (81 - 40, 80 - 40));
    let copy = Embedded::in_memory().unwrap();
    carry::copy(&*redis, &copy).await.unwrap();
    assert_eq!((rotate(&copy, 5).await, use_token(&copy, 5).await), (RotateOutcome::Reused, SpendOutcome::Reused));
    assert_eq!(
        (rotate(&*store, 45).await, use_token(&*store, 45).await),
        (RotateOutcome::Reused, SpendOutcome::Reused)
    );
}
