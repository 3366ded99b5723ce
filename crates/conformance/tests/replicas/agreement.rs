//! Replicas whose files differ, and what they say of it.

use crate::{MOUNTS, config, is_ready};
use anyhow::{Context, Result, ensure};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::{Redis, wait_until};

const WARNING: &str = "another replica has another configuration";
const ALIKE: &str = "all replicas have the same configuration again";

fn start(redis: &Redis, name: &str, change: impl Fn(String) -> String) -> Result<Gateway> {
    Gateway::start(&change(config(&redis.url(), name, "timeout_ms = 5000")))
}

/// The value of a gauge or counter without labels.
pub(crate) fn metric(gateway: &Gateway, name: &str) -> Result<f64> {
    let admin = gateway.admin_address();
    let host = admin.to_string();
    let scraped = http::exchange(admin, &http::request("GET", "/metrics", &[("Host", &host)], b""))?.text();
    let line = scraped.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(line.with_context(|| format!("no {name}"))?.parse()?)
}

fn differing(gateway: &Gateway) -> Result<f64> {
    metric(gateway, "idp_gateway_replicas_differing")
}

/// Waits until the replicas have said that they live so many times more.
fn beats(redis: &Redis, count: u64) -> Result<()> {
    let before = redis.calls("evalsha")?;
    wait_until("heart-beats", || Ok(redis.calls("evalsha")? >= before + count))
}

/// What replica `one` says that the other differs in.
fn told(one: &Gateway) -> Result<Vec<String>> {
    one.wait_for_log(WARNING, 1)?;
    let log = one.logs()?;
    let line = log.lines().find(|line| line.contains(WARNING)).context("the warning")?;
    let line: serde_json::Value = serde_json::from_str(line)?;
    ensure!(line["level"] == "WARN" && line["replica"] == "second", "{line}");
    let parts = line["differs_in"].as_str().context("what differs")?;
    Ok(parts.split(", ").map(str::to_owned).collect())
}

#[test]
fn s02_a_difference_is_told_by_its_part_once_and_when_it_ends() -> Result<()> {
    let redis = Redis::start()?;
    let first = start(&redis, "first", |config| config)?;
    let changed = |config: String| config.replace("app-secret", "another").replace("localhost:8080", "elsewhere:8080");
    let second = start(&redis, "second", changed)?;
    let issuers = ["bits", "bizzassure", "brighthr"].map(|mount| format!("mount.{mount}.issuer"));
    let mut expected = vec!["mount.bizzassure.clients".to_owned(), "server.public_url".to_owned()];
    expected.extend(issuers);
    expected.sort();
    assert_eq!(told(&first)?, expected);
    wait_until("both to count it", || Ok(differing(&first)? + differing(&second)? > 1.5))?;
    beats(&redis, 30)?;
    assert_eq!(first.logs()?.matches(WARNING).count(), 1, "said once");
    let kept = redis.command(&["HGETALL", "idp-gateway:{shared}declared"])?;
    for secret in ["app-secret", &configuration::sha256_hex(&"app-secret".into())[..16], "alice-password"] {
        ensure!(kept.contains("mount.bizzassure.clients") && !kept.contains(secret), "{kept}");
    }

    second.write_config(&config(&redis.url(), "second", "timeout_ms = 5000"))?;
    second.signal("HUP")?;
    first.wait_for_log(ALIKE, 1)?;
    wait_until("nobody to count it", || Ok(differing(&first)? + differing(&second)? < 0.5))?;
    ensure!(is_ready(&first)? && is_ready(&second)?);
    Ok(())
}

#[test]
fn s02_replicas_of_one_file_say_nothing() -> Result<()> {
    let redis = Redis::start()?;
    let (first, second) = (start(&redis, "first", |config| config)?, start(&redis, "second", |config| config)?);
    beats(&redis, 30)?;
    for gateway in [first, second] {
        let log = gateway.logs()?;
        ensure!(!log.contains(WARNING) && !log.contains(ALIKE) && differing(&gateway)? < 0.5, "{log}");
    }
    Ok(())
}

/// The mounts without the one of that dialect.
fn without_bits(config: String) -> String {
    let (begin, end) = (MOUNTS.find("[[mount]]\nname = \"bits\""), MOUNTS.find("[[mount]]\nname = \"brighthr\""));
    match (begin, end) {
        (Some(begin), Some(end)) => config.replace(&MOUNTS[begin..end], ""),
        _ => config,
    }
}

fn put(gateway: &Gateway, path: &str, body: &str) -> Result<Response> {
    let host = gateway.admin_address().to_string();
    let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
    http::exchange(gateway.admin_address(), &http::request("PUT", path, &headers, body.as_bytes()))
}

#[test]
fn s02_a_change_to_a_mount_that_another_lacks_is_not_in_force_there() -> Result<()> {
    let redis = Redis::start()?;
    let first = start(&redis, "first", |config| config)?;
    let second = start(&redis, "second", without_bits)?;
    assert_eq!(told(&first)?, ["mount", "mount.bits"]);
    let body =
        r#"{"secret":"a-long-enough-secret","scopes":["application"],"claims":{"customerId":"bits:customer::1"}}"#;
    let changed = put(&first, "/v1/mounts/bits/clients/made", body)?;
    ensure!(changed.status < 300 && changed.header("gateway-lagging") == Some("second"), "{}", changed.text());
    ensure!(is_ready(&second)?, "it has in force what it can have");
    let changed = put(&first, "/v1/mounts/bizzassure/clients/made", r#"{"secret":"x-long-enough-secret"}"#)?;
    ensure!(changed.status < 300 && changed.header("gateway-lagging").is_none(), "{}", changed.text());
    Ok(())
}

/// What was removed at run time is remembered while any file has it.
#[test]
fn s04_removals_end_where_no_file_has_what_they_remove() -> Result<()> {
    const ROWS: &str = "idp-gateway:{shared}overrides";
    let redis = Redis::start()?;
    let rows = || -> Result<String> { redis.command(&["HLEN", ROWS]) };
    let first = start(&redis, "first", |config| config)?;
    let more = "[[mount.client]]\nid = \"extra\"\nsecret = \"extra-secret\"\nscopes = [\"employee.get\"]\n";
    let with_extra = |config: String| {
        let bits = "[[mount]]\nname = \"bits\"";
        config.replace(bits, &format!("{more}{bits}"))
    };
    let second = start(&redis, "second", with_extra)?;
    told(&first)?;
    first.admin().put("bizzassure", "clients", "extra", &serde_json::json!({ "secret": "a-long-enough-secret" }))?;
    first.admin().delete("bizzassure", "clients", "extra")?;
    first.admin().delete("bizzassure", "clients", "app")?;
    beats(&redis, 30)?;
    assert_eq!(rows()?, "2", "one file has the one, both have the other");
    second.write_config(&config(&redis.url(), "second", "timeout_ms = 5000"))?;
    second.signal("HUP")?;
    wait_until("no file to have the one", || Ok(rows()? == "1"))?;
    // Where all agree, what is made and removed leaves nothing.
    for n in 0..70 {
        let name = format!("made-{n}");
        first.admin().put("bizzassure", "clients", &name, &serde_json::json!({ "secret": "a-long-enough-secret" }))?;
        second.admin().delete("bizzassure", "clients", &name)?;
    }
    second.admin().put(
        "brighthr",
        "users",
        "u9",
        &serde_json::json!({ "username": "u9", "password": "a-password" }),
    )?;
    second.admin().delete("brighthr", "users", "u9")?;
    wait_until("the rows to be gone", || Ok(rows()? == "1"))?;
    for gateway in [&first, &second] {
        assert_eq!(crate::bizzassure(gateway, "app-secret")?.status, 401, "what the file has stays removed");
    }
    Ok(())
}
