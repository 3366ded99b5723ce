//! Tokens that are expired by a call: what was out is refused as expired, what is issued after it holds, and no clock moves.

use super::orders::{MOUNTS, ORDERS, basic, order};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

/// A gateway whose issuer outlives a restart, and whose clients may come often.
fn start() -> Result<Gateway> {
    let mounts = MOUNTS.replace("1/1h", "unlimited");
    let gateway = Gateway::start(&format!("[server]\npublic_url = \"http://localhost:8080\"\n{mounts}"))?;
    gateway.admin().freeze_clock(1_800_000_000)?;
    Ok(gateway)
}

fn expire(gateway: &Gateway, mount: &str, selection: &Value) -> Result<()> {
    gateway.admin().call("POST", &format!("/v1/mounts/{mount}/tokens/expire"), Some(selection)).map(drop)
}

/// What the gateway says of a token: whether it holds, and why not.
fn problems(gateway: &Gateway, token: &str) -> Result<String> {
    let seen = gateway.admin().call("POST", "/v1/tokens/inspect", Some(&json!({ "token": token })))?;
    let said = format!("{} {} {}", seen["problems"], seen["userinfo"], seen["verify"]);
    ensure!(seen["active"] == (seen["problems"] == json!([])), "{seen}");
    Ok(said)
}

fn is_expired(gateway: &Gateway, token: &str) -> Result<bool> {
    let said = problems(gateway, token)?;
    ensure!(said.contains("expired by a call") != said.starts_with("[]"), "{said}");
    Ok(said.contains("expired by a call"))
}

fn text(tokens: &Value, name: &str) -> Result<String> {
    tokens[name].as_str().map(str::to_owned).with_context(|| format!("no {name} in {tokens}"))
}

fn web(gateway: &Gateway, path: &str, fields: &str) -> Result<Response> {
    let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let form = format!("client_id=web&client_secret=web-secret&{fields}");
    http::exchange(gateway.public(), &http::request("POST", path, &headers, form.as_bytes()))
}

fn refresh(gateway: &Gateway, token: &str) -> Result<Response> {
    web(gateway, "/brighthr/connect/token", &format!("grant_type=refresh_token&refresh_token={token}"))
}

#[test]
fn what_is_out_has_expired_and_what_comes_after_holds_in_the_same_second() -> Result<()> {
    let mut gateway = start()?;
    for (mount, client, user) in ORDERS {
        let before = text(&order(&gateway, mount, &basic(client, user))?, "access_token")?;
        for _ in 0..3 {
            expire(&gateway, mount, &json!({ "client_id": client }))?;
            let after = text(&order(&gateway, mount, &basic(client, user))?, "access_token")?;
            ensure!(is_expired(&gateway, &before)?, "{mount}: what was out holds");
            ensure!(!is_expired(&gateway, &after)?, "{mount}: what is issued after the call does not hold");
        }
    }
    let (old, new) = (basic("web", None), basic("web", None));
    let old = text(&order(&gateway, "brighthr", &old)?, "access_token")?;
    expire(&gateway, "brighthr", &json!({}))?;
    let new = text(&order(&gateway, "brighthr", &new)?, "access_token")?;
    gateway.restart()?;
    let introspect = |token: &str| web(&gateway, "/brighthr/connect/introspect", &format!("token={token}"))?.json();
    ensure!(introspect(&old)?["active"] == false && introspect(&new)?["active"] == true, "a restart keeps it");
    // A reset forgets that it was expired, and not that it was out: the next call finds it.
    gateway.admin().reset()?;
    gateway.restart()?;
    gateway.admin().freeze_clock(1_800_000_000)?;
    ensure!(!is_expired(&gateway, &old)? && !is_expired(&gateway, &new)?, "a reset forgets it");
    expire(&gateway, "brighthr", &json!({}))?;
    ensure!(is_expired(&gateway, &old)? && is_expired(&gateway, &new)?, "what was out before the reset holds");
    Ok(())
}

#[test]
fn a_selection_takes_what_it_names_and_refresh_tokens_where_it_says_so() -> Result<()> {
    let gateway = start()?;
    let tokens = |user| order(&gateway, "brighthr", &basic("web", user));
    let (users, own) = (tokens(Some("alice"))?, text(&tokens(None)?, "access_token")?);
    let access = text(&users, "access_token")?;
    expire(&gateway, "brighthr", &json!({ "user": "alice" }))?;
    ensure!(is_expired(&gateway, &access)? && !is_expired(&gateway, &own)?, "by user");
    ensure!(refresh(&gateway, &text(&users, "refresh_token")?)?.status == 200, "refresh tokens were not named");

    let (one, other) = (tokens(Some("alice"))?, tokens(Some("alice"))?);
    let claims = one["explained"]["claims"].as_array().context("no claims")?;
    let jti = claims.iter().find(|claim| claim["name"] == "jti").context("no jti")?["value"].clone();
    expire(&gateway, "brighthr", &json!({ "jti": jti, "refresh": true }))?;
    ensure!(is_expired(&gateway, &text(&one, "access_token")?)?, "by jti");
    ensure!(!is_expired(&gateway, &text(&other, "access_token")?)?, "another has another jti");
    ensure!(refresh(&gateway, &text(&one, "refresh_token")?)?.status == 400, "the refresh token of its family holds");
    let rotated = refresh(&gateway, &text(&other, "refresh_token")?)?;
    ensure!(rotated.status == 200, "{}", rotated.text());

    let eagle = order(&gateway, "eagle", &basic("app", Some("test")))?;
    for (mount, client) in [("brighthr", "web"), ("eagle", "app")] {
        expire(&gateway, mount, &json!({ "client_id": client, "refresh": true }))?;
        // A later mark of access tokens alone leaves that of refresh tokens as it is.
        expire(&gateway, mount, &json!({ "client_id": client }))?;
    }
    let handle = text(&rotated.json()?, "refresh_token")?;
    let refused = refresh(&gateway, &handle)?;
    ensure!(refused.status == 400 && refused.text().contains("invalid_grant"), "{}", refused.text());
    ensure!(refresh(&gateway, &text(&tokens(Some("alice"))?, "refresh_token")?)?.status == 200, "one issued after it");
    let eagle = text(&eagle, "refresh_token")?;
    let said = problems(&gateway, &eagle)?;
    ensure!(said.contains("expired by a call"), "a refresh token that is a JWT: {said}");

    for (selection, word) in [
        (json!({ "client_id": "nobody" }), "no client"),
        (json!({ "user": "nobody" }), "no user"),
        (json!({ "clients": [] }), "unknown field"),
        (json!({ "refresh": "yes" }), "true or false"),
    ] {
        let error = expire(&gateway, "brighthr", &selection).err().context("it was taken")?.to_string();
        ensure!(error.contains(": 400 ") && error.contains(word), "{selection}: {error}");
    }
    Ok(())
}
