//! What the journal says is to be changed, of each fault that a client may have.

use super::{BATCH, BITS, BIZZASSURE, BRIGHTHR, CALLBACK, CHALLENGE, FORM, OTHER, Stage, VERIFIER, WEB, basic};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

type Cause = fn(&Stage) -> Result<()>;

/// What is wrong, how it comes about, and what the hint says.
const FAULTS: &[(&str, Cause, &str)] = &[
    ("a wrong path", |s| form(s, "/bits/v1/oauth/token", None, ""), "did you mean /bits/v1/oauth2/token?"),
    ("a wrong mount", |s| form(s, "/bts/v1/oauth2/token", None, ""), "did you mean /bits/v1/oauth2/token?"),
    (
        "an issuer with a slash",
        |s| get(s, "/brighthr//.well-known/openid-configuration", &[]),
        "there is /brighthr/.well-known/openid-configuration",
    ),
    (
        "a client of another mount",
        |s| form(s, BRIGHTHR, Some(BATCH), "grant_type=client_credentials"),
        "of mount `bits`",
    ),
    ("a form sent as JSON", |s| body(s, BRIGHTHR, "application/json", r#"{"client_id":"web"}"#), "takes a form"),
    ("JSON sent as a form", |s| body(s, BRIGHTHR, FORM, r#"{"client_id":"web"}"#), "under the media type of a form"),
    ("JSON where a form belongs", |s| body(s, BIZZASSURE, FORM, "client_id=app"), "this vendor takes JSON"),
    (
        "a form of the type of JSON",
        |s| body(s, BIZZASSURE, "application/json", "client_id=app"),
        "write `{\"client_id\"",
    ),
    (
        "credentials in the body",
        |s| form(s, BITS, None, "grant_type=client_credentials&client_id=batch&client_secret=batch-secret"),
        "in the header alone",
    ),
    (
        "credentials in the header",
        |s| send(s, BIZZASSURE, &[("Content-Type", "application/json"), ("Authorization", &basic("app", "x"))], b"{}"),
        "`client_id` and `client_secret`",
    ),
    (
        "credentials twice",
        |s| form(s, BRIGHTHR, Some(WEB), "grant_type=client_credentials&client_id=web&client_secret=web-secret"),
        "in two ways",
    ),
    (
        "a secret encoded once too often",
        |s| form(s, BRIGHTHR, None, "grant_type=client_credentials&client_id=web&client_secret=web%252Dsecret"),
        "once too often",
    ),
    (
        "a secret encoded where nothing is decoded",
        |s| form(s, BITS, Some(("batch", "batch%2Dsecret")), "grant_type=client_credentials"),
        "decodes nothing",
    ),
    ("another client's secret", |s| form(s, BRIGHTHR, Some(("other", "web-secret")), ""), "the secret of client `web`"),
    (
        "another mount's secret",
        |s| form(s, BRIGHTHR, Some(("web", "batch-secret")), ""),
        "client `batch` of mount `bits`",
    ),
    ("another mount's token", foreign_token, "issued by mount `bits`"),
    ("a token of a namespace", token_of_a_namespace, "issued in another namespace"),
    ("a token of none in a namespace", token_of_none, "issued outside any namespace"),
    ("a token of a namespace in another", token_of_another_namespace, "issued in another namespace"),
    ("a namespace that is not there", |s| form(s, "/~gone/bits/v1/oauth2/token", None, ""), "never made"),
    (
        "a header of a namespace that is not there",
        |s| send(s, BITS, &[("X-Gateway-Namespace", "gone")], b""),
        "never made",
    ),
    ("an issuer with another slash", slashed_issuer, "differs by a slash"),
    ("an ID token as access token", id_token, "an ID token"),
    ("a refresh token as access token", |s| s.userinfo(&s.refresh_token()?).map(drop), "a code or a refresh token"),
    ("no token", |s| get(s, "/brighthr/connect/userinfo", &[]), "Authorization: Bearer"),
    ("a clock that is ahead", expired_token, "s ahead of real time"),
    ("a spent code", spent_code, "of client `web`"),
    ("an expired code", expired_code, "lives 300 s"),
    ("a code of another client", |s| redeem(s, OTHER, &json!({}), ""), "issued to another client"),
    (
        "a redirect URI that differs by a slash",
        |s| authorize(s, "redirect_uri=https://client.test/cb/&code_challenge=x"),
        "in its slash at the end",
    ),
    ("a redirect URI of another path", |s| authorize(s, "redirect_uri=https://client.test/CB"), "in its path"),
    (
        "a redirect URI other than the code's",
        |s| redeem(s, WEB, &json!({ "redirect_uri": "https://client.test/other" }), ""),
        "sent to another",
    ),
    (
        "PKCE without a verifier",
        |s| redeem(s, WEB, &json!({ "code_challenge": CHALLENGE }), ""),
        "send the code_verifier",
    ),
    ("PKCE without a challenge", |s| redeem(s, WEB, &json!({}), VERIFIER), "no code_challenge"),
    ("plain PKCE", |s| redeem(s, WEB, &json!({ "code_challenge": CHALLENGE }), CHALLENGE), "as with `plain`"),
    (
        "another verifier",
        |s| redeem(s, WEB, &json!({ "code_challenge": CHALLENGE }), &VERIFIER.replace('d', "e")),
        "another authorization request",
    ),
    ("no PKCE", |s| authorize(s, "redirect_uri=https://client.test/cb"), "PKCE is missing"),
    (
        "plain PKCE asked for",
        |s| authorize(s, &format!("redirect_uri={CALLBACK}&code_challenge={CHALLENGE}&code_challenge_method=plain")),
        "code_challenge_method=S256",
    ),
    ("a scope misspelt", |s| scope(s, "company:raed"), "did you mean `company:read`?"),
    ("a scope of another mount", |s| scope(s, "application"), "a scope of mount `bits`"),
    ("scopes with commas", |s| scope(s, "openid,email"), "between spaces"),
    (
        "a scope that the client has not",
        |s| form(s, BRIGHTHR, Some(("slow", "slow-secret")), "grant_type=client_credentials&scope=employee:read"),
        "add `employee:read`",
    ),
    ("a refresh token of another client", |s| s.refresh(OTHER, &s.refresh_token()?).map(drop), "it is client `web`'s"),
    ("a spent refresh token", spent_refresh_token, "last by request"),
    ("a rate limit", rate_limited, "a place is free at 20"),
    ("a byte-order mark", |s| body(s, BRIGHTHR, FORM, "\u{feff}grant_type=client_credentials"), "byte-order mark"),
    (
        "a body that is compressed",
        |s| send(s, BRIGHTHR, &[("Content-Type", FORM), ("Content-Encoding", "gzip")], b"\x1f\x8b\x08\0"),
        "is compressed",
    ),
    (
        "a page of another origin",
        |s| get(s, "/brighthr/.well-known/openid-configuration", &[ORIGIN]),
        "allowed_origins",
    ),
    ("a preflight of one", preflight, "allowed_origins"),
    (
        "a form_post",
        |s| authorize(s, "redirect_uri=https://client.test/cb&response_type=code+id_token"),
        "response_mode=form_post",
    ),
    ("a grant that is not served", |s| form(s, BITS, Some(BATCH), "grant_type=password"), "one of client_credentials"),
    (
        "a grant that the client has not",
        |s| form(s, BRIGHTHR, Some(OTHER), "grant_type=client_credentials"),
        "has the grants authorization_code, refresh_token",
    ),
];

const ORIGIN: (&str, &str) = ("Origin", "https://page.test");

fn send(stage: &Stage, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<()> {
    stage.send("POST", path, headers, body).map(drop)
}

fn get(stage: &Stage, path: &str, headers: &[(&str, &str)]) -> Result<()> {
    stage.send("GET", path, headers, b"").map(drop)
}

fn form(stage: &Stage, path: &str, client: Option<(&str, &str)>, form: &str) -> Result<()> {
    stage.form(path, client, form).map(drop)
}

fn body(stage: &Stage, path: &str, media: &str, body: &str) -> Result<()> {
    send(stage, path, &[("Content-Type", media)], body.as_bytes())
}

fn scope(stage: &Stage, scope: &str) -> Result<()> {
    form(stage, BRIGHTHR, Some(WEB), &format!("grant_type=client_credentials&scope={scope}"))
}

fn authorize(stage: &Stage, query: &str) -> Result<()> {
    let kind = if query.contains("response_type") { "" } else { "&response_type=code" };
    stage.authorize(&format!("client_id=web&scope=openid&state=s&{query}{kind}")).map(drop)
}

fn redeem(stage: &Stage, client: (&str, &str), code: &Value, verifier: &str) -> Result<()> {
    let more = if verifier.is_empty() { String::new() } else { format!("&code_verifier={verifier}") };
    stage.redeem(client, &stage.code(code)?, &more).map(drop)
}

fn order(stage: &Stage, mount: &str, order: &Value) -> Result<Value> {
    stage.admin("POST", &format!("/v1/mounts/{mount}/tokens"), Some(order))
}

fn text(tokens: &Value, name: &str) -> Result<String> {
    Ok(tokens[name].as_str().with_context(|| format!("{name} of {tokens}"))?.to_owned())
}

fn foreign_token(stage: &Stage) -> Result<()> {
    let tokens = order(stage, "bits", &json!({ "client_id": "batch" }))?;
    stage.userinfo(&text(&tokens, "access_token")?).map(drop)
}

/// Has userinfo of one namespace, or of none, shown a token of another.
fn cross(stage: &Stage, of: Option<&str>, at: Option<&str>) -> Result<()> {
    for name in [of, at].into_iter().flatten() {
        stage.call("POST", "/v1/namespaces", Some(&json!({ "name": name })))?;
    }
    let query = of.map(|name| format!("?namespace={name}")).unwrap_or_default();
    let order = json!({ "client_id": "web", "user": "alice", "scope": "openid" });
    let tokens = stage.admin("POST", &format!("/v1/mounts/brighthr/tokens{query}"), Some(&order))?;
    let bearer = format!("Bearer {}", text(&tokens, "access_token")?);
    let root = at.map(|name| format!("/~{name}")).unwrap_or_default();
    get(stage, &format!("{root}/brighthr/connect/userinfo"), &[("Authorization", &bearer)])
}

fn token_of_a_namespace(stage: &Stage) -> Result<()> {
    cross(stage, Some("one"), None)
}

fn token_of_none(stage: &Stage) -> Result<()> {
    cross(stage, None, Some("one"))
}

fn token_of_another_namespace(stage: &Stage) -> Result<()> {
    cross(stage, Some("one"), Some("two"))
}

fn slashed_issuer(stage: &Stage) -> Result<()> {
    let mount = stage.admin("GET", "/v1/mounts/brighthr", None)?;
    let iss = format!("{}/", text(&mount, "issuer")?);
    let tokens = order(stage, "brighthr", &json!({ "client_id": "web", "user": "alice", "claims": { "iss": iss } }))?;
    stage.userinfo(&text(&tokens, "access_token")?).map(drop)
}

fn id_token(stage: &Stage) -> Result<()> {
    let tokens = order(stage, "brighthr", &json!({ "client_id": "web", "user": "alice", "scope": "openid" }))?;
    stage.userinfo(&text(&tokens, "id_token")?).map(drop)
}

fn expired_token(stage: &Stage) -> Result<()> {
    let tokens = order(stage, "brighthr", &json!({ "client_id": "web", "user": "alice" }))?;
    stage.gateway.admin().advance_clock(7_200)?;
    stage.userinfo(&text(&tokens, "access_token")?)?;
    stage.admin("DELETE", "/v1/clock", None).map(drop)
}

fn spent_code(stage: &Stage) -> Result<()> {
    let code = stage.code(&json!({}))?;
    ensure!(stage.redeem(WEB, &code, "")?.status == 200);
    stage.redeem(WEB, &code, "").map(drop)
}

fn expired_code(stage: &Stage) -> Result<()> {
    let code = stage.code(&json!({}))?;
    stage.gateway.admin().advance_clock(301)?;
    stage.redeem(WEB, &code, "")?;
    stage.admin("DELETE", "/v1/clock", None).map(drop)
}

fn spent_refresh_token(stage: &Stage) -> Result<()> {
    let token = stage.refresh_token()?;
    ensure!(stage.refresh(WEB, &token)?.status == 200);
    stage.refresh(WEB, &token).map(drop)
}

fn rate_limited(stage: &Stage) -> Result<()> {
    for _ in 0..2 {
        form(stage, BRIGHTHR, Some(("slow", "slow-secret")), "grant_type=client_credentials")?;
    }
    Ok(())
}

fn preflight(stage: &Stage) -> Result<()> {
    let asks = [ORIGIN, ("Access-Control-Request-Method", "POST")];
    stage.send("OPTIONS", BRIGHTHR, &asks, b"").map(drop)
}

#[test]
fn n84_each_fault_has_a_hint_that_says_what_to_change() -> Result<()> {
    let stage = Stage::start()?;
    let mut wrong = Vec::new();
    for (fault, cause, words) in FAULTS {
        cause(&stage).with_context(|| (*fault).to_owned())?;
        let entry = stage.admin("GET", "/v1/journal?limit=1&namespace=*", None)?[0].clone();
        let hint = entry["hint"].as_str().unwrap_or_default();
        if !hint.contains(words) || hint.contains("-secret") {
            wrong.push(format!("{fault}: {hint:?} lacks {words:?}, of {entry}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn n84_a_client_that_came_by_basic_is_not_sent_elsewhere_where_that_counts() -> Result<()> {
    let stage = Stage::start()?;
    for (path, form) in [
        (BRIGHTHR, "grant_type=refresh_token"),
        (BRIGHTHR, "grant_type=authorization_code"),
        (BRIGHTHR, "grant_type=client_credentials&scope=a&scope=b"),
        ("/brighthr/connect/introspect", "x=y"),
    ] {
        stage.form(path, Some(WEB), form)?;
        let entry = stage.last()?;
        let hint = entry["hint"].as_str().unwrap_or_default();
        ensure!(entry["status"].as_u64() > Some(399) && !hint.contains("in the body"), "{form}: {hint} of {entry}");
    }
    Ok(())
}

#[test]
fn n84_what_is_served_and_what_a_scenario_does_has_none() -> Result<()> {
    let stage = Stage::start()?;
    stage.token(WEB, "company:read")?;
    let served = stage.last()?;
    ensure!(served["hint"].is_null() && served["dialect"] == "brighthr-connect", "{served}");
    ensure!(served["phases"][0]["says"] == "the client is who it says", "{served}");
    stage.admin("POST", "/v1/scenarios", Some(&json!({ "mount": "brighthr", "error": "rate_limited" })))?;
    scope(&stage, "company:read")?;
    let forced = stage.last()?;
    ensure!(forced["forced"] == true && forced["hint"].is_null(), "{forced}");
    Ok(())
}
