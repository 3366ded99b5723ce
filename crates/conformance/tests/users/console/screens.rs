//! Every page as a desk and a phone show it, in both lights: nothing that bars a reader, nothing wider than the screen.

use super::stage::Stage;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;
use testkit::http;
use testkit::vendor::form_of;

/// Names the folder that keeps the pictures.
const KEEP: &str = "IDP_GATEWAY_SCREENSHOTS";

/// Pages as they are while all is as in production: name, path, and words that are there once it is drawn.
const CALM: &[(&str, &str, &str)] = &[
    ("live", "/", "token for batch"),
    ("request", "/?e=15", "it is not known, or not proven"),
    ("overview", "/overview", "in 15 min"),
    ("try", "/try/bits/token", "The same as code"),
    ("authorize", "/try/brighthr/authorize", "Begin in a new tab"),
    ("packs", "/packs/toast", "TOAST_MACHINE_CLIENT"),
    ("refusals", "/packs/toast?tab=refusals&error=errors.invalid_client", "HTTP/1.1 401 Unauthorized"),
    ("pairs", "/packs/toast?tab=pairs", "idp-gateway pack test toast"),
];
/// Pages while requests fail on purpose and the clock is moved, which a banner on each says.
const MOVED: &[(&str, &str, &str)] = &[
    ("scenarios", "/scenarios", "in force"),
    (
        "builder",
        "/scenarios?new=%7B%22mount%22%3A%22bits%22%2C%22endpoint%22%3A%22token%22%2C%22error%22%3A%22rate_limited%22%7D",
        "429 Too Many",
    ),
    ("tokens", "/tokens", "Paste one"),
    ("order", "/tokens?tab=order", "Make it"),
    ("expire", "/tokens?tab=expire", "Expire every one"),
    ("clients", "/clients?mount=bits", "batch"),
    ("users", "/clients?mount=brighthr&kind=users", "alice"),
    ("keys", "/keys", "signing"),
    ("worlds", "/worlds", "job-7"),
    ("settings", "/settings?mount=bits", "journal_bodies"),
    ("process", "/settings?of=process", "server.listen"),
    ("clock", "/clock", "ahead of real time"),
];

#[test]
fn on_a_desk() -> Result<()> {
    walk("desk", |_| Ok(()))
}

#[test]
fn on_a_desk_in_the_dark() -> Result<()> {
    walk("desk-dark", |stage| stage.browser.emulate_dark())
}

#[test]
fn on_a_phone() -> Result<()> {
    walk("phone", |stage| stage.browser.set_viewport(390, 844, true))
}

#[test]
fn on_a_phone_in_the_dark() -> Result<()> {
    walk("phone-dark", |stage| {
        stage.browser.set_viewport(390, 844, true)?;
        stage.browser.emulate_dark()
    })
}

/// A vendor that is a pack.
pub(super) const TOAST: &str = r#"
[[mount]]
name = "toast"
dialect = "pack"
pack = "toast"
[[mount.client]]
id = "pos"
secret = "pos-secret"
"#;

fn walk(screen: &str, prepare: impl FnOnce(&Stage) -> Result<()>) -> Result<()> {
    let stage = Stage::start_with(TOAST)?;
    let admin = stage.gateway.admin();
    admin.patch_settings("bits", &json!({ "journal_bodies": true }))?;
    admin.call("POST", "/v1/mounts/brighthr/tokens", Some(&json!({ "client_id": "web", "user": "alice" })))?;
    traffic(&stage)?;
    admin.rotate_key("brighthr", 300)?;
    admin.call("POST", "/v1/namespaces", Some(&json!({ "name": "job-7" })))?;
    prepare(&stage)?;
    look_at(&stage, screen, CALM)?;
    let scenario = json!({ "mount": "bits", "endpoint": "token", "steps": [{ "error": "unavailable", "times": 2 }, { "delay_ms": 300 }] });
    admin.call("POST", "/v1/scenarios", Some(&scenario))?;
    admin.offset_clock(7200)?;
    look_at(&stage, screen, MOVED)
}

fn look_at(stage: &Stage, screen: &str, pages: &[(&str, &str, &str)]) -> Result<()> {
    for (name, path, words) in pages {
        look(stage, screen, name, path, words).with_context(|| format!("{name} on a {screen}"))?;
    }
    Ok(())
}

/// What comes in on a day of work.
fn traffic(stage: &Stage) -> Result<()> {
    let get = |path: &str| {
        let request = http::request("GET", path, &[("Host", "localhost"), ("User-Agent", "app/1.4")], b"");
        http::exchange(stage.gateway.public(), &request)
    };
    for _ in 0..3 {
        stage.token("batch-secret")?;
        get("/brighthr/.well-known/openid-configuration")?;
        get("/brighthr/.well-known/openid-configuration/jwks")?;
    }
    get("/bits/v1/oauth/token")?;
    get("/brighthr/connect/userinfo")?;
    let form = form_of("/brighthr/connect/token", ("web", "web-secret"), &[("grant_type", "client_credentials")])?;
    http::exchange(stage.gateway.public(), &form)?;
    get("/nothing/is/here")?;
    stage.token("wrong-secret-of-it")?;
    // The newest, which Live shows in full: another client's secret.
    stage.token("web-secret")?;
    Ok(())
}

fn look(stage: &Stage, screen: &str, name: &str, path: &str, words: &str) -> Result<()> {
    stage.open(path)?;
    stage.sees(words)?;
    if let Some(folder) = folder() {
        testkit::pause(Duration::from_millis(400));
        stage.browser.screenshot(&folder.join(format!("console-{name}-{screen}.png")))?;
    }
    let found = stage.browser.axe()?;
    ensure!(found.is_empty(), "axe finds\n{}", found.join("\n"));
    let wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    ensure!(stage.browser.execute(wider, Vec::new())? == 0, "the page is wider than the screen");
    stage.expect_quiet()
}

#[expect(clippy::disallowed_methods, reason = "a tester's wish, no configuration of the gateway")]
fn folder() -> Option<PathBuf> {
    std::env::var_os(KEEP).map(PathBuf::from)
}
