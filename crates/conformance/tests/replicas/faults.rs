//! Redis or a replica fails.

use crate::{
    Replicas, as_json, at_once, bits, bizzassure, code, config, get, is_ready, redeem, refresh, refresh_token,
};
use anyhow::{Context, Result, ensure};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testkit::gateway::Gateway;
use testkit::http::Response;
use testkit::{Proxy, Redis, wait_until};

/// Unavailable, with the time to try again, in the vendor's own shape; never that the client or the grant is wrong.
fn unavailable(response: &Response) -> Result<()> {
    ensure!(response.status == 503, "{} {}", response.status, response.text());
    ensure!(response.header("retry-after").is_some(), "no Retry-After");
    ensure!(!response.text().contains("invalid_grant"), "{}", response.text());
    Ok(())
}

#[test]
fn f01_a_gateway_starts_before_its_redis() -> Result<()> {
    let mut redis = Redis::start()?;
    redis.kill9()?;
    let gateway = Gateway::start_early(&config(&redis.url(), "early", ""))?;
    assert_eq!(get(&gateway, "/_gateway/health/live", None)?.status, 200);
    ensure!(!is_ready(&gateway)?, "ready without its store");
    unavailable(&bizzassure(&gateway, "app-secret")?)?;
    redis.restart()?;
    wait_until("the gateway to become ready by itself", || is_ready(&gateway))?;
    wait_until("a token", || Ok(bizzassure(&gateway, "app-secret")?.status == 200))?;
    ensure!(!gateway.logs()?.contains("panicked"));
    Ok(())
}

#[test]
fn f02_a_redis_that_dies_takes_what_needs_state_alone() -> Result<()> {
    let mut redis = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"])?;
    let gateway = Gateway::start(&config(&redis.url(), "one", ""))?;
    let token = refresh_token(&redeem(&gateway, &code(&gateway)?)?)?;
    assert_eq!((bits(&gateway)?.status, bizzassure(&gateway, "app-secret")?.status), (200, 200));
    let code = code(&gateway)?;

    redis.kill9()?;
    for _ in 0..10 {
        unavailable(&refresh(&gateway, &token)?)?;
        unavailable(&redeem(&gateway, &code)?)?;
        unavailable(&bizzassure(&gateway, "app-secret")?)?;
        assert_eq!(bits(&gateway)?.status, 200, "needs no state");
        assert_eq!(get(&gateway, "/_gateway/jwks/bits", None)?.status, 200);
    }
    ensure!(!is_ready(&gateway)? && get(&gateway, "/_gateway/health/live", None)?.status == 200);

    redis.restart()?;
    wait_until("the gateway to become ready by itself", || is_ready(&gateway))?;
    refresh_token(&refresh(&gateway, &token)?).context("the refresh token was lost")?;
    refresh_token(&redeem(&gateway, &code)?).context("the code was lost")?;
    Ok(())
}

#[test]
fn f03_a_slow_redis_slows_nothing_that_needs_no_state() -> Result<()> {
    let redis = Redis::start()?;
    let proxy = Proxy::start(redis.address())?;
    let gateway = Gateway::start(&config(&proxy.url(), "one", ""))?;
    assert_eq!((bits(&gateway)?.status, bizzassure(&gateway, "app-secret")?.status), (200, 200));
    proxy.delay(Duration::from_secs(2));
    proxy.take_commands();
    for _ in 0..40 {
        // Who waited for the answer would be granted.
        unavailable(&bizzassure(&gateway, "app-secret")?)?;
        assert_eq!(bits(&gateway)?.status, 200);
    }
    // Five failures open the breaker, each a call and its repetition.
    let asked = proxy.take_commands().get("EVALSHA").copied().unwrap_or_default();
    ensure!((1..20).contains(&asked), "the breaker refuses without asking: of forty {asked} asked");
    proxy.delay(Duration::ZERO);
    wait_until("tokens again", || Ok(bizzassure(&gateway, "app-secret")?.status == 200))
}

#[test]
fn f11_a_replica_killed_under_load_takes_nothing_with_it() -> Result<()> {
    let mut replicas = Replicas::start(3)?;
    let is_over = AtomicBool::new(false);
    let (first, rest) = replicas.gateways.split_at_mut(1);
    let survivors = &*rest;
    let chains = std::thread::scope(|scope| -> Result<Vec<usize>> {
        let load: Vec<_> = (0..4)
            .map(|n| {
                let is_over = &is_over;
                scope.spawn(move || -> Result<usize> {
                    let gateway = &survivors[n % 2];
                    let mut token = refresh_token(&redeem(gateway, &code(gateway)?)?)?;
                    let mut turns = 0;
                    // On a busy machine the kills may be over before a chain has begun.
                    while turns < 3 || !is_over.load(Ordering::Relaxed) {
                        token = refresh_token(&refresh(&survivors[turns % 2], &token)?)?;
                        turns += 1;
                    }
                    Ok(turns)
                })
            })
            .collect();
        let killed = &mut first[0];
        let token = refresh_token(&redeem(killed, &code(killed)?)?)?;
        for _ in 0..3 {
            killed.kill9()?;
            killed.restart()?;
            wait_until("the replica to be ready again", || is_ready(killed))?;
        }
        refresh_token(&refresh(killed, &token)?).context("what it had issued holds")?;
        is_over.store(true, Ordering::Relaxed);
        load.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a panic"))?).collect()
    })?;
    ensure!(chains.iter().all(|turns| *turns > 0), "no load: {chains:?}");
    Ok(())
}

/// The limit holds although a replica is killed while it counts.
#[test]
fn f11_the_limit_is_exact_although_a_replica_is_killed() -> Result<()> {
    let mut replicas = Replicas::start(3)?;
    let (first, rest) = replicas.gateways.split_at_mut(1);
    let survivors = &*rest;
    let granted: usize = std::thread::scope(|scope| -> Result<usize> {
        let asking = scope.spawn(|| {
            at_once(20, |n| {
                let statuses = (0..10).map(|at| Ok(bizzassure(&survivors[(n + at) % 2], "app-secret")?.status));
                Ok(statuses.collect::<Result<Vec<_>>>()?.into_iter().filter(|status| *status == 200).count())
            })
        });
        first[0].kill9()?;
        let granted = asking.join().map_err(|_| anyhow::anyhow!("a panic"))??;
        Ok(granted.into_iter().sum())
    })?;
    assert_eq!(granted, 100);
    Ok(())
}

#[test]
fn a_token_request_is_one_round_trip_where_it_counts_two_where_it_spends_and_none_without_state() -> Result<()> {
    let redis = Redis::start()?;
    let proxy = Proxy::start(redis.address())?;
    let gateway = Gateway::start(&(config(&proxy.url(), "one", "timeout_ms = 5000")))?;
    // Connections, scripts and keys are there after these.
    for _ in 0..20 {
        assert_eq!((bits(&gateway)?.status, bizzassure(&gateway, "app-secret")?.status), (200, 200));
    }
    let token = refresh_token(&redeem(&gateway, &code(&gateway)?)?)?;
    let sent = |ask: &dyn Fn() -> Result<Response>| -> Result<u64> {
        // The follower's own heart-beat is a script too; what comes within one beat is told apart by repetition.
        let mut least = u64::MAX;
        for _ in 0..10 {
            proxy.take_commands();
            as_json(&ask()?)?;
            let commands = proxy.take_commands();
            ensure!(!commands.contains_key("PING"), "{commands:?}");
            least = least.min(commands.values().sum());
        }
        Ok(least)
    };
    assert_eq!(sent(&|| bits(&gateway))?, 0);
    assert_eq!(sent(&|| bizzassure(&gateway, "app-secret"))?, 1);
    let token = std::cell::RefCell::new(token);
    let refreshing = || {
        let answer = refresh(&gateway, &token.borrow())?;
        *token.borrow_mut() = refresh_token(&answer)?;
        Ok(answer)
    };
    // A handle is asked about before it is spent, so that a refusal spends nothing.
    assert_eq!(sent(&refreshing)?, 2);
    Ok(())
}
