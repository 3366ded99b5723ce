//! Every page as a phone and a desk see it: nothing that bars a reader, nothing wider than the screen.

use super::stage::{PASSWORD, Stage};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;

/// Names the folder that keeps the pictures.
const KEEP: &str = "IDP_GATEWAY_SCREENSHOTS";

#[test]
fn on_a_phone() -> Result<()> {
    let stage = Stage::start("phoebe")?;
    stage.browser.set_viewport(390, 844, true)?;
    walk(&stage, "phone")
}

#[test]
fn on_a_phone_in_the_dark() -> Result<()> {
    let stage = Stage::start("noctua")?;
    stage.browser.set_viewport(390, 844, true)?;
    stage.browser.emulate_dark()?;
    walk(&stage, "phone-dark")
}

#[test]
fn on_a_desk() -> Result<()> {
    let stage = Stage::start("desmond")?;
    stage.browser.set_viewport(1280, 900, false)?;
    walk(&stage, "desk")
}

fn walk(stage: &Stage, screen: &str) -> Result<()> {
    let look = |name| look(stage, screen, name).with_context(|| format!("{name} on a {screen}"));
    let browser = &stage.browser;
    stage.begin("")?;
    stage.expect_page("/account/login")?;
    look("1-login")?;
    stage.log_in("not-the-password")?;
    look("2-login-error")?;
    stage.log_in(PASSWORD)?;
    stage.expect_page("/consent")?;
    look("3-consent")?;
    stage.decide("allow")?;
    browser.visit(&stage.page("/account"))?;
    look("4-account")?;
    stage.make_pat("nightly report")?;
    ensure!(browser.count("#token")? == 1, "the new token is not shown");
    look("5-account-new-token")?;
    browser.visit(&stage.page("/account/logout"))?;
    look("6-logout")?;
    browser.press("Sign out")?;
    look("7-logout-done")?;
    browser.visit(&stage.page("/connect/authorize?client_id=nobody"))?;
    stage.expect_page("/home/error")?;
    look("8-error")
}

fn look(stage: &Stage, screen: &str, name: &str) -> Result<()> {
    if let Some(folder) = folder() {
        fs::create_dir_all(&folder)?;
        stage.browser.screenshot(&folder.join(format!("{screen}-{name}.png")))?;
    }
    let found = stage.browser.axe()?;
    ensure!(found.is_empty(), "axe finds\n{}", found.join("\n"));
    let wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    ensure!(stage.browser.execute(wider, Vec::new())? == 0, "the page is wider than the screen");
    stage.expect_no_violation()
}

#[expect(clippy::disallowed_methods, reason = "a tester's wish, no configuration of the gateway")]
fn folder() -> Option<PathBuf> {
    std::env::var_os(KEEP).map(PathBuf::from)
}
