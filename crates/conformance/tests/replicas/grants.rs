//! Grants over several replicas: counted, spent and revoked once, whichever answers.

use crate::{Replicas, as_json, at_once, bizzassure, code, get, redeem, refresh, refresh_token};
use admin_api::PatRequest;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Barrier;

/// Lets this process have so many files and connections open: a shell's usual 1,024 are too few for a thousand clients.
fn allow_open_files(count: u32) -> Result<()> {
    let process = std::process::id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &process, &format!("--nofile={count}:")]).status();
    ensure!(raised.context("prlimit, of util-linux")?.success(), "{count} open files are not allowed here");
    Ok(())
}

#[test]
fn a_thousand_requests_at_once_on_three_replicas_yield_exactly_the_hundred_tokens_of_the_hour() -> Result<()> {
    let replicas = Replicas::start(3)?;
    allow_open_files(4_096)?;
    let all_there = Barrier::new(1_000);
    let answers = at_once(1_000, |n| {
        all_there.wait();
        Ok(bizzassure(&replicas.gateways[n % 3], "app-secret")?.status)
    })?;
    let mut counts = BTreeMap::new();
    for status in answers {
        *counts.entry(status).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([(200, 100), (429, 900)]));
    // The window rolls by the clock that all share.
    replicas.gateways[1].admin().advance_clock(3600)?;
    for gateway in &replicas.gateways {
        assert_eq!(bizzassure(gateway, "app-secret")?.status, 200);
    }
    Ok(())
}

#[test]
fn t43_of_concurrent_redemptions_on_three_replicas_one_is_served() -> Result<()> {
    let replicas = Replicas::start(3)?;
    for _ in 0..5 {
        let code = code(replicas.any())?;
        let answers = at_once(30, |n| redeem(&replicas.gateways[n % 3], &code))?;
        let served: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(served.len(), 1);
        // The replays have revoked what the one was given, on every replica.
        for gateway in &replicas.gateways {
            assert_eq!(refresh(gateway, &refresh_token(served[0])?)?.status, 400);
        }
    }
    Ok(())
}

#[test]
fn t46_concurrent_refreshes_on_three_replicas_fork_no_family() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let mut token = refresh_token(&redeem(replicas.any(), &code(replicas.any())?)?)?;
    for _ in 0..10 {
        // A chain that goes from replica to replica.
        token = refresh_token(&refresh(replicas.any(), &token)?)?;
    }
    let answers = at_once(30, |n| refresh(&replicas.gateways[n % 3], &token))?;
    let served: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(served.len() <= 1, "{} were served", served.len());
    for answer in served {
        assert_eq!(refresh(replicas.any(), &refresh_token(answer)?)?.status, 400, "reuse has revoked the family");
    }
    Ok(())
}

#[test]
fn t56_a_revoked_personal_access_token_is_dead_on_every_replica_at_once() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let request = PatRequest { name: "a script".to_owned(), scope: None, ttl: None };
    for _ in 0..5 {
        let made = replicas.any().admin().make_pat("brighthr", "alice", &request)?;
        let status = |gateway| Ok(get(gateway, "/_gateway/verify/brighthr", Some(made.token.expose()))?.status);
        for gateway in &replicas.gateways {
            assert_eq!(status(gateway)?, 200);
        }
        replicas.any().admin().revoke_pat("brighthr", "alice", &made.id)?;
        let answers = replicas.gateways.iter().map(status).collect::<Result<Vec<_>>>()?;
        assert_eq!(answers, [401, 401, 401]);
    }
    Ok(())
}

#[test]
fn tokens_of_one_replica_hold_at_all() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let keys = |gateway| as_json(&get(gateway, "/_gateway/jwks/brighthr", None)?);
    let first = keys(&replicas.gateways[0])?;
    for gateway in &replicas.gateways {
        ensure!(keys(gateway)? == first, "each replica publishes the same keys");
        let tokens = as_json(&redeem(gateway, &code(replicas.any())?)?)?;
        let access = tokens["access_token"].as_str().context("an access token")?;
        for other in &replicas.gateways {
            assert_eq!(get(other, "/brighthr/connect/userinfo", Some(access))?.status, 200);
        }
    }
    Ok(())
}
