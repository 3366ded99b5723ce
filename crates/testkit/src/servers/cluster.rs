//! A Cluster of three primaries.

use super::{Redis, TlsFiles, wait_until};
use anyhow::{Context, Result};

/// How many slots a Cluster has.
const SLOTS: u32 = 16384;

/// Three redis-servers that share the slots in a Cluster.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Redis>,
}

impl Cluster {
    /// Starts one, and waits until every node finds it whole.
    pub fn start() -> Result<Self> {
        Self::start_with(&["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"])
    }

    /// The same of servers with these arguments.
    pub fn start_with(arguments: &[&str]) -> Result<Self> {
        let start = |_| Redis::start_with(arguments);
        Self::of((0..3).map(start).collect::<Result<Vec<_>>>()?)
    }

    /// The same of servers that speak TLS, with each other as well.
    pub fn start_by_tls(files: &TlsFiles) -> Result<Self> {
        let start = |_| {
            let tls = files.arguments()?;
            let own = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--tls-cluster", "yes"];
            Redis::start_with(&own.into_iter().chain(tls.iter().map(String::as_str)).collect::<Vec<_>>())
        };
        Self::of((0..3).map(start).collect::<Result<Vec<_>>>()?)
    }

    fn of(nodes: Vec<Redis>) -> Result<Self> {
        for (at, node) in (0_u32..).zip(&nodes) {
            let (first, next) = (at * SLOTS / 3, (at + 1) * SLOTS / 3);
            node.command(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &(next - 1).to_string()])?;
            node.command(&["CLUSTER", "SET-CONFIG-EPOCH", &(at + 1).to_string()])?;
        }
        for node in &nodes[1..] {
            let port = node.tls_port().unwrap_or(node.address().port()).to_string();
            nodes[0].command(&["CLUSTER", "MEET", "127.0.0.1", &port])?;
        }
        let cluster = Self { nodes };
        cluster.wait_until_whole()?;
        Ok(cluster)
    }

    /// Waits until every node finds the Cluster whole.
    pub fn wait_until_whole(&self) -> Result<()> {
        for node in &self.nodes {
            wait_until("the Cluster to be whole", || {
                let info = node.command(&["CLUSTER", "INFO"])?;
                Ok(info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3"))
            })?;
        }
        Ok(())
    }

    /// The URL by which it is reached.
    pub fn url(&self) -> String {
        let port = |node: &Redis| node.tls_port().unwrap_or(node.address().port());
        let hosts = self.nodes.iter().map(|node| format!("127.0.0.1:{}", port(node))).collect::<Vec<_>>().join(",");
        let scheme = if self.nodes[0].tls_port().is_some() { "rediss" } else { "redis" };
        format!("{scheme}+cluster://{hosts}")
    }

    /// Its nodes.
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// The node that has the slot of that key, by the place in [`Self::nodes`], and the slot.
    pub fn place_of(&self, key: &str) -> Result<(usize, u32)> {
        let slot = self.nodes[0].command(&["CLUSTER", "KEYSLOT", key])?.parse()?;
        Ok((self.owner(slot)?, slot))
    }

    fn owner(&self, slot: u32) -> Result<usize> {
        for (at, node) in self.nodes.iter().enumerate() {
            let myself = node.command(&["CLUSTER", "NODES"])?;
            let own = myself.lines().find(|line| line.contains("myself")).context("a node that knows itself")?;
            let has = own.split(' ').skip(8).filter(|range| !range.starts_with('[')).any(|range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                first.parse().is_ok_and(|first: u32| first <= slot) && last.parse().is_ok_and(|last: u32| slot <= last)
            });
            if has {
                return Ok(at);
            }
        }
        anyhow::bail!("slot {slot} is nobody's")
    }

    /// Begins to move a slot to another node: keys that are there already answer, others answer ASK.
    pub fn begin_to_move(&self, slot: u32, to: usize) -> Result<()> {
        let from = self.owner(slot)?;
        let (source, target) = (self.id(from)?, self.id(to)?);
        let slot = slot.to_string();
        self.nodes[to].command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &source])?;
        self.nodes[from].command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &target])?;
        Ok(())
    }

    /// Moves the keys of a slot that is being moved, and the slot with them: the node that had it answers MOVED.
    pub fn finish_moving(&self, slot: u32, to: usize) -> Result<()> {
        let from = self.owner(slot)?;
        let (target, text) = (self.id(to)?, slot.to_string());
        let port = self.nodes[to].address().port().to_string();
        loop {
            let keys = self.nodes[from].command(&["CLUSTER", "GETKEYSINSLOT", &text, "1"])?;
            if keys.is_empty() {
                break;
            }
            self.nodes[from].command(&["MIGRATE", "127.0.0.1", &port, &keys, "0", "5000"])?;
        }
        for node in [&self.nodes[to], &self.nodes[from]].into_iter().chain(&self.nodes) {
            node.command(&["CLUSTER", "SETSLOT", &text, "NODE", &target])?;
        }
        Ok(())
    }

    fn id(&self, node: usize) -> Result<String> {
        self.nodes[node].command(&["CLUSTER", "MYID"])
    }
}
