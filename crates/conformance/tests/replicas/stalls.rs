//! A Redis that is slow ends nothing: clients that obey a 503 go on as if they had never been told.

use crate::{at_once, bizzassure, code, config, form, redeem, refresh, refresh_token};
use anyhow::{Context, Result, ensure};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testkit::gateway::Gateway;
use testkit::http::Response;
use testkit::{Proxy, Redis, Stall, pause, wait_until};

/// From less than one attempt of a call to many calls.
const LENGTHS: [u64; 6] = [50, 150, 250, 350, 1_200, 5_000];

/// Two gateways over one Redis, each with a network of its own.
struct Pair {
    gateways: [Gateway; 2],
    proxies: [Proxy; 2],
    redis: Redis,
}

impl Pair {
    /// With the default time-out.
    fn start() -> Result<Self> {
        let redis = Redis::start()?;
        let proxies = [Proxy::start(redis.address())?, Proxy::start(redis.address())?];
        let start = |n: usize| Gateway::start(&config(&proxies[n].url(), &format!("replica-{n}"), MOUNT));
        Ok(Self { gateways: [start(0)?, start(1)?], proxies, redis })
    }

    /// Asks the first gateway, and as long as it is told to come again does so at `then`, 0 or 1.
    fn obeying(&self, then: usize, ask: impl Fn(&Gateway) -> Result<Response>) -> Result<Response> {
        let mut answer = ask(&self.gateways[0])?;
        for _ in 0..30 {
            if answer.status != 503 {
                return Ok(answer);
            }
            let seconds = answer.header("retry-after").context("no Retry-After")?.parse()?;
            pause(Duration::from_secs(seconds));
            answer = ask(&self.gateways[then])?;
        }
        anyhow::bail!("told to come again for half a minute: {}", answer.text())
    }

    /// Does it through stalls of each length at each of the scripts that it takes, before the script and after it.
    fn through_stalls(&self, scripts: u64, key: &str, each: impl Fn() -> Result<()>) -> Result<()> {
        for length in LENGTHS.map(Duration::from_millis) {
            for (after, replies) in (0..scripts).flat_map(|after| [(after, false), (after, true)]) {
                let before = self.proxies[0].stalls();
                self.proxies[0].stall(Stall { key: key.to_owned(), after, replies, length });
                // Who is sent to the other gateway before that meets no stall.
                wait_until("a stall", || {
                    each()
                        .with_context(|| format!("a stall of {length:?} at script {after}, of replies: {replies}"))?;
                    Ok(self.proxies[0].stalls() > before)
                })?;
                wait_until("Redis to be reached again", || Ok(code(&self.gateways[0]).is_ok()))?;
            }
        }
        Ok(())
    }
}

/// How a token is made anew and used.
struct Kind {
    /// The scripts that a use takes.
    scripts: u64,
    /// What the keys of its families contain.
    key: &'static str,
    fresh: fn(&Gateway) -> Result<Response>,
    refresh: fn(&Gateway, &str) -> Result<Response>,
}

const HANDLES: Kind =
    Kind { scripts: 2, key: "{brighthr/", fresh: |gateway| redeem(gateway, &code(gateway)?), refresh };
const JWTS: Kind = Kind {
    scripts: 1,
    key: "{screeningeagle/",
    fresh: |gateway| {
        let fields = [("grant_type", "client_credentials"), ("scope", "openid")];
        form(gateway, EAGLE, INSPECTOR, &fields)
    },
    refresh: |gateway, token| {
        form(gateway, EAGLE, INSPECTOR, &[("grant_type", "refresh_token"), ("refresh_token", token)])
    },
};
const EAGLE: &str = "/screeningeagle/api/id/v1/auth/token";
const INSPECTOR: (&str, &str) = ("inspector", "inspector-secret");
/// A mount whose refresh tokens are JWTs.
const MOUNT: &str = r#"
[[mount]]
name = "screeningeagle"
dialect = "screeningeagle-id"
[[mount.client]]
id = "inspector"
secret = "inspector-secret"
grants = ["client_credentials", "refresh_token"]
scopes = ["openid"]
user = "1302"
[[mount.user]]
sub = "1302"
username = "test"
"#;

/// A chain of refreshes: each token is used once, and a use that was answered is a replay when it is repeated.
fn refreshes(then: usize, kind: &Kind) -> Result<()> {
    let (pair, refresh) = (Pair::start()?, kind.refresh);
    let fresh = || refresh_token(&(kind.fresh)(&pair.gateways[0])?);
    let token = std::cell::RefCell::new(fresh()?);
    pair.through_stalls(kind.scripts, kind.key, || {
        let used = token.borrow().clone();
        *token.borrow_mut() = refresh_token(&pair.obeying(then, |gateway| refresh(gateway, &used))?)?;
        Ok(())
    })?;
    let used = token.replace(fresh()?);
    refresh_token(&refresh(&pair.gateways[0], &used)?).context("the last one holds")?;
    if then == 1 {
        // So late that whoever was told to come again would be here.
        pause(Duration::from_millis(1_100));
    }
    for gateway in [1, 0, 1] {
        let replay = refresh(&pair.gateways[gateway], &used)?;
        ensure!(replay.status == 400, "a token was served twice: {} {}", replay.status, replay.text());
    }
    Ok(())
}

#[test]
fn s06_refreshes_go_on_at_the_same_gateway_through_stalls_at_any_point() -> Result<()> {
    refreshes(0, &HANDLES)
}

#[test]
fn s06_refreshes_go_on_at_another_gateway_through_stalls_at_any_point() -> Result<()> {
    refreshes(1, &HANDLES)
}

#[test]
fn s06_jwts_are_refreshed_at_the_same_gateway_through_stalls_at_any_point() -> Result<()> {
    refreshes(0, &JWTS)
}

#[test]
fn s06_jwts_are_refreshed_at_another_gateway_through_stalls_at_any_point() -> Result<()> {
    refreshes(1, &JWTS)
}

#[test]
fn s06_codes_are_redeemed_once_through_stalls_at_any_point() -> Result<()> {
    for then in [0, 1] {
        let pair = Pair::start()?;
        pair.through_stalls(2, "{brighthr/", || {
            // Made beside the network that stalls.
            let code = code(&pair.gateways[1])?;
            let token = refresh_token(&pair.obeying(then, |gateway| redeem(gateway, &code))?)?;
            let replay = redeem(&pair.gateways[1], &code)?;
            ensure!(replay.status == 400, "a code was served twice: {}", replay.text());
            ensure!(refresh(&pair.gateways[1], &token)?.status == 400, "the replay has revoked what came of it");
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn s06_places_of_a_limit_are_taken_once_through_stalls_at_any_point() -> Result<()> {
    let pair = Pair::start()?;
    let granted = std::cell::Cell::new(0);
    pair.through_stalls(1, "{bizzassure/app}", || {
        let answer = pair.obeying(0, |gateway| bizzassure(gateway, "app-secret"))?;
        ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
        granted.set(granted.get() + 1);
        Ok(())
    })?;
    let left = (0..=100).take_while(|_| bizzassure(&pair.gateways[1], "app-secret").is_ok_and(|a| a.status == 200));
    assert_eq!(granted.get() + left.count(), 100, "who was told 503 has not used the place");
    Ok(())
}

/// What is sent again to another gateway is neither granted nor a replay while the first cannot say what became of it.
#[test]
fn s06_a_gateway_that_is_cut_off_is_waited_for() -> Result<()> {
    let pair = Pair::start()?;
    let first = refresh_token(&redeem(&pair.gateways[0], &code(&pair.gateways[0])?)?)?;
    // Redis knows the script after this.
    let token = refresh_token(&refresh(&pair.gateways[0], &first)?)?;
    let [away, _] = &pair.proxies;
    let length = Duration::from_millis(300);
    away.stall(Stall { key: "{brighthr/".to_owned(), after: 1, replies: true, length });
    let first = std::thread::scope(|scope| {
        let asking = scope.spawn(|| refresh(&pair.gateways[0], &token));
        wait_until("the script that spends it", || Ok(away.stalls() == 1))?;
        away.black_hole(true);
        asking.join().map_err(|_| anyhow::anyhow!("a panic"))?
    })?;
    assert_eq!(first.status, 503, "{}", first.text());
    pause(Duration::from_secs(1));
    for _ in 0..5 {
        let undecided = refresh(&pair.gateways[1], &token)?;
        assert_eq!(undecided.status, 503, "{}", undecided.text());
        assert_eq!(undecided.header("retry-after"), Some("1"));
        pause(Duration::from_millis(500));
    }
    away.black_hole(false);
    away.cut();
    let mut again = None;
    wait_until("the first gateway to say what became of it", || {
        let answer = refresh(&pair.gateways[1], &token)?;
        ensure!(answer.status == 200 || answer.status == 503, "{} {}", answer.status, answer.text());
        again = Some(answer).filter(|answer| answer.status == 200);
        Ok(again.is_some())
    })?;
    refresh_token(&again.context("an answer")?)?;
    assert_eq!(refresh(&pair.gateways[1], &token)?.status, 400, "and once");
    Ok(())
}

/// All of Redis stands still, again and again, while clients refresh.
#[test]
fn s06_a_redis_that_stands_still_ends_no_session() -> Result<()> {
    let pair = Pair::start()?;
    let is_over = AtomicBool::new(false);
    let first = || refresh_token(&redeem(&pair.gateways[0], &code(&pair.gateways[0])?)?);
    let tokens = [first()?, first()?, first()?, first()?];
    let turns = std::thread::scope(|scope| -> Result<Vec<usize>> {
        let clients: Vec<_> = tokens
            .into_iter()
            .enumerate()
            .map(|(n, mut token)| {
                let (pair, is_over) = (&pair, &is_over);
                scope.spawn(move || -> Result<usize> {
                    let mut turns = 0;
                    while !is_over.load(Ordering::Relaxed) {
                        token = refresh_token(&pair.obeying(n % 2, |gateway| refresh(gateway, &token))?)?;
                        turns += 1;
                    }
                    Ok(turns)
                })
            })
            .collect();
        for length in [150, 350, 350, 350, 1_000, 350, 350, 350, 2_500] {
            pause(Duration::from_millis(700));
            pair.redis.pause()?;
            pause(Duration::from_millis(length));
            pair.redis.resume()?;
        }
        pause(Duration::from_secs(3));
        is_over.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().map_err(|_| anyhow::anyhow!("a panic"))?).collect()
    })?;
    ensure!(turns.iter().all(|turns| *turns > 5), "no load: {turns:?}");
    let redis = &pair.redis;
    ensure!(redis.command(&["INFO", "errorstats"])?.contains("errorstat_LATE"), "nothing was refused for being late");
    Ok(())
}

/// A round trip of less than half of `store.timeout_ms` works from the start. One of more is told of once, and nothing
/// flaps.
#[test]
fn s07_a_distant_redis_is_reached_and_nothing_flaps() -> Result<()> {
    let redis = Redis::start()?;
    let proxy = Proxy::start(redis.address())?;
    proxy.delay(Duration::from_millis(700));
    let gateway = Gateway::start(&config(&proxy.url(), "distant", "timeout_ms = 2000"))?;
    refresh_token(&refresh(&gateway, &refresh_token(&redeem(&gateway, &code(&gateway)?)?)?)?)?;
    let answers = at_once(16, |_| bizzassure(&gateway, "app-secret"))?;
    ensure!(answers.iter().all(|answer| answer.status == 200), "each worker reaches it");
    let before = gateway.logs()?.len();
    proxy.delay(Duration::from_millis(1_300));
    for _ in 0..2 {
        let answers = at_once(8, |_| bizzassure(&gateway, "app-secret"))?;
        ensure!(answers.iter().all(|answer| answer.status == 503), "none is answered");
    }
    // Time for some probes, each of which is answered too late.
    pause(Duration::from_secs(6));
    let logs = gateway.logs()?.split_off(before);
    assert_eq!(logs.matches("calls are refused until it answers").count(), 1, "{logs}");
    ensure!(!logs.contains("Redis answers again"), "{logs}");
    ensure!(logs.contains("less than 1000 ms, half of store.timeout_ms"), "{logs}");
    proxy.delay(Duration::from_millis(700));
    wait_until("tokens again", || Ok(bizzassure(&gateway, "app-secret")?.status == 200))
}
