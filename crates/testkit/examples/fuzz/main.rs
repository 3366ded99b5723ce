//! Throws changed requests at a gateway of its own on loopback: the requests of all contracts with parts put in, taken
//! out and swapped, and bytes that are no HTTP. It looks for an answer of 5xx, for a panic in the log, and for a kept
//! connection on which the next request is not answered.
//!
//! ```sh
//! IDP_GATEWAY_BIN=target/debug/idp-gateway cargo run -p testkit --example fuzz -- 60 1
//! ```
//! Arguments: for how many seconds (60), and the seed (1). What is found is printed; the exit code says whether there
//! was anything.
#![allow(clippy::print_stdout, reason = "a command line speaks by printing")]

mod change;

use anyhow::{Context, Result, ensure};
use change::{Dice, Shape};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use testkit::contract;
use testkit::gateway::Gateway;
use testkit::http::{Connection, Response};
use testkit::vendor::form_of;

/// Requests at most, whatever the time.
const MOST: u64 = 5_000_000;
/// What is printed at most.
const SHOWN: usize = 20;
/// A head longer than this may be cut off while it is being sent.
const LONG_HEAD: usize = 8 << 10;
/// How long bytes that are no request may go unanswered.
const SILENCE: Duration = Duration::from_millis(200);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: u64| arguments.next().map_or(Ok(otherwise), |text| text.parse());
    let (seconds, seed) = (number(60)?, number(1)?);
    let contracts = contract::load_all()?;
    let gateway = Gateway::start(&contract::config(&contracts).to_toml()?)?;
    let corpus: Vec<Shape> =
        contracts.iter().flat_map(|contract| &contract.text.pairs).map(|pair| Shape::of(&pair.request)).collect();
    let good =
        form_of("/bits/v1/oauth2/token", ("bits-client-1", "bits-secret-1"), &[("grant_type", "client_credentials")])?;
    let mut fuzz = Fuzz { address: gateway.public(), good, kept: None, found: Vec::new() };
    let (mut dice, started, mut count) = (Dice(seed), Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(seconds) && count < MOST && fuzz.found.len() < SHOWN {
        let shape = change::changed(&corpus, &mut dice);
        if dice.one_in(8) {
            fuzz.raw(&change::broken(shape.bytes(), &mut dice));
        } else {
            fuzz.whole(&shape);
        }
        count += 1;
    }
    let logs = gateway.logs()?;
    fuzz.found.extend(
        logs.lines()
            .filter(|line| line.contains("ERROR") || line.contains("panicked"))
            .map(|line| format!("in the log: {line}")),
    );
    println!("{count} requests in {:?}, seed {seed}: {} found", started.elapsed(), fuzz.found.len());
    for found in &fuzz.found {
        println!("{found}\n");
    }
    ensure!(fuzz.found.is_empty(), "{} found", fuzz.found.len());
    Ok(())
}

struct Fuzz {
    address: SocketAddr,
    /// A request that is granted.
    good: Vec<u8>,
    /// A connection that the gateway has not said that it closes.
    kept: Option<Connection>,
    found: Vec<String>,
}

impl Fuzz {
    /// A request that is HTTP: it is answered, and so is the good one after it, unless the gateway says that it closes.
    fn whole(&mut self, shape: &Shape) {
        let bytes = shape.bytes();
        let outcome = self.answers(&bytes);
        let may_be_cut = bytes.len() - shape.body.len() > LONG_HEAD;
        if let Err(error) = outcome
            && !may_be_cut
        {
            self.found.push(format!("{error:#}\n{}", bytes.escape_ascii()));
        }
    }

    fn answers(&mut self, bytes: &[u8]) -> Result<()> {
        let mut connection = match self.kept.take() {
            Some(connection) => connection,
            None => Connection::open(self.address)?,
        };
        let response = connection.exchange(bytes).context("the changed request")?;
        ensure!(response.status < 500, "answered {} {}", response.status, response.text());
        if closes(&response) {
            return Ok(());
        }
        let after = connection.exchange(&self.good).context("the good request after it")?;
        ensure!(after.status == 200, "the good request after it: {} {}", after.status, after.text());
        self.kept = Some(connection).filter(|_| !closes(&after));
        Ok(())
    }

    /// Bytes that need not be HTTP, on a connection of their own: no answer is 5xx.
    fn raw(&mut self, bytes: &[u8]) {
        let answer = self.told(bytes).unwrap_or_default();
        let lines = answer.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"HTTP/1.1 5"));
        if let Some(line) = lines.into_iter().next() {
            self.found.push(format!("answered {}\n{}", line.escape_ascii(), bytes.escape_ascii()));
        }
    }

    /// What comes back until the gateway closes or is silent; an error where it has cut the connection.
    fn told(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(SILENCE))?;
        stream.write_all(bytes)?;
        stream.shutdown(Shutdown::Write)?;
        let mut told = Vec::new();
        // Silence is an error, and what came before it counts.
        let _ = stream.read_to_end(&mut told);
        Ok(told)
    }
}

fn closes(response: &Response) -> bool {
    response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}
