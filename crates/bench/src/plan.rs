//! The measurements, in order, each with its target.

use anyhow::Context as _;
use bench::config;
use bench::openssl;
use bench::server::{Server, free_address};
use bench::start::{self, Gateway};
use bench::table::{Bound, Row};
use bench::throughput::{Comparison, Source, Timing, compare};
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Clients of the larger of two gateways.
const MANY: u32 = 100_000;
/// Clients of the smaller.
const FEW: u32 = 10;

/// The programs under measurement.
pub(crate) struct Programs {
    pub(crate) gateway: PathBuf,
    pub(crate) bare: PathBuf,
    pub(crate) load: PathBuf,
}

struct Bench<'a> {
    programs: &'a Programs,
    folder: &'a Path,
    timing: Timing,
}

/// Runs everything. What fails ends the run: a figure taken beside a failure is worth nothing.
pub(crate) fn run(programs: &Programs, quick: bool) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let timing = if quick { Timing { rounds: 3, seconds: 1 } } else { Timing { rounds: 5, seconds: 3 } };
    let bench = Bench { programs, folder: folder.path(), timing };
    let mut rows = bench.tokens()?;
    rows.extend(bench.starts()?);
    rows.extend(bench.clients()?);
    Ok(rows)
}

/// One line about the machine, for whoever compares the figures.
pub(crate) fn machine() -> anyhow::Result<String> {
    let cpus = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown", |(_, name)| name);
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{model}, {cores} cores; the server alone on one, the load on another; {}.\n", openssl::version()?))
}

impl Bench<'_> {
    /// Tokens and errors beside the bare handler; signed tokens beside OpenSSL.
    fn tokens(&self) -> anyhow::Result<Vec<Row>> {
        let bare_addr = free_address()?;
        let listen = bare_addr.to_string();
        let args = ["--listen", &listen].map(OsStr::new);
        let _bare = Server::start(&self.programs.bare, &args, self.folder.join("bare.log"), bare_addr, "/ready")?;
        let gateway = Gateway::new(&self.programs.gateway, self.folder, "tokens", ":memory:", 1)?;
        let _gateway = gateway.start()?;

        let bare = self.source("bare handler", bare_addr, &config::bare(), 200)?;
        let bits = self.source("Bits token", gateway.addr, &config::bits(1), 200)?;
        let secret = self.source("Bits, wrong secret", gateway.addr, &config::bits_wrong_secret(), 401)?;
        let media = self.source("Bits, wrong content type", gateway.addr, &config::bits_wrong_media_type(), 400)?;
        let found = compare(&self.programs.load, self.timing, &bare, &[bits, secret, media])?;
        let mut rows: Vec<_> = found
            .iter()
            .zip([("Bits token", 0.5), ("Bits, wrong secret", 0.6), ("Bits, wrong content type", 0.6)])
            .map(|(found, (what, target))| ratio(what, found, "bare handler", target))
            .collect();

        let signed = self.source("BizzAssure token", gateway.addr, &config::bizzassure(), 200)?;
        for found in compare(&self.programs.load, self.timing, &Source::Signatures, &[signed])? {
            rows.push(ratio("BizzAssure token", &found, "`openssl speed rsa2048`", 0.85));
        }
        Ok(rows)
    }

    fn starts(&self) -> anyhow::Result<Vec<Row>> {
        let Programs { gateway, .. } = self.programs;
        let warm = start::warm(gateway, self.folder)?;
        let killed = start::after_kill(gateway, self.folder);
        let idle = start::idle_memory(gateway, self.folder)?;
        let killed_what = format!("Start after `kill -9`, {} rows", start::ROWS);
        Ok(vec![
            at_most("Start, keys present", warm * 1e3, 100.0, " ms"),
            match killed {
                Ok(seconds) => at_most(&killed_what, seconds * 1e3, 100.0, " ms"),
                Err(error) => Row { missing: Some(error.to_string()), ..at_most(&killed_what, f64::NAN, 100.0, " ms") },
            },
            at_most("Memory resident when idle", idle as f64 / 1e6, 30.0, " MB"),
        ])
    }

    /// Many clients beside few.
    fn clients(&self) -> anyhow::Result<Vec<Row>> {
        let few = Gateway::new(&self.programs.gateway, self.folder, "few", ":memory:", FEW)?;
        let many = Gateway::new(&self.programs.gateway, self.folder, "many", ":memory:", MANY)?;
        let _few = few.start()?;
        let started = many.start()?;
        let base = self.source("few clients", few.addr, &config::bits(FEW), 200)?;
        let ours = self.source("many clients", many.addr, &config::bits(MANY), 200)?;
        let found = compare(&self.programs.load, self.timing, &base, &[ours])?;
        let found = found.first().context("one comparison")?;
        Ok(vec![
            at_most(&format!("Start, {MANY} clients"), started.start.as_secs_f64() * 1e3, 2000.0, " ms"),
            ratio(&format!("Bits token, {MANY} clients"), found, &format!("{FEW} clients"), 0.9),
        ])
    }

    fn source<'a>(
        &self,
        name: &'a str,
        addr: SocketAddr,
        requests: &[String],
        status: u16,
    ) -> anyhow::Result<Source<'a>> {
        let file = config::requests(self.folder, &format!("{name} requests"), requests)?;
        Ok(Source::Load { name, addr, requests: file, status })
    }
}

fn ratio(what: &str, found: &Comparison, base: &str, target: f64) -> Row {
    Row {
        what: what.to_owned(),
        figure: format!("{:.0}/s", found.rate),
        beside: format!("{:.0}/s, {base}", found.base),
        value: found.ratio,
        target,
        bound: Bound::AtLeast,
        unit: "",
        missing: None,
    }
}

fn at_most(what: &str, value: f64, target: f64, unit: &'static str) -> Row {
    let (what, figure) = (what.to_owned(), format!("{value:.1}{unit}"));
    Row { what, figure, beside: String::new(), value, target, bound: Bound::AtMost, unit, missing: None }
}
