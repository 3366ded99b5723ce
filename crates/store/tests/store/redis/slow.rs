//! A step whose answer is lost is as if it had never been.

use super::faults::{answered, behind_a_proxy, is_unavailable};
use super::{open, options};
use grant::Seconds;
use issuer::state::{
    Hit, LimitOutcome, PatRecord, RedeemOutcome, RotateOutcome, SessionRecord, SpendOutcome, Store, StoreError,
};
use std::sync::Arc;
use std::time::Duration;
use store::RedisOptions;
use testkit::suite::{
    NOW, OfFamily, code, handle, millis, realm, redeemed, redemption, request, rotation, scopes, seconds, spend,
};
use testkit::{Proxy, Redis, Stall};

/// A store whose calls end before a stall does.
fn hasty(options: RedisOptions) -> Arc<dyn Store> {
    open(&RedisOptions { timeout: Duration::from_secs(1), ..options })
}

/// Has a call run, its answer come too late, and the way be free again.
async fn too_late<T>(proxy: &Proxy, ask: impl AsyncFn() -> Result<T, StoreError>) {
    let before = proxy.stalls();
    let length = Duration::from_millis(1_200);
    proxy.stall(Stall { key: "{mount".to_owned(), after: 0, replies: true, length });
    assert!(is_unavailable(&ask().await), "the answer was to be lost");
    assert_eq!(proxy.stalls(), before + 1);
}

fn session(sid: &str) -> SessionRecord {
    SessionRecord {
        sid: sid.to_owned(),
        subject: "alice".to_owned(),
        auth_time: NOW,
        expires_at: NOW + 1000,
        agent: "Firefox".to_owned(),
    }
}

fn pat(id: &str) -> PatRecord {
    PatRecord {
        id: id.to_owned(),
        name: "a script".to_owned(),
        subject: "alice".to_owned(),
        scopes: scopes("openid"),
        created_at: NOW,
        expires_at: NOW + 1000,
        last_used: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_what_was_spent_without_an_answer_is_spent_once_more() {
    let (_redis, proxy) = behind_a_proxy();
    let store = hasty(options(&proxy.url()));
    redeemed(&store, 1, handle(10)).await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();

    let rotate = async || store.rotate(&realm(), rotation(handle(10), handle(11))).await;
    too_late(&proxy, rotate).await;
    assert!(matches!(answered(rotate).await, RotateOutcome::Granted(_)));
    assert_eq!(answered(rotate).await, RotateOutcome::Reused, "what was answered is a replay");

    let spending = async || store.spend(&realm(), spend(7, "jti")).await;
    too_late(&proxy, spending).await;
    assert_eq!(answered(spending).await, SpendOutcome::Granted);
    assert_eq!(answered(spending).await, SpendOutcome::Reused);

    store.put_code(&realm(), handle(2), code(2)).await.unwrap();
    let redeem = async || store.redeem_code(&realm(), redemption(handle(2), Some(handle(20))).of(2)).await;
    too_late(&proxy, redeem).await;
    assert_eq!(answered(redeem).await, RedeemOutcome::Granted(code(2)));
    assert_eq!(answered(redeem).await, RedeemOutcome::Replayed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_what_was_made_without_an_answer_is_not_there() {
    let (_redis, proxy) = behind_a_proxy();
    let store = hasty(options(&proxy.url()));
    store.put_session(&realm(), handle(1), session("ONE"), None, seconds(0)).await.unwrap();
    too_late(&proxy, async || {
        store.put_session(&realm(), handle(2), session("TWO"), Some(handle(1)), seconds(0)).await
    })
    .await;
    too_late(&proxy, async || store.put_pat(&realm(), handle(5), pat("5"), 1).await).await;
    // What is still to be taken back is not told of.
    assert!(answered(async || store.put_pat(&realm(), handle(6), pat("6"), 1).await).await, "there is room for one");
    // A list is read whatever is still to be taken back.
    answered(async || {
        let sessions = store.sessions_of(&realm(), "alice", seconds(0)).await?;
        let sids: Vec<_> = sessions.iter().map(|session| &*session.sid).collect();
        if sids == ["ONE"] { Ok(()) } else { Err(StoreError::Unavailable(format!("{sids:?}"))) }
    })
    .await;
    assert!(store.session(&realm(), handle(1), seconds(0)).await.unwrap().is_some());
    assert!(store.session(&realm(), handle(2), seconds(0)).await.unwrap().is_none());
    // What was answered is not taken back.
    store.put_session(&realm(), handle(3), session("THREE"), Some(handle(1)), seconds(0)).await.unwrap();
    assert!(store.session(&realm(), handle(1), seconds(0)).await.unwrap().is_none());

    let hit = async || {
        let hit = Hit { request: request(), moment: millis(0), key: "web", count: 2, window: Seconds::HOUR };
        store.hit(&realm(), hit).await
    };
    too_late(&proxy, hit).await;
    for _ in 0..2 {
        assert!(matches!(answered(hit).await, LimitOutcome::Taken(_)), "the place is free");
    }
    assert!(matches!(answered(hit).await, LimitOutcome::Full { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_a_place_that_cannot_be_given_back_now_is_later() {
    let (_redis, proxy) = behind_a_proxy();
    let store = hasty(options(&proxy.url()));
    let hit = async || {
        let hit = Hit { request: request(), moment: millis(0), key: "web", count: 1, window: Seconds::HOUR };
        store.hit(&realm(), hit).await
    };
    let LimitOutcome::Taken(ticket) = hit().await.unwrap() else { panic!("the first") };
    proxy.refuse(true);
    proxy.cut();
    store.undo(&realm(), "web", ticket).await.unwrap();
    proxy.refuse(false);
    assert!(matches!(answered(hit).await, LimitOutcome::Taken(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_what_is_late_does_not_run() {
    let redis = Redis::start().unwrap();
    let store = hasty(options(&redis.url()));
    redeemed(&store, 1, handle(10)).await;
    // A script that Redis does not know would not run anyhow.
    redeemed(&store, 2, handle(20)).await;
    store.rotate(&realm(), rotation(handle(20), handle(21)).of(2)).await.unwrap();
    redis.pause().unwrap();
    assert!(is_unavailable(&store.rotate(&realm(), rotation(handle(10), handle(11))).await));
    redis.resume().unwrap();
    let found = || Ok(redis.command(&["INFO", "errorstats"])?.contains("errorstat_LATE"));
    testkit::wait_until("Redis to refuse what is late", found).unwrap();
    let spent = redis.command(&["EVAL", FIELDS, "0", "x"]).unwrap();
    assert_eq!(spent, "3", "both codes and one handle");
}

/// How many fields of all hashes begin so.
const FIELDS: &str = "
    local count = 0
    for _, key in ipairs(redis.call('KEYS', '*')) do
      for _, field in ipairs(redis.call('TYPE', key).ok == 'hash' and redis.call('HKEYS', key) or {}) do
        if string.sub(field, 1, #ARGV[1]) == ARGV[1] then count = count + 1 end
      end
    end
    return count";

/// Has the last step of each family be so much older, seconds, as if its replica had told until when its steps are
/// settled, or had never told it.
fn age(redis: &Redis, seconds: i64, settled: Option<i64>) {
    let script = "
        for _, key in ipairs(redis.call('KEYS', '*')) do
          local is_hash = redis.call('TYPE', key).ok == 'hash'
          local last = is_hash and redis.call('HGET', key, 'l')
          if last then
            local at = string.format('%.0f', string.sub(last, 33) - ARGV[1] * 1000000)
            redis.call('HSET', key, 'l', string.sub(last, 1, 32) .. at)
            local told = string.match(key, '^[^:]*') .. ':{shared}settled:' .. string.sub(last, 17, 32)
            redis.call('DEL', told)
            if ARGV[2] ~= '' then redis.call('SET', told, string.format('%.0f', at + ARGV[2])) end
          end
        end
        return 1";
    let settled = settled.map(|micros| micros.to_string()).unwrap_or_default();
    redis.command(&["EVAL", script, "0", &seconds.to_string(), &settled]).unwrap();
}

/// What another replica makes of a repeat.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_nobody_judges_by_a_step_that_is_not_settled() {
    let redis = Redis::start().unwrap();
    for (seconds, settled, is_replay) in [
        (0, None, true),
        (2, None, false),
        (59, None, false),
        (61, None, true),
        (2, Some(0), false),
        (2, Some(1), true),
        (3_600, Some(-1), false),
    ] {
        redis.command(&["FLUSHALL"]).unwrap();
        let gateway = options(&redis.url());
        let (one, other) = (open(&gateway), open(&gateway));
        redeemed(&one, 1, handle(10)).await;
        one.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
        age(&redis, seconds, settled);
        let outcome = other.rotate(&realm(), rotation(handle(10), handle(11))).await;
        if is_replay {
            assert_eq!(outcome.unwrap(), RotateOutcome::Reused, "{seconds} {settled:?}");
        } else {
            assert!(is_unavailable(&outcome), "{seconds} {settled:?}: {outcome:?}");
            let next = one.rotate(&realm(), rotation(handle(11), handle(12))).await.unwrap();
            assert!(matches!(next, RotateOutcome::Granted(_)), "{seconds} {settled:?}: the family lives: {next:?}");
        }
        // Its own steps a replica knows.
        age(&redis, seconds, settled);
        redeemed(&one, 2, handle(20)).await;
        let again = one.redeem_code(&realm(), redemption(handle(1_000_002), None).of(2)).await.unwrap();
        assert_eq!(again, RedeemOutcome::Replayed);
    }
}

/// The way is as slow as the documentation says that it may be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s07_a_round_trip_of_nearly_half_the_timeout_works() {
    let (_redis, proxy) = behind_a_proxy();
    proxy.delay(Duration::from_millis(400));
    let store = hasty(options(&proxy.url()));
    answered(async || store.probe().await).await;
    for family in 1..4 {
        store.put_code(&realm(), handle(family), code(family)).await.unwrap();
    }
}
