//! The measurements, in order, each with its target.

mod burst;
mod redis;
mod sandbox;
mod workbench;

use anyhow::Context as _;
use bench::codes;
use bench::config;
use bench::openssl;
use bench::server::Server;
use bench::slow_sync::{self, SlowSync};
use bench::start::{self, Gateway};
use bench::table::{Bound, Row};
use bench::throughput::{self, Comparison, Source, Timing, compare};
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use testkit::ports::free_address;

/// Clients of the larger of two gateways.
const MANY: u32 = 100_000;
/// Clients of the smaller.
const FEW: u32 = 10;
/// Packs of a gateway that has many.
const PACKS: u32 = 1_000;

/// Where codes are redeemed.
const SCREENINGEAGLE: &str = "/screeningeagle/api/id/v1/auth/token";
const BRIGHTHR: &str = "/brighthr/connect/token";

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
    rows.extend(bench.users()?);
    rows.extend(bench.exchanges()?);
    rows.extend(bench.redis_tokens()?);
    rows.extend(bench.redis_refreshes()?);
    rows.extend(bench.starts()?);
    rows.extend(bench.sandbox()?);
    rows.extend(bench.clients()?);
    rows.extend(bench.journal()?);
    rows.extend(bench.many()?);
    rows.extend(bench.burst()?);
    Ok(rows)
}

/// One line about the machine, for whoever compares the figures.
pub(crate) fn machine(quick: bool) -> anyhow::Result<String> {
    let machine = bench::machine()?;
    let short = if quick { "; short runs" } else { "" };
    let openssl = openssl::version()?;
    Ok(format!("{machine}; the server alone on one, the load on another; {openssl}{short}.\n"))
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

        let rust = self.source("Bits token", gateway.addr, &config::bits(1), 200)?;
        let pack = self.source("Bits as a pack", gateway.addr, &config::bits_pack(), 200)?;
        for found in compare(&self.programs.load, self.timing, &rust, &[pack])? {
            rows.push(ratio("Bits token, as a pack", &found, "Bits in Rust", 0.8));
        }

        let signed = self.source("BizzAssure token", gateway.addr, &config::bizzassure(), 200)?;
        for found in compare(&self.programs.load, self.timing, &Source::Signatures, &[signed])? {
            rows.push(ratio("BizzAssure token", &found, "`openssl speed rsa2048`", 0.85));
        }
        Ok(rows)
    }

    /// Userinfo, whose token is signed with RSA, beside the bare handler.
    fn users(&self) -> anyhow::Result<Vec<Row>> {
        let bare_addr = free_address()?;
        let listen = bare_addr.to_string();
        let args = ["--listen", &listen].map(OsStr::new);
        let _bare = Server::start(&self.programs.bare, &args, self.folder.join("bare.log"), bare_addr, "/ready")?;
        let gateway = Gateway::new(&self.programs.gateway, self.folder, "users", ":memory:", 1)?;
        let _gateway = gateway.start()?;
        let codes = codes::mint(gateway.admin, "brighthr", config::SCOPE, 1)?;
        let redemption = config::redemptions(BRIGHTHR, &codes).pop().context("one code")?;
        let token = codes::token(gateway.addr, &redemption, "access_token")?;
        let bare = self.source("bare handler", bare_addr, &config::bare(), 200)?;
        let userinfo = self.source("userinfo", gateway.addr, &config::userinfo(&token), 200)?;
        let found = compare(&self.programs.load, self.timing, &bare, &[userinfo])?;
        Ok(found.iter().map(|found| ratio("BrightHR userinfo, RS256", found, "bare handler", 0.25)).collect())
    }

    /// Codes redeemed on a store in a file, each durable before it is answered; then on a disk that is slow to sync.
    fn exchanges(&self) -> anyhow::Result<Vec<Row>> {
        let file = |name: &str| self.folder.join(format!("{name}.redb")).to_string_lossy().into_owned();
        let gateway = Gateway::new(&self.programs.gateway, self.folder, "codes", &file("codes"), 1)?;
        let running = gateway.start()?;
        let eagle = self.redeem(&gateway, "screeningeagle", SCREENINGEAGLE)?;
        let bright = self.redeem(&gateway, "brighthr", BRIGHTHR)?;
        let signs = openssl::rsa2048_signs(self.timing.seconds)?;
        running.stop()?;

        let slow = SlowSync::build(self.folder)?;
        let mut gateway = Gateway::new(&self.programs.gateway, self.folder, "slow", &file("slow"), 1)?;
        gateway.environment = slow.environment();
        let _running = gateway.start()?;
        let requests = self.redemptions(&gateway, "screeningeagle", SCREENINGEAGLE)?;
        let before = slow.count()?;
        let slowed = throughput::once(&self.programs.load, gateway.addr, &requests, 200)?.rps;
        let syncs = slow.count()? - before;
        let slow_what = format!("Code exchange, each sync {} ms", slow_sync::MILLIS);
        let shared = format!("{syncs} syncs for {} codes", self.codes());
        Ok(vec![
            at_least("Code exchange, Screening Eagle, HS256", eagle, String::new()),
            Row {
                value: 2.0 * bright / signs,
                target: 0.7,
                unit: "",
                beside: format!("{signs:.0}/s, `openssl speed rsa2048`, two signatures each"),
                ..at_least("Code exchange, BrightHR, RS256", bright, String::new())
            },
            at_least(&slow_what, slowed, shared),
        ])
    }

    /// Codes of one run.
    fn codes(&self) -> usize {
        1_000 * self.timing.seconds as usize * self.timing.rounds as usize
    }

    /// Codes redeemed in a second.
    fn redeem(&self, gateway: &Gateway<'_>, mount: &str, path: &str) -> anyhow::Result<f64> {
        let requests = self.redemptions(gateway, mount, path)?;
        Ok(throughput::once(&self.programs.load, gateway.addr, &requests, 200)?.rps)
    }

    fn redemptions(&self, gateway: &Gateway<'_>, mount: &str, path: &str) -> anyhow::Result<PathBuf> {
        let codes = codes::mint(gateway.admin, mount, config::SCOPE, self.codes())?;
        config::requests(self.folder, &format!("{mount} codes"), &config::redemptions(path, &codes))
    }

    fn starts(&self) -> anyhow::Result<Vec<Row>> {
        let Programs { gateway, .. } = self.programs;
        let warm = start::warm(gateway, self.folder)?;
        let killed = start::after_kill(gateway, self.folder);
        let idle = start::idle_memory(gateway, self.folder)?;
        let (packs, each) = start::packs(gateway, self.folder, PACKS)?;
        let killed_what = format!("Start after `kill -9`, {} rows", start::ROWS);
        Ok(vec![
            at_most("Start, keys present", warm * 1e3, 100.0, " ms"),
            match killed {
                Ok(seconds) => at_most(&killed_what, seconds * 1e3, 100.0, " ms"),
                Err(error) => Row { missing: Some(error.to_string()), ..at_most(&killed_what, f64::NAN, 100.0, " ms") },
            },
            at_most("Memory resident when idle", idle as f64 / 1e6, 30.0, " MB"),
            at_most(&format!("Start, {PACKS} packs"), packs * 1e3, 1000.0, " ms"),
            at_most(&format!("Memory of each of {PACKS} packs, its mount apart"), each / 1e3, 30.0, " kB"),
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

/// A rate of code exchanges beside its target, 1,500 a second.
fn at_least(what: &str, rate: f64, beside: String) -> Row {
    let (what, figure) = (what.to_owned(), format!("{rate:.0}/s"));
    Row { what, figure, beside, value: rate, target: 1_500.0, bound: Bound::AtLeast, unit: "/s", missing: None }
}

fn at_most(what: &str, value: f64, target: f64, unit: &'static str) -> Row {
    let (what, figure) = (what.to_owned(), format!("{value:.1}{unit}"));
    Row { what, figure, beside: String::new(), value, target, bound: Bound::AtMost, unit, missing: None }
}
