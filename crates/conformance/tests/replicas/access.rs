//! Redis by TLS, as a user who may do what the manual says and no more.

use crate::{as_json, bizzassure, code, config, get, redeem, refresh, refresh_token};
use anyhow::{Context, Result, ensure};
use std::fs;
use testkit::gateway::Gateway;
use testkit::tls::Ca;
use testkit::{Redis, TlsFiles, tree};

/// The rule of the manual, with another password.
fn rule() -> Result<Vec<String>> {
    let manual = fs::read_to_string(tree::root().join("docs/redis.md"))?;
    let line =
        manual.lines().find_map(|line| line.strip_prefix("user gateway ")).context("docs/redis.md has no rule")?;
    ensure!(line.contains(">a-password") && line.contains("~idp-gateway:*"), "{line}");
    Ok(line.replace(">a-password", ">redis-canary").split(' ').map(str::to_owned).collect())
}

#[test]
fn by_tls_a_user_with_the_manuals_rights_is_enough() -> Result<()> {
    let ca = Ca::new()?;
    let files = TlsFiles::new(&ca, ca.issue()?)?;
    let arguments = files.arguments()?;
    let anyone = ["--tls-auth-clients", "no"];
    let redis = Redis::start_with(&arguments.iter().map(String::as_str).chain(anyone).collect::<Vec<_>>())?;
    let rule = rule()?;
    let words: Vec<&str> = ["ACL", "SETUSER", "gateway"].into_iter().chain(rule.iter().map(String::as_str)).collect();
    redis.command(&words)?;

    let url = redis.url().replace("rediss://", "rediss://gateway:redis-canary@");
    let trusted = vec![("SSL_CERT_FILE".to_owned(), files.path("ca.crt"))];
    let start = |n| Gateway::start_in(trusted.clone(), &config(&url, &format!("replica-{n}"), "timeout_ms = 5000"));
    let (one, two) = (start(1)?, start(2)?);

    // Everything that is asked of Redis, once.
    ensure!(bizzassure(&one, "app-secret")?.status == 200, "a limited grant");
    let tokens = redeem(&one, &code(&two)?)?;
    let access = as_json(&tokens)?["access_token"].as_str().context("no access token")?.to_owned();
    ensure!(get(&two, "/brighthr/connect/userinfo", Some(&access))?.status == 200, "a token of the other");
    refresh_token(&refresh(&two, &refresh_token(&tokens)?)?)?;
    let pat = admin_api::PatRequest { name: "ci".to_owned(), scope: None, ttl: None };
    let pat = two.admin().make_pat("brighthr", "alice", &pat)?;
    ensure!(get(&one, "/_gateway/verify/brighthr", Some(pat.token.expose()))?.status == 200, "a token of a user");
    one.admin().revoke_pat("brighthr", "alice", &pat.id)?;
    one.admin().advance_clock(3_600)?;
    two.admin().rotate_key("brighthr", 0)?;
    let kid = one.admin().keys("brighthr")?.swap_remove(0).kid;
    one.admin().call("DELETE", &format!("/v1/mounts/brighthr/keys/{kid}"), None)?;
    ensure!(two.admin().keys("brighthr")?.len() == 1, "a key is forgotten");
    two.admin().patch_settings("bits", &serde_json::json!({ "access_ttl": 60 }))?;
    two.admin().reset()?;
    ensure!(bizzassure(&two, "app-secret")?.status == 200, "after a reset");

    let denied = redis.command(&["ACL", "LOG"])?;
    ensure!(denied.is_empty(), "the user wanted more: {denied}");
    for gateway in [&one, &two] {
        let logs = gateway.logs()?;
        ensure!(!logs.contains("NOPERM") && !logs.contains("redis-canary"), "{logs}");
    }
    ensure!(redis.info("connected_clients")?.parse::<u32>()? > 2, "it was this Redis");

    // A certificate of a CA that the system does not know is not spoken to.
    Gateway::start_early(&config(&url, "replica-3", "timeout_ms = 5000"))?.wait_for_log("UnknownIssuer", 1)
}
