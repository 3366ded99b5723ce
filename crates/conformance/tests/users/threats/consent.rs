//! Consent: given, narrowed, remembered, withdrawn.

use super::browser::{Browser, Form, form, forms};
use super::forms::consent_form;
use super::gateway;
use super::vendor::{BRIGHTHR, EACH, OTHER, REDIRECT, Tokens, VERIFIER, Vendor, call, code};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::gateway::Gateway;
use testkit::http::Response;

/// A browser in which a user of this test's own has signed in.
fn user(vendor: &Vendor, sub: &str) -> Result<Browser> {
    vendor.make_user(gateway()?, sub, &json!({}))?;
    vendor.signed_in(gateway()?, sub)
}

/// Whether the request leads to the consent page.
fn asks(vendor: &Vendor, browser: &mut Browser, instead: &[(&str, &str)]) -> Result<bool> {
    let response = vendor.go(browser, instead)?;
    if response.status == 200 {
        return form(&response, "scope").map(|_| true);
    }
    code(&response).map(|_| false)
}

#[test]
fn a_narrowed_consent_narrows_every_token() -> Result<()> {
    let gateway = gateway()?;
    for (vendor, unticked) in EACH.iter().zip(["company:read", "email", "profile"]) {
        let mut browser = user(vendor, "7001")?;
        let own = consent_form(vendor, &mut browser, &[])?;
        let offered = own.fields.iter().filter(|(name, _)| name == "scope").map(|(_, value)| value.as_str());
        ensure!(offered.collect::<Vec<_>>() == vendor.scope.split(' ').collect::<Vec<_>>(), "{:?}", own.fields);
        let allowed = browser.submit(&own.clone().unticked("scope", unticked).with("decision", "allow"))?;
        let rest: Vec<_> = vendor.scope.split(' ').filter(|scope| *scope != unticked).collect();
        let tokens = vendor.tokens(gateway, &code(&allowed)?)?;
        ensure!(tokens.scope == rest.join(" "), "{}", tokens.scope);
        let again = Tokens::of(&vendor.refresh(gateway, &tokens.refresh)?)?;
        ensure!(again.scope == rest.join(" "), "{}", again.scope);
        let wide = [("grant_type", "refresh_token"), ("refresh_token", &*again.refresh), ("scope", unticked)];
        ensure!(call(gateway, vendor.token, vendor.client, &wide)?.status == 400, "widened by a refresh");

        // A form cannot add what the request did not ask for; openid cannot be left out.
        let mut forged = own.clone().without("scope");
        forged.fields.push(("scope".to_owned(), "offline".to_owned()));
        forged.fields.push(("scope".to_owned(), "employee:write".to_owned()));
        let allowed = browser.submit(&forged.with("decision", "allow"))?;
        ensure!(vendor.tokens(gateway, &code(&allowed)?)?.scope == "openid");
    }
    Ok(())
}

#[test]
fn a_code_of_a_consent_without_offline_access_has_no_refresh_token() -> Result<()> {
    let mut browser = user(&BRIGHTHR, "7002")?;
    let form = consent_form(&BRIGHTHR, &mut browser, &[])?.unticked("scope", "offline_access");
    let tokens = BRIGHTHR.tokens(gateway()?, &code(&browser.submit(&form.with("decision", "allow"))?)?)?;
    ensure!(tokens.refresh.is_empty() && tokens.scope == "openid email company:read", "{}", tokens.scope);
    Ok(())
}

#[test]
fn a_remembered_consent_skips_the_page_for_no_more_than_it_allowed() -> Result<()> {
    for vendor in &EACH {
        let mut browser = user(vendor, "7003")?;
        ensure!(asks(vendor, &mut browser, &[])?);
        let once = consent_form(vendor, &mut browser, &[("scope", "openid email")])?.without("remember");
        code(&browser.submit(&once.with("decision", "allow"))?)?;
        ensure!(asks(vendor, &mut browser, &[("scope", "openid")])?, "remembered though it was not to be");
        let kept = consent_form(vendor, &mut browser, &[("scope", "openid email")])?.with("remember", "1");
        code(&browser.submit(&kept.with("decision", "allow"))?)?;
        ensure!(!asks(vendor, &mut browser, &[("scope", "openid email")])?, "{}: asked again", vendor.mount);
        ensure!(!asks(vendor, &mut browser, &[("scope", "openid")])?, "{}: asked for less", vendor.mount);
        code(&vendor.ask(&mut browser, &[("scope", "openid"), ("prompt", "none")])?)?;
        let is_brighthr = *vendor.mount == *BRIGHTHR.mount;
        let wider = if is_brighthr { "openid email company:read" } else { "openid email profile" };
        ensure!(asks(vendor, &mut browser, &[("scope", wider)])?, "{}: wider unasked", vendor.mount);
        ensure!(asks(vendor, &mut browser, &[("scope", "openid"), ("prompt", "consent")])?, "not asked anew");
        ensure!(asks(vendor, &mut browser, &[("client_id", OTHER), ("scope", "openid")])?, "another client's consent");
        // Another user of the same browser, and the same user elsewhere.
        let mut other = user(vendor, "7004")?;
        ensure!(asks(vendor, &mut other, &[("scope", "openid")])?, "another user's consent");
        let mut elsewhere = vendor.signed_in(gateway()?, "7003")?;
        ensure!(!asks(vendor, &mut elsewhere, &[("scope", "openid")])?, "the same user's");
    }
    Ok(())
}

/// The form of the account page that withdraws the consent to a client.
fn consent_on_account(vendor: &Vendor, browser: &mut Browser, client: &str) -> Result<Option<Form>> {
    let all = forms(&browser.get(vendor.account)?)?;
    Ok(all.into_iter().find(|form| form.value("do") == Some("withdraw") && form.value("id") == Some(client)))
}

fn withdraw(vendor: &Vendor, browser: &mut Browser, client: &str) -> Result<Response> {
    let form = consent_on_account(vendor, browser, client)?;
    browser.submit(&form.with_context(|| format!("no consent for {client}"))?)
}

#[test]
fn a_withdrawn_consent_kills_what_came_of_it() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = user(vendor, "7005")?;
        let mut allow = |instead: &[(&str, &str)]| {
            let form = consent_form(vendor, &mut browser, instead)?.with("remember", "1");
            code(&browser.submit(&form.with("decision", "allow"))?)
        };
        let tokens = vendor.tokens(gateway, &allow(&[])?)?;
        let unredeemed = allow(&[])?;
        let other = allow(&[("client_id", OTHER)])?;
        let rotated = Tokens::of(&vendor.refresh(gateway, &tokens.refresh)?)?;
        ensure!(withdraw(vendor, &mut browser, vendor.client.0)?.status == 303);

        vendor.is_invalid_grant(&vendor.refresh(gateway, &rotated.refresh)?).context("the refresh token")?;
        vendor.is_invalid_grant(&vendor.redeem(gateway, &unredeemed, Some(VERIFIER))?).context("the code")?;
        for token in [&tokens.access, &rotated.access] {
            ensure!(vendor.is_live(gateway, token)? == vendor.userinfo.is_none(), "{}", vendor.mount);
        }
        ensure!(asks(vendor, &mut browser, &[])?, "{}: remembered after it was withdrawn", vendor.mount);
        // Another client's stays.
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &*other),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        Tokens::of(&call(gateway, vendor.token, (OTHER, "another-secret"), &fields)?)?;
        ensure!(!asks(vendor, &mut browser, &[("client_id", OTHER)])?, "{}: another client's consent", vendor.mount);
    }
    Ok(())
}

#[test]
fn a_consent_without_refresh_tokens_is_worth_its_codes() -> Result<()> {
    let mut config = super::config()?;
    for vendor in &EACH {
        let settings = &mut config.mount_mut(vendor.mount).context("a mount of the fixtures")?.settings;
        // An access token is beyond reach, so that the code is all that there is.
        let (name, value) = if vendor.userinfo.is_some() {
            ("revocable_access_tokens", false)
        } else {
            ("refresh_requires_offline", true)
        };
        settings.insert(name.to_owned(), json!(value));
    }
    let gateway = Gateway::start(&config.to_toml()?)?;
    for vendor in &EACH {
        vendor.make_user(&gateway, "7007", &json!({}))?;
        let mut browser = vendor.signed_in(&gateway, "7007")?;
        let allow = |browser: &mut Browser| {
            let form = consent_form(vendor, browser, &[("scope", "openid email")])?.without("remember");
            code(&browser.submit(&form.with("decision", "allow"))?)
        };
        let tokens = vendor.tokens(&gateway, &allow(&mut browser)?)?;
        ensure!(tokens.refresh.is_empty(), "{}: a refresh token", vendor.mount);
        let withdrawn = allow(&mut browser)?;
        ensure!(withdraw(vendor, &mut browser, vendor.client.0)?.status == 303);
        vendor.is_invalid_grant(&vendor.redeem(&gateway, &withdrawn, Some(VERIFIER))?).context("the code")?;

        vendor.tokens(&gateway, &allow(&mut browser)?).context("anew")?;
        ensure!(consent_on_account(vendor, &mut browser, vendor.client.0)?.is_some(), "its code is alive");
        gateway.admin().advance_clock(300)?;
        let left = consent_on_account(vendor, &mut browser, vendor.client.0)?;
        ensure!(left.is_none(), "{}: nothing of it is left, yet the account has {left:?}", vendor.mount);
        let kept = consent_form(vendor, &mut browser, &[("scope", "openid email")])?.with("remember", "1");
        code(&browser.submit(&kept.with("decision", "allow"))?)?;
        gateway.admin().advance_clock(300)?;
        ensure!(consent_on_account(vendor, &mut browser, vendor.client.0)?.is_some(), "it is remembered");
    }
    Ok(())
}

#[test]
fn signing_in_a_hundred_times_ends_none_of_them() -> Result<()> {
    let gateway = gateway()?;
    for vendor in EACH.map(|vendor| Vendor { user: "7008", ..vendor }) {
        vendor.make_user(gateway, vendor.user, &json!({}))?;
        let sign_in = || vendor.approved(gateway, &[]);
        let tokens = vendor.tokens(gateway, &sign_in()?)?;
        let codes = (0..100).map(|_| sign_in()).collect::<Result<Vec<_>>>()?;
        let first = vendor.redeem(gateway, &codes[0], Some(VERIFIER))?;
        ensure!(first.status == 200, "{}: {} {}", vendor.mount, first.status, first.text());
        Tokens::of(&vendor.refresh(gateway, &tokens.refresh)?).context("the first refresh token")?;

        let mut browser = vendor.signed_in(gateway, vendor.user)?;
        ensure!(withdraw(&vendor, &mut browser, vendor.client.0)?.status == 303);
        vendor
            .is_invalid_grant(&vendor.refresh(gateway, &Tokens::of(&first)?.refresh)?)
            .context("of the first code")?;
        for code in &codes[1..] {
            vendor.is_invalid_grant(&vendor.redeem(gateway, code, Some(VERIFIER))?).context("a code")?;
        }
    }
    Ok(())
}

#[test]
fn a_trusted_client_is_spared_the_page_unless_it_asks_for_it() -> Result<()> {
    for vendor in &EACH {
        let trusted = json!({"secret": "trusted-secret", "grants": ["authorization_code", "refresh_token"],
            "scopes": vendor.scope.split(' ').collect::<Vec<_>>(), "redirect_uris": [REDIRECT], "trusted": true,
            "user": vendor.user});
        gateway()?.admin().put(vendor.mount, "clients", "trusted", &trusted)?;
        let mut browser = user(vendor, "7006")?;
        ensure!(!asks(vendor, &mut browser, &[("client_id", "trusted")])?);
        ensure!(asks(vendor, &mut browser, &[("client_id", "trusted"), ("prompt", "consent")])?);
    }
    Ok(())
}
