//! What was ended stays so, and what lives lives on, after the gateway was killed.

use super::alone;
use super::browser::form;
use super::forms::consent_form;
use super::pats::make_pat;
use super::vendor::{BRIGHTHR, EACH, Tokens, VERIFIER, call, code};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::gateway::Gateway;

#[test]
fn t49_the_spent_and_revoked_stay_dead_after_a_kill() -> Result<()> {
    let mut gateway = alone()?;
    let vendor = &BRIGHTHR;
    vendor.make_user(&gateway, "4901", &json!({}))?;
    let mut ended = vendor.signed_in(&gateway, "4901")?;
    let logout = form(&ended.get(vendor.logout)?, "csrf")?;
    let mut out = ended.clone();
    out.submit(&logout)?;
    let mut browser = vendor.signed_in(&gateway, "4901")?;
    let given = consent_form(vendor, &mut browser, &[])?.with("decision", "allow").with("remember", "1");

    let spent_code = code(&browser.submit(&given)?)?;
    let replayed = vendor.tokens(&gateway, &spent_code)?;
    vendor.is_invalid_grant(&vendor.redeem(&gateway, &spent_code, Some(VERIFIER))?)?;
    let first = vendor.tokens(&gateway, &code(&browser.submit(&given)?)?)?;
    let second = Tokens::of(&vendor.refresh(&gateway, &first.refresh)?)?;
    let revoked = vendor.tokens(&gateway, &code(&browser.submit(&given)?)?)?;
    call(&gateway, "/brighthr-sandbox/connect/revocation", vendor.client, &[("token", &revoked.access)])?;
    call(&gateway, "/brighthr-sandbox/connect/revocation", vendor.client, &[("token", &revoked.refresh)])?;
    let pending = code(&browser.submit(&given)?)?;
    let (kept_pat, dead_pat) =
        (make_pat(vendor, &mut browser, "openid", "9")?, make_pat(vendor, &mut browser, "openid", "9")?);
    let told = call(&gateway, vendor.introspect.unwrap_or_default(), vendor.client, &[("token", &dead_pat)])?;
    let id = told.json()?["jti"].as_str().context("a jti")?.to_owned();
    let account = form(&browser.get(vendor.account)?, "csrf")?;
    browser.submit(&account.with("do", "revoke_pat").with("id", &id))?;

    gateway.kill9()?;
    let known = browser.cookie("idp_session").context("a session")?;
    let secrets = [known, &pending, &spent_code, &second.refresh, &second.access, &second.id, &kept_pat, &dead_pat];
    are_not_in_the_store(&gateway, &secrets)?;
    gateway.restart()?;
    browser.is_at(gateway.public());
    ended.is_at(gateway.public());

    ensure!(vendor.is_signed_in(&mut browser)? && !vendor.is_signed_in(&mut ended)?, "sessions");
    ensure!(vendor.is_live(&gateway, &kept_pat)? && !vendor.is_live(&gateway, &dead_pat)?, "personal access tokens");
    for (what, token, live) in [
        ("of a replayed code", &replayed.access, false),
        ("revoked", &revoked.access, false),
        ("good", &second.access, true),
    ] {
        ensure!(vendor.is_live(&gateway, token)? == live, "the access token {what}");
    }
    for dead in [&replayed.refresh, &revoked.refresh] {
        vendor.is_invalid_grant(&vendor.refresh(&gateway, dead)?)?;
    }
    vendor.is_invalid_grant(&vendor.redeem(&gateway, &spent_code, Some(VERIFIER))?)?;
    vendor.tokens(&gateway, &pending).context("a code from before the kill")?;
    code(&vendor.ask(&mut browser, &[])?).context("the consent is remembered")?;
    code(&browser.submit(&given)?).context("a form from before the kill")?;
    let third = Tokens::of(&vendor.refresh(&gateway, &second.refresh)?)?;
    vendor.is_invalid_grant(&vendor.refresh(&gateway, &first.refresh)?).context("a spent one")?;
    vendor.is_invalid_grant(&vendor.refresh(&gateway, &third.refresh)?).context("its family")?;
    Ok(())
}

fn are_not_in_the_store(gateway: &Gateway, secrets: &[&str]) -> Result<()> {
    let store = std::fs::read(gateway.directory().join("store.redb"))?;
    let is_there = |text: &str| store.windows(text.len()).any(|window| window == text.as_bytes());
    ensure!(is_there("4901"), "the store is not the one that was written");
    for secret in secrets {
        let random = secret.strip_prefix("bhr_pat_").unwrap_or(secret);
        ensure!(!is_there(random), "t56, t64: {secret:.12}… is in the store in the clear");
    }
    Ok(())
}

#[test]
fn t49_a_withdrawn_consent_stays_withdrawn_after_a_kill() -> Result<()> {
    let mut gateway = alone()?;
    for vendor in &EACH {
        vendor.make_user(&gateway, "4902", &json!({}))?;
        let mut browser = vendor.signed_in(&gateway, "4902")?;
        let given = consent_form(vendor, &mut browser, &[])?.with("decision", "allow").with("remember", "1");
        let tokens = vendor.tokens(&gateway, &code(&browser.submit(&given)?)?)?;
        let account = form(&browser.get(vendor.account)?, "csrf")?;
        browser.submit(&account.with("do", "withdraw").with("id", vendor.client.0))?;
        gateway.kill9()?;
        gateway.restart()?;
        browser.is_at(gateway.public());
        vendor.is_invalid_grant(&vendor.refresh(&gateway, &tokens.refresh)?)?;
        ensure!(vendor.go(&mut browser, &[])?.status == 200, "{}: not asked anew", vendor.mount);
    }
    Ok(())
}
