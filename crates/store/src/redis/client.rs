//! Calls to Redis: each under a deadline, repeated once where its answer was lost, refused at once by the breaker
//! while Redis does not answer.

use super::breaker::Breaker;
use super::failure::Failure;
use super::lanes::Lanes;
use super::names::Key;
use super::pool::{Connection, Link, Pool};
use super::script::{Call, Script};
use super::steps::{Back, Steps};
use crate::meter;
use deadpool_redis::redis::{Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ServerErrorKind, Value, cmd};
use futures_util::{StreamExt, stream};
use issuer::state::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

/// Pauses between the probes of a Redis that does not answer.
const PROBE_PAUSE: Duration = Duration::from_millis(200);
/// Connections beside those of the workers: for following changes, receiving letters and keeping house.
const SPARE: usize = 5;
/// Steps that are taken back at a time.
const SIDE_BY_SIDE: usize = 32;

/// Calls that were sent a second time.
const RETRIES: &str = "idp_gateway_store_retries_total";

/// Redis as the store calls it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    shared: Arc<Shared>,
    /// When the namespace ends whose keys it works on, milliseconds since the epoch; 0 outside any.
    until: Arc<AtomicI64>,
}

struct Shared {
    lanes: Arc<Lanes>,
    breaker: Breaker,
    steps: Steps,
    /// How long a call may take in all, repeating included.
    deadline: Duration,
}

/// Whether a call may be repeated where it is unknown if it ran.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The repeat finds what the first did.
    Safe,
    /// It would act twice.
    Never,
}

/// What is asked of Redis.
#[derive(Clone, Copy)]
enum Ask<'a> {
    Command(&'a Cmd),
    Script(&'a Script, &'a Call<'a>),
}

impl Client {
    pub(super) fn new(
        pool: impl FnOnce(usize) -> Result<Pool, RedisError>,
        deadline: Duration,
    ) -> Result<Self, RedisError> {
        meter::set_breaker(false);
        metrics::counter!(RETRIES).increment(0);
        // One for each worker of either listener.
        let lanes = std::thread::available_parallelism().map_or(2, usize::from) + 1;
        let shared = Arc::new(Shared {
            lanes: Arc::new(Lanes::new(pool(lanes + SPARE)?, lanes, deadline)),
            breaker: Breaker::default(),
            steps: Steps::default(),
            deadline,
        });
        Ok(Self { shared, until: Arc::default() })
    }

    /// The same for keys that end then, milliseconds since the epoch.
    pub(super) fn until(&self, ends_at: i64) -> Self {
        Self { shared: Arc::clone(&self.shared), until: Arc::new(AtomicI64::new(ends_at)) }
    }

    /// Has the keys of its namespace end at another time from now on.
    pub(super) fn extend(&self, ends_at: i64) {
        self.until.store(ends_at, Ordering::Relaxed);
    }

    /// Has a key that a command has made end with its namespace.
    pub(super) async fn bound(&self, key: &Key) -> Result<(), StoreError> {
        match self.until.load(Ordering::Relaxed) {
            0 => Ok(()),
            until => self.send("bound", cmd("PEXPIREAT").arg(key.as_bytes()).arg(until)).await,
        }
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        call: Call<'_>,
        repeat: Repeat,
    ) -> Result<T, StoreError> {
        self.may_ask(&call)?;
        let outcome = self.call(script.name, repeat, self.end(), Ask::Script(script, &call)).await;
        outcome.map_err(|failure| failure.told(script.name)).and_then(|value| read(script.name, value))
    }

    /// Runs a script that is [to be taken back](Self::settle), by `back`, where its caller does not get its answer. It does
    /// not run after its deadline, so that it is taken back once and for all.
    pub(super) async fn step<T: FromRedisValue>(
        &self,
        script: &'static Script,
        call: Call<'_>,
        back: (&'static Script, Call<'_>),
    ) -> Result<T, StoreError> {
        self.may_ask(&call)?;
        let after = self.end();
        let step = self.shared.steps.begin(Back { script: back.0, call: back.1.kept(), after });
        let outcome = self.call(script.name, Repeat::Safe, after, Ask::Script(script, &call)).await;
        if !outcome.as_ref().is_err_and(|failure| failure.may_have_run) {
            step.close();
        }
        outcome.map_err(|failure| failure.told(script.name)).and_then(|value| read(script.name, value))
    }

    /// Sends a command.
    pub(super) async fn send<T: FromRedisValue>(&self, name: &'static str, command: &Cmd) -> Result<T, StoreError> {
        let outcome = self.call(name, Repeat::Safe, self.end(), Ask::Command(command)).await;
        outcome.map_err(|failure| failure.told(name)).and_then(|value| read(name, value))
    }

    /// How long a call may take.
    pub(super) fn deadline(&self) -> Duration {
        self.shared.deadline
    }

    fn end(&self) -> Instant {
        Instant::now() + self.shared.deadline
    }

    /// Nothing is decided by what is still to be taken back.
    fn may_ask(&self, call: &Call<'_>) -> Result<(), StoreError> {
        if self.shared.steps.owes(call.keys()) {
            return Err(StoreError::Unavailable("a step whose answer was lost is still to be taken back".to_owned()));
        }
        Ok(())
    }

    async fn call(&self, name: &'static str, repeat: Repeat, end: Instant, ask: Ask<'_>) -> Result<Value, Failure> {
        self.shared.breaker.check().map_err(|why| Failure::unsent(&why))?;
        let started = Instant::now();
        let span =
            tracing::trace_span!(target: "trace", "store", otel.name = name, otel.kind = "client", operation = name);
        let outcome = self.attempts(repeat, end, ask).instrument(span).await;
        match &outcome {
            Ok(_) => self.shared.breaker.succeed(),
            Err(failure) => {
                if failure.is_silence && self.shared.breaker.fail(&failure.why) {
                    self.probe();
                }
            }
        }
        meter::observe(name, started.elapsed(), &outcome.as_ref().map_err(|failure| failure.clone().told(name)));
        outcome
    }

    /// At most two attempts. The first has half of the time, so that one that meets silence leaves time for another.
    async fn attempts(&self, repeat: Repeat, end: Instant, ask: Ask<'_>) -> Result<Value, Failure> {
        let first = match self.attempt(end - self.shared.deadline / 2, end, ask).await {
            Err(first) if first.is_transient && (repeat == Repeat::Safe || !first.may_have_run) => first,
            done => return done,
        };
        metrics::counter!(RETRIES).increment(1);
        self.attempt(end, end, ask).await.map_err(|second| {
            let may_have_run = first.may_have_run || second.may_have_run;
            Failure { may_have_run, ..second }
        })
    }

    /// One attempt. Redis has until `soon` to say its first word, and until `end` to say its last.
    async fn attempt(&self, soon: Instant, end: Instant, ask: Ask<'_>) -> Result<Value, Failure> {
        let connection = timeout_at(soon, self.shared.lanes.connection()).await;
        let connection = connection.map_err(|_| Failure::unsent("no connection in time"))??;
        let asked = Instant::now();
        let failure = match self.ask(&mut connection.link(), soon, end, ask).await {
            Ok(Ok(value)) => return self.learn(asked, ask, value),
            Ok(Err(error)) => Failure::of(&error),
            Err(_) => Failure::silence(format!(
                "no answer in time: the round trip must take less than {} ms, half of store.timeout_ms",
                self.shared.deadline.as_millis() / 2
            )),
        };
        let is_given_time = asked.elapsed() >= self.shared.deadline / 2;
        match failure.late_at {
            Some(told) => self.shared.lanes.time.learn(asked, Instant::now(), told),
            // One that came too late for this call serves the next.
            None if failure.is_transient && (is_given_time || !failure.is_overdue) => {
                self.shared.lanes.discard(&connection);
            }
            None => {}
        }
        Err(failure)
    }

    async fn ask(
        &self,
        link: &mut Link,
        soon: Instant,
        end: Instant,
        ask: Ask<'_>,
    ) -> Result<RedisResult<Value>, Elapsed> {
        let (script, call) = match ask {
            Ask::Command(command) => return timeout_at(soon, link.send(command)).await,
            Ask::Script(script, call) => (script, call),
        };
        let (deadline, until) = (self.shared.lanes.time.at(end), self.until.load(Ordering::Relaxed));
        match timeout_at(soon, link.send(&call.by_sha(script, until, deadline))).await? {
            // A flushed or restarted Redis has forgotten the script: it comes along, within the same call.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                timeout_at(end, link.send(&call.by_source(script, until, deadline))).await
            }
            answer => Ok(answer),
        }
    }

    /// The answer itself. That of a script comes with Redis's time.
    fn learn(&self, asked: Instant, ask: Ask<'_>, value: Value) -> Result<Value, Failure> {
        let Ask::Script(..) = ask else { return Ok(value) };
        match <(i64, Value)>::from_redis_value(value) {
            Ok((told, answer)) => {
                self.shared.lanes.time.learn(asked, Instant::now(), told);
                Ok(answer)
            }
            Err(error) => Err(Failure { is_damage: true, ..Failure::of(&error.into()) }),
        }
    }

    /// A connection for one task of its own.
    pub(super) async fn own_connection(&self) -> Result<Connection, StoreError> {
        self.shared.lanes.fresh().await.map_err(|failure| StoreError::Unavailable(failure.why))
    }

    /// Has that done later which could not be done now.
    pub(super) fn owe(&self, script: &'static Script, call: Call<'_>) {
        self.shared.steps.owe(Back { script, call: call.kept(), after: Instant::now() });
    }

    /// Takes back the steps that are to be taken back, whatever the breaker says.
    pub(super) async fn settle(&self) {
        let mut due = self.shared.steps.due().into_iter();
        // Where the first meets silence, so would the others.
        let Some((number, back)) = due.next() else { return };
        if self.take_back(number, back).await {
            let others = due.map(|(number, back)| self.take_back(number, back));
            stream::iter(others).buffer_unordered(SIDE_BY_SIDE).for_each(|_| std::future::ready(())).await;
        }
    }

    /// The same once all steps under way can run no more.
    pub(super) async fn settle_once_over(&self) {
        tokio::time::sleep(self.shared.deadline).await;
        self.settle().await;
    }

    /// Whether the step is settled.
    async fn take_back(&self, number: u64, back: Back) -> bool {
        match self.attempts(Repeat::Safe, self.end(), Ask::Script(back.script, &back.call)).await {
            Err(failure) if failure.is_silence => return false,
            Err(failure) => tracing::warn!(step = back.script.name, why = failure.why, "a step cannot be taken back"),
            Ok(_) => {}
        }
        self.shared.steps.settle(number);
        true
    }

    /// How many steps were begun, and the moment before which all are settled, microseconds by Redis's clock.
    pub(super) fn settled_until(&self) -> (u64, i64) {
        let (begun, until) = self.shared.steps.settled_until();
        (begun, self.shared.lanes.time.at(until))
    }

    /// Whether no step is open and none was begun beyond that many.
    pub(super) fn is_idle(&self, begun: u64) -> bool {
        self.shared.steps.is_idle(begun)
    }

    /// Whether Redis has answered all calls for so long.
    pub(super) fn is_steady_for(&self, length: Duration) -> bool {
        self.shared.breaker.is_steady_for(length)
    }

    /// The present by Redis's clock or a little earlier, microseconds since the epoch.
    pub(super) fn redis_time(&self) -> i64 {
        self.shared.lanes.time.at(Instant::now())
    }

    /// Asks in the background until Redis answers as fast as a call needs it, then admits calls again.
    fn probe(&self) {
        let client = self.clone();
        tokio::spawn(async move {
            while client.attempts(Repeat::Safe, client.end(), Ask::Command(&cmd("PING"))).await.is_err() {
                tokio::time::sleep(PROBE_PAUSE).await;
            }
            client.shared.breaker.close();
        });
    }
}

fn read<T: FromRedisValue>(name: &str, value: Value) -> Result<T, StoreError> {
    T::from_redis_value(value).map_err(|error| StoreError::Corrupt(format!("{name}: {error}")))
}
