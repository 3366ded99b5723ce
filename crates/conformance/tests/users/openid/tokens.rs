//! Tokens that are exchanged, opaque, or for a resource.

use super::{JANE, TRUSTED, claims, error, get, signed_in, site, userinfo};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::vendor::{Tokens, call, code};

pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(super) const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
pub(super) const ID: &str = "urn:ietf:params:oauth:token-type:id_token";
/// A service that calls others for its users.
pub(super) const ORDERS: (&str, &str) = ("orders", "orders-secret");
pub(super) const STOCK: (&str, &str) = ("stock", "stock-secret");

pub(super) fn exchange(
    gateway: &Gateway,
    client: (&str, &str),
    token: &str,
    more: &[(&str, &str)],
) -> Result<Response> {
    let fields =
        [&[("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ACCESS)][..], more].concat();
    call(gateway, "/openid/token", client, &fields)
}

pub(super) fn exchanged(
    gateway: &Gateway,
    client: (&str, &str),
    token: &str,
    more: &[(&str, &str)],
) -> Result<(String, Value)> {
    let answer = exchange(gateway, client, token, more)?;
    ensure!(answer.status == 200, "{}", answer.text());
    let body = answer.json()?;
    ensure!(body["issued_token_type"] == ACCESS && body["token_type"] == "Bearer", "{body}");
    ensure!(body.get("refresh_token").is_none() && body.get("id_token").is_none(), "{body}");
    let token = body["access_token"].as_str().context("no token")?.to_owned();
    let claims = claims(gateway, &token)?;
    Ok((token, claims))
}

pub(super) fn ensure_refused(answer: &Response, error: &str) -> Result<()> {
    ensure!(answer.status == 400 && answer.json()?["error"] == error, "not {error}: {}", answer.text());
    Ok(())
}

fn verify(gateway: &Gateway, token: &str) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
    let answer = http::exchange(gateway.public(), &http::request("GET", "/_gateway/verify/openid", &headers, b""))?;
    Ok(answer.status)
}

#[test]
fn o43_a_token_is_exchanged_for_a_narrower_one() -> Result<()> {
    let gateway = site()?;
    let (_, first) = signed_in(&gateway, &[("scope", "openid email api")])?;
    let (token, told) = exchanged(&gateway, ORDERS, &first.access, &[])?;
    ensure!(told["sub"] == JANE && told["client_id"] == "orders" && told["scope"] == "openid api", "{told}");
    ensure!(told.get("act").is_none() && told["auth_time"] == claims(&gateway, &first.access)?["auth_time"], "{told}");
    ensure!(userinfo(&gateway, &token)? == json!({"sub": JANE}));
    let (_, narrow) = exchanged(&gateway, ORDERS, &first.access, &[("scope", "api"), ("audience", "stock")])?;
    ensure!(narrow["scope"] == "api" && narrow["aud"] == "stock", "{narrow}");
    // No wider than the subject token, nor than the client may have.
    let (_, small) = signed_in(&gateway, &[("scope", "openid")])?;
    ensure_refused(&exchange(&gateway, ORDERS, &small.access, &[("scope", "openid api")])?, "invalid_scope")?;
    ensure_refused(&exchange(&gateway, ORDERS, &first.access, &[("scope", "email")])?, "invalid_scope")?;
    ensure_refused(&exchange(&gateway, ORDERS, &first.access, &[("audience", "nobody")])?, "invalid_target")?;
    // An ID token is exchanged by its own client alone.
    let by_id = [("grant_type", GRANT), ("subject_token", &*first.id), ("subject_token_type", ID)];
    ensure_refused(&call(&gateway, "/openid/token", ORDERS, &by_id)?, "invalid_request")?;
    let metadata = get(&gateway, "/openid/.well-known/openid-configuration")?.json()?;
    ensure!(metadata["grant_types_supported"].as_array().context("none")?.contains(&json!(GRANT)), "{metadata}");
    Ok(())
}

#[test]
fn o43_actors_stand_in_one_another() -> Result<()> {
    let gateway = site()?;
    let (_, first) = signed_in(&gateway, &[("scope", "openid api")])?;
    let app = |client: (&str, &str)| -> Result<String> {
        let answer =
            call(&gateway, "/openid/token", client, &[("grant_type", "client_credentials"), ("scope", "api")])?;
        Ok(Tokens::of(&answer)?.access)
    };
    let (orders, stock) = (app(ORDERS)?, app(STOCK)?);
    let (token, told) =
        exchanged(&gateway, ORDERS, &first.access, &[("actor_token", &orders), ("actor_token_type", ACCESS)])?;
    ensure!(told["act"] == json!({"sub": "orders"}), "{told}");
    let (token, told) = exchanged(&gateway, STOCK, &token, &[("actor_token", &stock), ("actor_token_type", ACCESS)])?;
    ensure!(told["act"] == json!({"sub": "stock", "act": {"sub": "orders"}}) && told["sub"] == JANE, "{told}");
    let (_, told) = exchanged(&gateway, STOCK, &token, &[])?;
    ensure!(told["act"]["act"]["sub"] == "orders", "whoever acted stays said: {told}");
    let no_type = exchange(&gateway, ORDERS, &first.access, &[("actor_token", &orders)])?;
    ensure_refused(&no_type, "invalid_request")
}

#[test]
fn o43_what_does_not_hold_is_not_exchanged() -> Result<()> {
    let gateway = site()?;
    let (_, first) = signed_in(&gateway, &[("scope", "openid api")])?;
    let other = call(&gateway, "/other/token", ("app", "app-secret"), &[("grant_type", "client_credentials")])?;
    let other = Tokens::of(&other)?.access;
    let own = call(&gateway, "/openid/token", ("app", "app-secret"), &[("grant_type", "client_credentials")])?;
    let own = Tokens::of(&own)?.access;
    for (what, token) in [("another mount's", &*other), ("an app's", &*own), ("none", "x"), ("an ID token", &*first.id)]
    {
        let answer = exchange(&gateway, ORDERS, token, &[])?;
        ensure_refused(&answer, "invalid_request").with_context(|| what.to_owned())?;
    }
    for (name, value) in [("subject_token_type", ID), ("requested_token_type", ID)] {
        let fields = [
            ("grant_type", GRANT),
            ("subject_token", &*first.access),
            ("subject_token_type", if name == "subject_token_type" { value } else { ACCESS }),
            ("requested_token_type", if name == "requested_token_type" { value } else { ACCESS }),
        ];
        ensure_refused(&call(&gateway, "/openid/token", ORDERS, &fields)?, "invalid_request")?;
    }
    ensure_refused(&exchange(&gateway, TRUSTED.client, &first.access, &[])?, "unauthorized_client")?;
    // What is revoked takes with it what it was exchanged for.
    let (token, _) = exchanged(&gateway, ORDERS, &first.access, &[])?;
    ensure!(verify(&gateway, &token)? == 200);
    gateway.admin().advance_clock(4000)?;
    ensure_refused(&exchange(&gateway, ORDERS, &first.access, &[])?, "invalid_request")?;
    ensure!(verify(&gateway, &token)? == 401);
    let (mut browser, _) = signed_in(&gateway, &[])?;
    let spent = code(&TRUSTED.go(&mut browser, &[("scope", "openid api")])?)?;
    let fresh = TRUSTED.tokens(&gateway, &spent)?;
    let (token, _) = exchanged(&gateway, ORDERS, &fresh.access, &[])?;
    ensure!(TRUSTED.redeem(&gateway, &spent, Some(testkit::vendor::VERIFIER))?.status == 400);
    ensure!(verify(&gateway, &token)? == 401, "its family is revoked");
    ensure_refused(&exchange(&gateway, ORDERS, &fresh.access, &[])?, "invalid_request")
}

#[test]
fn o48_opaque_access_tokens_do_what_others_do() -> Result<()> {
    let gateway = site()?;
    gateway.admin().patch_settings("openid", &json!({"access_token_format": "opaque"}))?;
    let (_, tokens) = signed_in(&gateway, &[("scope", "openid email api")])?;
    ensure!(tokens.access.starts_with("oat_") && !tokens.access.contains('.'), "{}", tokens.access);
    ensure!(userinfo(&gateway, &tokens.access)?["email"] == "janedoe@example.com");
    let asked = call(&gateway, "/openid/introspect", TRUSTED.client, &[("token", &tokens.access)])?.json()?;
    ensure!(asked["active"] == true && asked["sub"] == JANE && asked["scope"] == "openid email api", "{asked}");
    ensure!(verify(&gateway, &tokens.access)? == 200);
    ensure!(TRUSTED.is_live(&gateway, &tokens.access)?);
    let id = claims(&gateway, &tokens.id)?;
    ensure!(id["at_hash"].is_string() && id["sub"] == JANE, "{id}");
    let exchanged = exchange(&gateway, ORDERS, &tokens.access, &[])?.json()?;
    ensure!(exchanged["access_token"].as_str().is_some_and(|token| token.starts_with("oat_")), "{exchanged}");
    // A hint that nobody knows changes nothing (RFC 7009 section 2.2).
    let hinted = [("token", &*tokens.access), ("token_type_hint", "urn:of:another")];
    let ended = call(&gateway, "/openid/revoke", TRUSTED.client, &hinted)?;
    ensure!(ended.status == 200 && verify(&gateway, &tokens.access)? == 401);
    let asked = call(&gateway, "/openid/introspect", TRUSTED.client, &[("token", &tokens.access)])?.json()?;
    ensure!(asked == json!({"active": false}), "{asked}");
    Ok(())
}

#[test]
fn o49_a_resource_is_what_the_token_is_for() -> Result<()> {
    let gateway = site()?;
    let (api, more) = ("https://api.test/v1", "https://more.test/");
    let (mut browser, plain) = signed_in(&gateway, &[("resource", api)])?;
    ensure!(claims(&gateway, &plain.access)?["aud"] == super::ISSUER, "nobody looks at it where none is named");
    gateway.admin().patch_settings("openid", &json!({"resources": [api, more]}))?;
    let scope = ("scope", "openid offline_access");
    let granted = code(&TRUSTED.go(&mut browser, &[("resource", api), scope])?)?;
    let tokens = TRUSTED.tokens(&gateway, &granted)?;
    ensure!(claims(&gateway, &tokens.access)?["aud"] == api && claims(&gateway, &tokens.id)?["aud"] == "trusted");
    let refresh = |more: &[(&str, &str)]| {
        let fields = [&[("grant_type", "refresh_token"), ("refresh_token", &*tokens.refresh)][..], more].concat();
        call(&gateway, "/openid/token", TRUSTED.client, &fields)
    };
    ensure_refused(&refresh(&[("resource", more)])?, "invalid_target")?;
    ensure!(claims(&gateway, &Tokens::of(&refresh(&[])?)?.access)?["aud"] == api, "a refused request spends nothing");
    ensure!(error(&TRUSTED.ask(&mut browser, &[("resource", "https://nobody.test")])?)? == "invalid_target");
    let app = |resource: &str| {
        let fields = [("grant_type", "client_credentials"), ("resource", resource)];
        call(&gateway, "/openid/token", ("app", "app-secret"), &fields)
    };
    ensure!(claims(&gateway, &Tokens::of(&app(more)?)?.access)?["aud"] == more);
    ensure_refused(&app("https://nobody.test")?, "invalid_target")
}
