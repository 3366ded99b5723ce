//! Replicas end and come under a steady load.

use super::kind::{CADDY, HAPROXY, Kind, NGINX};
use super::site::{Site, served};
use super::vendors::{BITS, BRIGHTHR, Vendor};
use anyhow::{Result, anyhow, ensure};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use testkit::http::Connection;
use testkit::wait_until;

/// Clients at once, each with one request under way.
const CLIENTS: usize = 6;
/// Between two requests of a client: the load is steady, and leaves the machine to others.
const PACE: Duration = Duration::from_millis(10);

/// What clients have seen.
#[derive(Debug, Default)]
struct Load {
    is_over: AtomicBool,
    answered: AtomicUsize,
}

impl Load {
    /// Asks until it is over; the error of each request that came to nothing, whatever the reason.
    fn client(&self, connect: impl Fn() -> Result<Connection>, vendor: Vendor) -> Vec<String> {
        let mut errors = Vec::new();
        let mut kept = None;
        while !self.is_over.load(Ordering::Relaxed) {
            let outcome = match kept.take() {
                Some(connection) => Ok(connection),
                None => connect(),
            };
            let outcome = outcome.and_then(|mut connection| {
                let answer = connection.exchange(&vendor.request(&[]))?;
                // An answer that is wrong ends the test; none at all, or the balancer's own, is an error to be counted.
                if answer.status != 200 {
                    ensure!(answer.status >= 500, "WRONG: {} {}", answer.status, answer.text());
                    return Err(anyhow!("{} {}", answer.status, answer.text()));
                }
                vendor.check(&answer).map_err(|error| anyhow!("WRONG: {error:#}"))?;
                let closes = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
                Ok(Some(connection).filter(|_| !closes))
            });
            match outcome {
                Ok(connection) => {
                    kept = connection;
                    self.answered.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => errors.push(format!("{error:#}")),
            }
            testkit::pause(PACE);
        }
        errors
    }

    /// Waits until so many more requests are answered.
    fn goes_on(&self, count: usize) -> Result<()> {
        let before = self.answered.load(Ordering::Relaxed);
        wait_until("answers", || Ok(self.answered.load(Ordering::Relaxed) > before + count))
    }
}

/// Runs something under load; the clients' errors.
fn under_load(site: &mut Site, act: impl FnOnce(&mut Site, &Load) -> Result<()>) -> Result<Vec<String>> {
    let load = Load::default();
    let connector = site.connector();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|at| {
                let (load, connector) = (&load, &connector);
                // One needs no state; the other's token is signed with another key.
                let vendor = if at % 2 == 0 { BITS } else { BRIGHTHR };
                scope.spawn(move || load.client(|| connector.connect(), vendor))
            })
            .collect();
        let outcome = load.goes_on(10 * CLIENTS).and_then(|()| act(site, &load));
        load.is_over.store(true, Ordering::Relaxed);
        let errors = clients.into_iter().map(|client| client.join().map_err(|_| anyhow!("a panic")));
        let errors = errors.collect::<Result<Vec<_>>>()?.concat();
        outcome.map_err(|error| error.context(format!("the clients' errors: {errors:?}")))?;
        Ok(errors)
    })
}

/// Waits until a replica that has just started is given requests.
fn is_used(site: &Site, at: usize) -> Result<()> {
    let before = served(site.replica(at)?)?;
    wait_until("the replica to be given requests", || Ok(served(site.replica(at)?)? > before + 20))
}

fn killed_and_added(kind: &Kind) -> Result<()> {
    // The third is known to the balancer, and does not run yet.
    let mut site = Site::start_partly(kind, 2, 3)?;
    let errors = under_load(&mut site, |site, load| {
        site.start_replica(2)?;
        is_used(site, 2)?;
        if let Some(replica) = &mut site.replicas[0] {
            replica.kill9()?;
        }
        load.goes_on(40 * CLIENTS)?;
        site.start_replica(0)?;
        is_used(site, 0)
    })?;
    ensure!(errors.iter().all(|error| !error.contains("WRONG")), "{}: {errors:#?}", kind.name);
    // A client has one request under way, which may have been with the killed one.
    ensure!(errors.len() <= CLIENTS, "{}: {} errors: {errors:#?}", kind.name, errors.len());
    Ok(())
}

#[test]
fn f11_a_replica_killed_and_another_added_under_load_behind_nginx() -> Result<()> {
    killed_and_added(&NGINX)
}

#[test]
fn f11_a_replica_killed_and_another_added_under_load_behind_haproxy() -> Result<()> {
    killed_and_added(&HAPROXY)
}

/// Each replica in turn, as a new version is rolled out.
fn replaced(kind: &Kind) -> Result<()> {
    let mut site = Site::start(kind, 3)?;
    let errors = under_load(&mut site, |site, load| {
        for at in 0..2 {
            site.replica(at)?.signal("TERM")?;
            load.goes_on(CLIENTS)?;
            if let Some(replica) = &mut site.replicas[at] {
                replica.wait_for_end()?;
            }
            load.goes_on(20 * CLIENTS)?;
            site.start_replica(at)?;
            is_used(site, at)?;
        }
        Ok(())
    })?;
    ensure!(errors.is_empty(), "{}: {errors:#?}\n{}", kind.name, site.balancer_output());
    Ok(())
}

#[test]
fn f12_replicas_replaced_under_load_lose_nothing_behind_nginx() -> Result<()> {
    replaced(&NGINX)
}

#[test]
fn f12_replicas_replaced_under_load_lose_nothing_behind_haproxy() -> Result<()> {
    replaced(&HAPROXY)
}

/// HAProxy and Caddy ask whether a replica is ready: they give it nothing more before the listener closes.
#[test]
fn f12_a_replica_that_drains_gets_no_more_requests_from_a_balancer_that_asks() -> Result<()> {
    for kind in [HAPROXY, CADDY] {
        let mut site = Site::start(&kind, 2)?;
        let errors = under_load(&mut site, |site, load| {
            site.replica(0)?.signal("TERM")?;
            let mut last = served(site.replica(0)?)?;
            wait_until("the balancer to notice", || {
                let before = std::mem::replace(&mut last, served(site.replica(0)?)?);
                load.goes_on(10 * CLIENTS)?;
                Ok(served(site.replica(0)?)? == before)
            })?;
            // It serves all the same whoever comes.
            let own = testkit::http::exchange(site.replica(0)?.public(), &BITS.request(&[]))?;
            BITS.check(&own)
        })?;
        ensure!(errors.iter().all(|error| !error.contains("WRONG")), "{}: {errors:#?}", kind.name);
        // Caddy asks by a clock of its own: on a busy machine it may find nobody for a moment, and says so (its README).
        let tolerated = if kind.name == CADDY.name { CLIENTS } else { 0 };
        ensure!(errors.len() <= tolerated, "{}: {errors:#?}", kind.name);
    }
    Ok(())
}
