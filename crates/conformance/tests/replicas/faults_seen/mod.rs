//! What an operator sees of each fault: the answers about health, a metric, an alert, a line of the log. Each is caused on
//! real processes, and the manual's table is what was seen; `UPDATE_MANUAL=1` writes it.

mod gone;
mod own;
mod shared;

use anyhow::{Context, Result, ensure};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::{Command, Stdio};
use std::{fs, thread};
use testkit::gateway::{Gateway, binary};
use testkit::{http, tree, wait_until};

/// A fault, and what is seen of it.
struct Fault {
    /// What goes wrong.
    what: &'static str,
    /// The statuses of live, serving and ready; `None` where the process has ended.
    health: Option<[u16; 3]>,
    /// A series, `=` or `>`, and a number; or nothing.
    metric: &'static str,
    /// An alert on that metric; or nothing.
    alert: &'static str,
    /// Words of a line of the log; or nothing.
    log: &'static str,
    /// Has it happen, and sees that all this is so.
    cause: fn(&Fault) -> Result<()>,
}

const TELEMETRY: &str = "[telemetry]\nlog = \"json\"\nmetrics_listen = \"127.0.0.1:0\"\n";

/// The metrics of a gateway, by series.
fn metrics(gateway: &Gateway) -> Result<BTreeMap<String, f64>> {
    let address = gateway.metrics().context("a listener for metrics")?;
    let text = http::exchange(address, &http::request("GET", "/metrics", &[("Host", "localhost")], b""))?.text();
    let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    samples.map(|(series, value)| Ok((series.to_owned(), value.parse()?))).collect()
}

impl Fault {
    /// Waits until a gateway shows it.
    fn shows(&self, gateway: &Gateway) -> Result<()> {
        let mut seen = String::new();
        let shown = wait_until(self.what, || {
            // Where clients do not ask, and whatever the public listener speaks.
            let address = gateway.metrics().context("a listener for metrics")?;
            let ask = |question| {
                let path = format!("/_gateway/health/{question}");
                let request = http::request("GET", &path, &[("Host", "localhost")], b"");
                http::exchange(address, &request).map(|answer| answer.status)
            };
            let health = Some([ask("live")?, ask("serving")?, ask("ready")?]);
            let (metrics, logs) = (metrics(gateway)?, gateway.logs()?);
            seen = format!("{health:?}\n{metrics:#?}\n{logs}");
            Ok(health == self.health && self.has_metric(&metrics)? && logs.contains(self.log))
        });
        shown.with_context(|| format!("last seen: {seen}"))
    }

    fn has_metric(&self, metrics: &BTreeMap<String, f64>) -> Result<bool> {
        if self.metric.is_empty() || self.metric.starts_with("up ") {
            return Ok(true);
        }
        let parts: Vec<_> = self.metric.rsplitn(3, ' ').collect();
        let [number, relation, series] = parts[..] else { anyhow::bail!("no metric: {}", self.metric) };
        let (value, number) = (metrics.get(series), number.parse()?);
        Ok(value.is_some_and(|value| if relation == ">" { *value > number } else { value.total_cmp(&number).is_eq() }))
    }

    /// A gateway with that configuration does not start, and says why.
    fn ends(&self, config: &str) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("gateway.toml");
        fs::write(&path, config)?;
        let mut command = Command::new(binary()?);
        let command = command.arg("--config").arg(path).env("XDG_STATE_HOME", folder.path()).stdin(Stdio::null());
        let output = command.output()?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        ensure!(!output.status.success() && said.contains(self.log), "{}: {said}", output.status);
        Ok(())
    }

    /// The alert is there, and looks at the metric.
    fn check_alert(&self) -> Result<()> {
        if self.alert.is_empty() {
            return Ok(());
        }
        let alerts = fs::read_to_string(tree::root().join("deploy/prometheus/alerts.yml"))?;
        let rule = alerts.split("- alert: ").find(|rule| rule.starts_with(&format!("{}\n", self.alert)));
        let rule = rule.with_context(|| format!("there is no alert {}", self.alert))?;
        let name = self.metric.split(['{', ' ']).next().unwrap_or_default();
        let name = name.trim_end_matches("_count").trim_end_matches("_sum");
        ensure!(rule.contains(name), "{} does not look at {name}", self.alert);
        Ok(())
    }

    fn row(&self) -> String {
        let code = |text: &str| if text.is_empty() { "–".to_owned() } else { format!("`{text}`") };
        let health = self
            .health
            .map_or_else(|| "– | – | –".to_owned(), |statuses| statuses.map(|status| status.to_string()).join(" | "));
        format!("| {} | {health} | {} | {} | {} |", self.what, code(self.metric), code(self.alert), code(self.log))
    }
}

fn all() -> Vec<&'static Fault> {
    [shared::FAULTS, own::FAULTS, gone::FAULTS].into_iter().flatten().collect()
}

/// Causes all of them, a few at a time.
fn cause_all(faults: &[&'static Fault]) -> Vec<String> {
    let (rest, failed) = (Mutex::new(faults.iter()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some(fault) = rest.lock().next() else { return };
            let outcome = (fault.cause)(fault).and_then(|()| fault.check_alert());
            if let Err(error) = outcome {
                failed.lock().push(format!("{}: {error:#}", fault.what));
            }
        }
    };
    thread::scope(|scope| (0..6).for_each(|_| drop(scope.spawn(work))));
    failed.into_inner()
}

#[test]
fn thirty_faults_are_seen_as_the_manual_says() -> Result<()> {
    const HEAD: &str = "| fault | live | serving | ready | metric | alert | log |\n|---|---|---|---|---|---|---|\n";
    let faults = all();
    ensure!(faults.len() >= 30, "{} faults", faults.len());
    let failed = cause_all(&faults);
    ensure!(failed.is_empty(), "{}", failed.join("\n\n"));
    let mut table = HEAD.to_owned();
    for fault in faults {
        let _ = writeln!(table, "{}", fault.row());
    }
    let path = tree::root().join("docs/operations.md");
    let manual = fs::read_to_string(&path)?;
    let (before, rest) = manual.split_once(HEAD).context("docs/operations.md has no table of faults")?;
    // Up to the first line that is no row.
    let rows = rest.split_inclusive('\n').take_while(|line| line.starts_with("| ")).map(str::len).sum::<usize>();
    let after = &rest[rows..];
    let right = format!("{before}{table}{after}");
    #[expect(clippy::disallowed_methods, reason = "a test's own switch")]
    let is_updating = std::env::var("UPDATE_MANUAL").is_ok();
    if is_updating {
        fs::write(path, right)?;
        return Ok(());
    }
    ensure!(manual == right, "docs/operations.md has another table; write it with UPDATE_MANUAL=1:\n{table}");
    Ok(())
}
