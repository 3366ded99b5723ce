//! The password grant: where a mount says so, and as hard to guess at as the sign-in page.

use super::{claims_of, get, site};
use anyhow::{Result, ensure};
use serde_json::json;
use testkit::gateway::Gateway;
use testkit::http::Response;
use testkit::vendor::{Tokens, call};

const LEGACY: (&str, &str) = ("legacy", "legacy-secret");

fn ask(gateway: &Gateway, client: (&str, &str), user: (&str, &str), more: &[(&str, &str)]) -> Result<Response> {
    let fields = [&[("grant_type", "password"), ("username", user.0), ("password", user.1)], more].concat();
    call(gateway, "/other/token", client, &fields)
}

#[test]
fn o45_a_password_buys_the_tokens_of_its_user() -> Result<()> {
    let gateway = site()?;
    let alice = ("alice", "alice-password");
    let tokens = Tokens::of(&ask(&gateway, LEGACY, alice, &[("scope", "openid email")])?)?;
    ensure!(tokens.scope == "openid email" && tokens.refresh.is_empty(), "{tokens:?}");
    let id = claims_of(&gateway, "other", &tokens.id)?;
    ensure!(id["sub"] == "alice-1" && id["aud"] == "legacy" && id["auth_time"].is_number(), "{id}");
    let offline = Tokens::of(&ask(&gateway, LEGACY, alice, &[])?)?;
    ensure!(offline.scope == "openid email offline_access api", "all of the client's: {}", offline.scope);
    let mut refresh = offline.refresh.clone();
    for _ in 0..2 {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
        let again = Tokens::of(&call(&gateway, "/other/token", LEGACY, &fields)?)?;
        ensure!(claims_of(&gateway, "other", &again.id)?["sub"] == "alice-1");
        refresh = again.refresh;
    }
    let public = Tokens::of(&ask(&gateway, ("legacy-public", ""), alice, &[])?)?;
    ensure!(public.scope == "openid" && public.refresh.is_empty(), "{public:?}");
    let entries = gateway.admin().call("GET", "/v1/journal?grant=password", None)?;
    let entries = entries.as_array().map_or(0, Vec::len);
    ensure!(entries == 3, "{entries}");
    Ok(())
}

#[test]
fn o45_whatever_is_wrong_is_one_answer_and_counts() -> Result<()> {
    let gateway = site()?;
    let mut answers = Vec::new();
    for user in [("alice", "wrong"), ("nobody", "wrong"), ("gone", "gone-password"), ("gone", "wrong")] {
        let refused = ask(&gateway, LEGACY, user, &[])?;
        ensure!(refused.status == 400 && refused.json()?["error"] == "invalid_grant", "{}", refused.text());
        answers.push(refused.text());
    }
    ensure!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let missing = call(&gateway, "/other/token", LEGACY, &[("grant_type", "password"), ("username", "alice")])?;
    ensure!(missing.status == 400 && missing.json()?["error"] == "invalid_request", "{}", missing.text());
    // Six times as many in an hour, and five in a minute: the sixth waits, whatever it proves.
    for _ in 0..4 {
        ask(&gateway, LEGACY, ("alice", "wrong"), &[])?;
    }
    let limited = ask(&gateway, LEGACY, ("alice", "alice-password"), &[])?;
    ensure!(limited.status == 429 && limited.header("retry-after").is_some(), "{} {}", limited.status, limited.text());
    Ok(())
}

#[test]
fn o45_no_mount_has_it_that_does_not_say_so_and_no_client_that_is_not_registered_for_it() -> Result<()> {
    let gateway = site()?;
    let listed = |mount: &str| -> Result<bool> {
        let metadata = get(&gateway, &format!("/{mount}/.well-known/openid-configuration"))?.json()?;
        Ok(metadata["grant_types_supported"].as_array().is_some_and(|grants| grants.contains(&json!("password"))))
    };
    ensure!(listed("other")? && !listed("openid")?);
    let fields = [("grant_type", "password"), ("username", "janedoe"), ("password", "x")];
    let off = call(&gateway, "/openid/token", ("web", "web-secret"), &fields)?;
    ensure!(off.status == 400 && off.json()?["error"] == "unsupported_grant_type", "{}", off.text());
    let other = call(&gateway, "/other/token", ("web", "web-secret"), &fields)?;
    ensure!(other.status == 400 && other.json()?["error"] == "unauthorized_client", "{}", other.text());
    Ok(())
}
