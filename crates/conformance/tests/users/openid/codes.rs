//! Codes and refresh tokens.

use super::{JANE, TRUSTED, WEB, allow, claims, signed_in, site, userinfo};
use anyhow::{Result, ensure};
use testkit::vendor::{Tokens, VERIFIER, call, code};

const OFFLINE: [(&str, &str); 1] = [("scope", "openid email offline_access")];

#[test]
fn o14_a_code_used_twice_takes_back_what_came_of_it() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    for wait in [0, 30, 290] {
        let code = code(&TRUSTED.go(&mut browser, &[])?)?;
        let tokens = TRUSTED.tokens(&gateway, &code)?;
        ensure!(TRUSTED.is_live(&gateway, &tokens.access)?);
        gateway.admin().advance_clock(wait)?;
        let again = TRUSTED.redeem(&gateway, &code, Some(VERIFIER))?;
        ensure!(again.status == 400 && again.json()?["error"] == "invalid_grant", "{}", again.text());
        ensure!(!TRUSTED.is_live(&gateway, &tokens.access)?, "after {wait} s");
        // As long as the token could live, which is longer than the code could.
        gateway.admin().advance_clock(3000)?;
        ensure!(!TRUSTED.is_live(&gateway, &tokens.access)?, "after {wait} and 3000 s");
    }
    Ok(())
}

#[test]
fn o20_a_refresh_token_yields_what_it_was_granted() -> Result<()> {
    let gateway = site()?;
    let (_, first) = signed_in(&gateway, &OFFLINE)?;
    gateway.admin().advance_clock(100)?;
    let stranger = call(
        &gateway,
        "/openid/token",
        WEB.client,
        &[("grant_type", "refresh_token"), ("refresh_token", &first.refresh)],
    )?;
    ensure!(stranger.status == 400 && stranger.json()?["error"] == "invalid_grant", "{}", stranger.text());
    let second = Tokens::of(&TRUSTED.refresh(&gateway, &first.refresh)?)?;
    let (old, new) = (claims(&gateway, &first.id)?, claims(&gateway, &second.id)?);
    for name in ["iss", "sub", "aud", "auth_time", "sid"] {
        ensure!(old[name] == new[name], "{name}: {old} {new}");
    }
    ensure!(new.get("nonce").is_none() && old["nonce"] == "n-1" && new["iat"] != old["iat"], "{new}");
    ensure!(userinfo(&gateway, &second.access)?["email"] == "janedoe@example.com");
    let narrowed = [("grant_type", "refresh_token"), ("refresh_token", &*second.refresh), ("scope", "openid")];
    let third = Tokens::of(&call(&gateway, "/openid/token", TRUSTED.client, &narrowed)?)?;
    ensure!(third.scope == "openid" && userinfo(&gateway, &third.access)?.get("email").is_none());
    let wider = [("grant_type", "refresh_token"), ("refresh_token", &*third.refresh), ("scope", "openid phone")];
    let refused = call(&gateway, "/openid/token", TRUSTED.client, &wider)?;
    ensure!(refused.status == 400 && refused.json()?["error"] == "invalid_scope", "{}", refused.text());
    Ok(())
}

#[test]
fn o21_offline_access_wants_the_users_consent() -> Result<()> {
    let gateway = site()?;
    let mut browser = WEB.signed_in(&gateway, JANE)?;
    let page = WEB.go(&mut browser, &OFFLINE)?;
    ensure!(!page.text().contains("value=\"offline_access\""), "what is ignored is not asked: {}", page.text());
    let tokens = WEB.tokens(&gateway, &code(&allow(&mut browser, &page, true)?)?)?;
    ensure!(tokens.refresh.is_empty() && tokens.scope == "openid email", "{}", tokens.scope);
    // What is ignored does not lead to a page again.
    let tokens = WEB.tokens(&gateway, &code(&WEB.go(&mut browser, &OFFLINE)?)?)?;
    ensure!(tokens.refresh.is_empty());
    let asks = [&OFFLINE[..], &[("prompt", "consent")]].concat();
    let page = WEB.go(&mut browser, &asks)?;
    ensure!(page.text().contains("while you are away"), "{}", page.text());
    let tokens = WEB.tokens(&gateway, &code(&allow(&mut browser, &page, true)?)?)?;
    ensure!(!tokens.refresh.is_empty() && tokens.scope == "openid email offline_access", "{}", tokens.scope);
    let tokens = WEB.tokens(&gateway, &code(&WEB.go(&mut browser, &OFFLINE)?)?)?;
    ensure!(!tokens.refresh.is_empty(), "the consent was remembered");
    let (_, tokens) = signed_in(&gateway, &OFFLINE)?;
    ensure!(!tokens.refresh.is_empty(), "a trusted client has it");
    Ok(())
}
