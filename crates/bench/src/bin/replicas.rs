//! Runs the load test of replicas behind nginx and prints its figures.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line: its answer is what it prints")]

use bench::replicas::{self, Lengths, MARKERS, RATE};
use bench::table;
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Three replicas over one Redis behind nginx, under a steady load, while one is killed and another asked to end; see
/// docs/performance.md.
#[derive(Parser)]
struct Arguments {
    /// The gateway's binary, built for release.
    #[arg(long)]
    gateway: PathBuf,
    /// Short phases: figures for a glance, not for the page.
    #[arg(long)]
    quick: bool,
    /// Requests a second.
    #[arg(long, default_value_t = RATE, value_parser = clap::value_parser!(u32).range(8..=100_000))]
    rate: u32,
    /// Put the figures into this page, between their markers.
    #[arg(long)]
    write: Option<PathBuf>,
}

fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let lengths = if arguments.quick { Lengths::QUICK } else { Lengths::FULL };
    let outcome = replicas::run(&arguments.gateway, lengths, arguments.rate)?;
    let short = if arguments.quick { "; short runs" } else { "" };
    let about = format!("{}; everything on the same cores, {} requests/s{short}.", bench::machine()?, arguments.rate);
    let figures = format!("{about}\n\n{}", outcome.markdown());
    println!("{figures}");
    if let (Some(page), 0) = (&arguments.write, outcome.wrong()) {
        let old = std::fs::read_to_string(page)?;
        std::fs::write(page, table::splice(&old, MARKERS, &figures)?)?;
    }
    let faults = outcome.faults();
    for fault in &faults {
        eprintln!("{fault}");
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
