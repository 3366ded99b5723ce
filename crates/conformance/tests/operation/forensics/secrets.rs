//! Several secrets of one client, each with its end.

use super::{bits, lines, newest, token};
use crate::bits::CLIENT;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;

const OLD: &str = "the-old-long-secret";
const NEW: &str = "the-new-long-secret";

fn two(ends: &str) -> String {
    bits(&format!("secrets = [{{ secret = \"{OLD}\", not_after = \"{ends}\" }}, {{ secret = \"{NEW}\" }}]"))
}

fn path() -> String {
    format!("/v1/mounts/bits/clients/{CLIENT}")
}

#[test]
fn s13_each_secret_that_holds_authenticates_and_the_journal_says_which() -> Result<()> {
    let gateway = Gateway::start(&two("2999-12-31T23:59:59Z"))?;
    for (secret, place) in [(OLD, 1), (NEW, 2)] {
        ensure!(token(&gateway, secret, &[])?.status == 200, "{secret}");
        ensure!(newest(&gateway)?["secret"] == place, "{}", newest(&gateway)?);
    }
    ensure!(token(&gateway, "another", &[])?.status == 401);
    ensure!(newest(&gateway)?["secret"].is_null());
    // The gateway's clock moves no end: that is real time.
    gateway.admin().freeze_clock(64_000_000_000)?;
    ensure!(token(&gateway, OLD, &[])?.status == 200);
    Ok(())
}

#[test]
fn s13_a_secret_that_has_ended_is_refused_as_a_wrong_one_and_the_cause_says_when() -> Result<()> {
    let gateway = Gateway::start(&two("2020-01-01T00:00:00+01:00"))?;
    let (ended, wrong) = (token(&gateway, OLD, &[])?, token(&gateway, "another", &[])?);
    ensure!((ended.status, ended.text()) == (wrong.status, wrong.text()), "{}", ended.text());
    ensure!(token(&gateway, NEW, &[])?.status == 200);
    let refused = lines(&gateway, "refused", 2)?;
    let cause = format!("the secret of client `{CLIENT}` (number 1) ended at 2019-12-31T23:00:00Z");
    ensure!(refused[0]["cause"] == cause, "{}", refused[0]);
    Ok(())
}

#[test]
fn s13_an_end_that_is_near_and_secrets_that_have_all_ended_are_warned_of() -> Result<()> {
    let now = Gateway::start(&two("2999-12-31T23:59:59Z"))?.admin().clock()?.now;
    let soon = configuration::when::millisecond((now + 86_400) * 1000).replace(".000Z", "Z");
    let gateway = Gateway::start(&two(&soon))?;
    gateway.wait_for_log(&format!("number 1 ends at {soon}, within 7 days"), 1)?;
    let ended = "secrets = [{ secret = \"the-old-long-secret\", not_after = \"2020-01-01T00:00:00Z\" }]";
    gateway.write_config(&bits(ended))?;
    gateway.signal("HUP")?;
    gateway.wait_for_log("all have ended", 1)
}

#[test]
fn s13_the_admin_api_gives_a_new_secret_and_lets_the_old_one_end() -> Result<()> {
    let mut gateway = Gateway::start(&bits(&format!("secret = \"{OLD}\"")))?;
    let before = gateway.admin().call("GET", &path(), None)?;
    ensure!(before.get("secrets").is_none(), "{before}");
    let change = json!({ "secrets": [{ "not_after": "2999-01-01T00:00:00Z" }, { "secret": NEW }] });
    let after = gateway.admin().call("PATCH", &path(), Some(&change))?;
    ensure!(after["secrets"] == json!([{ "not_after": "2999-01-01T00:00:00Z" }, {}]), "{after}");
    let works = |gateway: &Gateway, secrets: &[&str]| -> Result<()> {
        for secret in [OLD, NEW] {
            let wanted = if secrets.contains(&secret) { 200 } else { 401 };
            ensure!(token(gateway, secret, &[])?.status == wanted, "{secret} {wanted}");
        }
        Ok(())
    };
    works(&gateway, &[OLD, NEW])?;
    // What GET gave PUT takes, and a restart changes nothing.
    gateway.admin().call("PUT", &path(), Some(&after))?;
    works(&gateway, &[OLD, NEW])?;
    gateway.restart()?;
    works(&gateway, &[OLD, NEW])?;
    let ended = json!({ "secrets": [{ "not_after": "2020-01-01T00:00:00Z" }, {}] });
    gateway.admin().call("PATCH", &path(), Some(&ended))?;
    works(&gateway, &[NEW])?;
    gateway.admin().call("PATCH", &path(), Some(&json!({ "secret": OLD })))?;
    works(&gateway, &[OLD])
}

#[test]
fn s13_a_list_that_says_nothing_clear_is_refused() -> Result<()> {
    let gateway = Gateway::start(&bits(&format!("secret = \"{OLD}\"")))?;
    for (secrets, why) in [
        (json!([]), "give 1 to 8"),
        (json!([{}, {}]), "number 2: has no secret"),
        (json!([{ "secret": NEW }, { "secret": NEW }]), "same secret as number 1"),
        (json!([{ "secret": NEW, "not_after": "tomorrow" }]), "RFC 3339"),
        (json!([{ "secret": NEW, "secret_sha256": "00" }]), "given once"),
    ] {
        let refused = gateway.admin().call("PATCH", &path(), Some(&json!({ "secrets": secrets }))).unwrap_err();
        let text = format!("{refused:#}");
        ensure!(text.contains(" 400 ") && text.contains(why) && !text.contains(NEW), "{secrets}: {text}");
    }
    let both: Value =
        json!({ "secret": NEW, "secrets": [{ "secret": OLD }], "scopes": [], "claims": { "customerId": "c" } });
    ensure!(gateway.admin().call("PUT", &path(), Some(&both)).is_err());
    ensure!(token(&gateway, OLD, &[])?.status == 200, "nothing was changed");
    Ok(())
}
