//! Measures the gateway on one core beside what bounds it: a bare actix-web handler, and OpenSSL's own signing.
//!
//! `cargo xtask bench` builds and runs it. Three binaries: `bare`, the handler to compare with; `load`, the load
//! generator; `bench`, which starts the servers on one core, the load on another, and prints the table. A fourth,
//! `replicas` (`cargo xtask load`), is the load test of replicas behind nginx. Linux only: they pin with `taskset` and
//! read `/proc`.
#![allow(clippy::cast_precision_loss, reason = "counts of requests and bytes, far below 2^52")]
#![allow(clippy::disallowed_methods, reason = "waits for processes on a thread of its own; no worker to block")]

pub mod chain;
pub mod cli;
pub mod codes;
pub mod config;
pub mod fill;
pub mod http;
pub mod load;
pub mod openssl;
pub mod redis_benchmark;
pub mod replicas;
pub mod server;
pub mod slow_sync;
pub mod start;
pub mod table;
pub mod throughput;

/// One line about the machine, without its end, for whoever compares the figures.
pub fn machine() -> anyhow::Result<String> {
    let cpus = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown", |(_, name)| name);
    Ok(format!("{model}, {} cores", std::thread::available_parallelism()?))
}
