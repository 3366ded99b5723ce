//! Faults of one node and of the way to it.

use super::{open, options};
use grant::Seconds;
use issuer::state::{Hit, LimitOutcome, RedeemOutcome, RotateOutcome, Rotation, SpendOutcome, Store, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{LimiterFallback, RedisOptions};
use testkit::suite::{code, handle, millis, realm, redeemed, redemption, request, rotation, spend};
use testkit::{Proxy, Redis};

fn hit(key: &str, count: u32) -> Hit<'_> {
    Hit { request: request(), moment: millis(0), key, count, window: Seconds::HOUR }
}

/// Asks until it is answered.
pub(super) async fn answered<T>(ask: impl AsyncFn() -> Result<T, StoreError>) -> T {
    let started = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(30), "never answered: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Redis behind a proxy.
pub(super) fn behind_a_proxy() -> (Redis, Proxy) {
    let redis = Redis::start().unwrap();
    let proxy = Proxy::start(redis.address()).unwrap();
    (redis, proxy)
}

pub(super) fn is_unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f04_a_lost_reply_is_repeated_and_gets_the_first_outcome() {
    let (_redis, proxy) = behind_a_proxy();
    let store = open(&options(&proxy.url()));
    redeemed(&store, 1, handle(10)).await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();

    let lose_one = || proxy.drop_replies(1);
    lose_one();
    let outcome = store.redeem_code(&realm(), redemption(handle(1), Some(handle(20)))).await.unwrap();
    assert_eq!(outcome, RedeemOutcome::Granted(code(1)));
    lose_one();
    let outcome = store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "{outcome:?}");
    lose_one();
    assert_eq!(store.spend(&realm(), spend(7, "jti")).await.unwrap(), SpendOutcome::Granted);
    lose_one();
    assert!(matches!(store.hit(&realm(), hit("web", 2)).await.unwrap(), LimitOutcome::Taken(_)));
    assert_eq!(proxy.dropped(), 4, "each reply was lost");

    assert!(matches!(store.hit(&realm(), hit("web", 2)).await.unwrap(), LimitOutcome::Taken(_)), "counted once");
    assert!(matches!(store.hit(&realm(), hit("web", 2)).await.unwrap(), LimitOutcome::Full { .. }));
    let outcome = store.rotate(&realm(), rotation(handle(11), handle(12))).await.unwrap();
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "the family lives: {outcome:?}");
    assert_eq!(store.spend(&realm(), spend(7, "jti")).await.unwrap(), SpendOutcome::Reused, "spent by the first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f02_a_dead_redis_costs_little_and_loses_nothing() {
    let mut redis = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]).unwrap();
    let store = open(&RedisOptions { timeout: Duration::from_millis(200), ..options(&redis.url()) });
    redeemed(&store, 1, handle(10)).await;
    redis.kill9().unwrap();
    for _ in 0..20 {
        let outcome = store.rotate(&realm(), rotation(handle(10), handle(11))).await;
        assert!(is_unavailable(&outcome), "never that the token is wrong");
    }
    redis.restart().unwrap();
    let outcome = answered(async || store.rotate(&realm(), rotation(handle(10), handle(11))).await).await;
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f03_a_silent_redis_is_found_out_by_the_breaker() {
    let (redis, proxy) = behind_a_proxy();
    let store = open(&RedisOptions { timeout: Duration::from_millis(200), ..options(&proxy.url()) });
    redeemed(&store, 1, handle(10)).await;
    redis.pause().unwrap();
    proxy.take_commands();
    for _ in 0..40 {
        assert!(is_unavailable(&store.rotate(&realm(), rotation(handle(10), handle(11))).await));
    }
    // Five met silence, each with a call and its repetition; the rest were refused without asking.
    let asked = proxy.take_commands().get("EVALSHA").copied().unwrap_or_default();
    assert!((1..20).contains(&asked), "of forty {asked} asked");
    redis.resume().unwrap();
    let started = Instant::now();
    while is_unavailable(&store.probe().await) {
        assert!(started.elapsed() < Duration::from_secs(20), "it answers again by itself");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What was asked of it while it was stopped has not run since, or is taken back.
    let outcome = answered(async || store.rotate(&realm(), rotation(handle(10), handle(11))).await).await;
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f02_rate_limits_fall_back_as_the_setting_says() {
    let (_redis, proxy) = behind_a_proxy();
    let fallback = |limiter_fallback| {
        let timeout = Duration::from_millis(200);
        open(&RedisOptions { limiter_fallback, timeout, ..options(&proxy.url()) })
    };
    let (denying, counting) = (fallback(LimiterFallback::Deny), fallback(LimiterFallback::Local));
    proxy.refuse(true);
    proxy.cut();
    assert!(is_unavailable(&denying.hit(&realm(), hit("web", 2)).await));
    for _ in 0..2 {
        assert!(matches!(counting.hit(&realm(), hit("web", 2)).await.unwrap(), LimitOutcome::Taken(_)));
    }
    assert!(matches!(counting.hit(&realm(), hit("web", 2)).await.unwrap(), LimitOutcome::Full { .. }));
    let outcome = counting.rotate(&realm(), rotation(handle(1), handle(2))).await;
    assert!(is_unavailable(&outcome), "what is no limit has no fallback");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f08_a_flushed_script_is_loaded_within_the_same_call() {
    let redis = Redis::start().unwrap();
    let store = open(&options(&redis.url()));
    redeemed(&store, 1, handle(10)).await;
    for n in 10..15 {
        redis.command(&["SCRIPT", "FLUSH"]).unwrap();
        let outcome = store.rotate(&realm(), rotation(handle(n), handle(n + 1))).await.unwrap();
        assert!(matches!(outcome, RotateOutcome::Granted(_)), "{n}: {outcome:?}");
    }
    assert!(redis.calls("eval").unwrap() >= 5, "each came with its source");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f09_a_full_redis_is_unavailable_and_nothing_is_half_written() {
    let redis = Redis::start_with(&["--maxmemory", "0", "--maxmemory-policy", "noeviction"]).unwrap();
    let store = open(&options(&redis.url()));
    redeemed(&store, 1, handle(10)).await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let attempt = redemption(handle(1), Some(handle(20)));
    let rotation_attempt = rotation(handle(10), handle(11));
    for _ in 0..10 {
        assert!(is_unavailable(&store.redeem_code(&realm(), attempt.clone()).await));
        assert!(is_unavailable(&store.rotate(&realm(), rotation_attempt.clone()).await));
        assert!(is_unavailable(&store.hit(&realm(), hit("web", 2)).await));
    }
    assert!(!store.is_revoked(&realm(), code(1).family, "jti").await.unwrap(), "what only reads is served");
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    let other = Rotation { request: request(), ..rotation_attempt };
    assert!(matches!(store.rotate(&realm(), other).await.unwrap(), RotateOutcome::Granted(_)), "it was not spent");
    let redeemed = store.redeem_code(&realm(), redemption(handle(1), Some(handle(20)))).await.unwrap();
    assert_eq!(redeemed, RedeemOutcome::Granted(code(1)));
    assert!(matches!(store.hit(&realm(), hit("web", 1)).await.unwrap(), LimitOutcome::Taken(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_needed_and_never_shown() {
    let redis = Redis::start_with(&["--requirepass", "redis-canary"]).unwrap();
    let store = open(&options(&redis.url()));
    redeemed(&store, 1, handle(10)).await;
    let wrong = open(&options(&redis.url().replace("canary", "wrong")));
    let Err(error) = wrong.probe().await else { panic!("a wrong password was taken") };
    let shown = format!("{error} {error:?} {wrong:?} {store:?}");
    assert!(!shown.contains("redis-canary") && !shown.contains("redis-wrong"), "{shown}");
}

/// What one store's users see is what all see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t43_of_concurrent_redemptions_on_replicas_one_is_granted() {
    let redis = Redis::start().unwrap();
    let options = options(&redis.url());
    let replicas: Vec<Arc<dyn Store>> = (0..3).map(|_| open(&options)).collect();
    replicas[0].put_code(&realm(), handle(1), code(1)).await.unwrap();
    let tasks: Vec<_> = (0..99)
        .map(|n| {
            let store = Arc::clone(&replicas[n % 3]);
            tokio::spawn(async move { store.redeem_code(&realm(), redemption(handle(1), None)).await.unwrap() })
        })
        .collect();
    let mut granted = 0;
    for task in tasks {
        granted += usize::from(matches!(task.await.unwrap(), RedeemOutcome::Granted(_)));
    }
    assert_eq!(granted, 1);
}
