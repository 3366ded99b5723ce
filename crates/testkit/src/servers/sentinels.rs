//! A primary, its replica, and three Sentinels.

use super::program::{Program, free_port};
use super::{Redis, wait_until};
use anyhow::{Context, Result};
use std::fs;
use std::process::Command;

/// What the primary is called.
const NAME: &str = "main";

/// A primary and its replica, watched by three Sentinels that fail over within seconds.
#[derive(Debug)]
pub struct SentinelSet {
    /// The two servers; the first is the primary at the start.
    pub servers: [Redis; 2],
    ports: Vec<u16>,
    _sentinels: Vec<(Program, tempfile::TempDir)>,
}

impl SentinelSet {
    /// Starts one, and waits until the Sentinels know each other and the replica.
    pub fn start() -> Result<Self> {
        let primary = Redis::start()?;
        let port = primary.address().port().to_string();
        let replica =
            Redis::start_with(&["--replicaof", &format!("127.0.0.1 {port}"), "--repl-diskless-sync-delay", "0"])?;
        wait_until("the replica to follow", || Ok(replica.info("master_link_status")? == "up"))?;
        let (mut ports, mut sentinels) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let (own, folder) = (free_port()?, tempfile::tempdir()?);
            let config = folder.path().join("sentinel.conf");
            fs::write(
                &config,
                format!(
                    "port {own}\nbind 127.0.0.1\nsentinel monitor {NAME} 127.0.0.1 {port} 2\n\
                     sentinel down-after-milliseconds {NAME} 500\nsentinel failover-timeout {NAME} 3000\n"
                ),
            )?;
            let mut command = Command::new("redis-server");
            let mut program = Program::start(command.arg(&config).arg("--sentinel"))?;
            program.wait_for_port(own)?;
            ports.push(own);
            sentinels.push((program, folder));
        }
        let set = Self { servers: [primary, replica], ports, _sentinels: sentinels };
        wait_until("the Sentinels to know each other", || {
            let masters = set.ask(&["SENTINEL", "MASTERS"])?;
            let field = |name: &str| masters.lines().skip_while(|line| *line != name).nth(1).map(str::to_owned);
            Ok(field("num-other-sentinels").as_deref() == Some("2") && field("num-slaves").as_deref() == Some("1"))
        })?;
        Ok(set)
    }

    /// The URL by which the primary is reached.
    pub fn url(&self) -> String {
        let hosts = self.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect::<Vec<_>>().join(",");
        format!("redis+sentinel://{hosts}/{NAME}")
    }

    /// The place of the server that Sentinels call the primary.
    pub fn primary(&self) -> Result<usize> {
        let address = self.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME])?;
        let port = address.lines().nth(1).context("a primary's port")?;
        let place = self.servers.iter().position(|server| server.address().port().to_string() == port);
        place.context("a primary that is one of the servers")
    }

    /// Has the Sentinels make the replica the primary, and waits until it is.
    pub fn fail_over(&self) -> Result<()> {
        let before = self.primary()?;
        wait_until("the Sentinels to fail over", || {
            self.ask(&["SENTINEL", "FAILOVER", NAME])?;
            Ok(true)
        })?;
        self.wait_for_another_primary_than(before)
    }

    /// Waits until another server than that is the primary, and says so itself.
    pub fn wait_for_another_primary_than(&self, before: usize) -> Result<()> {
        wait_until("another primary", || {
            let now = self.primary()?;
            Ok(now != before && self.servers[now].info("role")? == "master")
        })
    }

    fn ask(&self, parts: &[&str]) -> Result<String> {
        super::redis::ask(self.ports[0], parts)
    }
}
