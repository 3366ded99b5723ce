//! A public URL with a path: before each redirect, form, stylesheet and cookie, whether or not the proxy leaves it in.

use super::browser::{Browser, form};
use super::vendor::{BRIGHTHR, EACH, code};
use super::{config, prepare};
use anyhow::{Context, Result, ensure};
use testkit::gateway::Gateway;

/// The gateway below `/idp`, its user picker and all.
fn below(url: &str) -> Result<Gateway> {
    let mut text: toml::Table = toml::from_str(&config()?.to_toml()?)?;
    let server = text.get_mut("server").and_then(toml::Value::as_table_mut).context("a section")?;
    server.insert("public_url".to_owned(), url.into());
    let gateway = Gateway::start(&toml::to_string(&text)?)?;
    prepare(&gateway)?;
    Ok(gateway)
}

#[test]
fn n14_links_forms_and_cookies_have_the_path_whichever_way_the_request_came() -> Result<()> {
    let gateway = below("http://idp.test/idp/")?;
    for vendor in &EACH {
        // A proxy that takes the path away, and one that leaves it.
        for before in ["", "/idp"] {
            let mut browser = Browser::new(gateway.public());
            let to_login =
                browser.get(&format!("{before}{}?{}", vendor.authorize, vendor.query(&[("prompt", "consent")])?))?;
            let to = to_login.header("location").context("a redirect")?.to_owned();
            ensure!(to.starts_with(&format!("/idp{}?", vendor.login)), "{to}");
            let page = browser.get(&to)?;
            let line = page.headers_named("set-cookie").next().context("a cookie")?;
            // Where the vendor has no pages of its own, they are the gateway's.
            let below = if vendor.login.starts_with("/_gateway") { "_gateway" } else { vendor.mount };
            ensure!(line.contains(&format!("; Path=/idp/{below};")), "{line}");
            ensure!(page.text().contains("href=\"/idp/_gateway/pages.css\""), "{}", page.text());
            let style = browser.get("/idp/_gateway/pages.css")?;
            ensure!(style.status == 200 && style.header("content-type") == Some("text/css; charset=utf-8"));

            let login = form(&page, "csrf")?.with("pick", vendor.user);
            ensure!(login.action == to, "{}", login.action);
            let signed_in = browser.submit(&login)?;
            let consent = form(&browser.follow(signed_in)?, "scope")?.with("decision", "allow");
            ensure!(consent.action.starts_with("/idp/"), "{}", consent.action);
            code(&browser.submit(&consent)?)?;
            let account = browser.get(&format!("/idp{}", vendor.account))?;
            ensure!(account.status == 200 && form(&account, "csrf")?.action == format!("/idp{}", vendor.account));
        }
    }
    Ok(())
}

#[test]
fn n14_a_mounts_own_host_has_no_such_path_and_a_mount_may_be_called_as_it_is() -> Result<()> {
    let gateway = below("http://idp.test/brighthr")?;
    let mut browser = Browser::new(gateway.public());
    let page = browser.get("http://sandbox-login.brighthr.com/account/login")?;
    ensure!(form(&page, "csrf")?.action == "/account/login", "{}", page.text());
    ensure!(page.text().contains("href=\"/_gateway/pages.css\""), "{}", page.text());
    for (path, name) in [
        ("/brighthr/account/login", "brighthr"),
        ("/brighthr/brighthr-sandbox/account/login", "brighthr-sandbox"),
        ("/brighthr/brighthr/account/login", "brighthr"),
    ] {
        let page = browser.get(path)?;
        let action = form(&page, "csrf")?.action;
        ensure!(action == format!("/brighthr/{name}/account/login"), "{path}: {action}");
    }
    Ok(())
}

#[test]
fn n14_what_is_served_below_the_path_is_served_with_it_and_nothing_else() -> Result<()> {
    let gateway = below("http://idp.test/idp")?;
    let mut browser = Browser::new(gateway.public());
    for (path, status) in [
        ("/idp/brighthr-sandbox/.well-known/openid-configuration", 200),
        ("/brighthr-sandbox/.well-known/openid-configuration", 200),
        ("/idp/_gateway/health/live", 200),
        ("/_gateway/health/live", 200),
        ("/idpx/_gateway/health/live", 404),
        ("/idp/idp/_gateway/health/live", 404),
        ("/idp", 404),
    ] {
        ensure!(browser.get(path)?.status == status, "{path}");
    }
    let refused = BRIGHTHR.query(&[("client_id", "nobody")])?;
    let to_error = browser.get(&format!("/idp/_gateway/authorize/screeningeagle?{refused}"))?;
    let to = to_error.header("location").context("a redirect")?.to_owned();
    ensure!(to.starts_with("/idp/_gateway/error/screeningeagle?errorId="), "{to}");
    ensure!(browser.get(&to)?.status == 200);
    Ok(())
}
