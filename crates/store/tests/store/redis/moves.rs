//! Primaries and slots that move.

use super::faults::answered;
use super::{open, options};
use issuer::state::{RedeemOutcome, RotateOutcome, Store, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::RedisOptions;
use testkit::suite::{OfFamily, code, handle, realm, redeemed, redemption, rotation};
use testkit::{Cluster, SentinelSet};

/// Repeats a rotation until the store answers.
async fn rotate_in_time(store: &Arc<dyn Store>, token: u64) -> RotateOutcome {
    let started = Instant::now();
    let attempt = rotation(handle(token), handle(token + 1));
    loop {
        match store.rotate(&realm(), attempt.clone()).await {
            Ok(outcome) => return outcome,
            Err(StoreError::Unavailable(why)) => {
                assert!(started.elapsed() < Duration::from_secs(30), "never found the primary again: {why}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f06_a_demoted_primary_is_left_for_the_new_one() {
    let set = SentinelSet::start().unwrap();
    let store = open(&RedisOptions { timeout: Duration::from_secs(1), ..options(&set.url()) });
    redeemed(&store, 1, handle(10)).await;
    let before = set.primary().unwrap();
    set.servers[before].command(&["WAIT", "1", "5000"]).unwrap();
    set.fail_over().unwrap();
    testkit::wait_until("the old primary to be a replica", || {
        Ok(set.servers[before].info("role").is_ok_and(|role| role == "slave"))
    })
    .unwrap();
    let outcome = rotate_in_time(&store, 10).await;
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "{outcome:?}");
    assert_ne!(set.primary().unwrap(), before);
}

/// A fail-over to a replica that has missed the last writes revives what they ended; nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f05_what_a_fail_over_may_revive_is_what_was_ended_last() {
    let mut set = SentinelSet::start().unwrap();
    let store = open(&RedisOptions { timeout: Duration::from_secs(1), ..options(&set.url()) });
    redeemed(&store, 1, handle(10)).await;
    let before = set.primary().unwrap();
    set.servers[before].command(&["WAIT", "1", "5000"]).unwrap();
    // The replica hears of nothing more: what was on its way to it is gone with its connection.
    set.servers[1 - before].pause().unwrap();
    set.servers[before].command(&["CLIENT", "KILL", "TYPE", "replica"]).unwrap();
    assert!(matches!(rotate_in_time(&store, 10).await, RotateOutcome::Granted(_)));
    set.servers[before].kill9().unwrap();
    set.servers[1 - before].resume().unwrap();
    set.wait_for_another_primary_than(before).unwrap();
    let revived = rotate_in_time(&store, 10).await;
    assert!(matches!(revived, RotateOutcome::Granted(_)), "its spending was lost with the primary: {revived:?}");
    let again = store.rotate(&realm(), rotation(handle(10), handle(12))).await.unwrap();
    assert_eq!(again, RotateOutcome::Reused, "and once only");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f07_moved_slots_are_followed() {
    let cluster = Cluster::start().unwrap();
    let options = options(&cluster.url());
    let store = open(&options);
    redeemed(&store, 1, handle(10)).await;
    let key = format!("{}:0:{{mount/{:015x}}}f", options.prefix, 1);
    let (from, slot) = cluster.place_of(&key).unwrap();
    let to = (from + 1) % 3;
    let calls = |node: usize| {
        cluster.nodes()[node].calls("evalsha").unwrap_or(0) + cluster.nodes()[node].calls("eval").unwrap_or(0)
    };
    cluster.begin_to_move(slot, to).unwrap();
    let outcome = rotate_in_time(&store, 10).await;
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "where it is still: {outcome:?}");
    let before = calls(to);
    cluster.finish_moving(slot, to).unwrap();
    let outcome = rotate_in_time(&store, 11).await;
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "MOVED is followed: {outcome:?}");
    assert!(calls(to) > before, "the other node has run it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f07_a_cluster_that_is_down_is_unavailable() {
    let cluster = Cluster::start().unwrap();
    let store = open(&RedisOptions { timeout: Duration::from_millis(500), ..options(&cluster.url()) });
    for family in 1..=9 {
        store.put_code(&realm(), handle(family), code(family)).await.unwrap();
    }
    cluster.nodes()[2].pause().unwrap();
    testkit::wait_until("the Cluster to be down", || {
        Ok(cluster.nodes()[0].command(&["CLUSTER", "INFO"])?.contains("cluster_state:fail"))
    })
    .unwrap();
    for family in 1..=9 {
        let outcome = store.redeem_code(&realm(), redemption(handle(family), None).of(family)).await;
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    }
    cluster.nodes()[2].resume().unwrap();
    cluster.wait_until_whole().unwrap();
    let started = Instant::now();
    while store.probe().await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(20), "it answers again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for family in 1..=9 {
        let redeem = async || store.redeem_code(&realm(), redemption(handle(family), None).of(family)).await;
        let outcome = answered(redeem).await;
        assert!(matches!(outcome, RedeemOutcome::Granted(_)), "{family}: {outcome:?}");
    }
}
