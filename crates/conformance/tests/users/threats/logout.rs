//! Each MUST of OpenID Connect RP-Initiated Logout 1.0, sections 2 and 3, that is not a case of `end_session`.

use super::browser::{Browser, form};
use super::end_session::{BYE, end, is_asked, path, signed_in};
use super::vendor::{BRIGHTHR, OTHER, Tokens, VERIFIER, code};
use super::{alone, gateway};
use anyhow::{Context, Result, ensure};
use serde_json::json;

/// Section 2: "When both `client_id` and `id_token_hint` are present, the OP MUST verify that the Client Identifier matches
/// the one used when issuing the ID Token."
#[test]
fn n27_the_client_id_is_that_of_the_hint() -> Result<()> {
    let vendor = &BRIGHTHR;
    let (mut browser, tokens) = signed_in(vendor, gateway()?)?;
    for id in [OTHER, "nobody", "WEB", "web "] {
        let query = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE), ("client_id", id)];
        let response = end(vendor, &mut browser, &query)?;
        is_asked(vendor, &mut browser, &response).context(id)?;
    }
    let query = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE), ("client_id", vendor.client.0)];
    ensure!(end(vendor, &mut browser, &query)?.header("location") == Some(BYE));
    Ok(())
}

/// Section 2: "the OP MUST ask the End-User this question if an `id_token_hint` was not provided or if the supplied ID
/// Token does not belong to the current OP session with the RP and/or currently logged in End-User".
#[test]
fn n27_a_hint_of_an_earlier_session_of_the_same_user_asks() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, gateway()?);
    let (mut browser, earlier) = signed_in(vendor, gateway)?;
    let again = vendor.ask(&mut browser, &[("login_hint", vendor.user), ("prompt", "login")])?;
    let later = Tokens::of(&vendor.redeem(gateway, &code(&again)?, Some(VERIFIER))?)?;
    let query = |hint| [("id_token_hint", hint), ("post_logout_redirect_uri", BYE)];
    let response = end(vendor, &mut browser, &query(&*earlier.id))?;
    is_asked(vendor, &mut browser, &response)?;
    ensure!(end(vendor, &mut browser, &query(&*later.id))?.header("location") == Some(BYE));
    Ok(())
}

/// Section 2: "The OP SHOULD accept ID Tokens when the RP identified by the ID Token's aud claim and/or sid claim has a
/// current session or had a recent session at the OP, even when the exp time has passed."
#[test]
fn n27_a_hint_whose_time_is_over_still_ends_its_session() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, &alone()?);
    let (mut browser, tokens) = signed_in(vendor, gateway)?;
    gateway.admin().advance_clock(7_200)?;
    ensure!(
        vendor.is_signed_in(&mut browser)? && !vendor.is_live(gateway, &tokens.access)?,
        "the tokens' time is over"
    );
    let query = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE)];
    ensure!(end(vendor, &mut browser, &query)?.header("location") == Some(BYE));
    ensure!(!vendor.is_signed_in(&mut browser)?);
    Ok(())
}

/// Section 4: "If any of the validation procedures defined in this specification fail, any operations requiring the
/// information that failed to correctly validate MUST be aborted and the information that failed to validate MUST NOT be
/// used": a client that is switched off vouches for no redirection any more.
#[test]
fn n27_a_client_that_is_switched_off_sends_nobody_away() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, &alone()?);
    let (mut browser, tokens) = signed_in(vendor, gateway)?;
    let path = format!("/v1/mounts/{}/clients/{}", vendor.mount, vendor.client.0);
    gateway.admin().call("PATCH", &path, Some(&json!({ "disabled": true })))?;
    let query = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE)];
    let response = end(vendor, &mut browser, &query)?;
    is_asked(vendor, &mut browser, &response)
}

/// Section 2: "If the End-User says "yes", then the OP MUST log out the End-User."
#[test]
fn n27_who_is_asked_and_says_yes_is_logged_out() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, gateway()?);
    let (mut browser, _) = signed_in(vendor, gateway)?;
    let mut thief = Browser::new(gateway.public());
    thief.copy(&browser, "idp_session");
    let response = end(vendor, &mut browser, &[("client_id", vendor.client.0)])?;
    is_asked(vendor, &mut browser, &response)?;
    let yes = form(&browser.get(vendor.logout)?, "csrf")?;
    ensure!(browser.submit(&yes)?.status == 303);
    ensure!(!vendor.is_signed_in(&mut browser)? && !vendor.is_signed_in(&mut thief)?, "the session itself is over");
    Ok(())
}

/// Section 2: "OPs MUST support the use of the HTTP GET and POST methods". A form that a client's page posts comes
/// without the session's cookie, and is asked for again by GET, which brings it.
#[test]
fn n27_a_form_of_another_site_ends_the_session_as_a_link_does() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, gateway()?);
    let (mut browser, tokens) = signed_in(vendor, gateway)?;
    let fields = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE), ("state", "a b&c")];
    let response = Browser::new(gateway.public()).post(&path(vendor), &fields)?;
    let to = response.header("location").context("a redirect")?;
    ensure!(response.status == 303 && to.starts_with(&format!("{}?", path(vendor))), "{} {to}", response.status);
    ensure!(browser.get(to)?.header("location") == Some("https://client.test/bye?state=a%20b%26c"));
    ensure!(!vendor.is_signed_in(&mut browser)?);
    Ok(())
}

/// Section 3: "the OP MUST NOT perform post-logout redirection unless the OP has other means of confirming the
/// legitimacy of the post-logout redirection target" where there is no hint; and only to what is registered, exactly.
#[test]
fn n27_a_client_id_alone_sends_nobody_away() -> Result<()> {
    let vendor = &BRIGHTHR;
    let (mut browser, tokens) = signed_in(vendor, gateway()?)?;
    let hinted = ("id_token_hint", &*tokens.id);
    for (how, query) in [
        ("no hint", [("client_id", vendor.client.0), ("post_logout_redirect_uri", BYE)]),
        ("not registered", [hinted, ("post_logout_redirect_uri", "https://client.test/bye?more")]),
        ("no place to go", [hinted, ("client_id", vendor.client.0)]),
    ] {
        let response = end(vendor, &mut browser, &query)?;
        is_asked(vendor, &mut browser, &response).context(how)?;
    }
    Ok(())
}
