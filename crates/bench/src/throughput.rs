//! Rates compared in pairs: runs interleave, and the figure is the median of the ratios, so that what the machine does
//! besides hits both sides alike.

use crate::load::Report;
use crate::openssl;
use crate::server::{LOAD_CPU, pinned};
use anyhow::{Context as _, bail, ensure};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Connections of every run.
pub const CONNECTIONS: u32 = 32;

/// How long and how often.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Runs of each side.
    pub rounds: u32,
    /// Seconds of each run, after its warm-up.
    pub seconds: u32,
}

/// Something that has a rate per second.
#[derive(Clone)]
pub enum Source<'a> {
    /// A server under load.
    Load {
        /// What is measured, for messages.
        name: &'a str,
        /// The server.
        addr: SocketAddr,
        /// The file of requests.
        requests: PathBuf,
        /// The status that every answer must have.
        status: u16,
    },
    /// OpenSSL's RSA-2048 signatures.
    Signatures,
    /// Whatever this finds in a run of so many seconds.
    Other(&'a dyn Fn(u32) -> anyhow::Result<f64>),
}

/// Two rates, each the median of its runs, and the median of the runs' ratios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The measured rate.
    pub rate: f64,
    /// The rate it is compared with.
    pub base: f64,
    /// rate / base.
    pub ratio: f64,
}

/// Runs `base` and then each of `others`, round after round. A run with an answer of another status, or with a
/// connection closed by the server, is an error.
pub fn compare(
    load: &Path,
    timing: Timing,
    base: &Source<'_>,
    others: &[Source<'_>],
) -> anyhow::Result<Vec<Comparison>> {
    let mut bases = Vec::new();
    let mut rates = vec![Vec::new(); others.len()];
    for _ in 0..timing.rounds {
        bases.push(base.rate(load, timing.seconds)?);
        for (other, rates) in others.iter().zip(&mut rates) {
            rates.push(other.rate(load, timing.seconds)?);
        }
    }
    Ok(rates.iter().map(|rates| comparison(&bases, rates)).collect())
}

fn comparison(bases: &[f64], rates: &[f64]) -> Comparison {
    let ratios: Vec<_> = bases.iter().zip(rates).map(|(base, rate)| rate / base).collect();
    Comparison { rate: median(rates), base: median(bases), ratio: median(&ratios) }
}

/// The middle value; of an even number of them, the lower of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

impl Source<'_> {
    fn rate(&self, load: &Path, seconds: u32) -> anyhow::Result<f64> {
        match self {
            Self::Signatures => openssl::rsa2048_signs(seconds),
            Self::Other(measure) => measure(seconds),
            Self::Load { name, addr, requests, status } => {
                let report = drive(load, *addr, requests, seconds).with_context(|| format!("measuring {name}"))?;
                check(&report, *status).with_context(|| format!("measuring {name}"))?;
                Ok(report.rps)
            }
        }
    }
}

/// Sends each request once over the connections of every run; all are answered `status`, or it is an error.
pub fn once(load: &Path, addr: SocketAddr, requests: &Path, status: u16) -> anyhow::Result<Report> {
    let report = generate(load, addr, requests, &["--once"])?;
    check(&report, status)?;
    Ok(report)
}

/// Answers a second, each connection sending the next request with a value out of the last answer: see
/// [`Order::Chain`](crate::load::Order::Chain).
pub fn chained(load: &Path, addr: SocketAddr, requests: &Path, seconds: u32, name: &str) -> anyhow::Result<f64> {
    let report = generate(load, addr, requests, &["--seconds", &seconds.to_string(), "--chain", name])?;
    check(&report, 200)?;
    Ok(report.rps)
}

fn drive(load: &Path, addr: SocketAddr, requests: &Path, seconds: u32) -> anyhow::Result<Report> {
    generate(load, addr, requests, &["--seconds", &seconds.to_string()])
}

fn generate(load: &Path, addr: SocketAddr, requests: &Path, args: &[&str]) -> anyhow::Result<Report> {
    let output = pinned(LOAD_CPU, load.as_os_str())
        .args(["--addr", &addr.to_string(), "--connections", &CONNECTIONS.to_string()])
        .args(args)
        .arg("--requests")
        .arg(requests)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run `taskset`; install util-linux")?;
    ensure!(output.status.success(), "the load generator failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn check(report: &Report, status: u16) -> anyhow::Result<()> {
    if report.requests == 0 || report.statuses.keys().any(|seen| *seen != status) {
        bail!("every answer should be {status}; came: {:?}", report.statuses);
    }
    ensure!(
        report.connections_opened == u64::from(CONNECTIONS),
        "the server closed connections: {} were opened in place of {CONNECTIONS}",
        report.connections_opened
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(statuses: &[(u16, u64)], opened: u64) -> Report {
        Report {
            requests: statuses.iter().map(|(_, count)| count).sum(),
            seconds: 1.0,
            rps: 1.0,
            statuses: statuses.iter().copied().collect(),
            connections_opened: opened,
            p50_us: 1,
            p99_us: 1,
            max_us: 1,
        }
    }

    #[test]
    fn the_ratio_is_the_median_of_pairs() {
        let found = comparison(&[100.0, 10.0, 100.0], &[50.0, 6.0, 70.0]);
        assert_eq!(found, Comparison { rate: 50.0, base: 100.0, ratio: 0.6 });
    }

    #[test]
    fn a_run_counts_only_if_every_answer_and_connection_is_as_expected() {
        assert!(check(&report(&[(200, 5)], 32), 200).is_ok());
        assert!(check(&report(&[], 32), 200).is_err());
        assert!(check(&report(&[(200, 5), (500, 1)], 32), 200).is_err());
        assert!(check(&report(&[(401, 5)], 33), 401).is_err());
    }
}
