//! How clients are told.

use super::{ISSUER, JANE, TRUSTED, error, site};
use anyhow::{Context, Result, ensure};
use testkit::agent::{Agent, forms};
use testkit::vendor::REDIRECT;

#[test]
fn o25_form_post_success_and_errors() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let mut stranger = Agent::new(gateway.public());
    let mode = ("response_mode", "form_post");
    for (response, told) in [
        (TRUSTED.ask(&mut browser, &[mode])?, "code"),
        (TRUSTED.ask(&mut stranger, &[mode, ("prompt", "none")])?, "error"),
        (TRUSTED.ask(&mut browser, &[mode, ("response_type", "token")])?, "error"),
    ] {
        ensure!(response.status == 200 && response.header("cache-control") == Some("no-store"), "{}", response.status);
        let form = forms(&response)?.into_iter().next().context("a form")?;
        let names: Vec<_> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
        let wanted = if told == "error" { vec!["error", "error_description"] } else { vec![told] };
        ensure!(form.action == REDIRECT && names == [&wanted[..], &["state", "iss"]].concat(), "{names:?}");
        ensure!(form.value("iss") == Some(ISSUER) && form.value("state") == Some("st"));
    }
    Ok(())
}

#[test]
fn o26_fragment() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    for (more, told) in [(("prompt", ""), "code"), (("max_age", "x"), "error")] {
        let response = TRUSTED.ask(&mut browser, &[("response_mode", "fragment"), more])?;
        let to = response.header("location").unwrap_or_default();
        ensure!(to.starts_with(&format!("{REDIRECT}#{told}=")) && to.contains("&state=st&iss="), "{to}");
    }
    Ok(())
}

#[test]
fn o27_an_unknown_mode_is_an_invalid_request() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    ensure!(error(&TRUSTED.ask(&mut browser, &[("response_mode", "telepathy")])?)? == "invalid_request");
    Ok(())
}
