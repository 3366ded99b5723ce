//! Runs every measurement and prints the table.
#![allow(clippy::cast_precision_loss, reason = "counts of bytes, far below 2^52")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line: its answer is what it prints")]

mod plan;

use anyhow::Context as _;
use bench::table;
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures the gateway on one core beside a bare handler and OpenSSL; see docs/performance.md.
#[derive(Parser)]
struct Arguments {
    /// The gateway's binary, built for release.
    #[arg(long)]
    gateway: PathBuf,
    /// Short runs: figures for a glance, not for the page.
    #[arg(long)]
    quick: bool,
    /// Put the table into this page, between its markers.
    #[arg(long)]
    write: Option<PathBuf>,
}

fn main() -> ExitCode {
    run(Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let own = std::env::current_exe()?;
    let beside = own.parent().context("the binary has no folder")?;
    let programs = plan::Programs { gateway: arguments.gateway, bare: beside.join("bare"), load: beside.join("load") };
    let rows = plan::run(&programs, arguments.quick)?;
    let figures = format!("{}\n{}", plan::machine(arguments.quick)?, table::markdown(&rows));
    println!("{figures}");
    if let Some(page) = arguments.write {
        let old = std::fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        std::fs::write(&page, table::splice(&old, table::MARKERS, &figures)?)?;
    }
    let missed = rows.iter().filter(|row| !row.met()).count();
    if missed > 0 {
        eprintln!("{missed} of {} targets are not met.", rows.len());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
