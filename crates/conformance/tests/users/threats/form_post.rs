//! `response_mode`: where the answer stands in what a client is told.

use super::authorize::is_refused;
use super::browser::{Browser, Form, form, forms};
use super::forms::consent_form;
use super::gateway;
use super::vendor::{BRIGHTHR, EACH, REDIRECT, Vendor, call};
use anyhow::{Context, Result, ensure};
use testkit::http::Response;

/// The one form of the page, which goes to the client.
fn posted(page: &Response) -> Result<Form> {
    ensure!(page.status == 200, "{} {:?}", page.status, page.header("location"));
    let mut all = forms(page)?;
    ensure!(all.len() == 1 && all[0].action == REDIRECT, "{}", page.text());
    Ok(all.remove(0))
}

fn is_the_page_with_a_script(page: &Response) -> Result<()> {
    let policy = page.header("content-security-policy").context("a policy")?;
    let directives: Vec<_> = policy.split("; ").collect();
    ensure!(directives.contains(&"default-src 'none'") && directives.contains(&"frame-ancestors 'none'"), "{policy}");
    ensure!(directives.iter().any(|text| text.starts_with("script-src 'sha256-")), "{policy}");
    ensure!(!policy.contains("form-action") && !policy.contains("unsafe"), "{policy}");
    ensure!(page.header("referrer-policy") == Some("no-referrer"), "{:?}", page.headers);
    ensure!(page.header("cache-control").is_some_and(|value| value.contains("no-store")), "{:?}", page.headers);
    let text = page.text();
    ensure!(text.matches("<script").count() == 1 && text.matches("<button").count() == 1, "{text}");
    Ok(())
}

fn redeems(vendor: &Vendor, code: &str) -> Result<()> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", super::vendor::VERIFIER),
    ];
    let response = call(gateway()?, vendor.token, vendor.client, &fields)?;
    ensure!(response.status == 200, "{} {}", response.status, response.text());
    Ok(())
}

#[test]
fn n28_a_form_takes_a_code_and_a_refusal_to_the_client() -> Result<()> {
    for vendor in &EACH {
        let mut browser = Browser::new(gateway()?.public());
        let asked = [("response_mode", "form_post"), ("login_hint", vendor.user), ("state", "\"><b>&'")];
        let page = vendor.ask(&mut browser, &asked)?;
        is_the_page_with_a_script(&page).context(vendor.mount)?;
        let form = posted(&page)?;
        ensure!(form.value("state") == Some("\"><b>&'") && form.value("iss") == Some(vendor.issuer), "{form:?}");
        redeems(vendor, form.value("code").context("a code")?)?;

        let none = [("response_mode", "form_post"), ("prompt", "none")];
        let page = vendor.ask(&mut Browser::new(gateway()?.public()), &none)?;
        is_the_page_with_a_script(&page).context(vendor.mount)?;
        let form = posted(&page)?;
        ensure!(form.value("error") == Some("login_required") && form.value("state") == Some("st"), "{form:?}");
    }
    Ok(())
}

#[test]
fn n28_the_mode_outlives_login_and_consent() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = Browser::new(gateway.public());
        let page = vendor.go(&mut browser, &[("response_mode", "form_post"), ("prompt", "consent")])?;
        let login = browser.submit(&form(&page, "csrf")?.with("pick", vendor.user))?;
        let consent = form(&browser.follow(login)?, "scope")?;
        let denied = posted(&browser.submit(&consent.clone().with("decision", "deny"))?)?;
        ensure!(denied.value("error") == Some("access_denied"), "{denied:?}");
        let allowed = posted(&browser.submit(&consent.with("decision", "allow"))?)?;
        redeems(vendor, allowed.value("code").context("a code")?)?;

        let consent = consent_form(vendor, &mut browser, &[("response_mode", "fragment")])?;
        for (decision, begins) in [("allow", "code="), ("deny", "error=access_denied")] {
            let told = browser.submit(&consent.clone().with("decision", decision))?;
            let location = told.header("location").context("a redirect")?;
            let rest = location.strip_prefix(REDIRECT).and_then(|rest| rest.strip_prefix('#'));
            ensure!(told.status == 303 && rest.is_some_and(|rest| rest.starts_with(begins)), "{location}");
        }
    }
    Ok(())
}

#[test]
fn n28_discovery_says_the_modes_and_no_other_is_served() -> Result<()> {
    let mut browser = Browser::new(gateway()?.public());
    let document = browser.get(&format!("/{}/.well-known/openid-configuration", BRIGHTHR.mount))?.json()?;
    ensure!(document["response_modes_supported"] == serde_json::json!(["form_post", "query", "fragment"]));
    for mode in ["web_message", "query.jwt", "FORM_POST", "form_post query"] {
        let response = BRIGHTHR.ask(&mut browser, &[("response_mode", mode), ("login_hint", BRIGHTHR.user)])?;
        is_refused(&BRIGHTHR, &response, "invalid_request").context(mode)?;
    }
    Ok(())
}
