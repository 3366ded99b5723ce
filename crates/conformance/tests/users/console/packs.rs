//! What a pack is, says and answers, and how that is known.

use super::stage::Stage;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use testkit::http;
use testkit::wait_until;

const PACK: &str = r#"
vendor = "Acme"
version = "v2, 2026-11-29"
sources = ["https://docs.acme.example/login", "javascript:document.title='owned'"]
notes = "Every answer has `ok`."
[token]
path = "/api/v2/login"
mark = "D"
[errors.invalid_client]
status = 403
body = '{"ok":false,"says":"unknown client or wrong secret"}'
mark = "I"
[errors.invalid_request.missing.login]
status = 422
body = '{"ok":false,"says":"who are you?"}'
"#;
const PAIRS: &str =
    "### AC-1 | a login\n# mark: D, headers I\nPOST /api/v2/login HTTP/1.1\n\n\n<<<\nHTTP/1.1 200 OK\n\n\n### END\n";
const PROVEN: &str =
    "[[pair]]\nid = \"AC-1\"\ndate = \"2026-11-28\"\noutcome = \"same\"\nagainst = \"https://api.acme.example\"\n";

/// A gateway with a shipped pack and one of its own, which stands in that folder.
fn stage(folder: &Path) -> Result<Stage> {
    for (name, text) in [("pack.toml", PACK), ("pairs.http", PAIRS), ("proven.toml", PROVEN)] {
        fs::write(folder.join(name), text)?;
    }
    let mount = |name: &str, pack: &str, scope: &str| {
        format!(
            "[[mount]]\nname = \"{name}\"\ndialect = \"pack\"\npack = \"{pack}\"\n[[mount.client]]\nid = \"app\"\n\
             secret = \"app-secret\"\nscopes = [\"{scope}\"]\n"
        )
    };
    let own = folder.join("pack.toml");
    let own = mount("acme", &own.display().to_string(), "api");
    Stage::start_with(&format!("{}{own}", mount("toast", "toast", "orders:read")))
}

#[test]
fn a_pack_is_read_tried_and_made_to_fail_in_its_own_words() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let stage = stage(folder.path())?;
    stage.open("/packs")?;
    stage.sees("shipped with the gateway")?;
    stage.sees("TOAST_MACHINE_CLIENT")?;
    stage.open("/packs/acme")?;
    for words in ["Acme", "v2, 2026-11-29", "the token endpoint of RFC 6749", "/api/v2/login", "1 of 1 pair proven"] {
        stage.sees(words)?;
    }
    stage.sees(&folder.path().join("pack.toml").display().to_string())?;
    // A stranger's link that is none stays text.
    stage.sees("javascript:document.title")?;
    ensure!(stage.browser.count("a[href^=javascript]")? == 0, "a script is a link");
    stage.press("Pairs 1")?;
    for words in ["a login", "documented", "inferred", "proven", "2026-11-28, https://api.acme.example"] {
        stage.sees(words)?;
    }
    stage.press("Endpoints 2")?;
    stage.press("Try token at http://localhost:PORT/acme/api/v2/login".replace("PORT", &port(&stage)).as_str())?;
    stage.sees("POST")?;
    wait_until("the address", || Ok(stage.browser.url()?.ends_with("/try/acme/token")))?;

    stage.open("/packs/acme?tab=refusals&error=errors.invalid_client")?;
    stage.sees("HTTP/1.1 403 Forbidden")?;
    stage.sees("Without words of their own")?;
    // What is shown is what a client gets, of itself and made to fail.
    let doc = stage.get("/v1/mounts/acme/pack")?;
    let refusals = doc["refusals"].as_array().context("no refusals")?;
    let shown = refusals.iter().find(|one| one["key"] == "invalid_client").context("no invalid_client")?;
    let own_row =
        refusals.iter().find(|one| one["key"] == "invalid_request.missing.login").context("no row of a case")?;
    assert_eq!((&own_row["status"], &own_row["has_own_words"]), (&422.into(), &true.into()), "{own_row}");
    let refused = ask(&stage, "another-secret")?;
    assert_eq!(refused.status, 403);
    let shown = shown["answer"].as_str().unwrap_or_default();
    ensure!(shown.ends_with(&refused.text()), "{shown}\n{}", refused.text());
    stage.press("Make the next one fail like this")?;
    stage.press("Put it in force")?;
    stage.sees("in force: requests fail or wait on purpose.")?;
    let forced = ask(&stage, "app-secret")?;
    assert_eq!((forced.status, forced.text()), (403, refused.text()));
    assert_eq!(ask(&stage, "app-secret")?.status, 200);
    stage.expect_quiet()
}

#[test]
fn a_mount_whose_dialect_is_code_has_no_pack_and_a_gateway_without_packs_says_how_to_serve_one() -> Result<()> {
    let stage = Stage::start()?;
    stage.open("/packs/bits")?;
    stage.sees("mount bits serves no pack: bits-basic-form is code")?;
    stage.open("/packs")?;
    stage.sees("No mount serves a pack")?;
    stage.sees("idp-gateway sandbox --mount toast")
}

fn port(stage: &Stage) -> String {
    stage.gateway.public().port().to_string()
}

fn ask(stage: &Stage, secret: &str) -> Result<http::Response> {
    let fields = [("grant_type", "client_credentials")];
    let request = testkit::vendor::form_of("/acme/api/v2/login", ("app", secret), &fields)?;
    http::exchange(stage.gateway.public(), &request)
}
