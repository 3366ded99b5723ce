//! Tokens that are expired by a call at one replica.

use super::{Replicas, as_json, bits, get};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::gateway::Gateway;

fn token(gateway: &Gateway) -> Result<String> {
    as_json(&bits(gateway)?)?["access_token"].as_str().map(str::to_owned).context("no token")
}

#[test]
fn what_is_out_has_expired_at_every_replica_and_what_any_issues_after_it_holds_at_all() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let all = &replicas.gateways;
    replicas.any().admin().freeze_clock(1_800_000_000)?;
    let verified =
        |gateway, token: &str| Ok::<_, anyhow::Error>(get(gateway, "/_gateway/verify/bits", Some(token))?.status);
    for round in 0..10 {
        let before = all.iter().map(token).collect::<Result<Vec<_>>>()?;
        let by = &all[round % 3];
        by.admin().call("POST", "/v1/mounts/bits/tokens/expire", Some(&json!({ "client_id": "batch" })))?;
        let after = all.iter().map(token).collect::<Result<Vec<_>>>()?;
        for gateway in all {
            for old in &before {
                ensure!(verified(gateway, old)? == 401, "round {round}: what was out holds");
            }
            for new in &after {
                ensure!(verified(gateway, new)? == 200, "round {round}: what was issued after the call does not hold");
            }
        }
    }
    Ok(())
}
