//! How long the gateway takes to be ready, and how much memory it holds when idle.

use crate::config::{self, READY};
use crate::fill::fill_store;
use crate::server::Server;
use crate::throughput::median;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use testkit::ports::free_address;

/// Starts measured; the figure is their median.
const STARTS: usize = 5;
/// Rows in the store that was killed.
pub const ROWS: u32 = 1_000_000;
/// After this time a server that nobody asks anything is idle.
const SETTLED: Duration = Duration::from_secs(2);

/// A gateway to start, with its files.
#[derive(Clone, Debug)]
pub struct Gateway<'a> {
    program: &'a Path,
    config: PathBuf,
    log: PathBuf,
    /// Where it listens.
    pub addr: SocketAddr,
    /// Where its admin API does.
    pub admin: SocketAddr,
    /// Further variables of its environment.
    pub environment: Vec<(&'static str, PathBuf)>,
}

impl<'a> Gateway<'a> {
    /// Writes the configuration `name` into `folder`.
    pub fn new(program: &'a Path, folder: &Path, name: &str, store: &str, bits_clients: u32) -> anyhow::Result<Self> {
        let addr = free_address()?;
        let admin = free_address()?;
        let config = config::gateway(folder, name, addr, admin, store, bits_clients)?;
        let log = folder.join(format!("{name}.log"));
        Ok(Self { program, config, log, addr, admin, environment: Vec::new() })
    }

    /// The one with so many mounts, of packs or of Bits in Rust.
    pub fn of_mounts(program: &'a Path, folder: &Path, count: u32, of_packs: bool) -> anyhow::Result<Self> {
        let (addr, admin) = (free_address()?, free_address()?);
        let config = config::mounts(folder, addr, admin, count, of_packs)?;
        let log = folder.join(format!("mounts-{of_packs}.log"));
        Ok(Self { program, config, log, addr, admin, environment: Vec::new() })
    }

    /// Starts it and waits until it is ready.
    pub fn start(&self) -> anyhow::Result<Server> {
        let args = [OsStr::new("--config"), self.config.as_os_str()];
        Server::start_with(self.program, &args, &self.environment, self.log.clone(), self.addr, READY)
    }
}

/// Seconds from spawning to ready, with the keys already in the store.
pub fn warm(program: &Path, folder: &Path) -> anyhow::Result<f64> {
    let gateway = with_keys(program, folder, "warm")?;
    starts(&gateway, Server::stop)
}

/// The same after `kill -9`, with [`ROWS`] rows in the store.
pub fn after_kill(program: &Path, folder: &Path) -> anyhow::Result<f64> {
    let gateway = with_keys(program, folder, "killed")?;
    fill_store(&store(folder, "killed"), ROWS)?;
    gateway.start()?.kill()?;
    starts(&gateway, Server::kill)
}

/// Bytes resident when idle.
pub fn idle_memory(program: &Path, folder: &Path) -> anyhow::Result<u64> {
    let server = with_keys(program, folder, "idle")?.start()?;
    std::thread::sleep(SETTLED);
    server.resident_bytes()
}

/// Seconds from spawning to ready with so many packs, and the bytes that each of them holds when idle beyond what a mount of a
/// dialect in Rust does.
pub fn packs(program: &Path, folder: &Path, count: u32) -> anyhow::Result<(f64, f64)> {
    let idle = |gateway: &Gateway<'_>| {
        let server = gateway.start()?;
        std::thread::sleep(SETTLED);
        server.resident_bytes()
    };
    let of = |packs| Gateway::of_mounts(program, folder, count, packs);
    let (rust, packs) = (of(false)?, of(true)?);
    let each = (idle(&packs)?.saturating_sub(idle(&rust)?)) as f64 / f64::from(count.max(1));
    Ok((starts(&packs, Server::kill)?, each))
}

/// A gateway that has run once on a store in a file.
fn with_keys<'a>(program: &'a Path, folder: &Path, name: &str) -> anyhow::Result<Gateway<'a>> {
    let gateway = Gateway::new(program, folder, name, &store(folder, name).to_string_lossy(), 1)?;
    gateway.start()?.stop()?;
    Ok(gateway)
}

fn store(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.redb"))
}

fn starts(gateway: &Gateway<'_>, end: fn(Server) -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let mut seconds = Vec::new();
    for _ in 0..STARTS {
        let server = gateway.start()?;
        seconds.push(server.start.as_secs_f64());
        end(server)?;
    }
    Ok(median(&seconds))
}
