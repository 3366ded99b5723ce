//! How often Redis is asked.

use super::{open, options};
use grant::Seconds;
use issuer::state::{FamilyId, Hit, LimitOutcome, RedeemOutcome, RotateOutcome, SpendOutcome, Store};
use std::collections::HashMap;
use std::sync::Arc;
use testkit::suite::{code, handle, millis, realm, redemption, request, rotation, seconds, spend};
use testkit::{Proxy, Redis};

/// What a step sends once connection, scripts and epoch are there.
async fn sent(proxy: &Proxy, step: impl AsyncFn()) -> HashMap<String, u64> {
    step().await;
    taken(proxy);
    step().await;
    taken(proxy)
}

/// What was sent, but for what a replica tells the others five times a second at most, however much it does.
fn taken(proxy: &Proxy) -> HashMap<String, u64> {
    let mut commands = proxy.take_commands();
    commands.remove("SET");
    commands
}

fn one(command: &str) -> HashMap<String, u64> {
    HashMap::from([(command.to_owned(), 1)])
}

/// On one thread, so on one connection.
#[tokio::test]
async fn every_step_of_a_token_request_is_one_round_trip() {
    let redis = Redis::start().unwrap();
    let proxy = Proxy::start(redis.address()).unwrap();
    let store: Arc<dyn Store> = open(&options(&proxy.url()));

    let hits = sent(&proxy, async || {
        let hit = Hit { request: request(), moment: millis(0), key: "web", count: 100, window: Seconds::HOUR };
        assert!(matches!(store.hit(&realm(), hit).await.unwrap(), LimitOutcome::Taken(_)));
    });
    assert_eq!(hits.await, one("EVALSHA"));

    for (number, is_counted) in [(1, false), (2, true)] {
        store.put_code(&realm(), handle(number), code(1)).await.unwrap();
        taken(&proxy);
        let attempt = redemption(handle(number), Some(handle(10 * number)));
        let redeemed = store.redeem_code(&realm(), attempt).await.unwrap();
        assert!(matches!(redeemed, RedeemOutcome::Granted(_)));
        let redeeming = taken(&proxy);
        let rotated = store.rotate(&realm(), rotation(handle(10 * number), handle(10 * number + 1))).await.unwrap();
        assert!(matches!(rotated, RotateOutcome::Granted(_)));
        let rotating = taken(&proxy);
        if is_counted {
            assert_eq!((redeeming, rotating), (one("EVALSHA"), one("EVALSHA")));
        }
    }
    let spends = sent(&proxy, async || {
        let attempt = issuer::state::Spend { moment: seconds(0), rotate: false, ..spend(9, "jti") };
        assert_eq!(store.spend(&realm(), attempt).await.unwrap(), SpendOutcome::Granted);
    });
    assert_eq!(spends.await, one("EVALSHA"));
    let revocations = sent(&proxy, async || {
        assert!(!store.is_revoked(&realm(), FamilyId(9), "jti").await.unwrap());
    });
    assert_eq!(revocations.await, one("HMGET"));
    let pats = sent(&proxy, async || {
        assert_eq!(store.use_pat(&realm(), handle(1), seconds(0)).await.unwrap(), None);
    });
    assert_eq!(pats.await, one("EVALSHA"));
}
