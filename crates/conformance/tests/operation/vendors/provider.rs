//! A provider of another make (`oidc-provider` of npm) as the vendor.

use super::{run, text};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::Command;
use testkit::gateway::{self, Gateway};
use testkit::program::Program;
use testkit::vendor::form_of;
use testkit::{http, tree};

/// The provider, and its URL.
fn provider() -> Result<(Program, String)> {
    let module = tree::root().join("examples/node/node_modules/oidc-provider/lib/index.js");
    ensure!(module.is_file(), "this test needs {}; `cargo xtask test` gets it", module.display());
    let script = tree::crate_dir("conformance").join("tests/operation/vendors/provider.mjs");
    let mut program = Program::start(Command::new("node").arg(script).arg(module))?;
    let url = program.wait_for(|line| line.strip_prefix("listening ").map(str::to_owned))?;
    Ok((program, url))
}

#[test]
fn the_standard_dialect_drifts_from_another_provider_where_each_has_its_own_words() -> Result<()> {
    let (_provider, url) = provider()?;
    let gateway = Gateway::start("[[mount]]\nname = \"openid\"\ndialect = \"openid-connect\"\n")?;
    let folder = tempfile::tempdir()?;
    let report = run(
        folder.path(),
        Some(&gateway),
        &["drift", "--mount", "openid", "--against", &url, "--rate", "100", "--json"],
    )?;
    let told: Value = serde_json::from_slice(&report.stdout).with_context(|| text(&report.stderr))?;
    let pair = |id: &str| {
        told["pairs"].as_array().and_then(|pairs| pairs.iter().find(|pair| pair["id"] == id)).context(id.to_owned())
    };
    let kinds = |id: &str| -> Result<Vec<String>> {
        let differences = pair(id)?["differences"].as_array().cloned().unwrap_or_default();
        Ok(differences
            .iter()
            .map(|one| format!("{} {}", one["kind"].as_str().unwrap_or(""), one["at"].as_str().unwrap_or("")))
            .collect())
    };
    // A client that authenticates wrongly is refused alike, in other words.
    let refused = kinds("OP-03")?;
    ensure!(refused.contains(&"value error_description".to_owned()), "{refused:?}");
    ensure!(!refused.iter().any(|one| one.starts_with("status") || one == "value error"), "{refused:?}");
    // A token is granted by both, and no code is tried.
    ensure!(!kinds("OP-01")?.iter().any(|one| one.starts_with("status")), "{told:#}");
    assert_eq!(pair("OP-11")?["outcome"], "not tried");
    let count = |of: &str| told[of].as_u64().unwrap_or_default();
    assert!(count("differ") >= 10 && count("not_tried") >= 10, "{told:#}");
    // Nothing of it is documented of a vendor: the standard leaves its words to each.
    ensure!(report.status.success(), "{told:#}");
    Ok(())
}

#[test]
fn what_another_provider_answers_becomes_a_pack_of_oauth2() -> Result<()> {
    let (_provider, url) = provider()?;
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(gateway::binary()?);
    command
        .args(["record", "--upstream", &url, "--listen", "127.0.0.1:0", "--out", "drafted"])
        .current_dir(folder.path());
    let mut recorder = Program::start(&mut command)?;
    let at = recorder.wait_for(|line| line.strip_prefix("http://")?.split(' ').next()?.parse().ok())?;
    let ask = |secret: &str| -> Result<u16> {
        let fields = [("grant_type", "client_credentials"), ("scope", "api")];
        Ok(http::exchange(at, &form_of("/token", ("app", secret), &fields)?)?.status)
    };
    assert_eq!((ask("app-secret")?, ask("another-secret")?), (200, 401));
    drop(recorder);
    super::record::is_a_good_draft(folder.path(), &["app-secret", "another-secret"], 2)
}
