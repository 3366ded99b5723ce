//! A client or user that is switched off: everything that lives is dead at once.

use super::browser::{Browser, form};
use super::forms::consent_form;
use super::gateway;
use super::pats::make_pat;
use super::vendor::{BRIGHTHR, EACH, OTHER, REDIRECT, Tokens, VERIFIER, Vendor, call, code, param};
use anyhow::{Result, ensure};
use serde_json::json;

/// Whether the token endpoint refuses, in whatever words the vendor has for it.
fn is_refused(vendor: &Vendor, response: &testkit::http::Response) -> Result<()> {
    ensure!((400..=404).contains(&response.status), "{}: {} {}", vendor.mount, response.status, response.text());
    Ok(())
}

#[test]
fn t24_a_user_who_is_disabled_is_signed_out_of_everything_at_once() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        vendor.make_user(gateway, "2401", &json!({"password": "a password of sorts"}))?;
        let mut browser = vendor.signed_in(gateway, "2401")?;
        let form_of = |browser: &mut Browser| consent_form(vendor, browser, &[]);
        let given = form_of(&mut browser)?.with("decision", "allow").with("remember", "1");
        let tokens = vendor.tokens(gateway, &code(&browser.submit(&given)?)?)?;
        let unredeemed = code(&browser.submit(&given)?)?;
        let has_pats = *vendor.mount == *BRIGHTHR.mount;
        let pat = has_pats.then(|| make_pat(vendor, &mut browser, "openid", "30")).transpose()?;
        let live = |wanted: bool| -> Result<()> {
            ensure!(vendor.is_live(gateway, &tokens.access)? == wanted, "{}: access token", vendor.mount);
            if let Some(pat) = &pat {
                ensure!(vendor.is_live(gateway, pat)? == wanted, "personal access token");
            }
            Ok(())
        };
        live(true)?;

        vendor.make_user(gateway, "2401", &json!({"password": "a password of sorts", "disabled": true}))?;
        live(false)?;
        ensure!(!vendor.is_signed_in(&mut browser)?, "{}: the session", vendor.mount);
        ensure!(vendor.ask(&mut browser, &[])?.header("location").is_some_and(|to| to.starts_with(vendor.login)));
        let silent = vendor.ask(&mut browser, &[("prompt", "none")])?;
        ensure!(param(&silent, "error")?.as_deref() == Some("login_required"), "{}", vendor.mount);
        is_refused(vendor, &vendor.refresh(gateway, &tokens.refresh)?)?;
        is_refused(vendor, &vendor.redeem(gateway, &unredeemed, Some(VERIFIER))?)?;

        let mut anew = Browser::new(gateway.public());
        let login = form(&anew.get(vendor.login)?, "csrf")?;
        ensure!(anew.submit(&login.clone().with("pick", "2401"))?.status == 401, "{}: picked", vendor.mount);
        let by_password = login.with("username", "user2401").with("password", "a password of sorts");
        ensure!(anew.submit(&by_password)?.status == 401, "{}: by password", vendor.mount);
        let hinted = vendor.ask(&mut Browser::new(gateway.public()), &[("login_hint", "2401"), ("prompt", "none")])?;
        ensure!(param(&hinted, "error")?.as_deref() == Some("login_required"), "{}: by a hint", vendor.mount);

        // Enabled again, what was not spent is good again.
        vendor.make_user(gateway, "2401", &json!({"password": "a password of sorts"}))?;
        live(true)?;
        ensure!(vendor.is_signed_in(&mut browser)?);
        gateway.admin().delete(vendor.mount, "users", "2401")?;
        live(false)?;
        ensure!(!vendor.is_signed_in(&mut browser)?, "{}: the session of a user who is gone", vendor.mount);
    }
    Ok(())
}

#[test]
fn t24_a_client_that_is_disabled_gets_and_keeps_nothing() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let client = |disabled: bool| {
            json!({"secret": "t24-secret", "grants": ["authorization_code", "refresh_token"], "disabled": disabled,
                "scopes": vendor.scope.split(' ').collect::<Vec<_>>(), "redirect_uris": [REDIRECT],
                "user": vendor.user})
        };
        gateway.admin().put(vendor.mount, "clients", "t24", &client(false))?;
        let own = Vendor { client: ("t24", "t24-secret"), ..*vendor };
        let tokens = own.tokens(gateway, &own.approved(gateway, &[])?)?;
        let unredeemed = own.approved(gateway, &[])?;
        let mut browser = own.signed_in(gateway, own.user)?;
        let consent = consent_form(&own, &mut browser, &[])?;
        ensure!(vendor.is_live(gateway, &tokens.access)?);

        gateway.admin().put(vendor.mount, "clients", "t24", &client(true))?;
        ensure!(!vendor.is_live(gateway, &tokens.access)?, "{}", vendor.mount);
        is_refused(vendor, &own.refresh(gateway, &tokens.refresh)?)?;
        is_refused(vendor, &own.redeem(gateway, &unredeemed, Some(VERIFIER))?)?;
        let allowed = browser.submit(&consent.with("decision", "allow"))?;
        ensure!(allowed.status == 400 && allowed.header("location").is_none(), "{}", allowed.status);
        super::authorize::is_own_error(vendor, &own.ask(&mut browser, &[("login_hint", own.user)])?)?;
    }
    Ok(())
}

#[test]
fn t24_a_disabled_client_neither_asks_nor_revokes() -> Result<()> {
    let gateway = gateway()?;
    let vendor = Vendor { client: ("t24-asks", "t24-secret"), ..BRIGHTHR };
    let client = |disabled: bool| json!({"secret": "t24-secret", "grants": ["authorization_code"], "scopes": ["openid"], "disabled": disabled});
    gateway.admin().put(vendor.mount, "clients", "t24-asks", &client(true))?;
    let tokens = Tokens::of(&BRIGHTHR.redeem(gateway, &BRIGHTHR.approved(gateway, &[])?, Some(VERIFIER))?)?;
    let asked = call(gateway, vendor.introspect.unwrap_or_default(), vendor.client, &[("token", &tokens.access)])?;
    ensure!((asked.status, asked.body.len()) == (401, 0), "{}", asked.text());
    let path = "/brighthr-sandbox/connect/revocation";
    let revoked = call(gateway, path, vendor.client, &[("token", &tokens.access)])?;
    ensure!(revoked.status == 400, "{}", revoked.status);
    ensure!(BRIGHTHR.is_live(gateway, &tokens.access)? && OTHER != vendor.client.0);
    Ok(())
}
