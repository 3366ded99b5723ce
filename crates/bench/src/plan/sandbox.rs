//! The sandbox as somebody starts it for the first time, and how large the program is.

use super::{Bench, at_most};
use anyhow::{Context as _, ensure};
use bench::table::Row;
use bench::throughput::median;
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};
use testkit::http::exchange;
use testkit::program::Program;
use testkit::vendor::form_of;

/// Starts measured; the figures are their medians.
const STARTS: usize = 5;

impl Bench<'_> {
    /// Seconds from spawning to the line that says where it listens, and to its first token that is signed with RSA, whose
    /// key is made at this start.
    pub(super) fn sandbox(&self) -> anyhow::Result<Vec<Row>> {
        let (mut ready, mut token) = (Vec::new(), Vec::new());
        for _ in 0..STARTS {
            let [first, second] = self.first_token()?;
            ready.push(first.as_secs_f64() * 1e3);
            token.push(second.as_secs_f64() * 1e3);
        }
        let size = std::fs::metadata(&self.programs.gateway)?.len();
        Ok(vec![
            at_most("Sandbox ready", median(&ready), 100.0, " ms"),
            at_most("Sandbox's first RS256 token", median(&token), 500.0, " ms"),
            at_most("The program", size as f64 / 1e6, 30.0, " MB"),
        ])
    }

    fn first_token(&self) -> anyhow::Result<[Duration; 2]> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(&self.programs.gateway);
        command.args(["sandbox", "--port", "0", "--admin-port", "0", "--memory"]).current_dir(folder.path());
        let started = Instant::now();
        let mut sandbox = Program::start(command.env("IDP_GATEWAY_ANNOUNCE", "json"))?;
        let line = |line: &str| serde_json::from_str::<Value>(line).ok().filter(|told| told["event"] == "listening");
        let told = sandbox.wait_for(line)?;
        let ready = started.elapsed();
        let public: SocketAddr = told["public"].as_str().context("no address")?.parse()?;
        let fields = [("grant_type", "client_credentials")];
        let answer = exchange(public, &form_of("/openid/token", ("openid-app", "openid-app-secret"), &fields)?)?;
        ensure!(answer.status == 200, "the first token: {} {}", answer.status, answer.text());
        Ok([ready, started.elapsed()])
    }
}
