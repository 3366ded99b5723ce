//! What a relying party does with its tokens.

use super::stage::Stage;
use anyhow::Result;

#[test]
fn tokens_are_renewed_asked_about_and_revoked() -> Result<()> {
    let stage = Stage::start("rita")?;
    stage.sign_in()?;
    let renewed = stage.press("Refresh", "/refresh")?;
    assert_eq!((&renewed["signed_in"], &renewed["has_refresh_token"]), (&true.into(), &true.into()));
    assert_eq!(renewed["claims"]["sub"], "rita-sub");
    assert_eq!(stage.press("Userinfo", "/me")?["sub"], "rita-sub");
    let active = stage.press("Introspect", "/introspect")?;
    assert_eq!((&active["active"], &active["sub"]), (&true.into(), &"rita-sub".into()));

    assert_eq!(stage.press("Revoke refresh token", "/revoke")?["revoked"], "refresh_token");
    assert_eq!(stage.press("Refresh", "/refresh")?["error"], "invalid_grant");
    // The vendor's access tokens are JWTs, which it does not revoke.
    assert_eq!(stage.press("Introspect", "/introspect")?["active"], true);
    Ok(())
}
