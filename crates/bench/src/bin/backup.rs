//! Backs up a store of a million rows while clients use it, restores the backup, and prints how long both took and what
//! the clients felt.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line: its answer is what it prints")]

use anyhow::{Context as _, ensure};
use bench::fill::fill_store;
use clap::Parser;
use hdrhistogram::Histogram;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use testkit::gateway::Gateway;
use testkit::http::Connection;
use testkit::vendor::{Tokens, form_of};

/// A backup of a store that is in use; see docs/operations.md, "Upgrades and backups".
#[derive(Parser)]
struct Arguments {
    /// The gateway's binary, built for release.
    #[arg(long)]
    gateway: PathBuf,
    /// Rows that the store has before.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u32,
}

/// Clients, each with one request under way.
const CLIENTS: usize = 4;
/// Between two requests of a client.
const PACE: Duration = Duration::from_millis(20);
/// How long the clients are looked at without a backup.
const BEFORE: Duration = Duration::from_secs(10);

const MOUNTS: &str = testkit::mounts!(brighthr);

const TOKEN: &str = "/brighthr/connect/token";
const WEB: (&str, &str) = ("web", "web-secret");

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(Arguments { gateway, rows }: &Arguments) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (store, backup) = (folder.path().join("store.redb"), folder.path().join("gateway.backup"));
    fill_store(&store, *rows)?;
    let config = |store: &Path| format!("[store]\nkind = \"embedded\"\npath = \"{}\"\n{MOUNTS}", store.display());
    let running = Gateway::start_version(gateway, 0, &config(&store))?;
    println!("{}; {rows} rows, {} MB", bench::machine()?, std::fs::metadata(&store)?.len() >> 20);
    let chains = (0..CLIENTS).map(|_| begin(&running)).collect::<anyhow::Result<Vec<_>>>()?;
    let (is_over, is_backing_up) = (AtomicBool::new(false), AtomicBool::new(false));
    let command = |words: &[&str], paths: &[&Path]| -> anyhow::Result<Duration> {
        let started = Instant::now();
        let output = Command::new(gateway).args(words).args(paths).output()?;
        ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(started.elapsed())
    };
    let (own, admin) = (folder.path().join("own.toml"), running.admin_address().to_string());
    let public = running.public();
    let listen = format!("[server]\nlisten = \"{public}\"\n[admin]\nlisten = \"{admin}\"\n");
    std::fs::write(&own, format!("{listen}{}", config(&store)))?;
    let (took, felt) = std::thread::scope(|scope| -> anyhow::Result<_> {
        let (running, is_over, is_backing_up) = (&running, &is_over, &is_backing_up);
        let clients: Vec<_> =
            chains.into_iter().map(|token| scope.spawn(|| ask(running, token, is_over, is_backing_up))).collect();
        testkit::pause(BEFORE);
        is_backing_up.store(true, Ordering::Relaxed);
        let took = command(&["store", "backup", "--to"], &[&backup, Path::new("--config"), &own]);
        is_over.store(true, Ordering::Relaxed);
        let mut felt = [Histogram::<u64>::new(3)?, Histogram::new(3)?];
        for client in clients {
            let own = client.join().map_err(|_| anyhow::anyhow!("a panic"))??;
            for (all, own) in felt.iter_mut().zip(own) {
                all.add(own)?;
            }
        }
        Ok((took?, felt))
    })?;
    let resident = running.resident()? >> 20;
    drop(running);
    for (when, felt) in ["before", "during"].iter().zip(&felt) {
        #[expect(clippy::cast_precision_loss, reason = "for display")]
        let [half, most, all] = [0.5, 0.99, 1.0].map(|part| felt.value_at_quantile(part) as f64 / 1000.0);
        println!(
            "{when} the backup: {} refreshes, {half:.1} ms, 99 of 100 {most:.1} ms, the slowest {all:.1} ms",
            felt.len()
        );
    }
    println!(
        "backup: {:.1} s, {} MB; the gateway had {resident} MB",
        took.as_secs_f64(),
        std::fs::metadata(&backup)?.len() >> 20
    );
    let other = folder.path().join("other.toml");
    std::fs::write(&other, config(&folder.path().join("restored.redb")))?;
    let restore = command(&["store", "restore"], &[&backup, Path::new("--config"), &other])?;
    let check = command(&["store", "check", "--config"], &[&other])?;
    println!("restore: {:.1} s; check: {:.1} s", restore.as_secs_f64(), check.as_secs_f64());
    Ok(())
}

/// A refresh token of a family of its own.
fn begin(gateway: &Gateway) -> anyhow::Result<String> {
    const REDIRECT: &str = "https://client.test/cb";
    let code = gateway.admin().code_for("brighthr", WEB.0, "alice", REDIRECT, "openid offline_access")?;
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    Ok(Tokens::of(&testkit::http::exchange(gateway.public(), &form_of(TOKEN, WEB, &fields)?)?)?.refresh)
}

/// Refreshes until it is over; how long each took in microseconds, before and during the backup.
fn ask(
    gateway: &Gateway,
    mut token: String,
    is_over: &AtomicBool,
    is_backing_up: &AtomicBool,
) -> anyhow::Result<[Histogram<u64>; 2]> {
    let mut felt = [Histogram::new(3)?, Histogram::new(3)?];
    let mut connection = Connection::open(gateway.public())?;
    while !is_over.load(Ordering::Relaxed) {
        let request = form_of(TOKEN, WEB, &[("grant_type", "refresh_token"), ("refresh_token", &token)])?;
        let (during, sent) = (is_backing_up.load(Ordering::Relaxed), Instant::now());
        let answer = connection.exchange(&request)?;
        felt[usize::from(during)].record(u64::try_from(sent.elapsed().as_micros())?)?;
        token = Tokens::of(&answer).context("a refresh was refused")?.refresh;
        testkit::pause(PACE);
    }
    Ok(felt)
}
