//! A thousand sign-ins at once from one address: when an owner is in meanwhile, and what token requests feel of it.

use super::{Bench, at_most};
use anyhow::{Context as _, ensure};
use bench::table::Row;
use hdrhistogram::Histogram;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};
use testkit::agent::{Agent, Form, form};
use testkit::gateway::Gateway;
use testkit::http::Connection;
use testkit::vendor::form_of;

/// How many a stranger sends at once.
const SIGN_INS: usize = 1_000;
/// What a thread that sends one of them needs of a stack.
const STACK: usize = 256 << 10;
/// Between two token requests.
const PACE: Duration = Duration::from_millis(5);
/// How long token requests are looked at before.
const BEFORE: Duration = Duration::from_secs(5);
/// How long after the burst began the owner signs in: the queue is full by then.
const LATER: Duration = Duration::from_millis(300);

const MOUNTS: &str = concat!(
    "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[store]\npath = \":memory:\"\n",
    testkit::mounts!(bits),
    "rate_limit = \"unlimited\"\n",
    testkit::mounts!(brighthr)
);
const LOGIN: &str = "/brighthr/account/login";
/// The burst's address, and the owner's.
const FROM: [&str; 2] = ["203.0.113.9", "203.0.113.10"];

impl Bench<'_> {
    /// The gateway has all cores here, as it has where it runs, and shares them with the load.
    pub(super) fn burst(&self) -> anyhow::Result<Vec<Row>> {
        let gateway = Gateway::start_version(&self.programs.gateway, 0, MOUNTS)?;
        let quiet = tokens(&gateway, &AtomicBool::new(false), BEFORE)?;
        let is_over = AtomicBool::new(false);
        let (owner, felt) = thread::scope(|scope| {
            let felt = scope.spawn(|| tokens(&gateway, &is_over, Duration::MAX));
            let owner = flooded(&gateway);
            is_over.store(true, Ordering::Relaxed);
            let felt = felt.join().map_err(|_| anyhow::anyhow!("the client of tokens has panicked"))?;
            anyhow::Ok((owner?, felt?))
        })?;
        let millis = |felt: &Histogram<u64>, of: f64| felt.value_at_quantile(of) as f64 / 1e3;
        let beside = format!("{:.1} ms before", millis(&quiet, 0.5));
        let median = at_most("Bits token meanwhile, median", millis(&felt, 0.5), 10.0, " ms");
        Ok(vec![
            at_most(&format!("Sign-in beside {SIGN_INS} of a stranger"), owner.as_secs_f64() * 1e3, 1_000.0, " ms"),
            Row { beside, ..median },
        ])
    }
}

/// How long the owner's sign-in takes while a stranger's thousand wait.
fn flooded(gateway: &Gateway) -> anyhow::Result<Duration> {
    let (stranger, burst) = sign_in(gateway, "nobody", "guess")?;
    let (mut own, owner) = sign_in(gateway, "alice", "alice-password")?;
    thread::scope(|scope| {
        for number in 0..SIGN_INS {
            let (mut browser, form) = (stranger.clone(), burst.clone().with("username", &format!("nobody {number}")));
            // What becomes of each is not looked at: an answer, a 429, or a connection that was one too many.
            Builder::new().stack_size(STACK).spawn_scoped(scope, move || send(&mut browser, &form, FROM[0]).ok())?;
        }
        testkit::pause(LATER);
        let started = Instant::now();
        let status = send(&mut own, &owner, FROM[1])?;
        ensure!(status == 303, "the owner was told {status}");
        Ok(started.elapsed())
    })
}

/// A browser at the login page, and its form filled in.
fn sign_in(gateway: &Gateway, name: &str, password: &str) -> anyhow::Result<(Agent, Form)> {
    let mut browser = Agent::new(gateway.public());
    let page = browser.get(LOGIN)?;
    Ok((browser, form(&page, "csrf")?.with("username", name).with("password", password)))
}

fn send(browser: &mut Agent, form: &Form, from: &str) -> anyhow::Result<u16> {
    Ok(browser.submit_with(form, &[("X-Forwarded-For", from)])?.status)
}

/// One token request after another, until it is over; how long each took, in microseconds.
fn tokens(gateway: &Gateway, is_over: &AtomicBool, at_most: Duration) -> anyhow::Result<Histogram<u64>> {
    let (mut felt, started) = (Histogram::new(3)?, Instant::now());
    let mut connection = Connection::open(gateway.public())?;
    let fields = [("grant_type", "client_credentials")];
    let request = form_of("/bits/v1/oauth2/token", ("batch", "batch-secret"), &fields)?;
    while !is_over.load(Ordering::Relaxed) && started.elapsed() < at_most {
        let sent = Instant::now();
        let status = connection.exchange(&request).context("a token request")?.status;
        ensure!(status == 200, "a token request was answered {status}");
        felt.record(u64::try_from(sent.elapsed().as_micros())?)?;
        testkit::pause(PACE);
    }
    Ok(felt)
}
