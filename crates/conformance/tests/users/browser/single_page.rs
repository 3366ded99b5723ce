//! A single-page application of another origin, with `oidc-client-ts` and no secret, in a real browser.

use super::stage::PASSWORD;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::Command;
use testkit::browser::Browser;
use testkit::gateway::Gateway;
use testkit::tree;
use testkit::wait_until;
use testkit::{ports::free_port, program::Program};

/// What the application shows once it has an answer.
fn shown(browser: &Browser) -> Result<Value> {
    let read = || -> Result<Option<Value>> { Ok(serde_json::from_str(&browser.text("#result")?).ok()) };
    wait_until("the application to show something", || Ok(read()?.is_some()))?;
    read()?.context("it was there")
}

#[test]
fn n29_a_page_of_another_origin_signs_in_refreshes_and_signs_out() -> Result<()> {
    signs_in_refreshes_and_signs_out("brighthr-connect")
}

#[test]
fn o01_a_page_of_another_origin_does_so_at_the_standard_dialect() -> Result<()> {
    signs_in_refreshes_and_signs_out("openid-connect")
}

fn signs_in_refreshes_and_signs_out(dialect: &str) -> Result<()> {
    let example = tree::root().join("examples/node");
    let modules = example.join("node_modules/oidc-client-ts");
    ensure!(modules.is_dir(), "this test needs {}; `cargo xtask test` gets it", modules.display());
    let port = free_port()?;
    let application = format!("http://localhost:{port}");
    let gateway = Gateway::start(&format!(
        r#"
        [[mount]]
        name = "hr"
        dialect = "{dialect}"
        [[mount.client]]
        id = "spa"
        grants = ["authorization_code", "refresh_token"]
        scopes = ["openid", "profile", "offline_access"]
        redirect_uris = ["{application}/cb"]
        post_logout_redirect_uris = ["{application}/bye"]
        allowed_origins = ["{application}"]
        trusted = true
        [[mount.user]]
        sub = "u1"
        username = "alice"
        password = "{PASSWORD}"
        claims = {{ given_name = "Alice" }}
        "#
    ))?;
    let issuer = format!("http://localhost:{}/hr", gateway.public().port());
    let mut command = Command::new("node");
    command.args(["single-page.mjs", "--client-id", "spa", "--issuer", &issuer, "--port", &port.to_string()]);
    let mut program = Program::start(command.current_dir(example))?;
    program.wait_for(|line| line.starts_with("single-page application at ").then_some(()))?;

    let browser = Browser::start()?;
    browser.visit(&application)?;
    ensure!(shown(&browser)?["signed_in"] == false, "{}", shown(&browser)?);
    browser.follow("#sign-in")?;
    browser.fill("[name=username]", "alice")?;
    browser.fill("[name=password]", PASSWORD)?;
    browser.press("Sign in")?;
    let first = shown(&browser)?;
    ensure!(first["signed_in"] == true && first["name"] == "Alice", "{first}");
    browser.click("#refresh")?;
    wait_until("another token", || Ok(shown(&browser)?["token"] != first["token"]))?;
    let second = shown(&browser)?;
    ensure!(second["signed_in"] == true && second["token"].is_string(), "{second}");
    browser.follow("#sign-out")?;
    ensure!(browser.url()?.starts_with(&format!("{application}/bye")), "{}", browser.url()?);
    ensure!(shown(&browser)?["signed_in"] == false, "{}", shown(&browser)?);
    let complaints = browser.complaints()?;
    ensure!(!complaints.iter().any(|line| line.contains("CORS")), "{complaints:#?}");
    Ok(())
}
