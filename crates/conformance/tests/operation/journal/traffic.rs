//! Requests and answers that the journal keeps.

use super::{BATCH, BITS, BIZZASSURE, BRIGHTHR, FORM, Stage, WEB, basic};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

const CANARY: &str = "cAnArY7";

fn keep(stage: &Stage) -> Result<()> {
    for mount in ["brighthr", "bits", "bizzassure"] {
        let path = format!("/v1/mounts/{mount}/settings");
        stage.admin("PATCH", &path, Some(&json!({ "journal_bodies": true })))?;
    }
    Ok(())
}

#[test]
fn n82_bodies_are_kept_where_they_are_wanted_without_what_is_secret() -> Result<()> {
    let stage = Stage::start()?;
    stage.token(WEB, "company:read")?;
    ensure!(stage.last()?["traffic"].is_null(), "nobody asked for it");
    keep(&stage)?;
    let token = stage.token(WEB, "company:read")?;
    let entry = stage.last()?;
    ensure!(!entry.to_string().contains(&token) && !entry.to_string().contains("web-secret"), "{entry}");
    let request = json!({ "media": FORM, "length": 48, "members": [
        { "name": "grant_type", "value": "client_credentials", "length": 18 },
        { "name": "scope", "value": "company:read", "length": 12 } ] });
    ensure!(entry["traffic"]["request"]["body"] == request, "{entry}");
    let members = entry["traffic"]["answer"]["body"]["members"].clone();
    let of = |name: &str| members.as_array().into_iter().flatten().find(|member| member["name"] == name).cloned();
    ensure!(of("access_token") == Some(json!({ "name": "access_token", "length": token.len() })), "{members}");
    ensure!(of("expires_in").is_some_and(|member| member["value"] == 3600), "{members}");
    Ok(())
}

#[test]
fn n82_a_canary_in_any_place_is_in_no_form_of_the_journal() -> Result<()> {
    let stage = Stage::start()?;
    keep(&stage)?;
    for path in [BRIGHTHR, BITS] {
        for form in [
            format!("grant_type=client_credentials&client_secret={CANARY}&client_id=web"),
            format!("grant_type={CANARY}&{CANARY}=1&client_secert={CANARY}&state={CANARY}&code={CANARY}"),
            format!("grant_type=refresh_token&refresh_token={CANARY}&scope={CANARY}&scope={CANARY}"),
            format!("grant_type=password&username=a&password={CANARY}&client_assertion={CANARY}"),
            format!("%{CANARY}={CANARY}"),
        ] {
            stage.form(&format!("{path}?access_token={CANARY}&{CANARY}"), Some((BATCH.0, CANARY)), &form)?;
        }
        let odd = [("Content-Type", "text/plain"), ("Cookie", CANARY), ("X-Api-Key", CANARY), (CANARY, CANARY)];
        stage.send("POST", path, &odd, CANARY.as_bytes())?;
        let bearer = format!("Bearer {CANARY}");
        stage.send("POST", path, &[("Authorization", &bearer), ("Referer", CANARY)], b"")?;
    }
    let secret =
        json!({ "client_id": "app", "client_secret": CANARY, "scopes": ["employee.get"], CANARY: { CANARY: CANARY } });
    for body in [secret.to_string(), format!("{{\"client_secret\":\"{CANARY}"), json!([CANARY]).to_string()] {
        stage.send("POST", BIZZASSURE, &[("Content-Type", "application/json")], body.as_bytes())?;
    }
    stage.send("GET", "/brighthr/connect/userinfo", &[("Authorization", &format!("Bearer {CANARY}"))], b"")?;
    stage.authorize(&format!(
        "client_id=web&state={CANARY}&nonce={CANARY}&login_hint={CANARY}&id_token_hint={CANARY}"
    ))?;
    let login = format!("username=alice&password={CANARY}&csrf={CANARY}&{CANARY}={CANARY}");
    stage.form("/brighthr/account/login", None, &login)?;
    let encoded = &basic(BATCH.0, CANARY)["Basic ".len()..];
    for format in ["json", "jsonl", "har", "curl"] {
        let text = stage.call("GET", &format!("/v1/journal?limit=1000&format={format}"), None)?.text();
        for secret in [CANARY, &CANARY.to_lowercase(), encoded] {
            ensure!(!text.contains(secret), "{format} has {secret}: {text}");
        }
        ensure!(text.contains("client_secret") || text.contains("CLIENT_SECRET"), "{format}: names are there: {text}");
    }
    let report: Value = stage.admin("GET", "/v1/journal/misuse", None)?;
    ensure!(!report.to_string().contains(CANARY), "{report}");
    Ok(())
}
