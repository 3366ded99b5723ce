//! Forms that this browser, in this session, was not given for this page and this request.

use super::browser::{Browser, Form, form, forms};
use super::gateway;
use super::vendor::{EACH, REDIRECT, Vendor, code, param};
use anyhow::{Context, Result, ensure};
use testkit::http::Response;

/// The consent page of a request in a browser that is signed in, and its form.
pub(crate) fn consent_form(vendor: &Vendor, browser: &mut Browser, instead: &[(&str, &str)]) -> Result<Form> {
    let page = vendor.go(browser, &[&[("prompt", "consent")], instead].concat())?;
    ensure!(page.status == 200, "{} {}", page.status, page.text());
    form(&page, "scope")
}

fn forbidden(response: &Response, how: &str) -> Result<()> {
    ensure!(response.status == 403, "{how}: {} {:?}", response.status, response.header("location"));
    ensure!(response.header("location").is_none() && !response.text().contains(REDIRECT), "{how}");
    let set: Vec<_> = response.headers_named("set-cookie").collect();
    ensure!(!set.iter().any(|line| line.contains("idp_session")), "{how}: {set:?}");
    Ok(())
}

#[test]
fn t57_a_login_form_is_of_one_browser_and_one_request() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = Browser::new(gateway.public());
        let page = vendor.go(&mut browser, &[])?;
        let own = form(&page, "csrf")?.with("pick", vendor.user);
        let mut stranger = Browser::new(gateway.public());
        let theirs = form(&vendor.go(&mut stranger, &[])?, "csrf")?;
        let theirs = theirs.value("csrf").context("a field")?.to_owned();
        let other_request = form(&vendor.go(&mut browser, &[("state", "other")])?, "csrf")?.action;
        ensure!(own.action.contains("&state=st&") && own.action != other_request, "{}", own.action);

        for (how, forged) in [
            ("none", own.clone().without("csrf")),
            ("empty", own.clone().with("csrf", "")),
            ("invented", own.clone().with("csrf", &"A".repeat(43))),
            ("another browser's", own.clone().with("csrf", &theirs)),
            ("of another request", own.clone().sent_to(&other_request)),
            ("of a request, for none", own.clone().sent_to(vendor.login)),
        ] {
            forbidden(&browser.submit(&forged)?, how)?;
        }
        forbidden(&stranger.submit(&own)?, "from another browser")?;
        forbidden(&Browser::new(gateway.public()).submit(&own)?, "from a browser without cookies")?;
        ensure!(!vendor.is_signed_in(&mut browser)? && !vendor.is_signed_in(&mut stranger)?);
        ensure!(browser.submit(&own)?.status == 303, "the form itself is good");
    }
    Ok(())
}

#[test]
fn t57_a_consent_is_of_one_session_and_one_request() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = vendor.signed_in(gateway, vendor.user)?;
        let own = consent_form(vendor, &mut browser, &[])?.with("decision", "allow");
        let wider = consent_form(vendor, &mut browser, &[("state", "other"), ("client_id", super::vendor::OTHER)])?;
        let login = form(&vendor.go(&mut browser, &[("prompt", "login")])?, "csrf")?;
        let account = form(&browser.get(vendor.account)?, "csrf")?;
        let mut stranger = vendor.signed_in(gateway, vendor.user)?;
        let theirs = consent_form(vendor, &mut stranger, &[])?;
        let field = |form: &Form| form.value("csrf").map(str::to_owned).context("a field");
        let (login, account, theirs) = (field(&login)?, field(&account)?, field(&theirs)?);

        for (how, forged) in [
            ("none", own.clone().without("csrf")),
            ("another session's", own.clone().with("csrf", &theirs)),
            ("the login page's", own.clone().with("csrf", &login)),
            ("the account's", own.clone().with("csrf", &account)),
            ("for another request", own.clone().sent_to(&wider.action)),
        ] {
            forbidden(&browser.submit(&forged)?, how)?;
        }
        let path = own.action.split('?').next().unwrap_or_default();
        ensure!(browser.submit(&own.clone().sent_to(path))?.status == 400, "for no request");
        forbidden(&stranger.submit(&own)?, "from another browser")?;
        let mut thief = Browser::new(gateway.public());
        thief.copy(&browser, "idp_session");
        forbidden(&thief.submit(&own)?, "with the session's cookie alone")?;

        code(&browser.submit(&own)?).context("the form itself is good")?;
        let denied = browser.submit(&own.clone().with("decision", "deny"))?;
        ensure!(denied.status == 303 && param(&denied, "error")?.as_deref() == Some("access_denied"));
        let unsaid = browser.submit(&own.without("decision"))?;
        ensure!(param(&unsaid, "error")?.as_deref() == Some("access_denied"), "no word is no consent");
    }
    Ok(())
}

#[test]
fn t57_nothing_of_the_account_changes_for_a_forged_form() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = vendor.signed_in(gateway, vendor.user)?;
        let mut stranger = vendor.signed_in(gateway, vendor.user)?;
        let page = browser.get(vendor.account)?;
        let theirs = form(&stranger.get(vendor.account)?, "csrf")?.value("csrf").context("a field")?.to_owned();
        let page_forms = forms(&page)?;
        ensure!(page_forms.len() > 2, "{}", page.text());
        for form in page_forms
            .into_iter()
            .filter(|form| form.value("do") != Some("end_session"))
            .chain([Form { action: vendor.account.to_owned(), fields: vec![("do".to_owned(), "sign_out".to_owned())] }])
        {
            let form = form.with("name", "forged").with("scope", "openid");
            forbidden(&browser.submit(&form.clone().without("csrf"))?, "none")?;
            forbidden(&browser.submit(&form.clone().with("csrf", &theirs))?, "another session's")?;
        }
        let logout = form(&browser.get(vendor.logout)?, "csrf")?;
        forbidden(&browser.submit(&logout.clone().without("csrf"))?, "none")?;
        forbidden(&browser.submit(&logout.clone().with("csrf", &theirs))?, "another's")?;
        ensure!(vendor.is_signed_in(&mut browser)?, "{}: signed out by a forged form", vendor.mount);
        ensure!(!browser.get(vendor.account)?.text().contains("forged"), "{}", vendor.mount);
        // A GET changes nothing either.
        browser.get(&format!("{}?csrf={}", vendor.logout, logout.value("csrf").unwrap_or_default()))?;
        ensure!(vendor.is_signed_in(&mut browser)?, "{}: signed out by a link", vendor.mount);
        ensure!(browser.submit(&logout)?.status == 303 && !vendor.is_signed_in(&mut browser)?);
    }
    Ok(())
}
