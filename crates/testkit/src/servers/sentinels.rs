//! A primary, its replica, and three Sentinels.

use super::{Redis, TlsFiles, wait_until};
use super::{ports::free_port, program::Program};
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
    /// Where the Sentinels are reached by TLS, where they are.
    tls_ports: Vec<u16>,
    _sentinels: Vec<(Program, tempfile::TempDir)>,
}

impl SentinelSet {
    /// Starts one, and waits until the Sentinels know each other and the replica.
    pub fn start() -> Result<Self> {
        Self::start_with(None)
    }

    /// The same of servers and Sentinels that speak TLS, with each other as well.
    pub fn start_by_tls(files: &TlsFiles) -> Result<Self> {
        Self::start_with(Some(files))
    }

    fn start_with(files: Option<&TlsFiles>) -> Result<Self> {
        let settings = || {
            let mut settings = files.map(TlsFiles::settings).transpose()?.unwrap_or_default();
            settings.extend(files.map(|_| ("tls-replication", "yes".to_owned())));
            anyhow::Ok(settings)
        };
        let server = |more: &[(&'static str, String)]| {
            let all = settings()?.into_iter().chain(more.iter().cloned());
            let words: Vec<String> = all.flat_map(|(name, value)| [format!("--{name}"), value]).collect();
            Redis::start_with(&words.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let primary = server(&[])?;
        let port = port_of(&primary);
        let follow = [("replicaof", format!("127.0.0.1 {port}")), ("repl-diskless-sync-delay", "0".to_owned())];
        let replica = server(&follow)?;
        wait_until("the replica to follow", || Ok(replica.info("master_link_status")? == "up"))?;
        let (mut ports, mut tls_ports, mut sentinels) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..3 {
            let (own, folder) = (free_port()?, tempfile::tempdir()?);
            let config = folder.path().join("sentinel.conf");
            let tls = settings()?;
            tls_ports.extend(
                tls.iter().filter(|(name, _)| *name == "tls-port").filter_map(|(_, port)| port.parse::<u16>().ok()),
            );
            let tls = tls.iter().map(|(name, value)| format!("{name} {value}\n")).collect::<Vec<_>>().concat();
            fs::write(
                &config,
                format!(
                    "{tls}port {own}\nbind 127.0.0.1\nsentinel monitor {NAME} 127.0.0.1 {port} 2\n\
                     sentinel down-after-milliseconds {NAME} 500\nsentinel failover-timeout {NAME} 3000\n"
                ),
            )?;
            let mut command = Command::new("redis-server");
            let mut program = Program::start(command.arg(&config).arg("--sentinel"))?;
            program.wait_for_port(own)?;
            ports.push(own);
            sentinels.push((program, folder));
        }
        let set = Self { servers: [primary, replica], ports, tls_ports, _sentinels: sentinels };
        wait_until("the Sentinels to know each other", || {
            let masters = set.ask(&["SENTINEL", "MASTERS"])?;
            let field = |name: &str| masters.lines().skip_while(|line| *line != name).nth(1).map(str::to_owned);
            Ok(field("num-other-sentinels").as_deref() == Some("2") && field("num-slaves").as_deref() == Some("1"))
        })?;
        Ok(set)
    }

    /// The URL by which the primary is reached.
    pub fn url(&self) -> String {
        let (scheme, ports) =
            if self.tls_ports.is_empty() { ("redis", &self.ports) } else { ("rediss", &self.tls_ports) };
        let hosts = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect::<Vec<_>>().join(",");
        format!("{scheme}+sentinel://{hosts}/{NAME}")
    }

    /// The place of the server that Sentinels call the primary.
    pub fn primary(&self) -> Result<usize> {
        let address = self.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME])?;
        let port = address.lines().nth(1).context("a primary's port")?;
        let place = self.servers.iter().position(|server| port_of(server).to_string() == port);
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

/// The port by which a server is known to Sentinels.
fn port_of(server: &Redis) -> u16 {
    server.tls_port().unwrap_or(server.address().port())
}
