//! Keys that change while replicas sign with them.

use crate::{Replicas, as_json, at_once, bits, code, get, redeem, refresh, refresh_token};
use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::gateway::Gateway;
use testkit::jwt;
use testkit::wait_until;

fn access_token(answer: &testkit::http::Response) -> Result<String> {
    as_json(answer)?["access_token"].as_str().map(str::to_owned).context("no access token")
}

fn published(gateway: &Gateway) -> Result<Vec<Map<String, Value>>> {
    Ok(serde_json::from_value(as_json(&get(gateway, "/_gateway/jwks/brighthr", None)?)?["keys"].clone())?)
}

/// Tokens of one replica at once shown to all: to the gateway itself, and to a client that gets the keys from another.
fn one_round(replicas: &Replicas, signer: usize) -> Result<(String, String)> {
    let gateway = &replicas.gateways[signer];
    let other = &replicas.gateways[(signer + 1) % 3];
    let shared = access_token(&bits(gateway)?)?;
    let tokens = as_json(&redeem(gateway, &code(other)?)?)?;
    let (access, id) = (tokens["access_token"].as_str().context("access")?, tokens["id_token"].as_str().context("id")?);
    for verifier in &replicas.gateways {
        let status = get(verifier, "/_gateway/verify/bits", Some(&shared))?.status;
        ensure!(status == 200, "a bits token of replica {signer} met {status}");
        let status = get(verifier, "/brighthr/connect/userinfo", Some(access))?.status;
        ensure!(status == 200, "a brighthr token of replica {signer} met {status}");
    }
    let verified = jwt::verify(id, &published(other)?).context("with the keys that another replica publishes")?;
    let header: Value = serde_json::from_slice(&verified.header)?;
    Ok((header["kid"].as_str().context("a kid")?.to_owned(), access.to_owned()))
}

#[test]
fn f13_while_keys_are_rotated_no_token_is_refused_on_any_replica() -> Result<()> {
    const ROTATIONS: usize = 6;
    let replicas = Replicas::start(3)?;
    let is_over = AtomicBool::new(false);
    let rounds = at_once(4, |n| {
        if n == 3 {
            for turn in 0..ROTATIONS {
                // From whichever replica, and of both mounts at once.
                let admin = replicas.gateways[turn % 3].admin();
                admin.rotate_key("bits", 0)?;
                admin.rotate_key("brighthr", 0)?;
            }
            is_over.store(true, Ordering::SeqCst);
            return Ok(Vec::new());
        }
        let mut seen = Vec::new();
        while !is_over.load(Ordering::SeqCst) {
            seen.push(one_round(&replicas, n)?);
        }
        seen.push(one_round(&replicas, n)?);
        Ok(seen)
    })?;
    let seen: Vec<_> = rounds.into_iter().flatten().collect();
    let kids: BTreeSet<_> = seen.iter().map(|(kid, _)| kid).collect();
    ensure!(kids.len() > ROTATIONS / 2, "only {} keys have signed", kids.len());
    for (_, access) in &seen {
        let status = get(replicas.any(), "/brighthr/connect/userinfo", Some(access))?.status;
        ensure!(status == 200, "a token from before a rotation met {status}");
    }
    for gateway in &replicas.gateways {
        let keys = gateway.admin().keys("brighthr")?;
        assert_eq!(keys.len(), ROTATIONS + 1);
        assert_eq!(keys.iter().filter(|key| key.status == "signing").count(), 1, "{keys:?}");
        assert_eq!(keys.iter().filter(|key| key.retires_at.is_none()).count(), 1, "{keys:?}");
        assert_eq!(keys, replicas.any().admin().keys("brighthr")?);
    }
    Ok(())
}

#[test]
fn f13_concurrent_rotations_from_several_replicas_end_with_one_key_that_signs() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let token = refresh_token(&redeem(replicas.any(), &code(replicas.any())?)?)?;
    at_once(6, |n| replicas.gateways[n % 3].admin().rotate_key("brighthr", 0))?;
    // The replicas' clocks may differ by a tenth of a second.
    wait_until("the last of them to sign", || {
        let keys = replicas.any().admin().keys("brighthr")?;
        let signing: Vec<_> = keys.iter().filter(|key| key.status == "signing").collect();
        ensure!(signing.len() == 1 && signing[0].retires_at.is_none(), "{keys:?}");
        ensure!(keys.iter().all(|key| key.signs_from.is_some()), "none waits: {keys:?}");
        Ok(true)
    })?;
    // What refresh tokens are derived with is not rotated.
    refresh_token(&refresh(replicas.any(), &token)?)?;
    Ok(())
}
