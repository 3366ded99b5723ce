//! What the tester's tools cost those who do not use them: the journal, scenarios, namespaces.

use super::{Bench, at_most, ratio};
use anyhow::Context as _;
use bench::config;
use bench::start::Gateway;
use bench::table::Row;
use bench::throughput::compare;
use serde_json::json;
use testkit::admin::Admin;

/// Scenarios that match none of the requests, and namespaces that all have traffic.
const MANY: usize = 1_000;

impl Bench<'_> {
    /// Tokens with the journal, and with one that keeps bodies, beside a gateway that keeps none.
    pub(super) fn journal(&self) -> anyhow::Result<Vec<Row>> {
        let gateway = |name| Gateway::new(&self.programs.gateway, self.folder, name, ":memory:", 1);
        let (off, on, bodies) = (self.without_journal("no journal")?, gateway("journal")?, gateway("bodies")?);
        let _running = [off.start()?, on.start()?, bodies.start()?];
        Admin::new(bodies.admin).patch_settings("bits", &json!({ "journal_bodies": true }))?;
        let base = self.source("without a journal", off.addr, &config::bits(1), 200)?;
        let ours = [("with a journal", &on), ("with bodies", &bodies)]
            .map(|(name, gateway)| self.source(name, gateway.addr, &config::bits(1), 200));
        let found =
            compare(&self.programs.load, self.timing, &base, &ours.into_iter().collect::<Result<Vec<_>, _>>()?)?;
        let rows = [("Bits token, journal on", 0.95), ("Bits token, journal with bodies", 0.85)];
        Ok(rows.iter().zip(&found).map(|((what, target), found)| ratio(what, found, "no journal", *target)).collect())
    }

    fn without_journal(&self, name: &str) -> anyhow::Result<Gateway<'_>> {
        let mut gateway = Gateway::new(&self.programs.gateway, self.folder, name, ":memory:", 1)?;
        gateway.environment.push(("IDP_GATEWAY__SERVER__JOURNAL_MEMORY", "0".into()));
        Ok(gateway)
    }

    /// Tokens with a thousand scenarios that match others, beside none.
    pub(super) fn scenarios(&self) -> anyhow::Result<Vec<Row>> {
        let (alone, forced) = (self.without_journal("alone")?, self.without_journal("forced")?);
        let _running = [alone.start()?, forced.start()?];
        let admin = Admin::new(forced.admin);
        for number in 0..MANY {
            let client = format!("client-of-another-test-{number}");
            let scenario = json!({ "mount": "bits", "endpoint": "token", "client_id": client, "error": "unavailable" });
            admin.call("POST", "/v1/scenarios", Some(&scenario))?;
        }
        let base = self.source("alone", alone.addr, &config::bits(1), 200)?;
        let ours = self.source("beside scenarios", forced.addr, &config::bits(1), 200)?;
        let found = compare(&self.programs.load, self.timing, &base, &[ours])?;
        let found = found.first().context("one comparison")?;
        Ok(vec![ratio(&format!("Bits token, {MANY} scenarios"), found, "none", 0.9)])
    }

    /// Tokens in a thousand namespaces in turn, beside as many in one, and what each holds.
    pub(super) fn namespaces(&self) -> anyhow::Result<Vec<Row>> {
        let (one, many) = (self.without_journal("one")?, self.without_journal("many")?);
        let _running = [one.start()?, many.start()?];
        let before = resident(&many)?;
        let requests = |names: &[String]| names.iter().map(|name| config::bits_in(name)).collect::<Vec<_>>();
        let base = self.source("in one", one.addr, &requests(&namespaces(&one, 1)?), 200)?;
        let ours = self.source("in many", many.addr, &requests(&namespaces(&many, MANY)?), 200)?;
        let found = compare(&self.programs.load, self.timing, &base, &[ours])?;
        let found = found.first().context("one comparison")?;
        let each = (resident(&many)? - before) / MANY as f64;
        Ok(vec![
            ratio(&format!("Bits token, {MANY} namespaces"), found, "one namespace", 0.9),
            at_most("Memory of a namespace", each / 1e3, 50.0, " KB"),
        ])
    }
}

/// Makes so many namespaces; their names.
fn namespaces(gateway: &Gateway<'_>, count: usize) -> anyhow::Result<Vec<String>> {
    let admin = Admin::new(gateway.admin);
    let make = |_| {
        let made = admin.call("POST", "/v1/namespaces", Some(&json!({ "ttl": 3600 })))?;
        Ok(made["name"].as_str().context("a namespace without a name")?.to_owned())
    };
    (0..count).map(make).collect()
}

/// Resident memory in bytes, as the gateway's own metrics say it.
fn resident(gateway: &Gateway<'_>) -> anyhow::Result<f64> {
    let request = testkit::http::request("GET", "/metrics", &[("Host", "localhost")], b"");
    let metrics = testkit::http::exchange(gateway.admin, &request)?.text();
    let line = metrics.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
    Ok(line.context("no resident memory among the metrics")?.parse()?)
}
