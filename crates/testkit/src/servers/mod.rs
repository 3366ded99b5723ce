//! Real servers for tests: programs that end with their value, Redis on one node, behind Sentinels and in a Cluster,
//! and a proxy that makes a network misbehave.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! let redis = testkit::Redis::start()?;
//! let proxy = testkit::Proxy::start(redis.address())?;
//! redis.pause()?; // SIGSTOP: connections are accepted, and nothing answers
//! # Ok(()) }
//! ```

mod cluster;
pub mod ports;
pub mod program;
mod proxy;
mod redis;
mod sentinels;
mod tls_files;

pub use cluster::Cluster;
pub use proxy::{Fault, Proxy, Stall};
pub use redis::Redis;
pub use sentinels::SentinelSet;
pub use tls_files::TlsFiles;

use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// How long a server may take until it is as a test wants it.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until a condition holds; the error says what was waited for.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    loop {
        let seen = holds();
        match seen {
            Ok(true) => return Ok(()),
            _ if started.elapsed() > PATIENCE => bail!("waited {PATIENCE:?} for {what}; last seen: {seen:?}"),
            _ => pause(Duration::from_millis(10)),
        }
    }
}

/// A pause between two looks.
#[expect(clippy::disallowed_methods, reason = "a test's own thread may sleep between two looks")]
pub fn pause(length: Duration) {
    std::thread::sleep(length);
}
