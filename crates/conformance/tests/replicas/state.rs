//! Many changes at one replica: a set, and a state that is put back.

use super::{Replicas, bits, code, form, redeem, refresh, refresh_token};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;

fn token(gateway: &Gateway, client: &str) -> Result<u16> {
    let fields = [("grant_type", "client_credentials")];
    Ok(form(gateway, "/bits/v1/oauth2/token", (client, "a-long-secret"), &fields)?.status)
}

fn state(gateway: &Gateway) -> Result<Value> {
    gateway.admin().call("GET", "/v1/state", None)
}

#[test]
fn a_set_and_a_state_are_in_force_at_every_replica() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let all = &replicas.gateways;
    let client = |n: usize| {
        let claims = json!({ "customerId": "bits:customer::1" });
        json!({ "id": format!("c{n}"), "secret": "a-long-secret", "scopes": ["application"], "claims": claims })
    };
    let set: Vec<_> = (0..500).map(client).collect();
    all[0].admin().call("PUT", "/v1/mounts/bits/clients", Some(&set.clone().into()))?;
    for gateway in all {
        ensure!(token(gateway, "c0")? == 200 && token(gateway, "c499")? == 200, "one of the set");
        ensure!(bits(gateway)?.status == 401, "one of the file is removed");
    }
    all[1].admin().freeze_clock(1_800_000_000)?;
    let scenario = json!({ "mount": "bits", "client_id": "c1", "error": "unavailable", "times": 2 });
    all[2].admin().call("POST", "/v1/scenarios", Some(&scenario))?;
    ensure!(token(&all[0], "c1")? == 503, "the first of two");
    let saved = state(&all[1])?;

    all[2].admin().reset()?;
    all[0].admin().put(
        "bits",
        "clients",
        "other",
        &json!({ "scopes": ["application"], "claims": { "customerId": "bits:customer::2" } }),
    )?;
    ensure!(token(&all[1], "c0")? == 401 && bits(&all[1])?.status == 200, "the file holds");
    all[0].admin().call("PUT", "/v1/state", Some(&saved))?;
    for gateway in all {
        ensure!(state(gateway)? == saved, "{}", state(gateway)?);
        let clock = gateway.admin().call("GET", "/v1/clock", None)?;
        ensure!(clock["freeze"] == 1_800_000_000, "{clock}");
        ensure!(token(gateway, "c0")? == 200 && bits(gateway)?.status == 401, "the set holds again");
    }
    let statuses: Vec<_> = all.iter().map(|gateway| token(gateway, "c1")).collect::<Result<_>>()?;
    ensure!(statuses == [503, 200, 200], "the second of two, and no more: {statuses:?}");
    let next = all[1].admin().call("POST", "/v1/scenarios", Some(&scenario))?;
    ensure!(next["id"].as_str().context("no id")? != "1", "{next}");
    // One more change is followed as ever.
    all[2].admin().delete("bits", "clients", "c0")?;
    ensure!(token(&all[0], "c0")? == 401, "a change after it");
    Ok(())
}

#[test]
fn what_was_issued_goes_back_at_every_replica() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let all = &replicas.gateways;
    let (unspent, spent) = (code(&all[0])?, code(&all[1])?);
    let handle = refresh_token(&redeem(&all[2], &spent)?)?;
    let saved = all[1].admin().call("GET", "/v1/state?with=tokens", None)?;
    ensure!(refresh(&all[0], &handle)?.status == 200 && redeem(&all[1], &unspent)?.status == 200, "they hold");
    ensure!(refresh(&all[1], &handle)?.status == 400 && redeem(&all[2], &unspent)?.status == 400, "they are spent");
    let since = refresh_token(&redeem(&all[0], &code(&all[0])?)?)?;
    all[2].admin().rotate_key("brighthr", 0)?;
    all[0].admin().call("PUT", "/v1/state", Some(&saved))?;
    for gateway in all {
        ensure!(gateway.admin().keys("brighthr")?.len() == 1, "the key that was made since is gone");
    }
    ensure!(refresh(&all[2], &since)?.status == 400, "what was issued since is gone");
    let next = refresh_token(&refresh(&all[1], &handle)?)?;
    ensure!(redeem(&all[2], &unspent)?.status == 200, "the code is there again");
    ensure!(redeem(&all[0], &unspent)?.status == 400, "and once");
    ensure!(refresh(&all[0], &next)?.status == 200, "the chain goes on");
    Ok(())
}
