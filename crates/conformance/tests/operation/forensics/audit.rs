//! Named tokens with rights, and the audit of what is done with them.

use super::{bits, call, lines};
use crate::bits::CLIENT;
use anyhow::{Result, ensure};
use testkit::gateway::Gateway;

const ROOT: &str = "root-token-of-some-length";
const CI: &str = "ci-token-of-some-length";
const SCRAPER: &str = "scraper-token-of-some-length";
const SECRET: &str = "a-secret-of-some-length";

fn start(ci: &str) -> Result<Gateway> {
    let digest = configuration::sha256_hex(&CI.into());
    let config = format!(
        "[server]\nwatch_config = false\n[telemetry]\nlevel = \"error\"\n[admin]\ntoken = \"{ROOT}\"\n\
         [[admin.tokens]]\nname = \"ci\"\ntoken_sha256 = \"{digest}\"\nrights = [{ci}]\n\
         [[admin.tokens]]\nname = \"scraper\"\ntoken_env = \"SCRAPER\"\nrights = [\"metrics\"]\n{}",
        bits(&format!("secret = \"{SECRET}\"")),
    );
    Gateway::start_in(vec![("SCRAPER".to_owned(), SCRAPER.to_owned())], &config)
}

#[test]
fn s15_a_token_may_do_what_its_rights_say_and_403_names_the_one_that_is_missing() -> Result<()> {
    let gateway = start("\"read\", \"test\"")?;
    let client = format!("/v1/mounts/bits/clients/{CLIENT}");
    for (token, method, path, body, status, missing) in [
        (CI, "GET", &*client, "", 200, ""),
        (CI, "GET", "/v1/clock", "", 200, ""),
        (CI, "PUT", "/v1/clock", "{\"offset\":5}", 200, ""),
        (CI, "POST", "/v1/reset", "", 204, ""),
        (CI, "PATCH", &*client, "{\"disabled\":true}", 403, "`all`"),
        (CI, "GET", "/v1/mounts/bits/jwks", "", 403, "`all`"),
        (CI, "GET", "/metrics", "", 403, "`metrics`"),
        (SCRAPER, "GET", "/metrics", "", 200, ""),
        (SCRAPER, "GET", "/v1/mounts", "", 403, "`read`"),
        (SCRAPER, "PUT", "/v1/clock", "{\"offset\":5}", 403, "`test`"),
        (ROOT, "GET", "/v1/mounts/bits/jwks", "", 200, ""),
        (ROOT, "PATCH", &*client, "{\"trusted\":true}", 200, ""),
        ("no-token-of-anybodys", "GET", "/metrics", "", 401, ""),
    ] {
        let answer = call(&gateway, token, method, path, body)?;
        ensure!(answer.status == status, "{token} {method} {path}: {} {}", answer.status, answer.text());
        ensure!(answer.text().contains(missing), "{}", answer.text());
    }
    Ok(())
}

#[test]
fn s15_each_change_and_each_reading_of_a_secret_is_in_the_audit() -> Result<()> {
    let gateway = start("\"read\"")?;
    let client = format!("/v1/mounts/bits/clients/{CLIENT}");
    let new = "another-secret-of-some-length";
    let patch = format!("{{\"rate_limit\":\"5/1m\",\"secret\":\"{new}\"}}");
    for (token, method, path, body) in [
        (ROOT, "PATCH", &*client, &*patch),
        (ROOT, "PATCH", "/v1/mounts/bits/settings", "{\"access_ttl\":77}"),
        (ROOT, "GET", "/v1/mounts/bits/jwks", ""),
        (CI, "GET", "/v1/mounts/bits/jwks", ""),
        (ROOT, "PUT", "/v1/clock", "{\"freeze\":5}"),
        (ROOT, "DELETE", &*client, ""),
        (ROOT, "DELETE", &*client, ""),
        (ROOT, "GET", "/v1/mounts/bits", ""),
        (ROOT, "POST", "/v1/reset", ""),
    ] {
        call(&gateway, token, method, path, body)?;
    }
    let audit = lines(&gateway, "audit", 8)?;
    let calls: Vec<_> =
        audit.iter().map(|line| (line["who"].as_str(), line["call"].as_str(), line["status"].as_u64())).collect();
    let told = |who, call, status| (Some(who), Some(call), Some(status));
    let wanted = [
        told("admin.token", "PATCH_CLIENT", 200),
        told("admin.token", "CHANGE_SETTINGS", 200),
        told("admin.token", "GET_JWKS", 200),
        told("ci", "GET_JWKS", 403),
        told("admin.token", "SET_CLOCK", 200),
        told("admin.token", "DELETE_CLIENT", 204),
        told("admin.token", "DELETE_CLIENT", 404),
        told("admin.token", "RESET", 204),
    ];
    ensure!(calls == wanted, "{calls:?}");
    ensure!(audit.iter().all(|line| line["address"] == "127.0.0.1"), "{audit:?}");
    let changes: Vec<_> = audit.iter().map(|line| line["changes"].as_str().unwrap_or_default()).collect();
    ensure!(changes[0] == "secret_sha256: changed; rate_limit: none -> \"5/1m\"", "{changes:?}");
    ensure!(changes[1].starts_with("access_ttl: ") && changes[1].ends_with(" -> 77"), "{changes:?}");
    ensure!(changes[4].contains("freeze: none -> 5"), "{changes:?}");
    ensure!(changes[5].contains("scopes: [\"application\"] -> none"), "{changes:?}");
    ensure!(audit[3]["reason"].as_str().is_some_and(|reason| reason.contains("`all`")), "{}", audit[3]);
    ensure!(audit[5]["path"] == client, "{}", audit[5]);
    let logs = gateway.logs()?;
    for secret in [new, SECRET, ROOT, CI] {
        let digest = configuration::sha256_hex(&secret.into());
        ensure!(!logs.contains(secret) && !logs.contains(&digest), "a secret is in\n{logs}");
    }
    Ok(())
}

#[test]
fn s15_where_no_token_is_needed_the_audit_says_loopback() -> Result<()> {
    let gateway = Gateway::start(&bits(&format!("secret = \"{SECRET}\"")))?;
    gateway.admin().freeze_clock(5)?;
    let line = lines(&gateway, "audit", 1)?.remove(0);
    ensure!(line["who"] == "loopback" && line["address"] == "127.0.0.1", "{line}");
    Ok(())
}

#[test]
fn s15_a_reload_changes_the_rights() -> Result<()> {
    let gateway = start("\"read\"")?;
    let freeze = || Ok::<_, anyhow::Error>(call(&gateway, CI, "PUT", "/v1/clock", "{\"freeze\":5}")?.status);
    ensure!(freeze()? == 403);
    let text = std::fs::read_to_string(gateway.directory().join("gateway.toml"))?;
    gateway.write_config(&text.replace("\"read\"", "\"test\""))?;
    gateway.signal("HUP")?;
    testkit::wait_until("the new right", || Ok(freeze()? == 200))
}
