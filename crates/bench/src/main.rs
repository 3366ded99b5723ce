//! Runs every measurement and prints the table.
#![allow(clippy::cast_precision_loss, reason = "counts of bytes, far below 2^52")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line: its answer is what it prints")]

mod plan;

use anyhow::Context as _;
use bench::cli::Common;
use bench::table;
use clap::Parser;
use std::process::ExitCode;

/// Measures the gateway on one core beside a bare handler and OpenSSL; see docs/performance.md.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    common: Common,
}

fn main() -> ExitCode {
    run(&Arguments::parse().common).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(asked: &Common) -> anyhow::Result<ExitCode> {
    let own = std::env::current_exe()?;
    let beside = own.parent().context("the binary has no folder")?;
    let programs =
        plan::Programs { gateway: asked.gateway.clone(), bare: beside.join("bare"), load: beside.join("load") };
    let rows = plan::run(&programs, asked.quick)?;
    let figures = format!("{}\n{}", plan::machine(asked.quick)?, table::markdown(&rows));
    println!("{figures}");
    asked.publish(table::MARKERS, &figures)?;
    let missed = rows.iter().filter(|row| !row.met()).count();
    if missed > 0 {
        eprintln!("{missed} of {} targets are not met.", rows.len());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
