//! Rows that something else has written over.

use super::{open, options};
use issuer::state::{PatRecord, RotateOutcome, StoreError};
use testkit::Redis;
use testkit::suite::{NOW, OfFamily, code, handle, realm, redeemed, redemption, rotation, scopes, seconds, spend};

/// Writes `value` into every field that begins so, of every hash; an empty value removes them.
fn damage(redis: &Redis, field: &str, value: &str) {
    let script = "
        for _, key in ipairs(redis.call('KEYS', '*')) do
          for _, field in ipairs(redis.call('TYPE', key).ok == 'hash' and redis.call('HKEYS', key) or {}) do
            if string.sub(field, 1, #ARGV[1]) == ARGV[1] then
              redis.call('HDEL', key, field)
              if ARGV[2] ~= '' then redis.call('HSET', key, field, ARGV[2]) end
            end
          end
        end
        return 1";
    redis.command(&["EVAL", script, "0", field, value]).unwrap();
}

fn is_fault<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Corrupt(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n32_a_damaged_code_is_a_fault_and_never_a_wrong_one() {
    let redis = Redis::start().unwrap();
    for value in ["{}", "no JSON", "[1]", "7", r#"{"c":"web","r":"u","o":"a","e":"late"}"#, ""] {
        redis.command(&["FLUSHALL"]).unwrap();
        let store = open(&options(&redis.url()));
        redeemed(&store, 1, handle(10)).await;
        store.put_code(&realm(), handle(2), code(2)).await.unwrap();
        damage(&redis, "c", value);
        if !value.is_empty() {
            let attempt = redemption(handle(2), None).of(2);
            assert!(is_fault(&store.redeem_code(&realm(), attempt).await), "{value}");
        }
        assert!(is_fault(&store.rotate(&realm(), rotation(handle(10), handle(11))).await), "{value}");
        assert!(is_fault(&store.revoke_handle(&realm(), code(1).family, handle(10), "web").await), "{value}");
        assert!(!store.is_revoked(&realm(), code(1).family, "jti").await.unwrap(), "{value}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n32_a_damaged_spending_is_a_fault_and_kills_no_family() {
    let redis = Redis::start().unwrap();
    for value in ["short", "0123456789abcdefsoon"] {
        redis.command(&["FLUSHALL"]).unwrap();
        let store = open(&options(&redis.url()));
        redeemed(&store, 1, handle(10)).await;
        store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
        store.spend(&realm(), spend(3, "jti")).await.unwrap();
        for field in ["x", "s"] {
            damage(&redis, field, value);
        }
        assert!(is_fault(&store.redeem_code(&realm(), redemption(handle(1_000_001), None)).await), "{value}");
        assert!(is_fault(&store.rotate(&realm(), rotation(handle(10), handle(12))).await), "{value}");
        assert!(is_fault(&store.spend(&realm(), spend(3, "jti")).await), "{value}");
        let next = store.rotate(&realm(), rotation(handle(11), handle(12))).await.unwrap();
        assert!(matches!(next, RotateOutcome::Granted(_)), "{next:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n32_a_damaged_personal_access_token_is_a_fault() {
    let redis = Redis::start().unwrap();
    for (field, value) in [("b", "{}"), ("e", "late"), ("u", "late"), ("e", "")] {
        redis.command(&["FLUSHALL"]).unwrap();
        let store = open(&options(&redis.url()));
        let record = PatRecord {
            id: "1".to_owned(),
            name: "a script".to_owned(),
            subject: "alice".to_owned(),
            scopes: scopes("openid"),
            created_at: NOW,
            expires_at: NOW + 1000,
            last_used: None,
        };
        assert!(store.put_pat(&realm(), handle(1), record, 9).await.unwrap());
        let at = seconds(9);
        assert!(store.use_pat(&realm(), handle(1), at).await.unwrap().is_some());
        damage(&redis, field, value);
        assert!(is_fault(&store.use_pat(&realm(), handle(1), at).await), "{field} {value}");
    }
}
