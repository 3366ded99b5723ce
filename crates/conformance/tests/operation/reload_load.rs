//! The configuration read anew under load: no request fails, and none is answered by two configurations.

use crate::bits::{mark, mount, request};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use testkit::gateway::Gateway;
use testkit::http::Connection;

/// Clients at once, each on a connection that it keeps.
const CLIENTS: usize = 16;
/// How often the configuration changes meanwhile.
const RELOADS: usize = 20;

fn config(mark: u32) -> String {
    format!("[server]\nwatch_config = false\n{}", mount("bits", "secret-1", mark))
}

/// Asks until told to stop; how many answers each configuration gave.
fn client(address: SocketAddr, done: &AtomicBool) -> Result<BTreeMap<u32, usize>> {
    let (mut connection, request) = (Connection::open(address)?, request("bits", "secret-1"));
    let mut answers = BTreeMap::new();
    while !done.load(Ordering::Relaxed) {
        *answers.entry(mark(&connection.exchange(&request)?)?).or_default() += 1;
    }
    Ok(answers)
}

#[test]
fn f16_under_load_no_request_fails_and_each_answer_is_of_one_configuration() -> Result<()> {
    let gateway = Gateway::start(&config(100))?;
    let (address, done) = (gateway.public(), AtomicBool::new(false));
    let (reloaded, answers) = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| client(address, &done))).collect();
        let reload = |round: usize| -> Result<()> {
            // Every fourth is wrong, and changes nothing.
            let text = if round % 4 == 3 {
                config(999).replace("scopes", "scope")
            } else {
                config(100 + u32::try_from(round)?)
            };
            gateway.write_config(&text)?;
            gateway.signal("HUP")?;
            let refused = round / 4 + usize::from(round % 4 == 3);
            gateway.wait_for_log("configuration refused", refused)?;
            gateway.wait_for_log("configuration reloaded", round + 1 - refused)
        };
        let reloaded: Result<Vec<()>> = (0..RELOADS).map(reload).collect();
        done.store(true, Ordering::Relaxed);
        let answers: Vec<_> = clients.into_iter().map(thread::ScopedJoinHandle::join).collect();
        (reloaded, answers)
    });
    reloaded?;
    let mut all: BTreeMap<u32, usize> = BTreeMap::new();
    for answers in answers {
        for (mark, count) in answers.ok().context("a client broke off")?? {
            *all.entry(mark).or_default() += count;
        }
    }
    ensure!(all.len() >= RELOADS / 2, "the load has seen {} configurations: {all:?}", all.len());
    ensure!(!all.contains_key(&999), "a configuration that was refused answers: {all:?}");
    Ok(())
}
