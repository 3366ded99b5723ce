//! A model of redemption, rotation, devices and rate limits, and the real stores against it.
//!
//! Histories at random are run on several replicas: calls one after another and side by side, repeats, lost replies,
//! time that passes. A store is right if for each group of calls that ran side by side some order explains all answers
//! by a reference of maps and sets (`reference`), and if over the whole history no code is redeemed twice, no family
//! forks and no window holds more than its count (`laws`). The last tests put bugs in and want them found.
//!
//! `PROPTEST_CASES` says how many histories are run (256 unless set; a share of them on Redis). What fails is kept in
//! `regressions.txt` and run first from then on; how calls ran side by side is not kept.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod bugs;
mod calls;
mod devices;
mod driver;
mod explain;
mod history;
mod laws;
mod reference;
mod world;

use bugs::{Deciding, Limiting, Rotating};
use calls::Replica;
use history::{History, history};
use issuer::state::Store;
use proptest::test_runner::{
    Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner,
};
use std::sync::Arc;
use store::Embedded;
use tokio::runtime::Runtime;
use world::World;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs histories in a world; the error is the shortest counterexample found, with what is wrong with it.
fn check(runner: &mut TestRunner, world: &World, runtime: &Runtime) -> Result<(), TestError<History>> {
    runner.run(&history(), |history| runtime.block_on(driver::run(world, &history)).map_err(TestCaseError::fail))
}

/// The real store must pass all histories, or one in so many of them.
fn holds(one_in: u32, world: impl FnOnce() -> World) {
    let persistence =
        FileFailurePersistence::Direct(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/store/model/regressions.txt"));
    let config = Config::default();
    let cases = config.cases.div_ceil(one_in);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: Some(Box::new(persistence)), ..config });
    let runtime = runtime();
    let world = runtime.block_on(async { world() });
    if let Err(error) = check(&mut runner, &world, &runtime) {
        panic!("{error}");
    }
}

#[test]
fn the_embedded_store_in_memory() {
    holds(1, || World::embedded(Embedded::in_memory().unwrap()));
}

#[test]
fn the_embedded_store_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    holds(8, || World::embedded(Embedded::open(folder.path().join("store.redb")).unwrap()));
}

#[test]
fn replicas_over_redis() {
    holds(2, World::redis);
}

#[test]
fn replicas_over_redis_behind_a_network_that_loses_replies() {
    holds(4, World::redis_behind_a_lossy_network);
}

/// How many histories may be needed to find a bug.
const SEARCHED: u32 = 2_048;

/// What a failure says that is about codes, about families of refresh tokens, about devices, about rate limits.
const OF_CODES: &[&str] = &["Redeem {", "is redeemed by"];
const OF_FAMILIES: &[&str] = &["Rotate {", "Spend {", "handles alive", "is spent by", "and grants request"];
const OF_DEVICES: &[&str] = &["Poll {", "Decide {", "is decided by"];
const OF_LIMITS: &[&str] = &["Hit {", "has more than", "is told at", "quiet window"];

/// The model finds the bug, and for a reason that says one of those. The histories are the same each time; how calls
/// ran side by side is not.
fn is_found(marks: &[&str], bug: impl Fn(Replica) -> Replica) {
    let config = Config { cases: SEARCHED, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let runtime = runtime();
    let real: Arc<dyn Store> = Arc::new(Embedded::in_memory().unwrap());
    let world = World::of(vec![bug(Replica::of(&real))], false);
    match check(&mut runner, &world, &runtime) {
        Err(TestError::Fail(why, history)) => {
            assert!(!history.steps.is_empty(), "found in nothing: {why}");
            let why = why.message().split("replies lost, from").next().unwrap_or_default();
            assert!(marks.iter().any(|mark| why.contains(mark)), "found for another reason: {why}");
            assert!(!why.contains(" failed: "), "the store broke instead of being wrong: {why}");
        }
        outcome => panic!("the bug is not found: {outcome:?}"),
    }
}

#[test]
fn a_redemption_in_two_steps_is_found() {
    is_found(OF_CODES, bugs::check_then_spend);
}

#[test]
fn a_fork_within_the_grace_is_found() {
    is_found(OF_FAMILIES, |real| bugs::bad_rotation(real, Rotating::ForksWithinGrace));
}

#[test]
fn a_family_that_outlives_reuse_is_found() {
    is_found(OF_FAMILIES, |real| bugs::bad_rotation(real, Rotating::SparesTheFamily));
}

#[test]
fn a_stranger_who_kills_is_found() {
    is_found(OF_FAMILIES, |real| bugs::bad_rotation(real, Rotating::LetsStrangersKill));
}

#[test]
fn a_poll_of_anybody_is_found() {
    is_found(OF_DEVICES, |real| bugs::bad_devices(real, Deciding::HearsStrangers));
}

#[test]
fn a_decision_over_another_is_found() {
    is_found(OF_DEVICES, |real| bugs::bad_devices(real, Deciding::AnybodyDecides));
}

#[test]
fn fixed_windows_are_found() {
    is_found(OF_LIMITS, |real| bugs::bad_limit(real, Limiting::FixedWindows));
}

#[test]
fn a_limit_that_counts_the_refused_is_found() {
    is_found(OF_LIMITS, |real| bugs::bad_limit(real, Limiting::CountsTheRefused));
}

#[test]
fn a_limit_with_one_place_more_is_found() {
    is_found(OF_LIMITS, |real| bugs::bad_limit(real, Limiting::OneMore));
}

#[test]
fn a_limit_in_two_steps_is_found() {
    is_found(OF_LIMITS, |real| bugs::bad_limit(real, Limiting::CheckThenTake));
}

#[test]
fn a_repeat_that_forgets_its_request_is_found() {
    is_found(&[OF_CODES, OF_FAMILIES, OF_LIMITS].concat(), bugs::forgetful);
}
