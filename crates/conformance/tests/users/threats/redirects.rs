//! Redirect URIs: the client's own, byte for byte.

use super::LOOPBACK;
use super::authorize::is_own_error;
use super::browser::Browser;
use super::gateway;
use super::vendor::{EACH, PUBLIC};
use anyhow::{Context, Result, ensure};

/// What is not `https://client.test/cb`, `http://localhost/cb` or `http://127.0.0.1/cb`.
const NOT_REGISTERED: [&str; 38] = [
    // 27
    "https://client.test/c",
    "https://client.test/cb/",
    "https://client.test/cb2",
    "https://client.test/cb/x",
    "https://client.test/CB",
    "https://CLIENT.test/cb",
    "HTTPS://client.test/cb",
    "http://client.test/cb",
    "https://client.test:443/cb",
    "https://client.test/x/../cb",
    "https://client.test/cb/../cb",
    "https://client.test/%2e%2e/cb",
    "https://client.test/%63b",
    "https://client.test//cb",
    "https://client.test./cb",
    "https://sub.client.test/cb",
    "https://client.test.evil.test/cb",
    "https://evil.test/cb",
    " https://client.test/cb",
    "https://client.test/cb ",
    // 28
    "http://localhost:80@evil.test/cb",
    "http://localhost@evil.test/cb",
    "http://127.0.0.1:8080@evil.test/cb",
    "https://client.test@evil.test/cb",
    // 29
    "https://clientxtest/cb",
    "http://127x0x0x1/cb",
    // 30
    "https://client.test/cb#x",
    "https://client.test/cb?x=1",
    "https://client.test/cb?",
    "javascript:alert(1)//https://client.test/cb",
    "data:text/html,x",
    "https://client.test\\cb",
    "https:\\\\client.test/cb",
    "//client.test/cb",
    "/cb",
    // 31: host, path and query of a loopback URI may not vary.
    "http://localhost.evil.test/cb",
    "http://localhost:8080/other",
    "https://localhost/cb",
];

#[test]
fn t27_t28_t29_t30_nothing_but_the_clients_own_redirect_uri() -> Result<()> {
    for vendor in &EACH {
        for uri in NOT_REGISTERED {
            let mut browser = Browser::new(gateway()?.public());
            for prompt in ["", "none"] {
                let instead =
                    [("client_id", PUBLIC), ("redirect_uri", uri), ("login_hint", vendor.user), ("prompt", prompt)];
                let response = vendor.ask(&mut browser, &instead)?;
                is_own_error(vendor, &response).with_context(|| uri.to_owned())?;
            }
            ensure!(browser.cookie("idp_session").is_none(), "signed in for {uri}");
        }
    }
    Ok(())
}

#[test]
fn t31_of_a_loopback_uri_the_port_alone_may_vary() -> Result<()> {
    for vendor in &EACH {
        let ask = |uri: &str| {
            let instead = [("client_id", PUBLIC), ("redirect_uri", uri), ("login_hint", vendor.user)];
            vendor.ask(&mut Browser::new(gateway()?.public()), &instead)
        };
        for registered in LOOPBACK {
            for port in ["", ":1", ":8080", ":65535"] {
                let uri = registered.replacen("/cb", &format!("{port}/cb"), 1);
                let response = ask(&uri)?;
                let to = response.header("location").unwrap_or_default();
                ensure!(to.starts_with(&format!("{uri}?code=")), "{}: {uri} is answered at {to}", vendor.mount);
            }
        }
        for uri in [
            "http://localhost:65536/cb",
            "http://localhost:x/cb",
            "http://localhost:80:80/cb",
            "http://127.0.0.2/cb",
            "http://[::1]/cb",
            "http://127.0.0.1:80/cb/",
            "http://127.0.0.1:80/cb?x",
            "http://127.1/cb",
            "https://client.test:8443/cb",
        ] {
            is_own_error(vendor, &ask(uri)?).with_context(|| uri.to_owned())?;
        }
    }
    Ok(())
}
