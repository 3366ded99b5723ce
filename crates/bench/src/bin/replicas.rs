//! Runs the load test of replicas behind nginx and prints its figures.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line: its answer is what it prints")]

use bench::cli::Common;
use bench::replicas::{self, Lengths, MARKERS, RATE};
use clap::Parser;
use std::process::ExitCode;

/// Three replicas over one Redis behind nginx, under a steady load, while one is killed and another asked to end; see
/// docs/performance.md.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Requests a second.
    #[arg(long, default_value_t = RATE, value_parser = clap::value_parser!(u32).range(8..=100_000))]
    rate: u32,
}

fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(Arguments { common: asked, rate }: &Arguments) -> anyhow::Result<ExitCode> {
    let lengths = if asked.quick { Lengths::QUICK } else { Lengths::FULL };
    let outcome = replicas::run(&asked.gateway, lengths, *rate)?;
    let short = if asked.quick { "; short runs" } else { "" };
    let about = format!("{}; everything on the same cores, {rate} requests/s{short}.", bench::machine()?);
    let figures = format!("{about}\n\n{}", outcome.markdown());
    println!("{figures}");
    if outcome.wrong() == 0 {
        asked.publish(MARKERS, &figures)?;
    }
    let faults = outcome.faults();
    for fault in &faults {
        eprintln!("{fault}");
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
