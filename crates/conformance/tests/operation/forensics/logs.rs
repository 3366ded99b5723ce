//! The access log, the lines of refusals, and a level that a reload changes.

use super::{TOKEN, bits, lines, metrics, newest, token};
use crate::bits::CLIENT;
use anyhow::{Context, Result, ensure};
use testkit::gateway::Gateway;
use testkit::http::{self, Connection};

const SECRET: &str = "a-secret-of-some-length";

fn config(server: &str, telemetry: &str) -> String {
    let server = format!("[server]\nwatch_config = false\n{server}\n");
    format!("{server}[telemetry]\n{telemetry}\n{}", bits(&format!("secret = \"{SECRET}\"")))
}

#[test]
fn s14_each_request_is_a_line_of_the_access_log_behind_a_trusted_proxy_too() -> Result<()> {
    let gateway = Gateway::start(&config(
        "trusted_proxies = [\"127.0.0.1\"]\nrequest_id = true",
        "level = \"warn\"\naccess_log = true",
    ))?;
    let proxied = [("X-Forwarded-For", "203.0.113.7"), ("X-Request-ID", "edge-1")];
    let answer = token(&gateway, SECRET, &proxied)?;
    let id = answer.header("x-gateway-request-id").context("the id")?.to_owned();
    let secret = http::request("GET", "/bits/nowhere?code=canary", &[("Host", "localhost")], b"");
    http::exchange(gateway.public(), &secret)?;
    let of = |path: &str| -> Result<serde_json::Value> {
        let all = lines(&gateway, "access", 3)?;
        all.iter().find(|line| line["path"] == path).cloned().with_context(|| format!("{path} in {all:?}"))
    };
    let line = of(TOKEN)?;
    for (field, value) in [
        ("address", "203.0.113.7"),
        ("method", "POST"),
        ("mount", "bits"),
        ("endpoint", "token"),
        ("client", CLIENT),
        ("proxy_request_id", "edge-1"),
        ("id", &id),
        ("level", "INFO"),
    ] {
        ensure!(line[field] == value, "{field}: {line}");
    }
    ensure!(line["status"] == 200 && line["duration_us"].is_u64(), "{line}");
    ensure!(of("/bits/nowhere")?["address"] == "127.0.0.1");
    ensure!(!gateway.logs()?.contains("canary"), "a query is in the log");
    let entry = gateway.admin().call("GET", &format!("/v1/journal?id={id}"), None)?;
    ensure!(entry[0]["proxy_request_id"] == "edge-1", "{entry}");
    Ok(())
}

#[test]
fn s14_nobody_but_a_trusted_proxy_names_a_request_and_nothing_odd_is_a_name() -> Result<()> {
    let strange = Gateway::start(&config("", ""))?;
    token(&strange, SECRET, &[("X-Request-ID", "edge-1")])?;
    ensure!(newest(&strange)?["proxy_request_id"].is_null());
    let gateway = Gateway::start(&config("trusted_proxies = [\"127.0.0.1\"]", ""))?;
    let long = "x".repeat(1000);
    for (sent, kept) in
        [(&[&*long][..], Some(&long[..128])), (&["a", "b"], None), (&["a\tb"], None), (&["\u{e9}"], None)]
    {
        let fields: Vec<_> = sent.iter().map(|value| ("X-Request-ID", *value)).collect();
        ensure!(token(&gateway, SECRET, &fields)?.status == 200);
        let entry = newest(&gateway)?;
        ensure!(entry["proxy_request_id"].as_str() == kept, "{sent:?}: {entry}");
    }
    Ok(())
}

#[test]
fn s14_a_refusal_says_who_came_from_where_and_how_long_it_took() -> Result<()> {
    let gateway = Gateway::start(&config("trusted_proxies = [\"127.0.0.1\"]", ""))?;
    token(&gateway, "wrong", &[("X-Forwarded-For", "203.0.113.9"), ("X-Request-ID", "edge-2")])?;
    let line = lines(&gateway, "refused", 1)?.remove(0);
    let id = newest(&gateway)?["id"].clone();
    ensure!(line["address"] == "203.0.113.9" && line["proxy_request_id"] == "edge-2" && line["id"] == id, "{line}");
    ensure!(line["duration_us"].is_u64() && line.get("secret").is_none(), "{line}");
    ensure!(lines(&gateway, "access", 0)?.is_empty(), "nobody asked for an access log");
    Ok(())
}

#[test]
fn s20_a_reload_changes_the_level_and_the_access_log() -> Result<()> {
    let gateway = Gateway::start(&config("", "level = \"warn\""))?;
    token(&gateway, "wrong", &[])?;
    let reload = |telemetry: &str| -> Result<()> {
        gateway.write_config(&config("", telemetry))?;
        gateway.signal("HUP")
    };
    reload("level = \"debug\"\naccess_log = true")?;
    // The first line that the new level lets through.
    testkit::wait_until("a line at the new level", || {
        ensure!(token(&gateway, SECRET, &[])?.status == 200);
        Ok(!lines(&gateway, "served", 0)?.is_empty() && !lines(&gateway, "access", 0)?.is_empty())
    })?;
    ensure!(lines(&gateway, "refused", 0)?.is_empty(), "it was below the level of then");
    reload("level = \"error\"")?;
    testkit::wait_until("silence", || {
        let count = || Ok::<_, anyhow::Error>(lines(&gateway, "served", 0)?.len());
        let before = count()?;
        token(&gateway, SECRET, &[])?;
        token(&gateway, SECRET, &[])?;
        Ok(count()? == before)
    })?;
    ensure!(!gateway.logs()?.contains("takes effect when the gateway is started anew"), "{}", gateway.logs()?);
    Ok(())
}

#[test]
fn s20_a_flood_of_refusals_hides_no_other_sources() -> Result<()> {
    let gateway = Gateway::start(&config("trusted_proxies = [\"127.0.0.1\"]", ""))?;
    let mut connection = Connection::open(gateway.public())?;
    let flood = [("Host", "localhost"), ("X-Forwarded-For", "203.0.113.66")];
    let flood = http::request("GET", "/bits/flood", &flood, b"");
    let honest = [("Host", "localhost"), ("X-Forwarded-For", "203.0.113.1")];
    let honest = http::request("GET", "/bits/honest", &honest, b"");
    let unlogged = || -> Result<bool> {
        let metrics = metrics(&gateway)?;
        Ok(metrics
            .lines()
            .any(|line| line.strip_prefix("idp_gateway_refusals_unlogged_total ").is_some_and(|count| count != "0")))
    };
    while !unlogged()? {
        for _ in 0..500 {
            connection.exchange(&flood)?;
        }
        connection.exchange(&honest)?;
    }
    // Whatever of the flood was left out, what the honest one sent was not.
    connection.exchange(&honest)?;
    let sent = gateway.admin().call("GET", "/v1/journal?limit=1", None)?[0]["id"].clone();
    testkit::wait_until("the honest refusal", || {
        Ok(lines(&gateway, "refused", 0)?.iter().any(|line| line["id"] == sent))
    })
}
