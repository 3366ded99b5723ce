//! A Redis that loses all it kept, or is none that keeps anything, and rows that this version cannot read.

use crate::agreement::metric;
use crate::{as_json, bits, bizzassure, config, get, is_ready};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::gateway::Gateway;
use testkit::{Proxy, Redis, tree, wait_until};

const LOST: &str = "Redis has lost all that it kept, or is another than before";
const MADE: &str = "a signing key was made";

fn start(redis: &Redis, name: &str) -> Result<Gateway> {
    Gateway::start(&config(&redis.url(), name, "timeout_ms = 5000"))
}

fn kids(gateway: &Gateway) -> Result<Vec<String>> {
    let mut kids = Vec::new();
    for mount in ["bizzassure", "bits", "brighthr"] {
        kids.extend(gateway.admin().keys(mount)?.into_iter().map(|key| format!("{mount} {}", key.kid)));
    }
    kids.sort();
    Ok(kids)
}

/// Two replicas whose Redis loses everything: what is in memory is put back, and holds for a replica that starts then.
fn loses(redis: &mut Redis, lose: impl Fn(&mut Redis) -> Result<()>) -> Result<()> {
    let (first, mut second) = (start(redis, "first")?, start(redis, "second")?);
    wait_until("keys", || Ok(kids(&first)?.len() == 3 && kids(&second)? == kids(&first)?))?;
    assert_eq!(first.logs()?.matches(MADE).count() + second.logs()?.matches(MADE).count(), 3, "one for each mount");
    let before = kids(&first)?;
    let token = as_json(&bits(&first)?)?["access_token"].as_str().context("a token")?.to_owned();
    let changed = json!({ "secret": "changed-secret", "scopes": ["employee.get"], "rate_limit": "unlimited" });
    first.admin().put("bizzassure", "clients", "app", &changed)?;
    first.admin().patch_settings("bits", &json!({ "access_ttl": 77 }))?;
    lose(redis)?;
    for gateway in [&first, &second] {
        gateway.wait_for_log(LOST, 1)?;
        wait_until("all to be in force again", || is_ready(gateway))?;
    }
    wait_until("the changes to be back", || Ok(redis.command(&["HLEN", "idp-gateway:{shared}overrides"])? == "2"))?;
    second.restart()?;
    for gateway in [&first, &second] {
        assert_eq!(kids(gateway)?, before, "no other key, and none less");
        assert_eq!(get(gateway, "/_gateway/verify/bits", Some(&token))?.status, 200, "the token holds");
        assert_eq!(bizzassure(gateway, "changed-secret")?.status, 200, "the change holds");
        assert_eq!(as_json(&bits(gateway)?)?["expires_in"], 77, "the setting holds");
    }
    ensure!(metric(&first, "idp_gateway_store_lost_total")? > 0.5, "not counted");
    ensure!(first.logs()?.matches(LOST).count() == 1, "said once");
    Ok(())
}

#[test]
fn s03_what_a_flushed_redis_has_lost_is_put_back() -> Result<()> {
    loses(&mut Redis::start()?, |redis| redis.command(&["FLUSHALL"]).map(drop))
}

#[test]
fn s03_what_a_redis_without_persistence_has_lost_is_put_back() -> Result<()> {
    loses(&mut Redis::start()?, |redis| {
        redis.kill9()?;
        redis.restart()
    })
}

/// Its keys are those of another gateway.
#[test]
fn s03_another_redis_is_told_from_the_one_before() -> Result<()> {
    loses(&mut Redis::start()?, |redis| {
        redis.command(&["FLUSHALL"])?;
        redis.command(&["SET", "idp-gateway:{shared}mark", "of-another"]).map(drop)
    })
}

#[test]
fn s03_a_redis_that_may_lose_what_it_keeps_is_warned_of() -> Result<()> {
    let redis = Redis::start_with(&["--maxmemory-policy", "allkeys-lru"])?;
    let gateway = start(&redis, "one")?;
    for words in ["its maxmemory-policy is allkeys-lru", "Redis keeps nothing on disk"] {
        gateway.wait_for_log(words, 1)?;
    }
    let redis = Redis::start_with(&["--appendonly", "yes"])?;
    let gateway = start(&redis, "one")?;
    ensure!(!gateway.logs()?.contains("Redis keeps nothing") && !gateway.logs()?.contains("maxmemory-policy"));
    Ok(())
}

#[test]
fn s03_a_redis_that_is_too_old_is_named() -> Result<()> {
    let redis = Redis::start()?;
    let proxy = Proxy::start(redis.address())?;
    let version = redis.info("redis_version")?;
    ensure!(version.starts_with("7."), "the test makes a 6 of a 7, and this is {version}");
    proxy.rewrite("redis_version:7.", "redis_version:6.");
    let gateway = Gateway::start_early(&config(&proxy.url(), "one", ""))?;
    gateway.wait_for_log(&format!("this is Redis 6{}, and Redis 7 or later is needed", &version[1..]), 1)?;
    ensure!(!is_ready(&gateway)?, "ready over a Redis that cannot run its scripts");
    Ok(())
}

/// The rule of the manual is all that a gateway needs; without INFO it says what it could not look at.
#[test]
fn s03_the_manuals_acl_user_may_do_all_that_is_done() -> Result<()> {
    let manual = std::fs::read_to_string(tree::root().join("docs/redis.md"))?;
    let rule = manual.lines().find(|line| line.starts_with("user gateway on ")).context("the manual's ACL rule")?;
    let rule: Vec<_> = rule.split(' ').skip(1).collect();
    let redis = Redis::start_with(&["--appendonly", "yes"])?;
    redis.command(&[&["ACL", "SETUSER"], &rule[..]].concat())?;
    let url = redis.url().replace("redis://", "redis://gateway:a-password@");
    let work = |gateway: &Gateway| -> Result<()> {
        ensure!(bizzassure(gateway, "app-secret")?.status == 200);
        let token = crate::refresh_token(&crate::redeem(gateway, &crate::code(gateway)?)?)?;
        crate::refresh_token(&crate::refresh(gateway, &token)?)?;
        gateway.admin().put("bizzassure", "clients", "made", &json!({ "secret": "a-long-enough-secret" }))?;
        gateway.admin().delete("bizzassure", "clients", "made")?;
        gateway.admin().rotate_key("brighthr", 0)?;
        gateway.admin().offset_clock(90_000)?;
        gateway.admin().reset()
    };
    let gateway = Gateway::start(&config(&url, "one", "timeout_ms = 5000"))?;
    work(&gateway)?;
    assert_eq!(redis.command(&["ACL", "LOG"])?, "", "what was refused");
    ensure!(!gateway.logs()?.contains("give the user +info"));
    drop(gateway);
    redis.command(&["ACL", "SETUSER", "gateway", "-info"])?;
    let gateway = Gateway::start(&config(&url, "two", "timeout_ms = 5000"))?;
    gateway.wait_for_log("give the user +info", 1)?;
    work(&gateway)
}

/// The rows of run-time changes.
const ROWS: &str = "idp-gateway:{shared}overrides";

/// Puts rows and keys there that only a newer version knows; the rows, by field.
fn plant(redis: &Redis) -> Result<[(&'static str, String); 4]> {
    let row = |kind: &str, id: &str, realm: &str, body: &str| {
        json!({ "realm": realm, "kind": kind, "id": id, "body": body }).to_string()
    };
    let newer = [
        ("bizzassure\0theme\0x", row("theme", "x", "bizzassure", "{}")),
        ("bizzassure\0client\0odd", row("client", "odd", "bizzassure", r#"{"id":"odd","telepathy":true}"#)),
        ("damaged", "no JSON".to_owned()),
        ("bits\0settings\0", row("settings", "", "bits", r#"{"access_ttl":77,"telepathy":1}"#)),
    ];
    for (field, value) in &newer {
        redis.command(&["HSET", ROWS, field, value])?;
    }
    redis.command(&[
        "HSET",
        "idp-gateway:keys:{bits}",
        "newer",
        r#"{"p":"seal","a":"X1","k":"newer","c":1,"m":""}"#,
    ])?;
    redis.command(&[
        "HSET",
        "idp-gateway:keys:{brighthr}",
        "odd",
        r#"{"p":"sign","a":"X1","k":"odd","c":1,"s":1,"m":""}"#,
    ])?;
    Ok(newer)
}

/// Tells of changes of which only a newer version knows.
fn tell(redis: &Redis) -> Result<()> {
    let log = "idp-gateway:{shared}log";
    let number = redis.command(&["XREVRANGE", log, "+", "-", "COUNT", "1"])?;
    let number: u64 = number.lines().nth(2).context("the number of the last entry")?.parse()?;
    for (at, told) in
        [r#"{"spell":{"of":"x"}}"#, r#"{"put":{"realm":"bits","kind":"theme","id":"","body":null}}"#].iter().enumerate()
    {
        let number = (number + 1 + at as u64).to_string();
        redis.command(&["XADD", log, "*", "n", &number, "c", told])?;
    }
    Ok(())
}

/// A row, an entry of the log or a key that only a newer version knows costs itself alone.
#[test]
fn s05_what_only_a_newer_version_knows_costs_itself_alone() -> Result<()> {
    let redis = Redis::start()?;
    let first = start(&redis, "first")?;
    let changed = json!({ "secret": "changed-secret", "scopes": ["employee.get"], "rate_limit": "unlimited" });
    first.admin().put("bizzassure", "clients", "app", &changed)?;
    first.admin().patch_settings("bits", &json!({ "access_ttl": 77 }))?;
    let newer = plant(&redis)?;
    let mut second = start(&redis, "second")?;
    let holds = |gateway: &Gateway| -> Result<()> {
        assert_eq!(bizzassure(gateway, "changed-secret")?.status, 200, "the others are in force");
        assert_eq!(as_json(&bits(gateway)?)?["expires_in"], 77, "a setting that is known holds beside one that is not");
        ensure!(kids(gateway)?.len() == 3 && is_ready(gateway)?);
        Ok(())
    };
    holds(&second)?;
    // Told of, too, and by the change itself to whoever made it.
    tell(&redis)?;
    second.admin().put("bizzassure", "clients", "next", &json!({ "secret": "a-long-enough-secret" }))?;
    holds(&first)?;
    for gateway in [&first, &second] {
        gateway.wait_for_log("a change that another replica made is left out", 2)?;
    }
    // A change of settings keeps what it does not know.
    first.admin().patch_settings("bits", &json!({ "access_ttl": 77 }))?;
    second.restart()?;
    holds(&second)?;
    for (field, value) in &newer[..3] {
        assert_eq!(&redis.command(&["HGET", ROWS, field])?, value, "untouched");
    }
    ensure!(redis.command(&["HGET", ROWS, newer[3].0])?.contains("telepathy"));
    let log = second.logs()?;
    for (words, times) in [
        ("a run-time change is left out", 4),
        ("a run-time change does not fit", 4),
        ("a key is left out", 2),
        ("a key of an algorithm", 2),
    ] {
        ensure!(log.matches(words).count() == times, "{words}: once for each row and start\n{log}");
    }
    Ok(())
}
