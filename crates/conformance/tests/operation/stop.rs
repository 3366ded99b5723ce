//! The end under load: balancers are told first, clients next, and nobody's request is lost.

use crate::bits::{mark, mount, request};
use anyhow::{Context, Result, ensure};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use testkit::gateway::Gateway;
use testkit::http::{self, Connection};

/// Clients at once, each on a connection that it keeps.
const CLIENTS: usize = 16;
/// Longer than anything here may take.
const DEADLINE: Duration = Duration::from_mins(1);

fn config(drain_delay_ms: u32) -> String {
    format!("[server]\ndrain_delay_ms = {drain_delay_ms}\n{}", mount("bits", "secret-1", 100))
}

fn is_ready(address: SocketAddr) -> Result<bool> {
    let probe = http::request("GET", "/_gateway/health/ready", &[("Host", "localhost")], b"");
    match http::exchange(address, &probe)?.status {
        200 => Ok(true),
        503 => Ok(false),
        status => anyhow::bail!("readiness says {status}"),
    }
}

pub(crate) fn wait_until(mut condition: impl FnMut() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    while !condition()? {
        ensure!(started.elapsed() < DEADLINE, "nothing happens within {DEADLINE:?}");
        testkit::pause(Duration::from_millis(5));
    }
    Ok(())
}

/// Asks on one connection, as fast as answers come, until an answer says that it is the last; then the gateway closes.
fn client(address: SocketAddr, answered: &AtomicUsize) -> Result<()> {
    let (mut connection, request) = (Connection::open(address)?, request("bits", "secret-1"));
    let started = Instant::now();
    while started.elapsed() < DEADLINE {
        let answer = connection.exchange(&request).context("a request that nobody answers")?;
        mark(&answer)?;
        answered.fetch_add(1, Ordering::Relaxed);
        if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            ensure!(connection.is_closed_within(DEADLINE)?, "told to be closed, and open");
            return Ok(());
        }
    }
    anyhow::bail!("the gateway goes on for {DEADLINE:?}")
}

#[test]
fn f12_sigterm_under_load_fails_readiness_first_and_loses_no_request() -> Result<()> {
    let mut gateway = Gateway::start(&config(1500))?;
    let address = gateway.public();
    let answered = AtomicUsize::new(0);
    // Two that are in no hurry: one has sent half of a request, one nothing for a while.
    let whole = request("bits", "secret-1");
    let (first, second) = whole.split_at(whole.len() - 9);
    let (mut slow, mut idle) = (Connection::open(address)?, Connection::open(address)?);
    mark(&idle.exchange(&whole)?)?;
    let outcomes = thread::scope(|scope| -> Result<Vec<Result<()>>> {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| client(address, &answered))).collect();
        wait_until(|| Ok(answered.load(Ordering::Relaxed) > 10 * CLIENTS))?;
        slow.send(first)?;
        gateway.signal("TERM")?;
        wait_until(|| Ok(!is_ready(address)?))?;
        // Not ready, and serving all the same: on connections that there are, and on new ones.
        let before = answered.load(Ordering::Relaxed);
        let fresh = Connection::open(address)?.exchange(&whole)?;
        ensure!(mark(&fresh)? == 100 && fresh.header("connection").is_none(), "{fresh:?}");
        wait_until(|| Ok(answered.load(Ordering::Relaxed) > before + CLIENTS))?;
        ensure!(!is_ready(address)?, "ready again");
        wait_until(|| Ok(TcpStream::connect_timeout(&address, DEADLINE).is_err()))?;
        slow.send(second)?;
        let joined = clients.into_iter().map(|client| client.join().unwrap_or_else(|_| anyhow::bail!("a panic")));
        Ok(joined.collect())
    })?;
    for outcome in outcomes {
        outcome?;
    }
    let last = slow.receive().context("the request that was under way")?;
    ensure!(mark(&last)? == 100 && last.header("connection") == Some("close"), "{last:?}");
    ensure!(idle.is_closed_within(DEADLINE)?, "an idle connection stays open");
    gateway.wait_for_end()?;
    let logs = gateway.logs()?;
    ensure!(!logs.contains("ERROR") && !logs.contains("panicked"), "{logs}");
    Ok(())
}

#[test]
fn f12_a_second_signal_ends_the_wait() -> Result<()> {
    let mut gateway = Gateway::start(&config(3_600_000))?;
    gateway.signal("TERM")?;
    wait_until(|| Ok(!is_ready(gateway.public())?))?;
    gateway.signal("TERM")?;
    gateway.wait_for_end()
}
