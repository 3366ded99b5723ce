//! Codes and refresh tokens of the dialects that have them, over HTTP: each is spent once, by its own client alone.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::OnceLock;
use testkit::contract;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

const REDIRECT: &str = "https://client.test/cb";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const OTHER: &str = "another";

/// One client of a vendor that knows users.
struct Vendor {
    mount: &'static str,
    path: &'static str,
    client: &'static str,
    secret: &'static str,
    user: &'static str,
    scope: &'static str,
    narrow: &'static str,
    wide: &'static str,
}

const VENDORS: [Vendor; 2] = [
    Vendor {
        mount: "brighthr-sandbox",
        path: "/connect/token",
        client: "web",
        secret: "web-secret",
        user: "alice",
        scope: "openid email company:read offline_access",
        narrow: "openid email",
        wide: "employee:read",
    },
    Vendor {
        mount: "screeningeagle",
        path: "/api/id/v1/auth/token",
        client: "integration-dev-VNZQqDt4Hv",
        secret: "se-secret",
        user: "1302",
        scope: "openid email",
        narrow: "email",
        wide: "profile",
    },
];

/// The gateway of this file, with a second client beside each vendor's own.
fn gateway() -> Result<&'static Gateway> {
    static GATEWAY: OnceLock<std::result::Result<Gateway, String>> = OnceLock::new();
    let start = || -> Result<Gateway> {
        let gateway = Gateway::start(&contract::config(&contract::load_all()?).to_toml()?)?;
        for vendor in &VENDORS {
            let other = json!({
                "secret": "another-secret",
                "grants": ["authorization_code", "refresh_token"],
                "scopes": vendor.scope.split(' ').collect::<Vec<_>>(),
                "redirect_uris": [REDIRECT],
                "user": vendor.user,
            });
            let path = format!("/v1/mounts/{}/clients/{OTHER}", vendor.mount);
            let body = serde_json::to_vec(&other)?;
            let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
            let made = http::exchange(gateway.admin_address(), &http::request("PUT", &path, &headers, &body))?;
            ensure!(made.status == 200, "{}", made.text());
        }
        Ok(gateway)
    };
    let started = GATEWAY.get_or_init(|| start().map_err(|error| format!("{error:#}")));
    started.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

impl Vendor {
    fn code(&self) -> Result<String> {
        gateway()?.admin().code(
            self.mount,
            &admin_api::CodeRequest {
                client_id: self.client.to_owned(),
                user: self.user.to_owned(),
                redirect_uri: REDIRECT.to_owned(),
                scope: Some(self.scope.to_owned()),
                code_challenge: Some(URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
                nonce: None,
            },
        )
    }

    fn ask(&self, client: (&str, &str), form: &[(&str, &str)]) -> Result<Response> {
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", client.0, client.1)));
        let headers = [
            ("Host", "localhost"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Authorization", basic.as_str()),
        ];
        let path = format!("/{}{}", self.mount, self.path);
        let body = serde_urlencoded::to_string(form)?;
        http::exchange(gateway()?.public(), &http::request("POST", &path, &headers, body.as_bytes()))
    }

    const fn own(&self) -> (&'static str, &'static str) {
        (self.client, self.secret)
    }

    fn redeem(&self, code: &str) -> Result<Response> {
        self.redeem_as(self.own(), code, REDIRECT, Some(VERIFIER))
    }

    fn redeem_as(&self, client: (&str, &str), code: &str, uri: &str, verifier: Option<&str>) -> Result<Response> {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", uri)];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        self.ask(client, &form)
    }

    fn refresh(&self, token: &str) -> Result<Response> {
        self.ask(self.own(), &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    fn refused(&self, response: &Response) -> Result<()> {
        ensure!(response.status == 400, "{}: {} {}", self.mount, response.status, response.text());
        Ok(())
    }
}

fn tokens(response: &Response) -> Result<Value> {
    ensure!(response.status == 200, "{} {}", response.status, response.text());
    response.json()
}

fn refresh_token(response: &Response) -> Result<String> {
    tokens(response)?["refresh_token"].as_str().map(str::to_owned).context("no refresh token")
}

#[test]
fn t38_t40_t42_a_wrong_client_redirect_uri_or_verifier_does_not_burn_a_code() -> Result<()> {
    for vendor in &VENDORS {
        let code = vendor.code()?;
        let own = vendor.own();
        let long = "a".repeat(129);
        vendor.refused(&vendor.redeem_as((OTHER, "another-secret"), &code, REDIRECT, Some(VERIFIER))?)?;
        vendor.refused(&vendor.redeem_as(own, &code, "https://client.test/other", Some(VERIFIER))?)?;
        for verifier in
            [None, Some("short"), Some(&*long), Some(&VERIFIER.replace('d', "e")), Some(&VERIFIER.replace('d', "é"))]
        {
            vendor.refused(&vendor.redeem_as(own, &code, REDIRECT, verifier)?)?;
        }
        tokens(&vendor.redeem(&code)?).with_context(|| format!("{}: the code was burnt", vendor.mount))?;
    }
    Ok(())
}

#[test]
fn t41_a_replayed_code_is_refused_and_kills_what_came_of_it() -> Result<()> {
    for vendor in &VENDORS {
        let code = vendor.code()?;
        let token = refresh_token(&vendor.redeem(&code)?)?;
        vendor.refused(&vendor.redeem_as((OTHER, "another-secret"), &code, REDIRECT, Some(VERIFIER))?)?;
        let token = refresh_token(&vendor.refresh(&token)?).context("a stranger's replay killed the family")?;
        vendor.refused(&vendor.redeem(&code)?)?;
        vendor.refused(&vendor.refresh(&token)?)?;
    }
    Ok(())
}

#[test]
fn t43_t46_of_a_hundred_at_once_one_is_served() -> Result<()> {
    for vendor in &VENDORS {
        let code = vendor.code()?;
        let answers = at_once(|| vendor.redeem(&code))?;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{}", vendor.mount);
        let served = answers.iter().find(|answer| answer.status == 200).context("none was served")?;
        // The ninety-nine replays revoked what the one was given.
        vendor.refused(&vendor.refresh(&refresh_token(served)?)?)?;

        let token = refresh_token(&vendor.redeem(&vendor.code()?)?)?;
        let answers = at_once(|| vendor.refresh(&token))?;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{}", vendor.mount);
    }
    Ok(())
}

fn at_once(ask: impl Fn() -> Result<Response> + Sync) -> Result<Vec<Response>> {
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..100).map(|_| scope.spawn(&ask)).collect();
        asking.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a panic"))?).collect()
    })
}

#[test]
fn t45_t47_a_spent_refresh_token_kills_its_family_but_not_for_a_stranger() -> Result<()> {
    for vendor in &VENDORS {
        let first = refresh_token(&vendor.redeem(&vendor.code()?)?)?;
        let second = refresh_token(&vendor.refresh(&first)?)?;
        assert_ne!(first, second, "{}", vendor.mount);
        let form = [("grant_type", "refresh_token"), ("refresh_token", first.as_str())];
        vendor.refused(&vendor.ask((OTHER, "another-secret"), &form)?)?;
        let third = refresh_token(&vendor.refresh(&second)?).context("a stranger killed the family")?;
        vendor.refused(&vendor.refresh(&first)?)?;
        vendor.refused(&vendor.refresh(&third)?)?;
    }
    Ok(())
}

#[test]
fn t48_scopes_narrow_for_one_token_and_never_widen() -> Result<()> {
    for vendor in &VENDORS {
        let first = refresh_token(&vendor.redeem(&vendor.code()?)?)?;
        let with = |token: &str, scope: &str| {
            vendor.ask(vendor.own(), &[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)])
        };
        vendor.refused(&with(&first, vendor.wide)?)?;
        let narrowed = with(&first, vendor.narrow)?;
        assert_eq!(tokens(&narrowed)?["scope"], vendor.narrow);
        let whole = vendor.refresh(&refresh_token(&narrowed)?)?;
        assert_eq!(tokens(&whole)?["scope"], vendor.scope, "the refresh token keeps the scope first granted");
    }
    Ok(())
}

#[test]
fn t53_an_id_or_refresh_token_opens_nothing() -> Result<()> {
    let demand = |mount: &str, token: &str| -> Result<u16> {
        let bearer = format!("Bearer {token}");
        let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
        let path = format!("/_gateway/verify/{mount}?user=required");
        Ok(http::exchange(gateway()?.public(), &http::request("GET", &path, &headers, b""))?.status)
    };
    for vendor in &VENDORS {
        let answer = tokens(&vendor.redeem(&vendor.code()?)?)?;
        for (name, status) in [("access_token", 200), ("id_token", 401), ("refresh_token", 401)] {
            let token = answer[name].as_str().with_context(|| format!("no {name}"))?;
            assert_eq!(demand(vendor.mount, token)?, status, "{} {name}", vendor.mount);
        }
        let other = VENDORS.iter().find(|other| other.mount != vendor.mount).context("one vendor")?;
        let access = answer["access_token"].as_str().context("no access token")?;
        assert_eq!(demand(other.mount, access)?, 401, "t54: {}'s token at {}", vendor.mount, other.mount);
    }
    Ok(())
}
