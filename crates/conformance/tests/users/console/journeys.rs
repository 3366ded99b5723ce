//! What is done on each of the other pages.

use super::stage::Stage;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::wait_until;

#[test]
fn a_scenario_is_built_seen_in_the_vendors_bytes_and_put_in_force() -> Result<()> {
    let stage = Stage::start()?;
    stage.open("/scenarios")?;
    stage.sees("Nothing fails on purpose")?;
    stage.press("Rate limited 429 until it is removed")?;
    stage.sees("HTTP/1.1 429 Too Many Requests")?;
    stage.fill("Error", "invalid_client")?;
    stage.sees("HTTP/1.1 401 Unauthorized")?;
    stage.fill("Client", "batch")?;
    stage.fill("To how many requests", "1")?;
    stage.sees("idp-gateway scenario add bits token")?;
    stage.sees("--fail invalid_client")?;
    // What can match nothing is said at once, and cannot be sent.
    stage.fill("Endpoint or page", "userinfo")?;
    stage.fill("Client", "nobody")?;
    stage.sees("client nobody is not registered")?;
    stage.fill("Endpoint or page", "token")?;
    stage.fill("Client", "batch")?;
    stage.misses("is not registered")?;
    stage.press("Then something else")?;
    stage.sees("served as without a scenario")?;
    stage.press("Put it in force")?;
    stage.sees("in force: requests fail or wait on purpose.")?;
    assert_eq!(stage.token("batch-secret")?.status, 401);
    assert_eq!(stage.token("batch-secret")?.status, 200);
    let made = stage.get("/v1/scenarios")?;
    assert_eq!(made[0]["steps"], json!([{ "error": "invalid_client" }, { "pass": true }]));
    stage.press("Remove scenario 1")?;
    stage.sees("Nothing fails on purpose")?;
    stage.expect_quiet()
}

#[test]
fn a_token_is_looked_into_and_one_is_made_with_a_flaw() -> Result<()> {
    let stage = Stage::start()?;
    stage.open("/tokens")?;
    stage.fill("A token, or an answer that has one", &format!("{{\"access_token\":\"{}\"}}", stage.access_token()?))?;
    stage.sees("it holds")?;
    stage.sees("when it ends: ")?;
    stage.press("Make one to order")?;
    stage.fill("Mount", "bits")?;
    stage.fill("What is wrong with it", "expired")?;
    stage.press("Make it")?;
    stage.sees("it does not hold")?;
    stage.press("Expire what is out")?;
    stage.fill("Client", "batch")?;
    stage.press("Expire these")?;
    stage.sees("What is issued from now on holds.")?;
    stage.expect_quiet()
}

#[test]
fn a_request_is_tried_and_both_sides_are_seen() -> Result<()> {
    let stage = Stage::start()?;
    stage.open("/try/bits/token")?;
    stage.sees("put yours in")?;
    stage.fill(
        "Header fields",
        "Authorization: Basic YmF0Y2g6YmF0Y2gtc2VjcmV0\nContent-Type: application/x-www-form-urlencoded",
    )?;
    stage.fill("Body", "grant_type=client_credentials")?;
    stage.press("Send")?;
    stage.sees("HTTP/1.1 200 OK")?;
    stage.sees("POST /bits/v1/oauth2/token HTTP/1.1")?;
    stage.sees("The token of the answer, decoded")?;
    stage.press("Why, step by step")?;
    stage.sees("token for batch: application")?;
    stage.expect_quiet()
}

#[test]
fn the_authorization_flow_comes_back_with_its_code() -> Result<()> {
    let stage = Stage::start()?;
    stage.open("/try/brighthr/authorize")?;
    stage.press("Make it one")?;
    stage.sees("It comes back to")?;
    // The flow runs in this tab too: what the button would open elsewhere.
    let client = stage.get("/v1/mounts/brighthr/clients/web")?;
    let callback = client["redirect_uris"][1].as_str().context("the console's address is not registered")?;
    let query = serde_urlencoded::to_string([
        ("response_type", "code"),
        ("client_id", "web"),
        ("redirect_uri", callback),
        ("scope", "openid"),
        ("state", "s"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ])?;
    stage
        .browser
        .visit(&format!("http://localhost:{}/brighthr/connect/authorize?{query}", stage.gateway.public().port()))?;
    stage.browser.fill("[name=username]", "alice")?;
    stage.browser.fill("[name=password]", "alice-password")?;
    stage.browser.press("Sign in")?;
    stage.browser.follow("[name=decision][value=allow]")?;
    stage.sees("Back with a code")?;
    ensure!(!stage.browser.url()?.contains("code="), "the code stays in the address");
    Ok(())
}

#[test]
fn clients_keys_worlds_settings_and_the_clock_are_changed() -> Result<()> {
    let stage = Stage::start()?;
    stage.open("/clients?mount=bits")?;
    stage.press("Disable")?;
    stage.sees("batch is refused everywhere.")?;
    assert_eq!(stage.get("/v1/mounts/bits/clients/batch")?["disabled"], true);
    stage.press("New client")?;
    stage.press("Save")?;
    stage.sees("Made new-client.")?;

    stage.open("/keys?mount=brighthr")?;
    stage.press("Rotate")?;
    stage.sees("Published for so many seconds")?;
    stage.browser.execute("[...document.querySelectorAll('dialog .main-act')][0].click()", Vec::new())?;
    wait_until("a key", || Ok(stage.get("/v1/mounts/brighthr/keys")?.as_array().is_some_and(|keys| !keys.is_empty())))?;

    stage.open("/settings?mount=bits")?;
    stage.press("Turn on journal_bodies")?;
    stage.sees("changed here")?;

    stage.open("/clock")?;
    stage.press("1 hour")?;
    stage.sees("1 h ahead of real time")?;
    stage.press("Back to real time")?;
    stage.sees("Real time.")?;

    stage.open("/worlds")?;
    stage.fill("Name", "job-7")?;
    stage.press("Make a world")?;
    stage.sees("/~job-7")?;
    stage.press("Open it")?;
    stage.sees("You are looking at the namespace job-7.")?;
    stage.press("Leave it")?;
    stage.misses("You are looking at the namespace")?;
    stage.open("/overview")?;
    stage.sees("No request in the last 15 minutes.")?;
    stage.expect_quiet()
}
