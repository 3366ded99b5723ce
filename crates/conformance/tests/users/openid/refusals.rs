//! What is refused, and where that is told.

use super::{JANE, TRUSTED, WEB, error, site};
use anyhow::{Result, ensure};
use testkit::agent::Agent;
use testkit::vendor::{code, param};

#[test]
fn o03_without_a_response_type_the_client_is_told() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    ensure!(error(&TRUSTED.ask(&mut browser, &[("response_type", "")])?)? == "invalid_request");
    for other in ["token", "id_token", "code token", "none"] {
        ensure!(error(&TRUSTED.ask(&mut browser, &[("response_type", other)])?)? == "unsupported_response_type");
    }
    Ok(())
}

#[test]
fn o15_redirect_uris_are_compared_exactly() -> Result<()> {
    let gateway = site()?;
    let mut browser = WEB.signed_in(&gateway, JANE)?;
    for uri in [
        "https://client.test/other",
        "https://client.test/cb?x=1",
        "https://client.test/cb2",
        "https://client.test/cb2?own=2&x=%20",
        "https://client.test/cb2?own=1&x=%20&y=1",
        "https://client.test/cb2?x=%20&own=1",
        "https://client.test/cb2?own=1&x= ",
    ] {
        let response = WEB.ask(&mut browser, &[("redirect_uri", uri)])?;
        let to = response.header("location").unwrap_or_default();
        ensure!(response.status == 302 && to.starts_with(WEB.error), "{uri}: {to}");
        let page = browser.get(to)?;
        ensure!(page.status == 200 && page.text().contains("redirect_uri"), "{uri}: {}", page.text());
    }
    // Its own query is kept, and the answer stands behind it.
    let own = "https://client.test/cb2?own=1&x=%20";
    let denied = WEB.ask(&mut browser, &[("redirect_uri", own), ("prompt", "none")])?;
    let to = denied.header("location").unwrap_or_default();
    let begins = "https://client.test/cb2?own=1&x=%20&error=consent_required&error_description=The%20user%20must%20consent&state=st&iss=";
    ensure!(to.starts_with(begins), "{to}");
    Ok(())
}

#[test]
fn o18_request_objects_are_refused_as_the_standard_says() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let response = TRUSTED.ask(&mut browser, &[("request", "eyJhbGciOiJub25lIn0.e30.")])?;
    ensure!(error(&response)? == "request_not_supported");
    let response = TRUSTED.ask(&mut browser, &[("request_uri", "https://client.test/request.jwt")])?;
    ensure!(error(&response)? == "request_uri_not_supported");
    let response = TRUSTED.ask(&mut browser, &[("registration", "{}")])?;
    ensure!(error(&response)? == "registration_not_supported");
    let metadata = super::get(&gateway, "/openid/.well-known/openid-configuration")?.json()?;
    ensure!(metadata["request_parameter_supported"] == false && metadata["request_uri_parameter_supported"] == false);
    Ok(())
}

#[test]
fn o24_every_answer_to_a_client_names_its_issuer() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let response = TRUSTED.ask(&mut browser, &[])?;
    code(&response)?;
    ensure!(param(&response, "iss")?.as_deref() == Some(super::ISSUER));
    for instead in [("prompt", "none"), ("scope", "openid nobody\"s"), ("response_type", "token"), ("max_age", "x")] {
        // `error` looks at the issuer of each.
        let mut stranger = Agent::new(gateway.public());
        let response = TRUSTED.ask(&mut stranger, &[instead])?;
        error(&response)?;
        let says = param(&response, "error_description")?.unwrap_or_default();
        ensure!(!says.is_empty() && (instead.0 != "max_age" || says.contains("max_age")), "{instead:?}: {says}");
    }
    let metadata = super::get(&gateway, "/openid/.well-known/openid-configuration")?.json()?;
    ensure!(metadata["authorization_response_iss_parameter_supported"] == true);
    Ok(())
}

#[test]
fn o24_unknown_scopes_are_ignored_unless_the_mount_refuses_them() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let asked = [("scope", "openid nobody-knows email")];
    ensure!(super::tokens(&gateway, &TRUSTED, &mut browser, &asked)?.scope == "openid email");
    gateway.admin().patch_settings("openid", &serde_json::json!({"unknown_scopes": "refused"}))?;
    ensure!(error(&TRUSTED.ask(&mut browser, &asked)?)? == "invalid_scope");
    Ok(())
}
