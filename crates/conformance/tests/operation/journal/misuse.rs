//! What the report of misuse says of a client that misbehaves, and of one that does not.

use super::{BRIGHTHR, CALLBACK, CHALLENGE, OTHER, Stage, VERIFIER, WEB};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn rules(stage: &Stage) -> Result<BTreeSet<String>> {
    let report = stage.admin("GET", "/v1/journal/misuse", None)?;
    let rules = report.as_array().context("an array")?.iter();
    for misuse in rules.clone() {
        ensure!(
            misuse["count"].as_u64() > Some(0) && !misuse["numbers"].as_array().is_none_or(Vec::is_empty),
            "{misuse}"
        );
        let reference = misuse["reference"].as_str().unwrap_or_default();
        ensure!(reference.contains(" section "), "{misuse}");
    }
    Ok(rules.filter_map(|misuse| misuse["rule"].as_str().map(str::to_owned)).collect())
}

fn authorize(stage: &Stage, more: &str) -> Result<()> {
    let query = format!("client_id=web&response_type=code&scope=openid&redirect_uri={CALLBACK}&{more}");
    stage.authorize(&query).map(drop)
}

fn verify(stage: &Stage, token: &str, scope: &str) -> Result<()> {
    let path = format!("/_gateway/verify/brighthr?scope={scope}");
    let reply = stage.send("GET", &path, &[("Authorization", &format!("Bearer {token}"))], b"")?;
    ensure!(reply.status == 200, "{}", reply.text());
    Ok(())
}

/// Brings two codes about by a user who is signed in by a hint, with these nonces.
fn codes(stage: &Stage, nonces: [&str; 2]) -> Result<()> {
    let settings = json!({ "auto_approve": true });
    stage.admin("PATCH", "/v1/mounts/brighthr/settings", Some(&settings))?;
    for nonce in nonces {
        let more =
            format!("code_challenge={CHALLENGE}&code_challenge_method=S256&state=s&nonce={nonce}&login_hint=alice");
        let query = format!("client_id=web&response_type=code&scope=openid&redirect_uri={CALLBACK}&{more}");
        let reply = stage.authorize(&query)?;
        ensure!(reply.status == 302 && reply.header("location").is_some_and(|to| to.contains("code=")), "{reply:?}");
    }
    Ok(())
}

type Act = fn(&Stage) -> Result<()>;

/// A rule, what breaks it, and what keeps it.
const RULES: &[(&str, Act, Act)] = &[
    (
        "token_fetched_again",
        |s| [(); 2].into_iter().try_for_each(|()| s.token(WEB, "company:read").map(drop)),
        |s| {
            s.token(WEB, "company:read")?;
            s.gateway.admin().advance_clock(3_000)?;
            s.token(WEB, "company:read").map(drop)
        },
    ),
    (
        "credentials_twice",
        |s| s.form(BRIGHTHR, Some(WEB), "grant_type=client_credentials&client_secret=web-secret").map(drop),
        |s| s.form(BRIGHTHR, None, "grant_type=client_credentials&client_id=web&client_secret=web-secret").map(drop),
    ),
    (
        "no_state",
        |s| authorize(s, &format!("code_challenge={CHALLENGE}&code_challenge_method=S256")),
        |s| authorize(s, &format!("code_challenge={CHALLENGE}&code_challenge_method=S256&state=s")),
    ),
    (
        "no_pkce",
        |s| authorize(s, "state=s"),
        |s| authorize(s, &format!("code_challenge={CHALLENGE}&code_challenge_method=S256&state=s")),
    ),
    (
        "plain_pkce",
        |s| authorize(s, &format!("code_challenge={VERIFIER}&state=s")),
        |s| authorize(s, &format!("code_challenge={CHALLENGE}&code_challenge_method=S256&state=s")),
    ),
    (
        "spent_refresh_token",
        |s| {
            let token = s.refresh_token()?;
            s.refresh(WEB, &token)?;
            s.refresh(WEB, &token).map(drop)
        },
        |s| {
            let next = s.refresh(WEB, &s.refresh_token()?)?.json()?;
            s.refresh(WEB, next["refresh_token"].as_str().context("no token")?).map(drop)
        },
    ),
    (
        "expired_token",
        |s| {
            let token = s.token(WEB, "company:read")?;
            s.gateway.admin().advance_clock(3_600)?;
            s.userinfo(&token).map(drop)
        },
        |s| s.userinfo(&s.token(WEB, "company:read")?).map(drop),
    ),
    (
        "keys_fetched_per_request",
        |s| (0..5).try_for_each(|_| s.send("GET", "/_gateway/jwks/brighthr", &[], b"").map(drop)),
        |s| (0..2).try_for_each(|_| s.send("GET", "/_gateway/jwks/brighthr", &[], b"").map(drop)),
    ),
    (
        "late_code",
        |s| {
            let code = s.code(&json!({}))?;
            s.gateway.admin().advance_clock(200)?;
            s.redeem(WEB, &code, "").map(drop)
        },
        |s| s.redeem(WEB, &s.code(&json!({}))?, "").map(drop),
    ),
    (
        "secret_in_query",
        |s| {
            s.form(&format!("{BRIGHTHR}?client_secret=web-secret"), Some(WEB), "grant_type=client_credentials")
                .map(drop)
        },
        |s| s.form(&format!("{BRIGHTHR}?trace=1"), Some(WEB), "grant_type=client_credentials").map(drop),
    ),
    (
        "scope_wider_than_used",
        |s| {
            let tokens = s.redeem(WEB, &s.code(&json!({ "scope": "openid company:read" }))?, "")?.json()?;
            verify(s, tokens["access_token"].as_str().context("no token")?, "openid")
        },
        |s| {
            let tokens = s.redeem(WEB, &s.code(&json!({ "scope": "openid company:read" }))?, "")?.json()?;
            verify(s, tokens["access_token"].as_str().context("no token")?, "company:read")
        },
    ),
    ("nonce_twice", |s| codes(s, ["n-1", "n-1"]), |s| codes(s, ["n-1", "n-2"])),
];

#[test]
fn n88_each_rule_tells_a_client_that_misbehaves_from_one_that_does_not() -> Result<()> {
    let stage = Stage::start()?;
    for (rule, breaks, keeps) in RULES {
        for (act, wanted) in [(keeps, None), (breaks, Some(*rule))] {
            stage.gateway.admin().reset()?;
            act(&stage).with_context(|| (*rule).to_owned())?;
            let seen = rules(&stage)?;
            ensure!(seen.iter().map(String::as_str).eq(wanted), "{rule}: {seen:?}, wanted {wanted:?}");
        }
    }
    Ok(())
}

#[test]
fn n88_misuse_is_told_by_client_and_of_the_entries_that_are_meant() -> Result<()> {
    let stage = Stage::start()?;
    for (client, times) in [(WEB, 2), (OTHER, 1)] {
        let form = "grant_type=refresh_token&refresh_token=x&client_secret=x";
        (0..times).try_for_each(|_| stage.form(BRIGHTHR, Some(client), form).map(drop))?;
    }
    let report = stage.admin("GET", "/v1/journal/misuse", None)?;
    ensure!(
        report.as_array().is_some_and(|all| all.len() == 1),
        "a request that cannot be read names no client: {report}"
    );
    ensure!(report[0]["count"] == 3 && report[0]["numbers"] == json!([1, 2, 3]), "{report}");
    let later: Value = stage.admin("GET", "/v1/journal/misuse?since=2", None)?;
    ensure!(later[0]["numbers"] == json!([3]), "{later}");
    ensure!(stage.call("GET", "/v1/journal/misuse?mount=none", None)?.status == 400);
    Ok(())
}
