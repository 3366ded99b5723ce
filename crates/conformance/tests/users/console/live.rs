//! The live stream: what came, why, and how the next one is made to fail.

use super::stage::Stage;
use anyhow::{Result, ensure};
use serde_json::json;
use testkit::http;
use testkit::vendor::form_of;
use testkit::wait_until;

#[test]
fn a_request_is_there_with_what_became_of_it_and_why() -> Result<()> {
    let stage = Stage::start()?;
    stage.open("/")?;
    stage.sees("No request yet")?;
    stage.token("batch-secret")?;
    stage.sees("token for batch: application")?;
    stage.token("web-secret")?;
    stage.sees("this is the secret of client web of mount brighthr")?;
    // What stopped it is on its road, in words.
    stage.sees("it is not known, or not proven, which client this is")?;
    stage.expect_quiet()
}

#[test]
fn the_keyboard_alone_goes_through_the_stream_and_fails_the_next() -> Result<()> {
    let stage = Stage::start()?;
    stage.token("batch-secret")?;
    stage.token("wrong-secret-of-it")?;
    stage.open("/")?;
    stage.sees("token for batch: application")?;
    // The second from the top, opened, closed, and the next one of its kind made to fail.
    stage.browser.keys("j\u{e007}")?;
    wait_until("the address", || Ok(stage.browser.url()?.ends_with("e=1")))?;
    stage.browser.keys("f")?;
    stage.sees("The next token request of batch at bits is answered as unavailable.")?;
    assert_eq!(stage.token("batch-secret")?.status, 503);
    stage.browser.keys("\u{e00c}")?;
    wait_until("the address", || Ok(!stage.browser.url()?.contains("e=")))?;
    stage.sees("503 unavailable")?;
    stage.browser.keys("?")?;
    stage.sees("fail the next like this")?;
    stage.browser.keys("\u{e00c}/status:503 ")?;
    stage.sees("1 of 3")?;
    wait_until("the address", || Ok(stage.browser.url()?.contains("q=status%3A503")))?;
    // What is looked at is a link: a reload shows the same.
    let url = stage.browser.url()?;
    stage.browser.visit(&url)?;
    stage.sees("1 of 3")?;
    assert_eq!(stage.token("batch-secret")?.status, 200, "the scenario was for one request");
    stage.expect_quiet()
}

#[test]
fn the_list_does_not_jump_under_the_readers_hand() -> Result<()> {
    let stage = Stage::start()?;
    for _ in 0..60 {
        stage.token("batch-secret")?;
    }
    stage.open("/?e=30")?;
    wait_until("rows", || Ok(stage.browser.count(".row")? > 5))?;
    let first = "return document.querySelector('.row').dataset.number";
    let before = stage.browser.execute(first, Vec::new())?;
    stage.token("batch-secret")?;
    stage.token("batch-secret")?;
    stage.sees("2 new")?;
    assert_eq!(stage.browser.execute(first, Vec::new())?, before);
    stage.press("2 new")?;
    wait_until("the newest", || Ok(stage.browser.execute(first, Vec::new())? == "62"))?;
    Ok(())
}

#[test]
fn what_a_stranger_sends_is_text() -> Result<()> {
    let stage = Stage::start()?;
    stage.gateway.admin().patch_settings("bits", &json!({ "journal_bodies": true }))?;
    stage.open("/")?;
    let markup = "<img src=x onerror=document.title='owned'><b>bold</b>";
    let encoded = "%3Cimg%20src%3Dx%20onerror%3Ddocument.title%3D'owned'%3E";
    let headers = [("Host", "localhost"), ("User-Agent", markup)];
    http::exchange(stage.gateway.public(), &http::request("GET", &format!("/{encoded}"), &headers, b""))?;
    let userinfo = http::request("GET", "/bits/oauth2/userinfo", &headers, b"");
    http::exchange(stage.gateway.public(), &userinfo)?;
    stage.sees("user-agent: <img src=x onerror=")?;
    let request = form_of("/bits/v1/oauth2/token", (markup, "secret"), &[("grant_type", "client_credentials")])?;
    http::exchange(stage.gateway.public(), &request)?;
    stage.sees("<b>bold</b>")?;
    assert_eq!(stage.browser.count("main img, main b")?, 0, "{}", stage.browser.text("body")?);
    let title = stage.browser.execute("return document.title", Vec::new())?;
    ensure!(title != "owned", "a stranger's script ran");
    stage.expect_quiet()
}

#[test]
fn a_gateway_that_goes_away_is_told_of_and_comes_back_by_itself() -> Result<()> {
    let mut stage = Stage::start_at_one_port()?;
    stage.token("batch-secret")?;
    stage.open("/")?;
    stage.sees("token for batch: application")?;
    stage.gateway.kill9()?;
    stage.sees("The gateway does not answer.")?;
    stage.gateway.restart()?;
    stage.misses("The gateway does not answer.")?;
    stage.token("wrong-secret-of-it")?;
    stage.sees("refused: ")
}
