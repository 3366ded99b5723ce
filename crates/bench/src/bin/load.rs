//! Drives a server with one request in flight on each kept connection and prints what came back as JSON.
#![allow(clippy::print_stdout, reason = "a command line: its answer is what it prints")]

use bench::load::{Order, Plan, run};
use clap::Parser;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A closed loop of HTTP/1.1 requests over kept connections, on one thread.
#[derive(Parser)]
struct Arguments {
    /// The server's address.
    #[arg(long)]
    addr: SocketAddr,
    /// A file with a JSON array of whole HTTP requests, sent in turn.
    #[arg(long)]
    requests: PathBuf,
    /// Send each request once, and stop when all are answered.
    #[arg(long, conflicts_with = "chain")]
    once: bool,
    /// Each connection begins with a request of its own and puts what the answer has under this name, such as
    /// `refresh_token`, in the place of what it sent.
    #[arg(long)]
    chain: Option<String>,
    /// Connections, each with one request in flight.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Seconds before counting begins.
    #[arg(long, default_value_t = 0.5)]
    warmup: f64,
    /// Seconds counted.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let plan = Plan {
        addr: arguments.addr,
        requests: serde_json::from_slice(&std::fs::read(&arguments.requests)?)?,
        order: match arguments.chain {
            Some(name) => Order::Chain(name),
            None if arguments.once => Order::Once,
            None => Order::Round,
        },
        connections: arguments.connections,
        warmup: Duration::try_from_secs_f64(arguments.warmup)?,
        measure: Duration::try_from_secs_f64(arguments.seconds)?,
    };
    println!("{}", serde_json::to_string(&run(plan).await?)?);
    Ok(())
}
