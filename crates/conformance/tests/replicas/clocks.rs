//! Machines whose clocks differ.

use crate::{Replicas, as_json, at_once, bizzassure, code, config, get, redeem, refresh, refresh_token};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;
use testkit::Redis;
use testkit::gateway::Gateway;
use testkit::http::Response;
use testkit::jwt;

/// Replicas on machines whose clocks go so many seconds before or after.
fn apart(seconds: &[i64]) -> Result<Replicas> {
    let redis = Redis::start()?;
    let start = |(n, seconds): (usize, &i64)| {
        let environment = clock_ahead(*seconds)?;
        Gateway::start_in(environment, &config(&redis.url(), &format!("replica-{n}"), "timeout_ms = 5000"))
    };
    let gateways = seconds.iter().enumerate().map(start).collect::<Result<Vec<_>>>()?;
    Ok(Replicas { gateways, redis })
}

/// The environment of a process on a machine whose clock goes so many seconds before.
pub(crate) fn clock_ahead(seconds: i64) -> Result<Vec<(String, String)>> {
    let environment = [("LD_PRELOAD", libfaketime()?), ("FAKETIME", format!("{seconds:+}s"))];
    Ok(environment.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

/// What Debian's libfaketime preloads: the wrapper `faketime` would be another process than the gateway.
fn libfaketime() -> Result<String> {
    let folders = std::fs::read_dir("/usr/lib")?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files = folders.map(|folder| folder.join("faketime/libfaketime.so.1"));
    let found = files.find(|file| file.exists()).context("libfaketime is not installed: Debian's package faketime")?;
    found.into_os_string().into_string().ok().context("a path that is not UTF-8")
}

/// The claims of an access token whose signature the mount's keys hold.
fn claims(gateway: &Gateway, answer: &Response) -> Result<serde_json::Value> {
    let answer = as_json(answer)?;
    let token = answer["access_token"].as_str().context("no access token")?;
    Ok(serde_json::from_slice(&jwt::verify(token, &gateway.admin().jwks("brighthr")?)?.payload)?)
}

#[test]
fn f10_clocks_a_minute_apart_are_one_clock() -> Result<()> {
    let replicas = apart(&[0, 60, -60])?;
    let [plain, ahead, behind] = &replicas.gateways[..] else { anyhow::bail!("three") };

    // The machines' own clocks do differ: it is they that date an answer's head.
    let date = |gateway: &Gateway| -> Result<i64> {
        let answer = get(gateway, "/_gateway/health/live", None)?;
        let date = httpdate::parse_http_date(answer.header("date").context("no Date")?)?;
        Ok(i64::try_from(date.duration_since(UNIX_EPOCH)?.as_secs())?)
    };
    let now = date(plain)?;
    ensure!((55..=75).contains(&(date(ahead)? - now)) && (45..=65).contains(&(now - date(behind)?)), "not faked");

    // Tokens are dated by what all share, and hold at each: from the one ahead they are not of the future.
    for signer in &replicas.gateways {
        let tokens = redeem(signer, &code(replicas.any())?)?;
        let issued = claims(signer, &tokens)?["iat"].as_i64().context("iat")?;
        let now = date(plain)?;
        ensure!((now - 10..=now + 1).contains(&issued), "issued at {issued}, and it is {now}");
        let access = as_json(&tokens)?["access_token"].as_str().context("no access token")?.to_owned();
        for gateway in &replicas.gateways {
            ensure!(get(gateway, "/brighthr/connect/userinfo", Some(&access))?.status == 200, "a token is refused");
        }
    }

    // A code lives as long whichever replica is asked, and so does the grace of a refresh token's repeat.
    behind.admin().patch_settings("brighthr", &serde_json::json!({ "code_ttl": 30 }))?;
    for (issuer, redeemer) in [(behind, ahead), (ahead, behind), (plain, ahead)] {
        let token = refresh_token(&redeem(redeemer, &code(issuer)?)?)?;
        refresh_token(&refresh(issuer, &token)?)?;
    }
    let code = code(ahead)?;
    plain.admin().advance_clock(31)?;
    ensure!(redeem(behind, &code)?.status == 400, "a code past its life is redeemed");

    // The hour of the limit is one hour.
    let answers = at_once(6, |n| {
        (0..30)
            .map(|at| Ok(bizzassure(&replicas.gateways[(n + at) % 3], "app-secret")?.status))
            .collect::<Result<Vec<_>>>()
    })?;
    let mut counts = BTreeMap::new();
    for status in answers.into_iter().flatten() {
        *counts.entry(status).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([(200, 100), (429, 80)]));
    ahead.admin().advance_clock(3550)?;
    ensure!(bizzassure(ahead, "app-secret")?.status == 429, "the hour is not over, though it would be by its machine");
    ahead.admin().advance_clock(60)?;
    ensure!(bizzassure(behind, "app-secret")?.status == 200, "the hour is over");
    Ok(())
}
