//! A replica that could not read what others changed reads it until it is in force.

use crate::{bizzassure, config, get, is_ready};
use anyhow::{Result, ensure};
use serde_json::json;
use std::time::Duration;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::{Fault, Proxy, Redis, wait_until};

/// The rows that the clients made at run time are.
const ROWS: &str = "idp-gateway:{shared}overrides";

/// Makes so many clients at run time, as rows.
fn make_clients(redis: &Redis, count: usize) -> Result<()> {
    let script = "
        for n = 1, tonumber(ARGV[1]) do
          local id = 'made-' .. n
          local body = cjson.encode({ id = id, secret_sha256 = ARGV[2], scopes = { 'employee.get' } })
          local row = cjson.encode({ realm = 'bizzassure', kind = 'client', id = id, body = body })
          redis.call('HSET', KEYS[1], 'bizzassure\\0client\\0' .. id, row)
        end
        return 1";
    let digest = configuration::sha256_hex(&"made-secret".into());
    redis.command(&["EVAL", script, "1", ROWS, &count.to_string(), &digest])?;
    Ok(())
}

/// A token of a client that was made.
fn made(gateway: &Gateway, id: &str) -> Result<Response> {
    let body = json!({ "client_id": id, "client_secret": "made-secret", "scopes": ["employee.get"] }).to_string();
    let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
    http::exchange(gateway.public(), &http::request("POST", "/bizzassure/v1/auth/token", &headers, body.as_bytes()))
}

/// A change by the admin API: its answer.
fn change(gateway: &Gateway, method: &str, path: &str, body: &str) -> Result<Response> {
    let host = gateway.admin_address().to_string();
    let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
    http::exchange(gateway.admin_address(), &http::request(method, path, &headers, body.as_bytes()))
}

fn lagging(answer: &Response) -> Option<&str> {
    answer.header("gateway-lagging")
}

#[test]
fn s01_a_replica_that_cannot_read_everything_is_not_ready_and_is_named() -> Result<()> {
    let redis = Redis::start()?;
    let proxy = Proxy::start(redis.address())?;
    let first = Gateway::start(&config(&redis.url(), "first", "timeout_ms = 5000"))?;
    first.admin().delete("bizzassure", "clients", "app")?;
    make_clients(&redis, 20_000)?;
    proxy.hold(Some("HSCAN"));
    let second = Gateway::start_early(&config(&proxy.url(), "second", "timeout_ms = 5000"))?;
    second.wait_for_log("what other replicas have changed is not in force, and tried again", 1)?;
    let ready = get(&second, "/_gateway/health/ready", None)?;
    assert_eq!(
        (ready.status, ready.text().contains("changes of replicas are not in force")),
        (503, true),
        "{}",
        ready.text()
    );
    assert_eq!(get(&second, "/_gateway/health/serving", None)?.status, 503, "balancers ask another");
    let changed = change(&first, "PUT", "/v1/clock", r#"{"offset":5}"#)?;
    assert_eq!((changed.status, lagging(&changed)), (200, Some("second")), "{}", changed.text());
    proxy.hold(None);
    wait_until("the replica to be ready by itself", || is_ready(&second))?;
    assert_eq!(bizzassure(&second, "app-secret")?.status, 401, "what was removed is removed here too");
    for id in ["made-1", "made-20000"] {
        assert_eq!(made(&second, id)?.status, 200, "{id}");
    }
    assert_eq!(second.admin().clock()?.now - first.admin().clock()?.now, 0);
    let changed = change(&first, "PUT", "/v1/clock", r#"{"offset":6}"#)?;
    assert_eq!((changed.status, lagging(&changed)), (200, None), "{}", changed.text());
    Ok(())
}

/// Once it follows, too: what is told and could not be read is not taken for read.
#[test]
fn s01_keys_and_scenarios_that_could_not_be_read_are_read_again() -> Result<()> {
    let redis = Redis::start()?;
    let proxy = Proxy::start(redis.address())?;
    let patience = "timeout_ms = 1000";
    let first = Gateway::start(&config(&redis.url(), "first", patience))?;
    let second = Gateway::start(&config(&proxy.url(), "second", patience))?;
    let kid = |gateway: &Gateway| -> Result<String> {
        Ok(gateway.admin().keys("brighthr")?.last().map(|key| key.kid.clone()).unwrap_or_default())
    };
    proxy.hold(Some("HVALS"));
    let rotated = change(&first, "POST", "/v1/mounts/brighthr/keys/rotate", r#"{"lead_seconds":0}"#)?;
    ensure!(rotated.status == 200 && !is_ready(&second)?, "ready with the keys of before: {}", rotated.status);
    proxy.hold(None);
    wait_until("the replica to be ready by itself", || is_ready(&second))?;
    assert_eq!(kid(&second)?, kid(&first)?);
    proxy.hold(Some("HSCAN"));
    let scenario = r#"{"mount":"bits","endpoint":"token","error":"internal"}"#;
    let forced = change(&first, "POST", "/v1/scenarios", scenario)?;
    ensure!(lagging(&forced) == Some("second"), "{} {}", forced.status, forced.text());
    ensure!(!is_ready(&second)?, "ready without what it was told");
    proxy.hold(None);
    wait_until("the replica to be ready by itself", || is_ready(&second))?;
    assert_eq!(crate::bits(&second)?.status, 500, "the scenario acts");
    Ok(())
}

/// Whichever call of the follower is lost, late or cut: in the end the replica has what the store has, and until then
/// it does not say so.
#[test]
fn s01_no_call_of_the_follower_can_fail_for_good() -> Result<()> {
    const CALLS: u64 = 9;
    let redis = Redis::start()?;
    let proxy = Proxy::start(redis.address())?;
    let first = Gateway::start(&config(&redis.url(), "first", "timeout_ms = 5000"))?;
    let second = Gateway::start(&config(&proxy.url(), "second", "timeout_ms = 250"))?;
    for fault in [Fault::Lost, Fault::Late, Fault::Cut] {
        for call in 0..CALLS {
            let secret = format!("secret-{fault:?}-{call}");
            proxy.misbehave(call, fault);
            // It begins anew, with everything.
            proxy.cut();
            let body = json!({ "secret": secret, "scopes": ["employee.get"], "rate_limit": "unlimited" }).to_string();
            let changed = change(&first, "PUT", "/v1/mounts/bizzassure/clients/app", &body)?;
            ensure!(matches!(changed.status, 200 | 201 | 204), "{} {}", changed.status, changed.text());
            if lagging(&changed).is_none() && is_ready(&second)? {
                let granted = bizzassure(&second, &secret)?.status;
                ensure!(granted != 401, "{fault:?} at {call}: said to be in force, and is not");
            }
            wait_until("the change to be in force", || Ok(bizzassure(&second, &secret)?.status == 200))
                .map_err(|error| error.context(format!("{fault:?} at {call}")))?;
            wait_until("the fault to be met", || {
                testkit::pause(Duration::from_millis(20));
                Ok(proxy.has_misbehaved())
            })?;
        }
    }
    wait_until("the replica to be ready", || is_ready(&second))?;
    Ok(())
}
