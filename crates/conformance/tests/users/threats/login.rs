//! Signing in: a session of its own each time, and passwords that cannot be guessed.

use super::browser::{Browser, form};
use super::gateway;
use super::vendor::{BRIGHTHR, EACH, Vendor, code};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::collections::BTreeSet;
use testkit::http::Response;

const SESSION: &str = "idp_session_";

#[test]
fn t58_each_sign_in_has_a_session_of_its_own() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = vendor.signed_in(gateway, vendor.user)?;
        let before = browser.clone();
        let page = vendor.go(&mut browser, &[("prompt", "login")])?;
        let signed_in = browser.submit(&form(&page, "csrf")?.with("pick", vendor.user))?;
        ensure!(signed_in.status == 303, "{}", signed_in.status);
        ensure!(before.cookie(SESSION) != browser.cookie(SESSION), "{}: the same session", vendor.mount);
        ensure!(vendor.is_signed_in(&mut browser)? && !vendor.is_signed_in(&mut before.clone())?);

        let line = signed_in.headers_named("set-cookie").find(|line| line.starts_with(SESSION)).context("a cookie")?;
        for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            ensure!(line.contains(attribute), "{line}");
        }
        ensure!(!line.contains("Domain=") && !line.contains("Max-Age"), "{line}");
    }
    Ok(())
}

#[test]
fn t58_a_planted_session_is_not_adopted() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        vendor.make_user(gateway, "5801", &json!({}))?;
        let attacker = vendor.signed_in(gateway, "5801")?;
        let alive = attacker.cookie(SESSION).context("a session")?.to_owned();
        for planted in ["A".repeat(43), alive, String::new(), "%00".to_owned()] {
            let mut victim = Browser::new(gateway.public());
            victim.plant(&format!("{SESSION}{}", vendor.mount), &planted);
            let mut page = victim.get(vendor.login)?;
            if page.status == 303 {
                page = vendor.go(&mut victim, &[("prompt", "login")])?;
            }
            let response = victim.submit(&form(&page, "csrf")?.with("pick", vendor.user))?;
            ensure!(response.status == 303, "{} {}", response.status, response.text());
            let line = response.headers_named("set-cookie").find(|line| line.starts_with(SESSION));
            let line = line.context("no cookie of the sign-in's own")?;
            ensure!(!line.contains(&format!("={planted};")), "{line}");
            // What the attacker knows opens nothing of the victim's.
            let mut attacker = Browser::new(gateway.public());
            attacker.plant(&format!("{SESSION}{}", vendor.mount), &planted);
            ensure!(!vendor.is_signed_in(&mut attacker)?, "{}: {planted:?} is a session", vendor.mount);
        }
    }
    Ok(())
}

#[test]
fn t58_who_approves_by_a_hint_signs_in_too() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        vendor.make_user(gateway, "5802", &json!({}))?;
        let mut browser = vendor.signed_in(gateway, "5802")?;
        let before = browser.clone();
        code(&vendor.ask(&mut browser, &[("login_hint", vendor.user)])?)?;
        ensure!(!vendor.is_signed_in(&mut before.clone())?, "the session before lives on");
        ensure!(vendor.is_signed_in(&mut browser)?);
        let after = browser.cookie(SESSION).map(str::to_owned);
        code(&vendor.ask(&mut browser, &[("login_hint", vendor.user)])?)?;
        ensure!(browser.cookie(SESSION).map(str::to_owned) == after, "a session that will do is kept");
    }
    Ok(())
}

fn attempt(vendor: &Vendor, browser: &mut Browser, name: &str, password: &str) -> Result<Response> {
    let page = vendor.go(browser, &[("prompt", "login")])?;
    browser.submit(&form(&page, "csrf")?.with("username", name).with("password", password))
}

/// A page without what is another's by right: the name that was typed, and the seal of the form.
fn bare(page: &Response, name: &str) -> Result<String> {
    let form = form(page, "csrf")?;
    let csrf = form.value("csrf").context("a field")?;
    Ok(page.text().replace(csrf, "[csrf]").replace(&format!("value=\"{name}\""), "value=\"[name]\""))
}

#[test]
fn t63_guessing_backs_off_and_does_not_lock_the_owner_out() -> Result<()> {
    let gateway = gateway()?;
    let vendor = &BRIGHTHR;
    let name = "owner-63";
    vendor.make_user(gateway, "6301", &json!({"username": name, "password": "correct horse battery staple"}))?;
    let mut owner = Browser::new(gateway.public());
    let signed_in = attempt(vendor, &mut owner, name, "correct horse battery staple")?;
    ensure!(signed_in.status == 303 && vendor.is_signed_in(&mut owner)?, "{}", signed_in.text());

    // A name that is known and one that is not: the same bytes all the way.
    let mut guesser = Browser::new(gateway.public());
    let mut refused = None;
    for round in 0..8 {
        let known = attempt(vendor, &mut guesser, name, "wrong")?;
        let unknown = attempt(vendor, &mut guesser, "nobody-63", "wrong")?;
        let names = |page: &Response| page.headers.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
        ensure!(names(&known) == names(&unknown), "{:?} and {:?}", known.headers, unknown.headers);
        ensure!(known.status == unknown.status, "{} and {}", known.status, unknown.status);
        // Told to wait, one may be a second ahead.
        ensure!(known.status == 429 || bare(&known, name)? == bare(&unknown, "nobody-63")?, "{}", unknown.text());
        match (known.status, round) {
            (401, 0..5) => {}
            (429, 5..) => refused = Some(known),
            (status, round) => anyhow::bail!("{status} at attempt {round}"),
        }
    }
    let refused = refused.context("never told to wait")?;
    let wait: u32 = refused.header("retry-after").context("no Retry-After")?.parse()?;
    ensure!((1..=60).contains(&wait), "Retry-After: {wait}");

    // The right password helps a stranger no more, whatever the address they claim.
    let page = vendor.go(&mut guesser, &[("prompt", "login")])?;
    let right = form(&page, "csrf")?.with("username", name).with("password", "correct horse battery staple");
    let body = serde_urlencoded::to_string(&right.fields)?;
    for claimed in ["203.0.113.9", "127.0.0.2"] {
        let response =
            guesser.post_with(&right.action, &[("X-Forwarded-For", claimed), ("Forwarded", claimed)], &body)?;
        ensure!(response.status == 429, "{}", response.status);
    }
    ensure!(!vendor.is_signed_in(&mut guesser)?);

    // The owner's own browser signs in all the same: with a slip, after the session has gone.
    owner.forget(SESSION);
    ensure!(attempt(vendor, &mut owner, name, "corect horse")?.status == 401);
    ensure!(attempt(vendor, &mut owner, name, "correct horse battery staple")?.status == 303);
    ensure!(vendor.is_signed_in(&mut owner)?);

    // What the browser keeps is for its own user alone, and holds no more once it is changed.
    let known = owner.cookie("idp_known").context("a cookie")?.to_owned();
    let mut changed = Browser::new(gateway.public());
    let last = if known.ends_with('A') { "B" } else { "A" };
    changed.plant(&format!("idp_known_{}", vendor.mount), &format!("{}{last}", &known[..known.len() - 1]));
    ensure!(attempt(vendor, &mut changed, name, "wrong")?.status == 429, "a seal that does not hold");
    ensure!(attempt(vendor, &mut owner, "nobody-63", "wrong")?.status == 429, "another user's name");
    Ok(())
}
