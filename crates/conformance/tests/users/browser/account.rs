//! The page on which users see to their sessions, consents and tokens.

use super::stage::{PASSWORD, Stage};
use anyhow::Result;

#[test]
fn t56_a_token_made_on_the_page_acts_for_its_user_until_it_is_revoked_there() -> Result<()> {
    let stage = Stage::start("petra")?;
    stage.browser.visit(&stage.page("/account"))?;
    stage.log_in(PASSWORD)?;
    stage.expect_page("/account")?;
    stage.make_pat("nightly report")?;
    let token = stage.browser.property("#token", "value")?;
    assert!(token.starts_with("bhr_pat_"), "{token}");
    let answer = stage.userinfo(&token)?;
    assert_eq!((answer.status, answer.json()?["sub"].clone()), (200, "petra-sub".into()));

    // Shown once.
    stage.browser.visit(&stage.page("/account"))?;
    assert_eq!(stage.browser.count("#token")?, 0);
    assert!(stage.browser.text("main")?.contains("nightly report"));
    stage.browser.press("Revoke token: nightly report")?;
    assert_eq!(stage.userinfo(&token)?.status, 401);
    Ok(())
}

#[test]
fn withdrawn_consent_is_asked_for_again() -> Result<()> {
    let stage = Stage::start("vera")?;
    stage.sign_in()?;
    stage.browser.visit(&stage.page("/account"))?;
    stage.browser.follow("form:has([name=do][value=withdraw]) button")?;
    stage.expect_page("/account")?;
    stage.browser.visit(&stage.relying_party("/"))?;
    assert_eq!(stage.press("Refresh", "/refresh")?["error"], "invalid_grant");
    stage.browser.press("Sign in")?;
    stage.expect_page("/consent")
}

#[test]
fn signing_out_there_ends_the_session() -> Result<()> {
    let stage = Stage::start("sina")?;
    stage.sign_in()?;
    stage.browser.visit(&stage.page("/account"))?;
    stage.browser.follow("[name=do][value=sign_out]")?;
    stage.begin("")?;
    stage.expect_page("/account/login")
}

impl Stage {
    /// Makes a token with `openid` on the account page.
    pub(crate) fn make_pat(&self, name: &str) -> Result<()> {
        self.browser.fill("[name=name]", name)?;
        self.browser.fill("[name=days]", "7")?;
        let openid = "[name=scope][value=openid]";
        if self.browser.property(openid, "checked")? != "true" {
            self.browser.click(openid)?;
        }
        self.browser.press("Make token")
    }
}
