//! Login, consent and log-out.

use super::stage::{PASSWORD, Stage};
use anyhow::Result;
use serde_json::json;

#[test]
fn a_user_signs_in_consents_and_is_known() -> Result<()> {
    let stage = Stage::start("alice")?;
    let shown = stage.sign_in()?;
    assert_eq!(shown["signed_in"], true);
    assert_eq!(shown["claims"]["sub"], "alice-sub");
    assert_eq!(shown["scope"], "openid profile email company:read offline_access");
    assert_eq!(shown["has_refresh_token"], true);
    let facts = stage.press("Userinfo", "/me")?;
    assert_eq!((&facts["given_name"], &facts["email"]), (&json!("alice"), &json!("alice@client.test")));
    stage.expect_no_violation()
}

#[test]
fn remembered_consent_is_not_asked_for_again() -> Result<()> {
    let stage = Stage::start("remy")?;
    stage.sign_in()?;
    let again = stage.press("Sign in", "/")?;
    assert_eq!(again["claims"]["sub"], "remy-sub");
    // A fresh sign-in asks for the password, and for nothing that is remembered.
    stage.browser.press("Sign in anew")?;
    stage.log_in(PASSWORD)?;
    assert_eq!(stage.result_at("/")?["claims"]["sub"], "remy-sub");
    Ok(())
}

#[test]
fn consent_that_is_not_remembered_is_asked_for_again() -> Result<()> {
    let stage = Stage::start("flora")?;
    stage.begin("")?;
    stage.log_in(PASSWORD)?;
    stage.browser.click("[name=remember]")?;
    stage.decide("allow")?;
    assert_eq!(stage.result_at("/")?["signed_in"], true);
    stage.browser.press("Sign in")?;
    stage.expect_page("/consent")
}

#[test]
fn a_denial_comes_back_as_access_denied() -> Result<()> {
    let stage = Stage::start("dora")?;
    stage.begin("")?;
    stage.log_in(PASSWORD)?;
    stage.decide("deny")?;
    assert_eq!(stage.result_at("/cb")?["error"], "access_denied");
    stage.expect_no_violation()
}

#[test]
fn without_a_session_no_page_is_shown_under_prompt_none() -> Result<()> {
    let stage = Stage::start("nona")?;
    stage.begin("prompt=none")?;
    assert_eq!(stage.result_at("/cb")?["error"], "login_required");
    stage.sign_in()?;
    stage.begin("prompt=none")?;
    assert_eq!(stage.result_at("/")?["claims"]["sub"], "nona-sub");
    Ok(())
}

#[test]
fn a_wrong_password_is_said_and_the_name_is_kept() -> Result<()> {
    let stage = Stage::start("wanda")?;
    stage.begin("")?;
    stage.log_in("not-the-password")?;
    stage.expect_page("/account/login")?;
    assert!(!stage.browser.text("[role=alert]")?.is_empty());
    assert_eq!(stage.browser.property("[name=username]", "value")?, "wanda");
    assert_eq!(stage.browser.property("[name=password]", "value")?, "");
    stage.browser.fill("[name=password]", PASSWORD)?;
    stage.browser.press("Sign in")?;
    stage.decide("allow")?;
    assert_eq!(stage.result_at("/")?["claims"]["sub"], "wanda-sub");
    Ok(())
}

#[test]
fn a_name_in_the_request_is_on_the_login_page() -> Result<()> {
    let stage = Stage::start("hilda")?;
    stage.begin("login_hint=hilda")?;
    stage.expect_page("/account/login")?;
    assert_eq!(stage.browser.property("[name=username]", "value")?, "hilda");
    Ok(())
}

#[test]
fn what_is_unticked_is_not_granted() -> Result<()> {
    let stage = Stage::start("nora")?;
    stage.begin("")?;
    stage.log_in(PASSWORD)?;
    assert!(stage.browser.text("main")?.contains("nora@client.test"), "what the scope would tell");
    stage.browser.click("[name=scope][value=email]")?;
    stage.browser.click("[name=scope][value=offline_access]")?;
    stage.decide("allow")?;
    let shown = stage.result_at("/")?;
    assert_eq!(shown["scope"], "openid profile company:read");
    assert_eq!(shown["has_refresh_token"], false);
    assert!(stage.press("Userinfo", "/me")?.get("email").is_none());
    Ok(())
}

#[test]
fn the_keyboard_alone_is_enough() -> Result<()> {
    let stage = Stage::start("kay")?;
    stage.begin("")?;
    stage.expect_page("/account/login")?;
    stage.browser.tab_to("[name=username]")?;
    stage.browser.keys("kay")?;
    stage.browser.tab_to("[name=password]")?;
    stage.browser.keys(PASSWORD)?;
    stage.browser.enter()?;
    stage.expect_page("/consent")?;
    stage.browser.tab_to("[name=scope][value=email]")?;
    stage.browser.keys(" ")?;
    stage.browser.tab_to("[name=decision][value=allow]")?;
    stage.browser.enter()?;
    assert_eq!(stage.result_at("/")?["scope"], "openid profile company:read offline_access");
    Ok(())
}

#[test]
fn a_log_out_comes_back_and_the_next_sign_in_asks_for_the_password() -> Result<()> {
    let stage = Stage::start("otto")?;
    stage.sign_in()?;
    let bye = stage.press("Log out", "/bye")?;
    assert_eq!((&bye["bye"], &bye["signed_in"]), (&json!(true), &json!(false)));
    assert!(stage.browser.url()?.contains("state="), "{}", stage.browser.url()?);
    stage.browser.press("Sign in")?;
    stage.log_in(PASSWORD)?;
    assert_eq!(stage.result_at("/")?["claims"]["sub"], "otto-sub");
    Ok(())
}

/// Case 26: the user is told, the stranger is not.
#[test]
fn t26_a_foreign_redirect_uri_ends_on_the_error_page() -> Result<()> {
    let stage = Stage::start("mallory")?;
    let query = "response_type=code&client_id=rp&scope=openid&redirect_uri=http://localhost:1/cb";
    stage.browser.visit(&stage.page(&format!("/connect/authorize?{query}")))?;
    stage.expect_page("/home/error")?;
    assert!(stage.browser.text("main")?.contains("invalid_request"), "{}", stage.browser.text("main")?);
    Ok(())
}
