//! Forms that stood open while something changed, and what a browser does by itself on the way.

use super::browser::{Browser, Form, form};
use super::forms::consent_form;
use super::prompt::trusting;
use super::vendor::{BRIGHTHR, EACH, OTHER, Vendor, code, param};
use super::{alone, gateway};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::gateway::Gateway;
use testkit::http::Response;

/// The login form of a request in that browser.
fn login_form(vendor: &Vendor, browser: &mut Browser, state: &str) -> Result<Form> {
    form(&vendor.go(browser, &[("state", state), ("prompt", "consent")])?, "csrf")
}

/// Where the answer leads, and that no client is told anything.
fn led_to<'r>(response: &'r Response, path: &str) -> Result<&'r str> {
    let to = response.header("location").with_context(|| format!("{} {}", response.status, response.text()))?;
    ensure!(response.status == 303 && to.starts_with(path), "{} {to}", response.status);
    Ok(to)
}

#[test]
fn n15_the_second_of_two_tabs_goes_on_with_the_session_that_there_is() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = Browser::new(gateway.public());
        let tabs = [login_form(vendor, &mut browser, "one")?, login_form(vendor, &mut browser, "two")?];
        for tab in tabs {
            let session = browser.cookie("idp_session").map(str::to_owned);
            let response = browser.submit(&tab.with("pick", vendor.user))?;
            led_to(&response, vendor.authorize)?;
            ensure!(
                session.is_none() || browser.cookie("idp_session") == session.as_deref(),
                "the first tab's is over"
            );
            form(&browser.follow(response)?, "scope").context("consent is next")?;
        }
    }
    Ok(())
}

#[test]
fn n15_the_second_tab_may_be_another_users_or_ask_for_a_proof() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        vendor.make_user(gateway, "1501", &json!({}))?;
        let mut browser = Browser::new(gateway.public());
        let other = login_form(vendor, &mut browser, "two")?;
        let anew = form(&vendor.go(&mut browser, &[("prompt", "login")])?, "csrf")?;
        vendor.sign_in(&mut browser, vendor.user)?;
        let session = browser.cookie("idp_session").map(str::to_owned);
        led_to(&browser.submit(&other.with("pick", "1501"))?, vendor.authorize)?;
        ensure!(browser.cookie("idp_session") != session.as_deref(), "whom the form named is signed in");
        ensure!(browser.get(vendor.account)?.text().contains("user1501"));
        let session = browser.cookie("idp_session").map(str::to_owned);
        led_to(&browser.submit(&anew.with("pick", "1501"))?, vendor.authorize)?;
        ensure!(browser.cookie("idp_session") != session.as_deref(), "the client wants a sign-in, not a session");
    }
    Ok(())
}

#[test]
fn n15_what_another_tab_has_ended_is_not_done_in_the_session_after_it() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        vendor.make_user(gateway, "1502", &json!({}))?;
        let mut browser = vendor.signed_in(gateway, vendor.user)?;
        let logout = form(&browser.get(vendor.logout)?, "csrf")?;
        let account = form(&browser.get(vendor.account)?, "csrf")?.with("do", "sign_out");
        let page = vendor.go(&mut browser, &[("prompt", "select_account")])?;
        let on = form(&page, "csrf")?.with("continue", "1");
        browser.forget("idp_session");
        vendor.sign_in(&mut browser, "1502")?;
        led_to(&browser.submit(&logout)?, vendor.logout)?;
        led_to(&browser.submit(&account)?, vendor.account)?;
        let shown = browser.submit(&on)?;
        ensure!(shown.status == 200 && shown.text().contains("user1502"), "{}: as whom?", shown.status);
        ensure!(vendor.is_signed_in(&mut browser)?, "signed out by a form of another session");
        // Where nobody is signed in any more, there is nothing to do.
        browser.forget("idp_session");
        led_to(&browser.submit(&logout)?, vendor.logout)?;
        led_to(&browser.submit(&account)?, vendor.account)?;
    }
    Ok(())
}

#[test]
fn n16_a_consent_outlived_by_its_form_leads_through_login_to_consent() -> Result<()> {
    let gateway = alone()?;
    for vendor in &EACH {
        let mut browser = vendor.signed_in(&gateway, vendor.user)?;
        let consent = consent_form(vendor, &mut browser, &[("state", "kept")])?.with("decision", "allow");
        gateway.admin().advance_clock(36_001)?;
        let late = browser.submit(&consent)?;
        let page = browser.follow(late)?;
        let login = form(&page, "csrf")?.with("pick", vendor.user);
        ensure!(login.action.starts_with(vendor.login) && login.action.contains("state=kept"), "{}", login.action);
        let signed_in = browser.submit(&login)?;
        let again = form(&browser.follow(signed_in)?, "scope")?.with("decision", "allow");
        let told = browser.submit(&again)?;
        code(&told)?;
        ensure!(param(&told, "state")?.as_deref() == Some("kept"));
    }
    Ok(())
}

#[test]
fn n16_a_consent_of_an_earlier_session_is_asked_for_anew() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        vendor.make_user(gateway, "1601", &json!({}))?;
        for next in [vendor.user, "1601"] {
            let mut browser = vendor.signed_in(gateway, vendor.user)?;
            for decision in ["allow", "deny"] {
                let consent = consent_form(vendor, &mut browser, &[])?.with("decision", decision);
                browser.forget("idp_session");
                vendor.sign_in(&mut browser, next)?;
                let path = consent.action.split('?').next().unwrap_or_default().to_owned();
                let asked = browser.submit(&consent)?;
                let to = led_to(&asked, &path)?.to_owned();
                form(&browser.get(&to)?, "scope")?;
            }
        }
    }
    Ok(())
}

#[test]
fn n16_an_account_page_outlived_by_its_session_leads_to_login() -> Result<()> {
    let gateway = alone()?;
    for vendor in &EACH {
        let mut browser = vendor.signed_in(&gateway, vendor.user)?;
        let account = form(&browser.get(vendor.account)?, "csrf")?;
        gateway.admin().advance_clock(36_001)?;
        let late = browser.submit(&account.with("do", "sign_out"))?;
        let page = browser.follow(late)?;
        ensure!(form(&page, "csrf")?.action == vendor.login, "{}", page.text());
    }
    Ok(())
}

#[test]
fn n17_a_wrong_password_leaves_the_request_in_the_url() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = Browser::new(gateway.public());
        let page = vendor.go(&mut browser, &[("state", "{\"a\": 1}")])?;
        let own = form(&page, "csrf")?.with("username", "nobody-17").with("password", "wrong");
        let wrong = browser.submit(&own)?;
        ensure!(wrong.status == 401 && form(&wrong, "csrf")?.action == own.action);
        // What the address bar shows is the page, and reads the same when it is loaded anew.
        let anew = form(&browser.get(&own.action)?, "csrf")?;
        ensure!(anew.action == own.action, "{}", anew.action);
        ensure!(own.action.contains("&state=%7B%22a%22%3A%201%7D&"), "encoded once: {}", own.action);
    }
    Ok(())
}

#[test]
fn n17_a_state_of_eight_thousand_characters_is_encoded_once() -> Result<()> {
    let state = "{\"a\":1}".repeat(1_143);
    let encoded = 3 * state.len();
    for vendor in &EACH {
        let mut browser = Browser::new(gateway()?.public());
        let response = vendor.ask(&mut browser, &[("state", &state), ("prompt", "consent")])?;
        let to = response.header("location").context("a redirect")?.to_owned();
        ensure!(to.len() < encoded + 1_000, "{} bytes for {}", to.len(), state.len());
        let login = form(&browser.get(&to)?, "csrf")?.with("pick", vendor.user);
        let signed_in = browser.submit(&login)?;
        let consent = form(&browser.follow(signed_in)?, "scope")?.with("decision", "allow");
        ensure!(param(&browser.submit(&consent)?, "state")?.as_deref() == Some(&*state), "{}", vendor.mount);
    }
    Ok(())
}

#[test]
fn n17_who_has_cookies_off_is_told_so() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = Browser::new(gateway.public());
        let own = form(&vendor.go(&mut browser, &[])?, "csrf")?.with("pick", vendor.user);
        let told = Browser::new(gateway.public()).submit(&own)?;
        ensure!(told.status == 403 && told.text().contains("Allow cookies"), "{} {}", told.status, told.text());
        let forged = browser.submit(&own.without("csrf"))?;
        ensure!(forged.status == 403 && !forged.text().contains("Allow cookies"), "{}", forged.text());
    }
    Ok(())
}

#[test]
fn n17_the_error_page_repeats_nothing_that_a_stranger_made_up() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let lure = "call-0800-lure";
        let twice = format!("{}?{}&{lure}=1&{lure}=2", vendor.authorize, vendor.query(&[])?);
        let mut pages = Vec::new();
        let mut browser = Browser::new(gateway.public());
        for instead in [[("client_id", lure)], [("redirect_uri", "https://call-0800-lure.test/")]] {
            let response = vendor.ask(&mut browser, &instead)?;
            pages.push(browser.follow(response)?);
        }
        for url in [twice, format!("{}?{}", vendor.authorize, vendor.query(&[("scope", lure)])?)] {
            let response = browser.get(&url)?;
            if !vendor.tells_client {
                pages.push(browser.follow(response)?);
            }
        }
        for page in pages {
            ensure!(page.status == 200 && !page.text().contains("0800"), "{} {}", page.status, page.text());
        }
        let named = vendor.go(&mut browser, &[("redirect_uri", "https://evil.test/")])?;
        ensure!(named.text().contains(vendor.client.0), "a client that is registered is named");
    }
    Ok(())
}

#[test]
fn n17_without_a_page_a_form_of_another_site_is_as_good_as_a_link() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = trusting(vendor, gateway, "1701")?;
        for (client, told) in [(vendor.client.0, "code"), (OTHER, "error")] {
            let query = vendor.query(&[("prompt", "none"), ("client_id", client)])?;
            // `SameSite=Lax`: the form brings no cookie, the redirect after it does.
            let posted = Browser::new(gateway.public()).post_with(vendor.authorize, &[], &query)?;
            let to = led_to(&posted, &format!("{}?", vendor.authorize))?.to_owned();
            ensure!(param(&browser.get(&to)?, told)?.is_some(), "{client}");
        }
        let nobody = Browser::new(gateway.public()).get(&format!(
            "{}?{}",
            vendor.authorize,
            vendor.query(&[("prompt", "none")])?
        ))?;
        ensure!(param(&nobody, "error")?.as_deref() == Some("login_required"));
    }
    Ok(())
}

#[test]
fn n18_two_gateways_of_one_machine_keep_their_users_apart() -> Result<()> {
    let mut elsewhere = super::config()?;
    elsewhere.server.public_url = "http://localhost:8090".to_owned();
    let (one, other) = (gateway()?, Gateway::start(&elsewhere.to_toml()?)?);
    let vendor = &BRIGHTHR;
    let mut browser = vendor.signed_in(one, vendor.user)?;
    browser.is_at(other.public());
    ensure!(!vendor.is_signed_in(&mut browser)?);
    vendor.sign_in(&mut browser, vendor.user)?;
    browser.is_at(one.public());
    ensure!(vendor.is_signed_in(&mut browser)?, "signed out by the other gateway");
    browser.submit(&form(&browser.clone().get(vendor.account)?, "csrf")?.with("do", "sign_out"))?;
    browser.is_at(other.public());
    ensure!(vendor.is_signed_in(&mut browser)?, "signed out by the one");
    Ok(())
}
