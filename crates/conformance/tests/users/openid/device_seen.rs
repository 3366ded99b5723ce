//! A device's page in a real browser, and the device flow of a real client library.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::process::Command;
use testkit::browser::Browser;
use testkit::gateway::Gateway;
use testkit::program::Program;
use testkit::tree;

/// A gateway whose links lead to itself, and the base of its mount.
fn start() -> Result<(Gateway, String)> {
    let gateway = Gateway::start(&include_str!("site.toml").replace("public_url = \"http://localhost\"", ""))?;
    let base = format!("http://localhost:{}/openid", gateway.public().port());
    Ok((gateway, base))
}

/// The example's device, and the address and the code that it shows.
fn device(base: &str) -> Result<(Program, String, String)> {
    let mut command = Command::new("node");
    command.arg("device.mjs").current_dir(tree::root().join("examples/node"));
    let mut program = Program::start(command.env("ISSUER", base).env("CLIENT_ID", "tv"))?;
    let shown = |line: &str| {
        let (uri, code) = line.strip_prefix("Open ")?.split_once(" and type ")?;
        Some((uri.to_owned(), code.split_once(',')?.0.to_owned()))
    };
    let (uri, code) = program.wait_for(shown)?;
    Ok((program, uri, code))
}

fn said(program: &mut Program) -> Result<Value> {
    let line = program.wait_for(|line| line.starts_with('{').then(|| line.to_owned()))?;
    serde_json::from_str(&line).context("what the device says")
}

fn look(browser: &Browser) -> Result<()> {
    let found = browser.axe()?;
    ensure!(found.is_empty(), "axe finds\n{}", found.join("\n"));
    let wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    ensure!(browser.execute(wider, Vec::new())? == 0, "the page is wider than the screen");
    let violations: Vec<_> =
        browser.complaints()?.into_iter().filter(|told| told.contains("Content Security")).collect();
    ensure!(violations.is_empty(), "{violations:?}");
    Ok(())
}

#[test]
fn o44_openid_client_signs_a_user_in_whom_a_browser_has_allowed_it() -> Result<()> {
    let (gateway, base) = start()?;
    gateway.admin().patch_settings("openid", &json!({"device_interval": 1}))?;
    let (mut program, uri, code) = device(&base)?;
    ensure!(uri == format!("{base}/device"), "{uri}");
    let browser = Browser::start()?;
    browser.set_viewport(390, 844, true)?;
    browser.visit(&uri)?;
    look(&browser)?;
    browser.fill("[name=user_code]", "BBBB-BBB")?;
    browser.press("Go on")?;
    ensure!(browser.text("[role=alert]")?.contains("No device waits"));
    look(&browser)?;
    browser.fill("[name=user_code]", &code.to_lowercase())?;
    browser.press("Go on")?;
    browser.follow("[name=pick][value='248289761001']")?;
    ensure!(browser.text("main")?.contains(&code), "{}", browser.text("main")?);
    look(&browser)?;
    browser.press("Allow")?;
    ensure!(browser.text("h1")? == "Your device is connected");
    look(&browser)?;
    let told = said(&mut program)?;
    ensure!(told["sub"] == "248289761001" && told["email"] == "janedoe@example.com", "{told}");
    ensure!(told["scope"] == "openid email", "{told}");
    Ok(())
}

#[test]
fn o44_openid_client_in_a_namespace_whom_a_test_has_allowed_it() -> Result<()> {
    let (gateway, base) = start()?;
    gateway.admin().call("POST", "/v1/namespaces", Some(&json!({"name": "k3f9"})))?;
    let base = base.replace("/openid", "/~k3f9/openid");
    let (mut program, uri, code) = device(&base)?;
    ensure!(uri == format!("{base}/device"), "{uri}");
    let decision = json!({"approve": true, "user": "johnroe"});
    let of = |namespace: &str| format!("/v1/mounts/openid/devices/{code}{namespace}");
    ensure!(gateway.admin().call("POST", &of(""), Some(&decision)).is_err(), "another world's device");
    gateway.admin().call("POST", &of("?namespace=k3f9"), Some(&decision))?;
    ensure!(said(&mut program)?["sub"] == "248289761002");
    Ok(())
}
