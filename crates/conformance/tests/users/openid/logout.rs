//! RP-Initiated Logout.

use super::{ISSUER, JANE, JOHN, TRUSTED, error, signed_in, site};
use anyhow::{Context, Result, ensure};
use testkit::agent::{Agent, form};
use testkit::http::Response;
use testkit::vendor::{Vendor, code};

pub(super) const BYE: &str = "https://client.test/bye";

fn end(browser: &mut Agent, query: &[(&str, &str)]) -> Result<Response> {
    browser.get(&format!("/openid/end-session?{}", serde_urlencoded::to_string(query)?))
}

/// Whether the browser's session is over for clients too.
fn is_over(browser: &mut Agent) -> Result<bool> {
    let response = TRUSTED.ask(browser, &[("prompt", "none")])?;
    Ok(code(&response).is_err() && error(&response)? == "login_required")
}

/// The page that asks, on which the user can sign out.
fn asks(browser: &mut Agent, response: &Response) -> Result<()> {
    let page = format!("{ISSUER}/account/logout");
    ensure!(response.status == 302 && response.header("location") == Some(&*page), "{:?}", response.header("location"));
    ensure!(!is_over(browser)?, "signed out unasked");
    let page = browser.get(&page)?;
    let done = browser.submit(&form(&page, "csrf")?)?;
    ensure!(done.status == 303 && is_over(browser)?, "{}", done.status);
    Ok(())
}

#[test]
fn o28_with_hint_and_registered_uri_the_user_goes_there() -> Result<()> {
    let gateway = site()?;
    for state in ["xyz", "a&b=c d%20é\u{1F600}"] {
        let (mut browser, tokens) = signed_in(&gateway, &[])?;
        let query = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE), ("state", state)];
        let response = end(&mut browser, &query)?;
        let to = response.header("location").context("a redirect")?;
        let told: Vec<(String, String)> =
            serde_urlencoded::from_str(to.strip_prefix(BYE).context("there")?.trim_start_matches('?'))?;
        ensure!(told == [("state".to_owned(), state.to_owned())] && is_over(&mut browser)?, "{to}");
    }
    // Its client beside it, a hint whose time is over, a form: all the same.
    let (mut browser, tokens) = signed_in(&gateway, &[])?;
    gateway.admin().advance_clock(4000)?;
    let fields = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE), ("client_id", "trusted")];
    ensure!(browser.post("/openid/end-session", &fields)?.header("location") == Some(BYE) && is_over(&mut browser)?);
    Ok(())
}

#[test]
fn o29_without_a_state_none_is_added() -> Result<()> {
    let gateway = site()?;
    let (mut browser, tokens) = signed_in(&gateway, &[])?;
    let response = end(&mut browser, &[("id_token_hint", &tokens.id), ("post_logout_redirect_uri", BYE)])?;
    ensure!(response.header("location") == Some(BYE) && is_over(&mut browser)?);
    Ok(())
}

#[test]
fn o30_a_hint_that_is_none_leads_nowhere_else() -> Result<()> {
    let gateway = site()?;
    let other = Vendor {
        mount: "other",
        client: ("web", "web-secret"),
        authorize: "/other/authorize",
        token: "/other/token",
        login: "/other/account/login",
        account: "/other/account",
        ..TRUSTED
    };
    let mut elsewhere = other.signed_in(&gateway, JANE)?;
    let foreign = super::tokens(&gateway, &other, &mut elsewhere, &[])?;
    let (_, tokens) = signed_in(&gateway, &[])?;
    let mut parts = tokens.id.split('.');
    let (header, payload) = (parts.next().context("header")?, parts.next().context("payload")?);
    for hint in [
        foreign.id.as_str(),
        &format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."),
        &format!("{header}.{payload}.AAAA"),
        "x",
    ] {
        let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
        let response = end(&mut browser, &[("id_token_hint", hint), ("post_logout_redirect_uri", BYE)])?;
        asks(&mut browser, &response)?;
    }
    Ok(())
}

#[test]
fn o31_no_redirect_to_what_is_not_registered() -> Result<()> {
    let gateway = site()?;
    for uri in ["https://client.test/other", "https://client.test/bye?x=1", "https://client.test/cb", ""] {
        let (mut browser, tokens) = signed_in(&gateway, &[])?;
        let response =
            end(&mut browser, &[("id_token_hint", &tokens.id), ("post_logout_redirect_uri", uri), ("state", "s")])?;
        asks(&mut browser, &response)?;
    }
    Ok(())
}

#[test]
fn o32_without_a_hint_a_page_asks() -> Result<()> {
    let gateway = site()?;
    for query in [
        &[][..],
        &[("state", "s")],
        &[("post_logout_redirect_uri", BYE)],
        &[("post_logout_redirect_uri", BYE), ("client_id", "trusted")],
    ] {
        let (mut browser, _) = signed_in(&gateway, &[])?;
        let response = end(&mut browser, query)?;
        asks(&mut browser, &response)?;
    }
    Ok(())
}

#[test]
fn o33_what_does_not_belong_together_is_asked_about() -> Result<()> {
    let gateway = site()?;
    let (mut browser, tokens) = signed_in(&gateway, &[])?;
    let hint = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE)];
    // L 2: a client_id that is not the hint's; a hint of another user's session.
    let response = end(&mut browser, &[&hint[..], &[("client_id", "web")]].concat())?;
    asks(&mut browser, &response)?;
    let mut john = TRUSTED.signed_in(&gateway, JOHN)?;
    let response = end(&mut john, &hint)?;
    asks(&mut john, &response)?;
    // A hint of a session that is no more, in a browser with another of the same user.
    let mut again = TRUSTED.signed_in(&gateway, JANE)?;
    let response = end(&mut again, &hint)?;
    asks(&mut again, &response)?;
    // Without a session there is nothing to ask; L 4: what is not understood is not done.
    ensure!(end(&mut Agent::new(gateway.public()), &hint)?.header("location") == Some(BYE));
    let twice = format!("/openid/end-session?post_logout_redirect_uri={BYE}&post_logout_redirect_uri={BYE}");
    ensure!(again.get(&twice)?.header("location").is_none_or(|to| !to.starts_with(BYE)));
    Ok(())
}
