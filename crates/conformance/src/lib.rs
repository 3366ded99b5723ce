//! Tests the gateway from outside: as a process, over HTTP, against the pairs of request and response that each
//! dialect's `contract/` folder holds.
//!
//! The README says how to run the suites and what each asks.

pub mod admin;
pub mod browser;
pub mod config;
pub mod contract;
pub mod gateway;
pub mod http;
pub mod jwt;
pub mod matcher;
pub use rig::program;
pub mod replay;
pub mod tls;
pub mod tree;

use std::time::Duration;

/// Waits. Tests of deadlines need real time to pass.
#[expect(clippy::disallowed_methods, reason = "the tests have no async worker to block")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
