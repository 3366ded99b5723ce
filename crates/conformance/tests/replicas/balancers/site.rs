//! Replicas over one Redis with a balancer before them.

use super::kind::{Kind, Layout};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use testkit::gateway::{self, Gateway};
use testkit::http::{self, Connection, Response};
use testkit::program::Program;
use testkit::tls::Ca;
use testkit::{Redis, wait_until};

/// What every replica says of itself; nobody reaches it there in a test.
pub(crate) const PUBLIC_URL: &str = "https://idp.test";
/// Longer than a balancer takes to notice: HAProxy's check runs each second and twice, Caddy's once.
pub(crate) const DRAIN_MS: u32 = 4000;

/// Debian's `nobody` and `nogroup`.
const NOBODY: u32 = 65_534;

/// What the replicas are.
#[derive(Clone, Debug)]
pub(crate) struct Over {
    /// What they serve.
    pub(crate) mounts: String,
    /// The program.
    pub(crate) binary: PathBuf,
}

/// A balancer before its replicas.
#[derive(Debug)]
pub(crate) struct Site {
    // Dropped first: it would otherwise complain of every replica's end.
    balancer: Program,
    /// In the order of the configuration; none where a replica does not run.
    pub(crate) replicas: Vec<Option<Gateway>>,
    /// Where each is, running or not.
    pub(crate) addresses: Vec<SocketAddr>,
    https: SocketAddr,
    http: SocketAddr,
    ca: Ca,
    redis: Redis,
    folder: tempfile::TempDir,
    pub(crate) over: Over,
}

impl Site {
    /// So many replicas, all running.
    pub(crate) fn start(kind: &Kind, count: usize) -> Result<Self> {
        Self::start_partly(kind, count, count)
    }

    /// Of so many replicas that the balancer knows, the first few running.
    pub(crate) fn start_partly(kind: &Kind, running: usize, known: usize) -> Result<Self> {
        let addresses = (0..known).map(|_| Ok(SocketAddr::from(([127, 0, 0, 1], port()?))));
        Self::build(kind, running, addresses.collect::<Result<_>>()?, |addresses| Ok(addresses.to_vec()))
    }

    /// So many replicas of a version, with these mounts, over what that Redis has.
    pub(crate) fn start_over(kind: &Kind, count: usize, redis: Redis, over: Over) -> Result<Self> {
        let addresses = (0..count).map(|_| Ok(SocketAddr::from(([127, 0, 0, 1], port()?)))).collect::<Result<_>>()?;
        Self::assemble(kind, count, addresses, |addresses| Ok(addresses.to_vec()), redis, over)
    }

    /// The same with something between balancer and replicas: what it is given are the replicas' addresses, what it
    /// gives are those that the balancer knows.
    pub(crate) fn start_behind(
        kind: &Kind,
        count: usize,
        between: impl FnOnce(&[SocketAddr]) -> Result<Vec<SocketAddr>>,
    ) -> Result<Self> {
        let addresses = (0..count).map(|_| Ok(SocketAddr::from(([127, 0, 0, 1], port()?))));
        Self::build(kind, count, addresses.collect::<Result<_>>()?, between)
    }

    fn build(
        kind: &Kind,
        running: usize,
        addresses: Vec<SocketAddr>,
        between: impl FnOnce(&[SocketAddr]) -> Result<Vec<SocketAddr>>,
    ) -> Result<Self> {
        let over = Over { mounts: include_str!("mounts.toml").to_owned(), binary: gateway::binary()?.to_owned() };
        Self::assemble(kind, running, addresses, between, Redis::start()?, over)
    }

    fn assemble(
        kind: &Kind,
        running: usize,
        addresses: Vec<SocketAddr>,
        between: impl FnOnce(&[SocketAddr]) -> Result<Vec<SocketAddr>>,
        redis: Redis,
        over: Over,
    ) -> Result<Self> {
        let known = between(&addresses)?;
        let mut replicas = Vec::new();
        for (at, address) in addresses.iter().enumerate() {
            replicas.push(if at < running { Some(replica(&redis, &over, at, *address)?) } else { None });
        }
        let folder = tempfile::tempdir()?;
        let ca = Ca::new()?;
        let (certificate, key) = ca.issue()?;
        fs::write(folder.path().join("tls.crt"), &certificate)?;
        fs::write(folder.path().join("tls.key"), &key)?;
        fs::write(folder.path().join("tls.pem"), certificate + &key)?;
        let ports = (port()?, port()?);
        let mut command = kind.prepare(&Layout { folder: folder.path(), ports, replicas: &known })?;
        if is_root(folder.path())? {
            // No balancer of these needs root for what it does, and none has it here.
            for entry in fs::read_dir(folder.path())? {
                chown(entry?.path(), Some(NOBODY), Some(NOBODY))?;
            }
            chown(folder.path(), Some(NOBODY), Some(NOBODY))?;
            command.uid(NOBODY).gid(NOBODY);
        }
        let mut balancer = Program::start(command.current_dir(folder.path()))?;
        let https = balancer.wait_for_port(ports.0)?;
        let http = balancer.wait_for_port(ports.1)?;
        let site = Self { balancer, replicas, addresses, https, http, ca, redis, folder, over };
        wait_until("an answer through the balancer", || Ok(site.get("/_gateway/health/ready", &[])?.status == 200))
            .with_context(|| site.folder.path().display().to_string())?;
        Ok(site)
    }

    /// Starts the replica of that place, on the port that the balancer knows.
    pub(crate) fn start_replica(&mut self, at: usize) -> Result<()> {
        self.replicas[at] = None;
        self.replicas[at] = Some(replica(&self.redis, &self.over, at, self.addresses[at])?);
        Ok(())
    }

    /// The replica of that place.
    pub(crate) fn replica(&self, at: usize) -> Result<&Gateway> {
        self.replicas[at].as_ref().context("a replica that does not run")
    }

    /// A connection to the balancer, by TLS.
    pub(crate) fn connect(&self) -> Result<Connection> {
        self.connector().connect()
    }

    /// What connects, for threads that go on while the site changes.
    pub(crate) fn connector(&self) -> Connector {
        Connector { address: self.https, ca: self.ca.pem.clone() }
    }

    /// The same from that address of the machine's.
    pub(crate) fn connect_from(&self, source: [u8; 4]) -> Result<Connection> {
        Connection::open_tls_from(source.into(), self.https, "localhost", self.ca.pem.as_bytes())
    }

    /// One request on a connection of its own.
    pub(crate) fn exchange(&self, request: &[u8]) -> Result<Response> {
        self.connect()?.exchange(request)
    }

    /// One request in the clear, which none of the replicas should see.
    pub(crate) fn exchange_in_the_clear(&self, request: &[u8]) -> Result<Response> {
        http::exchange(self.http, request)
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Response> {
        let headers = [&[("Host", "idp.test")], headers].concat();
        self.exchange(&http::request("GET", path, &headers, b""))
    }

    /// How many requests each replica has answered since its start, health checks not being among them.
    pub(crate) fn served(&self) -> Result<Vec<u64>> {
        self.replicas.iter().map(|replica| replica.as_ref().map_or(Ok(0), served)).collect()
    }

    /// What the balancer has printed.
    pub(crate) fn balancer_output(&mut self) -> &str {
        self.balancer.output()
    }

    /// What the balancer has printed, and its log of requests where that is a file.
    pub(crate) fn balancer_log(&mut self) -> String {
        let file = fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default();
        file + self.balancer.output()
    }
}

/// Opens connections to a balancer.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    address: SocketAddr,
    ca: String,
}

impl Connector {
    pub(crate) fn connect(&self) -> Result<Connection> {
        Connection::open_tls(self.address, "localhost", self.ca.as_bytes())
    }
}

/// How many requests a gateway itself has answered since its start, health checks apart; its journal has those of all replicas.
pub(crate) fn served(gateway: &Gateway) -> Result<u64> {
    const COUNTER: &str = "idp_gateway_requests_total{";
    let request = http::request("GET", "/metrics", &[("Host", "localhost")], b"");
    let text = http::exchange(gateway.admin_address(), &request)?.text();
    let is_counted = |line: &&str| line.starts_with(COUNTER) && !line.contains("endpoint=\"health\"");
    let counts = text.lines().filter(is_counted);
    let counts = counts.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok());
    Ok(counts.sum())
}

/// A free port that no outgoing connection takes in between, as one of the system's own choice may be: it is below
/// those that Linux chooses from.
fn port() -> Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    const RANGE: std::ops::Range<u32> = 12_000..32_000;
    for _ in RANGE {
        let place = std::process::id() * 97 + NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(RANGE.start + place % (RANGE.end - RANGE.start))?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}

fn replica(redis: &Redis, over: &Over, at: usize, address: SocketAddr) -> Result<Gateway> {
    // With patience: a test that is not about time-outs must not meet one on a busy machine.
    let store = format!(
        "[store]\nkind = \"redis\"\nurl = \"{}\"\nreplica = \"replica-{at}\"\ntimeout_ms = 5000\n",
        redis.url()
    );
    let server = format!(
        "[server]\npublic_url = \"{PUBLIC_URL}\"\ntrusted_proxies = [\"127.0.0.1\"]\ndrain_delay_ms = {DRAIN_MS}\n"
    );
    Gateway::start_version(&over.binary, address.port(), &format!("{server}{store}{}", over.mounts))
}

fn is_root(own: &Path) -> Result<bool> {
    let uid = fs::metadata(own)?.uid();
    ensure!(uid != NOBODY, "these tests run as nobody");
    Ok(uid == 0)
}
