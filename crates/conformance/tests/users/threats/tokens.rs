//! What becomes of codes and tokens: replayed, of another mount, of another client.

use super::gateway;
use super::vendor::{BRIGHTHR, EACH, EAGLE, OPENID, OTHER, PRODUCTION, PUBLIC, REDIRECT, Tokens, VERIFIER, call};
use anyhow::{Context, Result, ensure};

const REVOCATION: &str = "/brighthr-sandbox/connect/revocation";

#[test]
fn t41_a_replayed_code_kills_every_token_it_led_to() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let code = vendor.approved(gateway, &[])?;
        let first = vendor.tokens(gateway, &code)?;
        let second = Tokens::of(&vendor.refresh(gateway, &first.refresh)?)?;
        let stranger = vendor.tokens(gateway, &vendor.approved(gateway, &[])?)?;
        for token in [&first.access, &second.access, &stranger.access] {
            ensure!(vendor.is_live(gateway, token)?, "{}", vendor.mount);
        }
        vendor.is_invalid_grant(&vendor.redeem(gateway, &code, Some(VERIFIER))?)?;
        vendor.is_invalid_grant(&vendor.refresh(gateway, &second.refresh)?)?;
        // Screening Eagle's access tokens cannot be revoked.
        for token in [&first.access, &second.access] {
            ensure!(vendor.is_live(gateway, token)? == vendor.userinfo.is_none(), "{}", vendor.mount);
        }
        ensure!(vendor.is_live(gateway, &stranger.access)?, "another family of the same user and client");
        Tokens::of(&vendor.refresh(gateway, &stranger.refresh)?)?;
    }
    Ok(())
}

#[test]
fn t42_a_code_of_the_browsers_is_its_clients_and_its_redirect_uris() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let code = vendor.approved(gateway, &[])?;
        let redeem = |client, uri| {
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", uri),
                ("code_verifier", VERIFIER),
            ];
            call(gateway, vendor.token, client, &fields)
        };
        vendor.is_invalid_grant(&redeem((OTHER, "another-secret"), REDIRECT)?)?;
        vendor.is_invalid_grant(&redeem(vendor.client, "https://client.test/CB")?)?;
        vendor.is_invalid_grant(&redeem(vendor.client, "http://localhost/cb")?)?;
        Tokens::of(&redeem(vendor.client, REDIRECT)?).context("the code was burnt")?;
    }
    Ok(())
}

#[test]
fn t53_an_id_or_refresh_token_opens_nothing() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let code = vendor.approved(gateway, &[])?;
        for token in [&code, &vendor.tokens(gateway, &code)?.id] {
            ensure!(!vendor.is_live(gateway, token)?, "{}", vendor.mount);
        }
        let tokens = vendor.tokens(gateway, &vendor.approved(gateway, &[])?)?;
        ensure!(!vendor.is_live(gateway, &tokens.refresh)?, "{}", vendor.mount);
        for token in [&tokens.access, &tokens.id] {
            vendor.is_invalid_grant(&vendor.refresh(gateway, token)?)?;
        }
    }
    Ok(())
}

#[test]
fn t54_what_one_mount_issued_is_nothing_at_another() -> Result<()> {
    let gateway = gateway()?;
    let pairs = [
        (BRIGHTHR, PRODUCTION),
        (PRODUCTION, BRIGHTHR),
        (BRIGHTHR, EAGLE),
        (EAGLE, BRIGHTHR),
        (BRIGHTHR, OPENID),
        (OPENID, BRIGHTHR),
        (EAGLE, OPENID),
        (OPENID, EAGLE),
    ];
    for (at_home, abroad) in pairs {
        let crossed = || format!("{} at {}", at_home.mount, abroad.mount);
        let code = at_home.approved(gateway, &[])?;
        abroad.is_invalid_grant(&abroad.redeem(gateway, &code, Some(VERIFIER))?).with_context(crossed)?;
        let tokens = at_home.tokens(gateway, &code)?;
        abroad.is_invalid_grant(&abroad.refresh(gateway, &tokens.refresh)?).with_context(crossed)?;
        ensure!(!abroad.is_live(gateway, &tokens.access)?, "{}", crossed());
        Tokens::of(&at_home.refresh(gateway, &tokens.refresh)?).context("the other mount spent it")?;
        ensure!(at_home.is_live(gateway, &tokens.access)?, "{}", crossed());

        // The session, under the name that the other mount gives its own.
        let mut browser = at_home.signed_in(gateway, at_home.user)?;
        let session = browser.cookie("idp_session_").context("a session")?.to_owned();
        browser.plant(&format!("idp_session_{}", abroad.mount), &session);
        ensure!(!abroad.is_signed_in(&mut browser)?, "{}", crossed());
        ensure!(at_home.is_signed_in(&mut browser)?, "{}", crossed());
    }
    Ok(())
}

fn introspect(client: (&str, &str), token: &str) -> Result<(u16, String)> {
    let answer = call(gateway()?, BRIGHTHR.introspect.unwrap_or_default(), client, &[("token", token)])?;
    Ok((answer.status, answer.text()))
}

#[test]
fn t55_who_asks_about_a_token_must_prove_who_they_are() -> Result<()> {
    let gateway = gateway()?;
    let tokens = BRIGHTHR.tokens(gateway, &BRIGHTHR.approved(gateway, &[])?)?;
    for caller in [(PUBLIC, ""), ("", ""), (BRIGHTHR.client.0, ""), (OTHER, "wrong"), ("nobody", "x")] {
        ensure!(introspect(caller, &tokens.access)? == (401, String::new()), "{caller:?}");
    }
    let (status, body) = introspect((OTHER, "another-secret"), &tokens.access)?;
    ensure!(status == 200 && body.contains(r#""active":true"#), "{body}");
    Ok(())
}

fn revoke(client: (&str, &str), token: &str) -> Result<u16> {
    Ok(call(gateway()?, REVOCATION, client, &[("token", token)])?.status)
}

#[test]
fn t55_another_clients_token_is_not_revoked() -> Result<()> {
    let gateway = gateway()?;
    let tokens = BRIGHTHR.tokens(gateway, &BRIGHTHR.approved(gateway, &[])?)?;
    for stranger in [(OTHER, "another-secret"), (PUBLIC, "")] {
        for token in [&tokens.access, &tokens.refresh] {
            ensure!(revoke(stranger, token)? == 200, "nobody is told (RFC 7009 section 2.2)");
        }
    }
    for liar in [(BRIGHTHR.client.0, ""), (BRIGHTHR.client.0, "wrong"), ("", "")] {
        ensure!(revoke(liar, &tokens.refresh)? == 400, "{liar:?}");
    }
    ensure!(BRIGHTHR.is_live(gateway, &tokens.access)?, "a stranger revoked the access token");
    let next = Tokens::of(&BRIGHTHR.refresh(gateway, &tokens.refresh)?).context("a stranger revoked it")?;

    // Its own client: the access token alone, then the refresh token with all that came of its family.
    ensure!(revoke(BRIGHTHR.client, &tokens.access)? == 200);
    ensure!(!BRIGHTHR.is_live(gateway, &tokens.access)? && BRIGHTHR.is_live(gateway, &next.access)?);
    ensure!(revoke(BRIGHTHR.client, &next.refresh)? == 200);
    BRIGHTHR.is_invalid_grant(&BRIGHTHR.refresh(gateway, &next.refresh)?)?;
    ensure!(!BRIGHTHR.is_live(gateway, &next.access)?, "RFC 7009 section 2.1: the access token with its refresh token");
    Ok(())
}
