//! `prompt` and `max_age`, as OpenID Connect Core section 3.1.2.1 has them.

use super::browser::{Browser, form};
use super::gateway;
use super::vendor::{EACH, Vendor, code, param};
use anyhow::{Result, ensure};
use serde_json::json;
use testkit::http::Response;

fn error(response: &Response) -> Result<String> {
    ensure!(param(response, "code")?.is_none());
    Ok(param(response, "error")?.unwrap_or_default())
}

/// A browser in which a user of this test's own has signed in and lets the client have its tokens unasked.
pub(crate) fn trusting(vendor: &Vendor, gateway: &testkit::gateway::Gateway, sub: &str) -> Result<Browser> {
    vendor.make_user(gateway, sub, &json!({}))?;
    let mut browser = vendor.signed_in(gateway, sub)?;
    let form = super::forms::consent_form(vendor, &mut browser, &[])?.with("remember", "1");
    code(&browser.submit(&form.with("decision", "allow"))?)?;
    Ok(browser)
}

#[test]
fn none_shows_no_page() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let none = |more: &[(&'static str, &'static str)]| [&[("prompt", "none")], more].concat();
        ensure!(error(&vendor.ask(&mut Browser::new(gateway.public()), &none(&[]))?)? == "login_required");
        let mut browser = trusting(vendor, gateway, "7101")?;
        code(&vendor.ask(&mut browser, &none(&[]))?)?;
        let other = none(&[("client_id", super::vendor::OTHER)]);
        ensure!(error(&vendor.ask(&mut browser, &other)?)? == "consent_required");
        for beside in ["none login", "none consent", "login none", "none select_account"] {
            let response = vendor.ask(&mut browser, &[("prompt", beside)])?;
            super::authorize::is_refused(vendor, &response, "invalid_request")?;
        }
    }
    Ok(())
}

#[test]
fn login_asks_a_user_who_is_signed_in_to_prove_it_again() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = trusting(vendor, gateway, "7102")?;
        code(&vendor.ask(&mut browser, &[])?)?;
        let page = vendor.go(&mut browser, &[("prompt", "login")])?;
        let login = form(&page, "csrf")?;
        ensure!(
            login.action.starts_with(vendor.login) && !page.text().contains("name=\"continue\""),
            "{}",
            page.text()
        );
        // The session that exists is no proof, and neither is the link that led here.
        let by_session = browser.submit(&login.clone().with("continue", "1"))?;
        ensure!(by_session.status == 401, "{} {:?}", by_session.status, by_session.header("location"));
        let response = browser.submit(&login.with("pick", "7102"))?;
        ensure!(response.status == 303);
        code(&browser.follow(response)?)?;
    }
    Ok(())
}

#[test]
fn select_account_offers_the_session_and_another() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = trusting(vendor, gateway, "7103")?;
        let page = vendor.go(&mut browser, &[("prompt", "select_account")])?;
        ensure!(page.status == 200 && page.text().contains("name=\"continue\""), "{}", page.text());
        let response = browser.submit(&form(&page, "csrf")?.with("continue", "1"))?;
        code(&browser.follow(response)?)?;
        // Another account: its own session, and its own consent.
        let page = vendor.go(&mut browser, &[("prompt", "select_account")])?;
        vendor.make_user(gateway, "7104", &json!({}))?;
        let response = browser.submit(&form(&page, "csrf")?.with("pick", "7104"))?;
        let page = browser.follow(response)?;
        ensure!(page.text().contains("user7104") && form(&page, "decision").is_err(), "{}", page.text());
        form(&page, "scope")?;
    }
    Ok(())
}

#[test]
fn consent_is_asked_for_after_a_login_that_was_asked_for_too() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = trusting(vendor, gateway, "7105")?;
        let page = vendor.go(&mut browser, &[("prompt", "login consent")])?;
        let response = browser.submit(&form(&page, "csrf")?.with("pick", "7105"))?;
        let page = browser.follow(response)?;
        let response = browser.submit(&form(&page, "scope")?.with("decision", "allow"))?;
        code(&response)?;
    }
    Ok(())
}

#[test]
fn max_age_zero_is_a_new_login() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = trusting(vendor, gateway, "7106")?;
        code(&vendor.ask(&mut browser, &[("max_age", "600")])?)?;
        ensure!(error(&vendor.ask(&mut browser, &[("max_age", "0"), ("prompt", "none")])?)? == "login_required");
        let page = vendor.go(&mut browser, &[("max_age", "0")])?;
        ensure!(page.status == 200 && !page.text().contains("name=\"continue\""), "{}", page.status);
        let login = form(&page, "csrf")?;
        ensure!(browser.submit(&login.clone().with("continue", "1"))?.status == 401);
        let response = browser.submit(&login.with("pick", "7106"))?;
        code(&browser.follow(response)?)?;
        for bad in ["-1", "x", "1.5", "99999999999999999999"] {
            let response = vendor.ask(&mut browser, &[("max_age", bad)])?;
            super::authorize::is_refused(vendor, &response, "invalid_request")?;
        }
    }
    Ok(())
}
