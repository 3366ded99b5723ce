//! The pages themselves: how they are answered, and what keeps other sites out of them.

use super::browser::{Browser, form};
use super::forms::consent_form;
use super::gateway;
use super::vendor::{BRIGHTHR, EACH, Vendor};
use anyhow::{Context, Result, ensure};
use testkit::http::{self, Response};

/// The one page that has a script, which posts the answer to the client.
const FORM_POST: &str = "form_post";

/// Every page of a mount, in each of the states that it has.
fn pages(vendor: &Vendor) -> Result<Vec<(&'static str, Response)>> {
    let gateway = gateway()?;
    let mut stranger = Browser::new(gateway.public());
    let login = vendor.go(&mut stranger, &[])?;
    let own = form(&login, "csrf")?;
    let wrong = stranger.submit(&own.clone().with("username", "nobody").with("password", "x"))?;
    let forged = stranger.submit(&own.without("csrf"))?;
    let refused = vendor.ask(&mut stranger, &[("client_id", "nobody")])?;
    let mut browser = vendor.signed_in(gateway, vendor.user)?;
    let account = form(&browser.get(vendor.account)?, "csrf")?;
    let consent = consent_form(vendor, &mut browser, &[])?.action;
    let consent = consent.split('?').next().unwrap_or_default();
    Ok(vec![
        ("login", login),
        ("login, wrong password", wrong),
        ("login, forged", forged),
        ("logout, done", stranger.get(vendor.logout)?),
        ("a refused request", refused.clone()),
        ("error", stranger.follow(refused)?),
        ("error, of nothing", stranger.get(vendor.error)?),
        ("account, signed out", stranger.get(vendor.account)?),
        ("account", browser.get(vendor.account)?),
        ("account, nonsense", browser.submit(&account.with("do", "nonsense"))?),
        ("logout", browser.get(vendor.logout)?),
        ("login, signed in", vendor.go(&mut browser, &[("prompt", "login")])?),
        ("consent", vendor.go(&mut browser, &[("prompt", "consent")])?),
        (FORM_POST, vendor.ask(&mut browser, &[("response_mode", "form_post"), ("login_hint", vendor.user)])?),
        ("consent, of nothing", browser.get(&format!("{consent}?client_id=x"))?),
    ])
}

#[test]
fn t59_no_page_can_be_framed_or_run_a_script() -> Result<()> {
    for vendor in &EACH {
        for (name, page) in pages(vendor)? {
            let shown = || format!("{} {name}: {:?}", vendor.mount, page.headers);
            for (header, value) in
                [("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")]
            {
                ensure!(page.headers_named(header).collect::<Vec<_>>() == [value], "{header}: {}", shown());
            }
            ensure!(page.header("cache-control").is_some_and(|value| value.contains("no-store")), "{}", shown());
            ensure!(page.header("access-control-allow-origin").is_none(), "{}", shown());
            if matches!(page.status, 302 | 303) {
                continue;
            }
            let policy = page.header("content-security-policy").with_context(shown)?;
            let directives: Vec<_> = policy.split("; ").collect();
            let has_script = name == FORM_POST;
            let own = if has_script {
                "script-src 'sha256-8lDeP0UDwCO6/RhblgeH/ctdBzjVpJxrXizsnIk3cEQ='"
            } else {
                "style-src 'self'"
            };
            for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", own] {
                ensure!(directives.contains(&directive), "{directive}: {}", shown());
            }
            // A form that ends at a client ends wherever the client sends its users.
            let to_client =
                ["login", "consent", FORM_POST].iter().any(|page| name.starts_with(page)) && page.status != 403;
            let held = directives.contains(&"form-action 'self'");
            ensure!(held || to_client && !policy.contains("form-action"), "{}", shown());
            ensure!(
                !policy.contains("unsafe") && !policy.contains('*') && policy.contains("script-src") == has_script,
                "{policy}"
            );
            let text = page.text();
            ensure!(text.matches("<script").count() == usize::from(has_script), "{}", shown());
            for forbidden in [" style=", " onclick", " onload", "javascript:", "<iframe", "http-equiv"] {
                ensure!(!text.contains(forbidden), "{forbidden} in {}", shown());
            }
        }
    }
    Ok(())
}

#[test]
fn t36_a_redirect_after_a_form_is_303() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = Browser::new(gateway.public());
        let page = vendor.go(&mut browser, &[("prompt", "consent")])?;
        let login = browser.submit(&form(&page, "csrf")?.with("pick", vendor.user))?;
        let consent = consent_form(vendor, &mut browser, &[])?;
        let page = vendor.go(&mut browser, &[("prompt", "select_account")])?;
        let mut answers = vec![
            ("login", login),
            ("continue", browser.submit(&form(&page, "csrf")?.with("continue", "1"))?),
            ("allow", browser.submit(&consent.clone().with("decision", "allow"))?),
            ("deny", browser.submit(&consent.with("decision", "deny"))?),
        ];
        let account = form(&browser.get(vendor.account)?, "csrf")?;
        answers.push(("account", browser.submit(&account.clone().with("do", "withdraw").with("id", "nobody"))?));
        answers.push(("sign out", browser.submit(&account.with("do", "sign_out"))?));
        vendor.sign_in(&mut browser, vendor.user)?;
        let logout = form(&browser.get(vendor.logout)?, "csrf")?;
        answers.push(("logout", browser.submit(&logout)?));
        for (name, answer) in answers {
            ensure!(answer.status == 303 && answer.body.is_empty(), "{} {name}: {}", vendor.mount, answer.status);
        }
    }
    Ok(())
}

#[test]
fn t61_no_host_or_forwarded_header_changes_a_link() -> Result<()> {
    let spoofed = [
        ("X-Forwarded-Host", "evil.test"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Prefix", "/evil.test"),
        ("Forwarded", "host=evil.test;proto=https"),
    ];
    for vendor in &EACH {
        let mut browser = Browser::new(gateway()?.public());
        for (query, wanted) in
            [(vendor.query(&[])?, vendor.login), (vendor.query(&[("client_id", "nobody")])?, vendor.error)]
        {
            let path = format!("{}?{query}", vendor.authorize);
            let response = browser.get_with(&path, &spoofed)?;
            let to = response.header("location").context("a redirect")?;
            ensure!(to.starts_with(wanted), "{to}");
            let headers = [&[("Host", "evil.test")][..], &spoofed].concat();
            let response = http::exchange(gateway()?.public(), &http::request("GET", &path, &headers, b""))?;
            let to = response.header("location").context("a redirect")?;
            ensure!(to.starts_with(wanted), "{to}");
            ensure!(response.headers_named("set-cookie").all(|line| !line.contains("evil")), "{:?}", response.headers);
        }
        let page = browser.get_with(vendor.login, &spoofed)?;
        ensure!(!page.text().contains("evil.test"), "{}", page.text());
    }
    Ok(())
}

#[test]
fn t66_no_other_origin_reads_the_authorization_endpoint_or_a_page() -> Result<()> {
    let origin = [("Origin", "https://client.test")];
    for vendor in &EACH {
        let mut browser = vendor.signed_in(gateway()?, vendor.user)?;
        let authorize = format!("{}?{}", vendor.authorize, vendor.query(&[])?);
        for path in [authorize.as_str(), vendor.login, vendor.account, vendor.logout] {
            let response = browser.get_with(path, &origin)?;
            let allowed = response.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
            ensure!(allowed.is_none(), "{path}: {allowed:?}");
        }
    }
    Ok(())
}

#[test]
fn a_vendor_with_an_endpoint_of_its_own_has_none_of_the_gateways() -> Result<()> {
    let mut browser = Browser::new(gateway()?.public());
    for name in ["authorize", "login", "consent", "account", "logout", "error"] {
        let response = browser.get(&format!("/_gateway/{name}/{}", BRIGHTHR.mount))?;
        ensure!(response.status == 404, "{name}: {}", response.status);
    }
    Ok(())
}
