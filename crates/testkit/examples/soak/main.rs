//! An hour of mixed traffic on three replicas over one Redis, with a fault each minute. Every answer must be right, or a
//! 503 after which the same request is answered; every token must be accounted for; memory must not grow.
//!
//! ```sh
//! IDP_GATEWAY_BIN=target/release/idp-gateway cargo run --release -p testkit --example soak -- 60 12
//! ```
//! Arguments: for how many minutes (60), and how many clients ask at once (12). The table of docs/operations.md is printed,
//! and what was wrong; the exit code says whether anything was.
#![allow(clippy::print_stdout, reason = "a command line speaks by printing")]

mod client;
mod faults;
mod ledger;
mod site;

use anyhow::{Result, ensure};
use client::Client;
use ledger::Ledger;
use site::Site;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How often something fails.
const FAULT: Duration = Duration::from_mins(1);
/// How much larger the replica that never ends may be at the end than in the run's second tenth. Its journal is full by then.
const GROWTH: f64 = 1.05;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: u64| arguments.next().map_or(Ok(otherwise), |text| text.parse());
    let (minutes, clients) = (number(60)?, number(12)?);
    let (mut site, ledger, over) = (Site::start(usize::try_from(clients)?)?, Ledger::default(), AtomicBool::new(false));
    let addresses = site.addresses();
    let (started, length) = (Instant::now(), Duration::from_secs(minutes * 60));
    let mut sizes = Vec::new();
    let ran = std::thread::scope(|scope| -> Result<()> {
        for number in 0..clients {
            let (ledger, over, addresses) = (&ledger, &over, &addresses);
            scope.spawn(move || Client::new(number, addresses, ledger).run(over));
        }
        let mut next_fault = FAULT / 2;
        let mut faults = faults::ALL.iter().cycle();
        let outcome = (|| -> Result<()> {
            while started.elapsed() < length {
                sizes.push(site.replicas[0].resident()?);
                if started.elapsed() >= next_fault && started.elapsed() + FAULT / 2 < length {
                    next_fault += FAULT;
                    let Some(fault) = faults.next() else { break };
                    ledger.begin(fault.name);
                    fault.cause(&mut site)?;
                    println!("{:>5} s  {}", started.elapsed().as_secs(), fault.name);
                }
                testkit::pause(LOOK);
            }
            Ok(())
        })();
        over.store(true, Ordering::Relaxed);
        outcome
    });
    ran?;
    site.wait_until_ready()?;
    println!("{}", ledger.table());
    let tenth = (sizes.len() / 10).max(1);
    let typical = |sizes: &[u64]| {
        let mut sizes = sizes.to_vec();
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied().unwrap_or_default()
    };
    let (early, late) = (typical(&sizes[tenth..(2 * tenth).min(sizes.len())]), typical(&sizes[sizes.len() - tenth..]));
    println!(
        "memory of the replica that never ends: {} MB in the second tenth, {} MB in the last",
        early >> 20,
        late >> 20
    );
    let wrong = ledger.wrong();
    for why in &wrong {
        println!("wrong: {why}");
    }
    ensure!(wrong.is_empty(), "{} answers were wrong", wrong.len());
    #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^52 bytes")]
    let growth = late as f64 / early.max(1) as f64;
    ensure!(growth < GROWTH, "memory has grown by a factor of {growth:.2}");
    Ok(())
}
