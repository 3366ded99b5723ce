//! Who may see the console, and what a token does not allow is not offered.

use super::screens::TOAST;
use super::stage::Stage;
use anyhow::{Context, Result, ensure};
use testkit::http;

const TOKENS: &str = r#"
[[admin.tokens]]
name = "everything"
token = "a-token-for-everything"
rights = ["all"]
[[admin.tokens]]
name = "looker"
token = "a-token-that-looks-on"
rights = ["read"]
"#;

#[test]
fn a_token_is_asked_for_once_and_stays_in_the_tab() -> Result<()> {
    let stage = Stage::start_with(TOKENS)?;
    stage.open("/scenarios")?;
    stage.sees("Admin token")?;
    stage.fill("Token", "not-the-token")?;
    stage.press("Open the console")?;
    stage.sees("the bearer token is none of those configured")?;
    stage.fill("Token", "a-token-for-everything")?;
    stage.press("Open the console")?;
    stage.sees("Nothing fails on purpose")?;
    stage.open("/clock")?;
    stage.sees("Freeze it now")?;
    let kept = stage.browser.execute("return [document.cookie, Object.keys(localStorage).length]", Vec::new())?;
    assert_eq!(kept, serde_json::json!(["", 0]));
    stage.press("Sign out")?;
    stage.sees("Admin token")?;
    stage.expect_quiet()
}

#[test]
fn what_a_token_does_not_allow_is_not_offered() -> Result<()> {
    let stage = Stage::start_with(&format!("{TOKENS}{TOAST}"))?;
    stage.token("batch-secret")?;
    stage.open("/#token=a-token-that-looks-on")?;
    stage.sees("token for batch: application")?;
    ensure!(!stage.browser.url()?.contains("token="), "the token stays in the address");
    stage.misses("Fail the next like this")?;
    stage.misses("Expire its tokens")?;
    for (page, words, not_offered) in [
        ("/clock", "Moving the clock needs the right", "Freeze it now"),
        ("/clients?mount=bits", "batch", "New client"),
        ("/keys", "bits", "Rotate"),
        ("/packs/toast?tab=refusals&error=errors.invalid_client", "HTTP/1.1 401", "Make the next one fail like this"),
        ("/worlds", "There is one world", "Make a world"),
        ("/settings?mount=bits", "journal_bodies", "Turn on"),
    ] {
        stage.open(page)?;
        stage.sees(words)?;
        stage.misses(not_offered)?;
    }
    Ok(())
}

#[test]
fn the_files_are_given_to_this_machine_alone_where_nothing_asks_for_a_token() -> Result<()> {
    let stage = Stage::start()?;
    let admin = stage.gateway.admin_address();
    let get = |host: &str, more: &[(&str, &str)]| {
        let headers: Vec<_> = [("Host", host)].into_iter().chain(more.iter().copied()).collect();
        http::exchange(admin, &http::request("GET", "/console/app.js", &headers, b""))
    };
    assert_eq!(get("evil.test", &[])?.status, 403);
    let whole = get("localhost", &[])?;
    assert_eq!(whole.status, 200);
    let policy = whole.header("content-security-policy").context("no policy")?;
    ensure!(policy.contains("script-src 'self'") && policy.contains("default-src 'none'"), "{policy}");
    let packed = get("localhost", &[("Accept-Encoding", "gzip, br")])?;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    ensure!(packed.body.len() < whole.body.len(), "it is no smaller");
    let etag = whole.header("etag").context("no ETag")?;
    assert_eq!(get("localhost", &[("If-None-Match", etag)])?.status, 304);
    Ok(())
}
