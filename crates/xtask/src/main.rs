//! The workspace's own commands: `cargo xtask --help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks by printing")]

mod bench;
mod cargo;
mod dist;
mod lint;
mod npm;
mod python;
mod test;
mod tools;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The workspace's own commands.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the gateway and run all tests, after making sure that the tools they need are there.
    ///
    /// Missing tools are installed when this runs as root on Debian; otherwise the line to type is printed.
    Test {
        /// The tests that need nothing but cargo, in about a minute; says what it leaves out.
        #[arg(long, conflicts_with = "arguments")]
        quick: bool,
        /// Arguments of `cargo test`: `-- -p store`, `-- t07`, `-- -- --nocapture`.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Check formatting, lints, licenses, banned crates and where crates come from.
    Lint,
    /// Look for known vulnerabilities in the dependencies; fetches the advisory database from the network.
    Audit,
    /// Measure the gateway on one core beside a bare handler and OpenSSL; fails when a target is missed. Linux only.
    Bench {
        /// Short runs: figures for a glance.
        #[arg(long)]
        quick: bool,
        /// Put the table into docs/performance.md.
        #[arg(long)]
        write: bool,
    },
    /// Make what a release consists of: static programs, archives, a wheel, an npm package and an image for each processor.
    ///
    /// The same commit gives the same bytes, wherever it is built: docs/releasing.md. Needs Python and rustup.
    Dist(dist::Dist),
    /// Put three replicas over Redis behind nginx under a steady load, kill one and start it again, ask another to end;
    /// fails where an answer is wrong or the kill is seen too much in the p99.
    Load {
        /// Short phases: figures for a glance.
        #[arg(long)]
        quick: bool,
        /// Put the figures into docs/performance.md.
        #[arg(long)]
        write: bool,
        /// Requests a second; 300 where nothing is said.
        #[arg(long)]
        rate: Option<u32>,
    },
}

fn main() -> ExitCode {
    // Without the backtrace that `main`'s own result would print: the remedy is the last line to be seen.
    run(Arguments::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Test { quick: true, .. } => test::run_quick(),
        Command::Test { arguments, .. } => test::run_tests(&arguments),
        Command::Lint => lint::run_lints(),
        Command::Audit => lint::audit(),
        Command::Bench { quick, write } => bench::run_bench(quick, write),
        Command::Dist(options) => dist::run(&options),
        Command::Load { quick, write, rate } => bench::run_load(quick, write, rate),
    }
}
