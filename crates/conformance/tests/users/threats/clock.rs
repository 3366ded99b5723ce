//! What time ends: codes, sessions, tokens, and the answer to what ended.

use super::alone;
use super::browser::{Browser, form};
use super::end_session;
use super::pats::make_pat;
use super::prompt::trusting;
use super::vendor::{BRIGHTHR, EACH, PRODUCTION, Tokens, VERIFIER, code, param};
use anyhow::{Context, Result, ensure};
use serde_json::json;

const DAY: i64 = 86_400;

#[test]
fn t44_a_code_past_its_life_is_refused() -> Result<()> {
    let gateway = alone()?;
    for vendor in &EACH {
        let codes = [vendor.approved(&gateway, &[])?, vendor.approved(&gateway, &[])?];
        gateway.admin().advance_clock(298)?;
        vendor.tokens(&gateway, &codes[0]).context("two seconds before its end")?;
        gateway.admin().advance_clock(2)?;
        vendor.is_invalid_grant(&vendor.redeem(&gateway, &codes[1], Some(VERIFIER))?)?;
    }
    Ok(())
}

#[test]
fn t48_a_family_of_refresh_tokens_has_one_end() -> Result<()> {
    let gateway = alone()?;
    for (vendor, life) in EACH.iter().zip([30 * DAY, 180 * DAY, 30 * DAY]) {
        let first = vendor.tokens(&gateway, &vendor.approved(&gateway, &[])?)?;
        gateway.admin().advance_clock(life / 2)?;
        let second = Tokens::of(&vendor.refresh(&gateway, &first.refresh)?).context("half-way")?;
        gateway.admin().advance_clock(life / 2 - 10)?;
        let third = Tokens::of(&vendor.refresh(&gateway, &second.refresh)?).context("just before the end")?;
        gateway.admin().advance_clock(10)?;
        vendor.is_invalid_grant(&vendor.refresh(&gateway, &third.refresh)?).context(vendor.mount)?;
    }
    Ok(())
}

#[test]
fn t60_an_id_token_past_its_life_still_signs_out() -> Result<()> {
    let gateway = alone()?;
    let (mut browser, tokens) = end_session::signed_in(&BRIGHTHR, &gateway)?;
    gateway.admin().advance_clock(9 * 3600)?;
    let query = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", "https://client.test/bye")];
    let response = end_session::end(&BRIGHTHR, &mut browser, &query)?;
    ensure!(response.header("location") == Some("https://client.test/bye"), "{response:?}");
    ensure!(!BRIGHTHR.is_signed_in(&mut browser)?);
    Ok(())
}

#[test]
fn a_session_ends_and_max_age_asks_before() -> Result<()> {
    let gateway = alone()?;
    for vendor in &EACH {
        let mut browser = trusting(vendor, &gateway, "7301")?;
        gateway.admin().advance_clock(600)?;
        code(&vendor.ask(&mut browser, &[("max_age", "3600"), ("prompt", "none")])?)?;
        let stale = vendor.ask(&mut browser, &[("max_age", "599"), ("prompt", "none")])?;
        ensure!(param(&stale, "error")?.as_deref() == Some("login_required"), "{}", vendor.mount);
        let page = vendor.go(&mut browser, &[("max_age", "599")])?;
        let response = browser.submit(&form(&page, "csrf")?.with("pick", "7301"))?;
        let answer = browser.follow(response)?;
        if vendor.userinfo.is_some() {
            // The ID token says when (OpenID Connect Core section 2).
            let tokens = vendor.tokens(&gateway, &code(&answer)?)?;
            let keys = gateway.admin().jwks(vendor.mount)?;
            let claims: serde_json::Value = serde_json::from_slice(&testkit::jwt::verify(&tokens.id, &keys)?.payload)?;
            let now = claims["iat"].as_i64().context("iat")?;
            ensure!(claims["auth_time"].as_i64().is_some_and(|at| (0..5).contains(&(now - at))), "{claims}");
            ensure!(claims["nonce"] == "n-1", "{claims}");
        }
        gateway.admin().advance_clock(36_000)?;
        ensure!(!vendor.is_signed_in(&mut browser)?, "{}: a session past its life", vendor.mount);
    }
    Ok(())
}

#[test]
fn t56_a_personal_access_token_ends_when_it_was_to() -> Result<()> {
    let gateway = alone()?;
    let mut browser = BRIGHTHR.signed_in(&gateway, BRIGHTHR.user)?;
    let token = make_pat(&BRIGHTHR, &mut browser, "openid", "2")?;
    gateway.admin().advance_clock(2 * DAY - 5)?;
    ensure!(BRIGHTHR.is_live(&gateway, &token)?);
    gateway.admin().advance_clock(5)?;
    ensure!(!BRIGHTHR.is_live(&gateway, &token)?);
    Ok(())
}

#[test]
fn the_picker_is_no_way_past_the_password_where_it_is_off() -> Result<()> {
    let gateway = alone()?;
    let vendor = &PRODUCTION;
    gateway.admin().patch_settings(vendor.mount, &json!({"user_picker": false, "auto_approve": false}))?;
    let mut browser = Browser::new(gateway.public());
    let page = browser.get(vendor.login)?;
    ensure!(!page.text().contains("name=\"pick\""), "{}", page.text());
    let response = browser.submit(&form(&page, "csrf")?.with("pick", vendor.user))?;
    ensure!(response.status == 401 && !vendor.is_signed_in(&mut browser)?);
    // A hint fills the form in, and approves nothing.
    let page = vendor.go(&mut browser, &[("login_hint", "alice")])?;
    ensure!(page.status == 200 && form(&page, "username")?.value("username") == Some("alice"), "{}", page.text());
    ensure!(browser.cookie("idp_session").is_none());
    Ok(())
}
