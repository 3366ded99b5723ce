//! Proxies: only those that the configuration trusts say who the client is, and none says what the gateway is called.

use super::browser::{Browser, form};
use super::vendor::{BRIGHTHR, EACH};
use super::{config, prepare};
use anyhow::{Context, Result, ensure};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

/// A gateway that trusts these proxies: the tests themselves come from 127.0.0.1.
fn behind(proxies: &[&str]) -> Result<Gateway> {
    let mut text: toml::Table = toml::from_str(&config()?.to_toml()?)?;
    let server = text.get_mut("server").and_then(toml::Value::as_table_mut).context("a section")?;
    server.insert("trusted_proxies".to_owned(), proxies.to_vec().into());
    let gateway = Gateway::start(&toml::to_string(&text)?)?;
    prepare(&gateway)?;
    Ok(gateway)
}

/// A wrong password, sent with these headers.
fn guess(browser: &mut Browser, headers: &[(&str, &str)]) -> Result<Response> {
    let page = BRIGHTHR.go(browser, &[("prompt", "login")])?;
    let form = form(&page, "csrf")?.with("username", "nobody-62").with("password", "wrong");
    browser.post_with(&form.action, headers, &serde_urlencoded::to_string(&form.fields)?)
}

#[test]
fn t62_a_strangers_word_about_where_it_comes_from_counts_for_nothing() -> Result<()> {
    // Trusts a proxy, but not where these come from.
    let gateway = behind(&["10.0.0.0/8", "192.0.2.7"])?;
    let mut browser = Browser::new(gateway.public());
    let mut statuses = Vec::new();
    for attempt in 0..6 {
        let claimed = format!("203.0.113.{attempt}");
        let forwarded = format!("for={claimed}");
        let headers = if attempt % 2 == 0 { ("X-Forwarded-For", &claimed) } else { ("Forwarded", &forwarded) };
        statuses.push(guess(&mut browser, &[(headers.0, headers.1)])?.status);
    }
    ensure!(statuses == [401, 401, 401, 401, 401, 429], "{statuses:?}");
    Ok(())
}

#[test]
fn t62_a_trusted_proxy_says_who_the_client_is() -> Result<()> {
    let gateway = behind(&["127.0.0.0/8", "10.0.0.0/8"])?;
    let mut browser = Browser::new(gateway.public());
    // What a stranger puts on the left is another each time; what the proxies add on the right decides.
    for attempt in 0..5 {
        let line = format!("198.51.100.{attempt}, 203.0.113.9");
        let headers = match attempt {
            0 => vec![("X-Forwarded-For", line.as_str()), ("X-Forwarded-For", "10.0.0.2")],
            1 => vec![("X-Forwarded-For", "garbage, [::ffff:203.0.113.9]:4711, 10.1.2.3")],
            2 => vec![("Forwarded", "for=1.1.1.1, for=\"203.0.113.9:80\";proto=https")],
            _ => vec![("X-Forwarded-For", line.as_str())],
        };
        ensure!(guess(&mut browser, &headers)?.status == 401, "{attempt}");
    }
    let status = |browser: &mut Browser, headers: &[_]| Ok::<_, anyhow::Error>(guess(browser, headers)?.status);
    ensure!(status(&mut browser, &[("X-Forwarded-For", "1.2.3.4, 203.0.113.9")])? == 429, "the same client");
    ensure!(status(&mut browser, &[("X-Forwarded-For", "203.0.113.10")])? == 401, "another client");
    // Where two headers differ, a proxy has passed one on as it came: the proxy itself is the source.
    ensure!(status(&mut browser, &[("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=1.1.1.1")])? == 401);
    Ok(())
}

#[test]
fn t61_a_trusted_proxy_changes_no_link_and_no_issuer() -> Result<()> {
    let gateway = behind(&["127.0.0.1"])?;
    let spoofed = [
        ("X-Forwarded-Host", "evil.test"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Prefix", "/evil.test"),
        ("Forwarded", "host=evil.test;proto=https"),
    ];
    for vendor in &EACH {
        let mut browser = Browser::new(gateway.public());
        for (query, wanted) in
            [(vendor.query(&[])?, vendor.login), (vendor.query(&[("client_id", "nobody")])?, vendor.error)]
        {
            let response = browser.get_with(&format!("{}?{query}", vendor.authorize), &spoofed)?;
            let to = response.header("location").context("a redirect")?;
            ensure!(to.starts_with(wanted), "{to}");
        }
        let page = browser.get_with(vendor.login, &spoofed)?;
        ensure!(!page.text().contains("evil.test"), "{}", page.text());
    }
    let metadata = format!("/{}/.well-known/openid-configuration", BRIGHTHR.mount);
    let document = Browser::new(gateway.public()).get_with(&metadata, &spoofed)?.json()?;
    ensure!(document["issuer"] == BRIGHTHR.issuer && !document.to_string().contains("evil.test"), "{document}");
    Ok(())
}

#[test]
fn t61_cookies_are_kept_to_https_where_a_trusted_proxy_says_so() -> Result<()> {
    let (trusting, not) = (behind(&["127.0.0.1"])?, behind(&[])?);
    let secure = |gateway: &Gateway, headers: &[(&str, &str)]| -> Result<bool> {
        let page = Browser::new(gateway.public()).get_with(BRIGHTHR.login, headers)?;
        let line = page.headers_named("set-cookie").next().context("a cookie")?;
        Ok(line.contains("; Secure"))
    };
    for (headers, said) in [
        (&[("X-Forwarded-Proto", "https")][..], true),
        (&[("X-Forwarded-Proto", "https, http")], true),
        (&[("Forwarded", "for=1.1.1.1;proto=https")], true),
        (&[("X-Forwarded-Proto", "http")], false),
        (&[("X-Forwarded-Proto", "http, https")], false),
        (&[], false),
    ] {
        ensure!(secure(&trusting, headers)? == said, "{headers:?}");
        ensure!(!secure(&not, headers)?, "{headers:?} of a stranger");
    }
    Ok(())
}

#[test]
fn t61_the_host_before_a_trusted_proxy_leads_to_its_mount() -> Result<()> {
    let (trusting, not) = (behind(&["127.0.0.1"])?, behind(&[])?);
    let issuer = |gateway: &Gateway, headers: &[(&str, &str)]| -> Result<String> {
        let headers = [&[("Host", "upstream.internal")], headers].concat();
        let request = http::request("GET", "/.well-known/openid-configuration", &headers, b"");
        Ok(http::exchange(gateway.public(), &request)?.json()?["issuer"].to_string())
    };
    // Without a host of a mount's, the first mount that has the path.
    let (first, asked) = ("\"https://sandbox-login.brighthr.com\"", "\"https://login.brighthr.com\"");
    for headers in [
        [("X-Forwarded-Host", "login.brighthr.com")],
        [("X-Forwarded-Host", "LOGIN.brighthr.com:443, upstream.internal")],
        [("Forwarded", "host=\"login.brighthr.com:443\"")],
    ] {
        ensure!(issuer(&trusting, &headers)? == asked, "{headers:?}");
        ensure!(issuer(&not, &headers)? == first, "{headers:?} of a stranger");
    }
    Ok(())
}
