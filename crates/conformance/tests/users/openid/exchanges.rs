//! How far a token goes that another is exchanged for: its scopes, its actors, its target, its end.

use super::assertions::newest;
use super::logout::BYE;
use super::tokens::{ACCESS, GRANT, ID, ORDERS, STOCK, ensure_refused, exchange, exchanged};
use super::{TRUSTED, claims, signed_in, site, tokens};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::gateway::Gateway;
use testkit::http::Response;
use testkit::vendor::{Tokens, call};

/// The answer to a client that exchanges its own ID token.
fn by_id(gateway: &Gateway, token: &str, more: &[(&str, &str)]) -> Result<Response> {
    let fields = [&[("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ID)][..], more].concat();
    call(gateway, "/openid/token", TRUSTED.client, &fields)
}

fn let_exchange(gateway: &Gateway) -> Result<()> {
    let grants = json!({"grants": ["authorization_code", "refresh_token", GRANT]});
    gateway.admin().call("PATCH", "/v1/mounts/openid/clients/trusted", Some(&grants)).map(drop)
}

/// An app's own token.
fn own(gateway: &Gateway, client: (&str, &str)) -> Result<String> {
    let fields = [("grant_type", "client_credentials"), ("scope", "api")];
    Ok(Tokens::of(&call(gateway, "/openid/token", client, &fields)?)?.access)
}

#[test]
fn o43_an_id_token_buys_what_its_user_allowed_until_the_log_out() -> Result<()> {
    let gateway = site()?;
    let_exchange(&gateway)?;
    let (mut browser, first) = signed_in(&gateway, &[("scope", "openid email")])?;
    let answer = by_id(&gateway, &first.id, &[])?.json()?;
    ensure!(answer["scope"] == "openid email", "the client has more scopes than the user allowed it: {answer}");
    ensure_refused(&by_id(&gateway, &first.id, &[("scope", "openid api")])?, "invalid_scope")?;
    let narrow = tokens(&gateway, &TRUSTED, &mut browser, &[("scope", "openid")])?;
    let answer = by_id(&gateway, &narrow.id, &[])?.json()?;
    ensure!(answer["scope"] == "openid", "{answer}");
    let query = [("id_token_hint", &*first.id), ("post_logout_redirect_uri", BYE)];
    let out = browser.get(&format!("/openid/end-session?{}", serde_urlencoded::to_string(query)?))?;
    ensure!(out.header("location") == Some(BYE), "{}", out.text());
    for token in [&first.id, &narrow.id] {
        ensure_refused(&by_id(&gateway, token, &[])?, "invalid_request")?;
    }
    let (_, next) = signed_in(&gateway, &[("scope", "openid")])?;
    ensure!(by_id(&gateway, &next.id, &[])?.status == 200, "another session is another");
    // One that no browser has part in.
    let order = json!({"client_id": "trusted", "user": "janedoe", "scope": "openid"});
    let ordered = gateway.admin().call("POST", "/v1/mounts/openid/tokens", Some(&order))?;
    let ordered = ordered["id_token"].as_str().context("no ID token")?;
    ensure!(by_id(&gateway, ordered, &[])?.json()?["scope"] == "openid");
    Ok(())
}

#[test]
fn o43_actors_are_eight_at_most() -> Result<()> {
    let gateway = site()?;
    let (_, first) = signed_in(&gateway, &[("scope", "openid api")])?;
    let actor = own(&gateway, ORDERS)?;
    let acting = [("actor_token", &*actor), ("actor_token_type", ACCESS)];
    let mut token = first.access;
    for _ in 0..8 {
        token = exchanged(&gateway, ORDERS, &token, &acting)?.0;
    }
    ensure_refused(&exchange(&gateway, ORDERS, &token, &acting)?, "invalid_request")?;
    exchanged(&gateway, ORDERS, &token, &[])?;
    Ok(())
}

#[test]
fn o43_a_token_is_for_one_target_which_stays() -> Result<()> {
    let gateway = site()?;
    let (api, more) = ("https://api.test/v1", "https://more.test/");
    gateway.admin().patch_settings("openid", &json!({"resources": [api, more]}))?;
    let (_, first) = signed_in(&gateway, &[("scope", "openid api")])?;
    let both = [("resource", api), ("audience", "stock")];
    ensure_refused(&exchange(&gateway, ORDERS, &first.access, &both)?, "invalid_target")?;
    let (_, told) = exchanged(&gateway, ORDERS, &first.access, &[("resource", api), ("audience", api)])?;
    ensure!(told["aud"] == api, "{told}");
    let (token, told) = exchanged(&gateway, ORDERS, &first.access, &[("resource", api)])?;
    ensure!(told["aud"] == api, "{told}");
    let (_, told) = exchanged(&gateway, STOCK, &token, &[])?;
    ensure!(told["aud"] == api, "what is named once is not forgotten: {told}");
    let (_, told) = exchanged(&gateway, STOCK, &token, &[("resource", more)])?;
    ensure!(told["aud"] == more, "{told}");
    gateway.admin().call("PATCH", "/v1/mounts/openid/clients/stock", Some(&json!({"disabled": true})))?;
    ensure_refused(&exchange(&gateway, ORDERS, &first.access, &[("audience", "stock")])?, "invalid_target")
}

#[test]
fn o43_a_token_ends_with_the_one_that_it_was_exchanged_for() -> Result<()> {
    let gateway = site()?;
    let (_, first) = signed_in(&gateway, &[("scope", "openid api")])?;
    let until = claims(&gateway, &first.access)?["exp"].clone();
    gateway.admin().advance_clock(3000)?;
    let answer = exchange(&gateway, ORDERS, &first.access, &[])?.json()?;
    ensure!(answer["expires_in"].as_i64().is_some_and(|left| (1..=600).contains(&left)), "{answer}");
    let token = answer["access_token"].as_str().context("no token")?;
    ensure!(claims(&gateway, token)?["exp"] == until);
    let (_, told) = exchanged(&gateway, ORDERS, token, &[])?;
    ensure!(told["exp"] == until, "nor is it renewed by itself: {told}");
    Ok(())
}

#[test]
fn n84_a_grant_that_the_client_has_is_not_to_be_added() -> Result<()> {
    let gateway = site()?;
    let (_, first) = signed_in(&gateway, &[("scope", "openid api")])?;
    let hint = |id: &str| -> Result<String> {
        let newest = newest(&gateway, &format!("client_id={id}&endpoint=token"))?;
        Ok(newest["hint"].as_str().unwrap_or_default().to_owned())
    };
    let patch = |id: &str, body| gateway.admin().call("PATCH", &format!("/v1/mounts/openid/clients/{id}"), Some(&body));
    patch("public", json!({"grants": ["authorization_code", GRANT]}))?;
    ensure_refused(&exchange(&gateway, ("public", ""), &first.access, &[])?, "unauthorized_client")?;
    ensure!(hint("public")?.contains("give it a secret or a key"), "{}", hint("public")?);
    patch("orders", json!({"grants": ["client_credentials", "refresh_token"]}))?;
    ensure_refused(&exchange(&gateway, ORDERS, &first.access, &[])?, "unauthorized_client")?;
    ensure!(hint("orders")?.contains("add this one"), "{}", hint("orders")?);
    patch("orders", json!({"grants": ["client_credentials", "refresh_token", GRANT]}))?;
    ensure!(hint("orders")?.contains("send the request again"), "{}", hint("orders")?);
    Ok(())
}
