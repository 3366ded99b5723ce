//! Codes and refresh tokens of the dialects that have them, over HTTP: each is spent once, by its own client alone.

use crate::threats::gateway;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testkit::http::{self, Response};
use testkit::vendor::{self, BRIGHTHR, EAGLE, OTHER, REDIRECT, VERIFIER, call, challenge};

/// One client of a vendor that knows users.
struct Vendor {
    of: vendor::Vendor,
    /// Less than the client asks for, and what it did not ask for.
    narrow: &'static str,
    wide: &'static str,
}

const VENDORS: [Vendor; 2] = [
    Vendor { of: BRIGHTHR, narrow: "openid email", wide: "employee:read" },
    Vendor { of: EAGLE, narrow: "email", wide: "profile" },
];

impl Vendor {
    fn code(&self) -> Result<String> {
        gateway()?.admin().code(
            self.of.mount,
            &admin_api::CodeRequest {
                client_id: self.of.client.0.to_owned(),
                user: self.of.user.to_owned(),
                redirect_uri: REDIRECT.to_owned(),
                scope: Some(self.of.scope.to_owned()),
                code_challenge: Some(challenge(VERIFIER)),
                nonce: None,
            },
        )
    }

    fn ask(&self, client: (&str, &str), form: &[(&str, &str)]) -> Result<Response> {
        call(gateway()?, self.of.token, client, form)
    }

    fn redeem(&self, code: &str) -> Result<Response> {
        self.of.redeem(gateway()?, code, Some(VERIFIER))
    }

    fn redeem_as(&self, client: (&str, &str), code: &str, uri: &str, verifier: Option<&str>) -> Result<Response> {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", uri)];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        self.ask(client, &form)
    }

    fn refresh(&self, token: &str) -> Result<Response> {
        self.of.refresh(gateway()?, token)
    }

    fn refused(&self, response: &Response) -> Result<()> {
        ensure!(response.status == 400, "{}: {} {}", self.of.mount, response.status, response.text());
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
        let own = vendor.of.client;
        let long = "a".repeat(129);
        vendor.refused(&vendor.redeem_as((OTHER, "another-secret"), &code, REDIRECT, Some(VERIFIER))?)?;
        vendor.refused(&vendor.redeem_as(own, &code, "https://client.test/other", Some(VERIFIER))?)?;
        for verifier in
            [None, Some("short"), Some(&*long), Some(&VERIFIER.replace('d', "e")), Some(&VERIFIER.replace('d', "é"))]
        {
            vendor.refused(&vendor.redeem_as(own, &code, REDIRECT, verifier)?)?;
        }
        tokens(&vendor.redeem(&code)?).with_context(|| format!("{}: the code was burnt", vendor.of.mount))?;
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
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{}", vendor.of.mount);
        let served = answers.iter().find(|answer| answer.status == 200).context("none was served")?;
        // The ninety-nine replays revoked what the one was given.
        vendor.refused(&vendor.refresh(&refresh_token(served)?)?)?;

        let token = refresh_token(&vendor.redeem(&vendor.code()?)?)?;
        let answers = at_once(|| vendor.refresh(&token))?;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{}", vendor.of.mount);
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
        assert_ne!(first, second, "{}", vendor.of.mount);
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
            vendor.ask(vendor.of.client, &[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)])
        };
        vendor.refused(&with(&first, vendor.wide)?)?;
        let narrowed = with(&first, vendor.narrow)?;
        assert_eq!(tokens(&narrowed)?["scope"], vendor.narrow);
        let whole = vendor.refresh(&refresh_token(&narrowed)?)?;
        assert_eq!(tokens(&whole)?["scope"], vendor.of.scope, "the refresh token keeps the scope first granted");
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
            assert_eq!(demand(vendor.of.mount, token)?, status, "{} {name}", vendor.of.mount);
        }
        let other = VENDORS.iter().find(|other| other.of.mount != vendor.of.mount).context("one vendor")?;
        let access = answer["access_token"].as_str().context("no access token")?;
        assert_eq!(demand(other.of.mount, access)?, 401, "t54: {}'s token at {}", vendor.of.mount, other.of.mount);
    }
    Ok(())
}
