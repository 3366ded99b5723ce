//! PKCE (RFC 7636), from the challenge in the browser to the verifier at the token endpoint.

use super::authorize::is_refused;
use super::browser::Browser;
use super::gateway;
use super::vendor::{BRIGHTHR, EACH, EAGLE, OPENID, PUBLIC, REDIRECT, Tokens, VERIFIER, call, challenge, code};
use anyhow::{Context, Result, ensure};

#[test]
fn t37_a_challenge_is_made_by_s256_and_a_public_client_needs_one() -> Result<()> {
    let good = challenge(VERIFIER);
    for vendor in &EACH {
        for client in [vendor.client.0, PUBLIC] {
            for (value, method) in [
                ("", ""),
                ("", "S256"),
                (VERIFIER, "plain"),
                (&good, "plain"),
                (&good, ""),
                (&good, "s256"),
                (&good, "S512"),
                (&good[1..], "S256"),
                (&format!("{good}A"), "S256"),
                (&format!("{}=", &good[1..]), "S256"),
                (&format!("{}+", &good[1..]), "S256"),
            ] {
                // BrightHR alone wants one of confidential clients.
                if value.is_empty() && *vendor.mount != *BRIGHTHR.mount && client != PUBLIC {
                    continue;
                }
                let instead = [
                    ("client_id", client),
                    ("code_challenge", value),
                    ("code_challenge_method", method),
                    ("login_hint", vendor.user),
                ];
                let response = vendor.ask(&mut Browser::new(gateway()?.public()), &instead)?;
                is_refused(vendor, &response, "invalid_request")
                    .with_context(|| format!("{client} {value} {method}"))?;
            }
        }
    }
    Ok(())
}

#[test]
fn t38_t40_a_bound_code_needs_its_very_verifier() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let bound = vendor.approved(gateway, &[])?;
        let wrong = VERIFIER.replacen('d', "e", 1);
        for verifier in [None, Some(""), Some(&*wrong), Some(&*challenge(VERIFIER))] {
            vendor.is_invalid_grant(&vendor.redeem(gateway, &bound, verifier)?)?;
        }
        // These match their challenges, and are refused for their form alone.
        let (short, long) = ("a".repeat(42), "a".repeat(129));
        let odd = [&short, &long, &format!("{}!", &short), &format!("{} ", &short), &format!("{}é", &short)];
        for verifier in odd {
            let code = vendor.approved(gateway, &[("code_challenge", &challenge(verifier))])?;
            vendor.is_invalid_grant(&vendor.redeem(gateway, &code, Some(verifier))?).context(verifier.clone())?;
        }
        for verifier in ["a".repeat(43), "~".repeat(128)] {
            let code = vendor.approved(gateway, &[("code_challenge", &challenge(&verifier))])?;
            Tokens::of(&vendor.redeem(gateway, &code, Some(&verifier))?)?;
        }
        Tokens::of(&vendor.redeem(gateway, &bound, Some(VERIFIER))?).context("the code was burnt")?;
    }
    Ok(())
}

#[test]
fn t39_a_verifier_without_a_challenge_is_refused() -> Result<()> {
    let gateway = gateway()?;
    for vendor in [EAGLE, OPENID] {
        let code = vendor.approved(gateway, &[("code_challenge", ""), ("code_challenge_method", "")])?;
        vendor.is_invalid_grant(&vendor.redeem(gateway, &code, Some(VERIFIER))?)?;
        Tokens::of(&vendor.redeem(gateway, &code, None)?).context("without either it is granted")?;
    }
    Ok(())
}

#[test]
fn a_public_client_redeems_with_its_verifier_and_no_secret() -> Result<()> {
    let gateway = gateway()?;
    let mut browser = Browser::new(gateway.public());
    let answer = BRIGHTHR.ask(&mut browser, &[("client_id", PUBLIC), ("login_hint", BRIGHTHR.user)])?;
    let code = code(&answer)?;
    let redeem = |verifier: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ];
        call(gateway, BRIGHTHR.token, (PUBLIC, ""), &fields)
    };
    BRIGHTHR.is_invalid_grant(&redeem(&challenge(VERIFIER))?)?;
    let tokens = Tokens::of(&redeem(VERIFIER)?)?;
    ensure!(BRIGHTHR.is_live(gateway, &tokens.access)?);
    Ok(())
}
