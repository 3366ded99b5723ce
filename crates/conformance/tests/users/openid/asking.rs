//! How a client asks for its user: sign-in, consent, hints, claims.

use super::{JANE, JOHN, TRUSTED, WEB, allow, claims, error, signed_in, site, tokens, userinfo};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::agent::{Agent, form};
use testkit::gateway::Gateway;
use testkit::http::Response;
use testkit::vendor::code;

/// What an ID token says of its sign-in.
fn auth_time(gateway: &Gateway, id_token: &str) -> Result<i64> {
    claims(gateway, id_token)?["auth_time"].as_i64().context("no auth_time")
}

/// Signs in on a page that asks for it.
fn pick(browser: &mut Agent, page: &Response, sub: &str) -> Result<Response> {
    let response = browser.submit(&form(page, "csrf")?.with("pick", sub))?;
    browser.follow(response)
}

#[test]
fn o08_what_only_asks_for_a_look_changes_nothing() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    for (name, value) in [
        ("display", "page"),
        ("display", "popup"),
        ("ui_locales", "se"),
        ("claims_locales", "se"),
        ("acr_values", "2 3"),
        ("extra", "foobar"),
    ] {
        let tokens = tokens(&gateway, &TRUSTED, &mut browser, &[(name, value)])?;
        ensure!(claims(&gateway, &tokens.id)?.get("acr").is_none(), "{name}");
    }
    let tokens = tokens(&gateway, &TRUSTED, &mut browser, &[("acr_values", "2 1")])?;
    ensure!(claims(&gateway, &tokens.id)?["acr"] == "1");
    Ok(())
}

#[test]
fn o09_prompt_login_signs_in_anew_and_none_shows_no_page() -> Result<()> {
    let gateway = site()?;
    let stranger = TRUSTED.ask(&mut Agent::new(gateway.public()), &[("prompt", "none")])?;
    ensure!(error(&stranger)? == "login_required");
    let (mut browser, first) = signed_in(&gateway, &[])?;
    let silent = TRUSTED.ask(&mut browser, &[("prompt", "none")])?;
    let silent = TRUSTED.tokens(&gateway, &code(&silent)?)?;
    ensure!(claims(&gateway, &silent.id)?["sub"] == JANE);
    ensure!(auth_time(&gateway, &silent.id)? == auth_time(&gateway, &first.id)?);
    gateway.admin().advance_clock(5)?;
    let page = TRUSTED.go(&mut browser, &[("prompt", "login")])?;
    let response = pick(&mut browser, &page, JANE)?;
    let again = TRUSTED.tokens(&gateway, &code(&response)?)?;
    ensure!(auth_time(&gateway, &again.id)? > auth_time(&gateway, &first.id)?);
    Ok(())
}

#[test]
fn o10_max_age_is_kept() -> Result<()> {
    let gateway = site()?;
    let (mut browser, first) = signed_in(&gateway, &[])?;
    gateway.admin().advance_clock(1)?;
    let old = tokens(&gateway, &TRUSTED, &mut browser, &[("max_age", "10000")])?;
    ensure!(auth_time(&gateway, &old.id)? == auth_time(&gateway, &first.id)?);
    let page = TRUSTED.go(&mut browser, &[("max_age", "1")])?;
    let response = pick(&mut browser, &page, JANE)?;
    let new = TRUSTED.tokens(&gateway, &code(&response)?)?;
    ensure!(auth_time(&gateway, &new.id)? > auth_time(&gateway, &first.id)?);
    Ok(())
}

#[test]
fn o11_a_hint_of_an_id_token_is_held_to() -> Result<()> {
    let gateway = site()?;
    let (mut jane, first) = signed_in(&gateway, &[])?;
    let hint = [("id_token_hint", &*first.id), ("prompt", "none")];
    code(&TRUSTED.ask(&mut jane, &hint)?)?;
    let mut john = TRUSTED.signed_in(&gateway, JOHN)?;
    ensure!(error(&TRUSTED.ask(&mut john, &hint)?)? == "login_required");
    // With a page the user signs in, whose name is there already; another is not let through.
    let page = TRUSTED.go(&mut john, &hint[..1])?;
    ensure!(page.text().contains("value=\"janedoe\""), "{}", page.text());
    let page = pick(&mut john, &page, JOHN)?;
    ensure!(form(&page, "csrf").is_ok() && page.header("location").is_none(), "John is not who is expected");
    code(&pick(&mut john, &page, JANE)?)?;
    // One that is over still names its user; one of nobody does not.
    gateway.admin().advance_clock(7200)?;
    ensure!(error(&TRUSTED.ask(&mut Agent::new(gateway.public()), &hint)?)? == "login_required");
    for odd in ["x", &*first.access, &format!("{}x", first.id)] {
        let response = TRUSTED.ask(&mut jane, &[("id_token_hint", odd)])?;
        ensure!(error(&response)? == "invalid_request", "{odd}");
    }
    Ok(())
}

#[test]
fn o12_a_login_hint_fills_the_name() -> Result<()> {
    let gateway = site()?;
    let page = TRUSTED.go(&mut Agent::new(gateway.public()), &[("login_hint", "somebody@client.test")])?;
    ensure!(page.text().contains("value=\"somebody@client.test\""), "{}", page.text());
    Ok(())
}

#[test]
fn o13_claims_are_told_where_they_are_asked_for() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let metadata = super::get(&gateway, "/openid/.well-known/openid-configuration")?.json()?;
    ensure!(metadata["claims_parameter_supported"] == true);
    let asked = json!({"userinfo": {"name": {"essential": true}, "nobody": null},
        "id_token": {"email": null, "auth_time": {"essential": true}, "acr": {"essential": true, "values": ["1"]}}});
    let instead = [("claims", &*asked.to_string()), ("scope", "openid offline_access")];
    let first = tokens(&gateway, &TRUSTED, &mut browser, &instead)?;
    let told = |tokens: &testkit::vendor::Tokens| -> Result<(Value, Value)> {
        Ok((userinfo(&gateway, &tokens.access)?, claims(&gateway, &tokens.id)?))
    };
    let (info, id) = told(&first)?;
    ensure!(info == json!({"sub": JANE, "name": "Jane Doe"}), "{info}");
    ensure!(id["email"] == "janedoe@example.com" && id["acr"] == "1" && id.get("name").is_none(), "{id}");
    let refreshed = testkit::vendor::Tokens::of(&TRUSTED.refresh(&gateway, &first.refresh)?)?;
    ensure!(told(&refreshed)?.0 == info, "a refreshed token tells the same");
    let unmet = json!({"id_token": {"acr": {"essential": true, "values": ["9"]}}}).to_string();
    ensure!(error(&TRUSTED.go(&mut browser, &[("claims", &unmet)])?)? == "access_denied");
    let john = json!({"id_token": {"sub": {"value": JOHN}}}).to_string();
    ensure!(error(&TRUSTED.go(&mut browser, &[("claims", &john), ("prompt", "none")])?)? == "login_required");
    ensure!(error(&TRUSTED.go(&mut browser, &[("claims", "{")])?)? == "invalid_request");
    gateway.admin().patch_settings("openid", &json!({"claims_parameter": false}))?;
    let plain = tokens(&gateway, &TRUSTED, &mut browser, &instead)?;
    ensure!(told(&plain)?.0 == json!({"sub": JANE}), "what is not served is not looked at");
    Ok(())
}

#[test]
fn o13_the_user_is_shown_what_is_asked_for_by_name() -> Result<()> {
    let gateway = site()?;
    let mut browser = WEB.signed_in(&gateway, JANE)?;
    let page = WEB.go(&mut browser, &[])?;
    code(&allow(&mut browser, &page, true)?)?;
    code(&WEB.go(&mut browser, &[])?)?;
    let asked = json!({"userinfo": {"birthdate": null}}).to_string();
    let page = WEB.go(&mut browser, &[("claims", &asked)])?;
    ensure!(page.text().contains("0000-10-31") && page.text().contains("Date of birth"), "{}", page.text());
    let tokens = WEB.tokens(&gateway, &code(&allow(&mut browser, &page, false)?)?)?;
    ensure!(userinfo(&gateway, &tokens.access)? == json!({"sub": JANE, "birthdate": "0000-10-31"}));
    Ok(())
}
