//! Metrics as a gateway serves them.

use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use testkit::gateway::Gateway;
use testkit::http;

/// What was served.
#[derive(Debug)]
pub(crate) struct Exposition {
    pub(crate) text: String,
    /// Each metric's type.
    pub(crate) types: BTreeMap<String, String>,
    /// The labels of each metric, `le` left out.
    pub(crate) labels: BTreeMap<String, BTreeSet<String>>,
    /// Each series as it is written, with its value.
    series: BTreeMap<String, f64>,
}

impl Exposition {
    /// What the listener for metrics serves.
    pub(crate) fn of(gateway: &Gateway) -> Result<Self> {
        let address = gateway.metrics().context("the gateway has no listener for metrics")?;
        let request = http::request("GET", "/metrics", &[("Host", "anywhere")], b"");
        let response = http::exchange(address, &request)?;
        ensure!(response.status == 200, "{} {}", response.status, response.text());
        ensure!(response.header("content-type") == Some("text/plain; version=0.0.4; charset=utf-8"), "{response:?}");
        Self::read(response.text())
    }

    fn read(text: String) -> Result<Self> {
        let (mut types, mut helped) = (BTreeMap::new(), BTreeSet::new());
        let (mut labels, mut series) = (BTreeMap::<_, BTreeSet<String>>::new(), BTreeMap::new());
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').context("a type")?;
                ensure!(types.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} is there twice");
            } else if let Some(rest) = line.strip_prefix("# HELP ") {
                helped.extend(rest.split_once(' ').map(|(name, _)| name.to_owned()));
            } else {
                let (name, value) = line.rsplit_once(' ').with_context(|| format!("a sample: {line}"))?;
                series.insert(name.to_owned(), value.parse().with_context(|| format!("a value: {line}"))?);
                let (family, own) = name.split_once('{').unwrap_or((name, ""));
                let family = ["_bucket", "_sum", "_count"]
                    .iter()
                    .filter_map(|suffix| family.strip_suffix(suffix))
                    .find(|family| types.contains_key(*family))
                    .unwrap_or(family);
                let own = own.split("\",").filter_map(|pair| Some(pair.split_once('=')?.0.to_owned()));
                labels.entry(family.to_owned()).or_default().extend(own.filter(|name| name != "le"));
            }
        }
        ensure!(types.keys().all(|name| helped.contains(name)), "a metric without HELP: {types:?} {helped:?}");
        Ok(Self { text, types, labels, series })
    }

    /// The value of a series, written as it is served; 0 where there is none.
    pub(crate) fn value(&self, series: &str) -> f64 {
        self.series.get(series).copied().unwrap_or_default()
    }

    /// The names of all series.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.series.keys().map(String::as_str).collect()
    }
}
