//! What is changed through one replica's admin API is in force in all when the call returns.

use crate::{Replicas, as_json, bits, bizzassure};
use admin_api::ScenarioSpec;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http;

/// Makes a change at each replica in turn, and asks all.
fn everywhere(
    replicas: &Replicas,
    change: impl Fn(&Gateway, usize) -> Result<()>,
    holds: impl Fn(&Gateway, usize) -> Result<bool>,
) -> Result<()> {
    for (n, gateway) in replicas.gateways.iter().cycle().take(9).enumerate() {
        change(gateway, n)?;
        for (at, other) in replicas.gateways.iter().enumerate() {
            ensure!(holds(other, n)?, "change {n}, made at replica {}, is not in force at {at}", n % 3);
        }
    }
    Ok(())
}

#[test]
fn a_client_is_known_to_the_next_request_everywhere() -> Result<()> {
    let replicas = Replicas::start(3)?;
    replicas.gateways[0].admin().patch_settings("bizzassure", &json!({}))?;
    let change = |gateway: &Gateway, n: usize| {
        let body = json!({ "secret": format!("secret-{n}"), "scopes": ["employee.get"], "rate_limit": "unlimited" });
        gateway.admin().put("bizzassure", "clients", "app", &body)
    };
    everywhere(&replicas, change, |gateway, n| {
        let before = n.checked_sub(1).map(|before| bizzassure(gateway, &format!("secret-{before}"))).transpose()?;
        Ok(bizzassure(gateway, &format!("secret-{n}"))?.status == 200 && before.is_none_or(|old| old.status == 401))
    })?;
    replicas.gateways[2].admin().delete("bizzassure", "clients", "app")?;
    for gateway in &replicas.gateways {
        assert_eq!(bizzassure(gateway, "secret-8")?.status, 401, "it is gone everywhere");
    }
    replicas.gateways[1].admin().reset()?;
    for gateway in &replicas.gateways {
        assert_eq!(bizzassure(gateway, "app-secret")?.status, 200, "what the file says holds everywhere");
    }
    Ok(())
}

#[test]
fn the_clock_is_the_same_everywhere() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let at = |n: usize| 1_715_861_418 + i64::try_from(n).unwrap_or_default();
    everywhere(
        &replicas,
        |gateway, n| gateway.admin().freeze_clock(at(n)),
        |gateway, n| Ok(gateway.admin().clock()?.now == at(n)),
    )
}

#[test]
fn settings_hold_everywhere() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let change =
        |gateway: &Gateway, n: usize| gateway.admin().patch_settings("bits", &json!({ "access_ttl": 100 + n }));
    everywhere(&replicas, change, |gateway, n| Ok(as_json(&bits(gateway)?)?["expires_in"] == json!(100 + n)))
}

#[test]
fn a_scenario_acts_as_often_as_it_says_whichever_replica_is_asked() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let scenario = |times| ScenarioSpec {
        mount: Some("bits".to_owned()),
        endpoint: Some("token".to_owned()),
        times: Some(times),
        error: Some("internal".to_owned()),
        ..ScenarioSpec::default()
    };
    replicas.gateways[0].admin().add_scenario(&scenario(7))?;
    let forced = |count: usize| -> Result<usize> {
        let statuses = (0..count).map(|_| Ok(bits(replicas.any())?.status)).collect::<Result<Vec<_>>>()?;
        Ok(statuses.iter().filter(|status| **status == 500).count())
    };
    assert_eq!(forced(20)?, 7);
    let listed = replicas.gateways[1].admin().call("GET", "/v1/scenarios", None)?;
    assert_eq!(listed[0]["remaining"], json!(0));
    replicas.gateways[1].admin().add_scenario(&scenario(5))?;
    assert_eq!(bits(&replicas.gateways[2])?.status, 500, "seen by the next request");
    replicas.gateways[2].admin().clear_scenarios()?;
    assert_eq!(forced(6)?, 0);
    Ok(())
}

#[test]
fn a_replica_that_joins_has_what_was_changed() -> Result<()> {
    let mut replicas = Replicas::start(2)?;
    let body = json!({ "secret": "changed-secret", "scopes": ["employee.get"] });
    replicas.gateways[0].admin().put("bizzassure", "clients", "app", &body)?;
    replicas.gateways[1].restart()?;
    assert_eq!(bizzassure(&replicas.gateways[1], "changed-secret")?.status, 200);
    Ok(())
}

#[test]
fn a_replica_that_lags_is_named() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let stopped = &replicas.gateways[2];
    signal("STOP", stopped)?;
    let admin = replicas.gateways[0].admin_address();
    let host = admin.to_string();
    let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
    let changed = http::exchange(admin, &http::request("PUT", "/v1/clock", &headers, br#"{"offset":5}"#))?;
    assert_eq!((changed.status, changed.header("gateway-lagging")), (200, Some("replica-2")), "{}", changed.text());
    assert_eq!(replicas.gateways[1].admin().clock()?.now, replicas.gateways[0].admin().clock()?.now);
    signal("CONT", stopped)?;
    testkit::wait_until("the replica to catch up", || {
        let clock: Value = stopped.admin().call("GET", "/v1/clock", None)?;
        Ok(clock["offset"] == json!(5))
    })?;
    testkit::wait_until("the replica to be ready again", || crate::is_ready(stopped))
}

fn signal(signal: &str, gateway: &Gateway) -> Result<()> {
    let sent = std::process::Command::new("kill").args([&format!("-{signal}"), &gateway.pid().to_string()]).status()?;
    ensure!(sent.success(), "SIG{signal} could not be sent");
    Ok(())
}
