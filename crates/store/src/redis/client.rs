//! Calls to Redis: each under a deadline, repeated once where its answer was lost, refused at once by the breaker
//! while Redis does not answer.

use super::breaker::Breaker;
use super::pool::{Connection, Pool};
use super::script::{Call, Script};
use crate::meter;
use arc_swap::ArcSwapOption;
use deadpool_redis::redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value, cmd};
use issuer::state::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument;

/// Pauses between the probes of a Redis that does not answer.
const PROBE_PAUSE: Duration = Duration::from_millis(200);
/// How long a probe may take.
const PROBE: Duration = Duration::from_secs(1);
/// Connections beside those of the workers: for following changes, probes and keeping house.
const SPARE: usize = 4;

/// Calls that were sent a second time.
const RETRIES: &str = "idp_gateway_store_retries_total";

/// Redis as the store calls it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Client(Arc<Shared>);

struct Shared {
    pool: Pool,
    /// The connection that each worker took from the pool and keeps.
    lanes: Box<[Lane]>,
    breaker: Breaker,
    /// How long a call may take in all, connecting and repeating included.
    deadline: Duration,
}

#[derive(Default)]
struct Lane {
    connection: ArcSwapOption<Connection>,
    connecting: tokio::sync::Mutex<()>,
}

/// Whether a call may be repeated where it is unknown if it ran.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The repeat finds what the first did.
    Safe,
    /// It would act twice.
    Never,
}

/// The lane of this thread: threads are numbered as they come.
fn lane(count: usize) -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.with(|number| number % count.max(1))
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
        Ok(Self(Arc::new(Shared {
            pool: pool(lanes + SPARE)?,
            lanes: (0..lanes).map(|_| Lane::default()).collect(),
            breaker: Breaker::default(),
            deadline,
        })))
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        call: Call<'_>,
        repeat: Repeat,
    ) -> Result<T, StoreError> {
        self.call(script.name, repeat, &call.by_sha(script), Some(&|| call.by_source(script))).await
    }

    /// Sends a command.
    pub(super) async fn send<T: FromRedisValue>(&self, name: &'static str, command: &Cmd) -> Result<T, StoreError> {
        self.call(name, Repeat::Safe, command, None).await
    }

    async fn call<T: FromRedisValue>(
        &self,
        name: &'static str,
        repeat: Repeat,
        command: &Cmd,
        reload: Option<&(dyn Fn() -> Cmd + Sync)>,
    ) -> Result<T, StoreError> {
        if let Err(why) = self.0.breaker.check() {
            return Err(StoreError::Unavailable(why));
        }
        let started = Instant::now();
        let span =
            tracing::trace_span!(target: "trace", "store", otel.name = name, otel.kind = "client", operation = name);
        let outcome = self.attempts(started + self.0.deadline, repeat, command, reload).instrument(span).await;
        let took = started.elapsed();
        let outcome = match outcome {
            Ok(value) => {
                self.0.breaker.succeed();
                T::from_redis_value(value).map_err(|error| StoreError::Corrupt(format!("{name}: {error}")))
            }
            Err(failure) => {
                if failure.is_silence && self.0.breaker.fail(&failure.why) {
                    self.probe();
                }
                let why = format!("{name}: {}", failure.why);
                Err(if failure.is_damage { StoreError::Corrupt(why) } else { StoreError::Unavailable(why) })
            }
        };
        meter::observe(name, took, &outcome);
        outcome
    }

    /// At most two attempts. The first has half of the time, so that one that meets silence leaves time for another.
    async fn attempts(
        &self,
        end: Instant,
        repeat: Repeat,
        command: &Cmd,
        reload: Option<&(dyn Fn() -> Cmd + Sync)>,
    ) -> Result<Value, Failure> {
        let half = Instant::now() + self.0.deadline / 2;
        let first = self.attempt(half, command, reload).await;
        match first {
            Err(failure) if failure.is_transient && (repeat == Repeat::Safe || !failure.may_have_run) => {
                metrics::counter!(RETRIES).increment(1);
                self.attempt(end, command, reload).await
            }
            done => done,
        }
    }

    async fn attempt(
        &self,
        end: Instant,
        command: &Cmd,
        reload: Option<&(dyn Fn() -> Cmd + Sync)>,
    ) -> Result<Value, Failure> {
        let lane = &self.0.lanes[lane(self.0.lanes.len())];
        let connection = match timeout_at(end, self.connection(lane)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(Failure { may_have_run: false, ..Failure::of(&error) }),
            Err(_) => return Err(Failure { may_have_run: false, ..Failure::silence("no connection in time") }),
        };
        let mut link = connection.link();
        let sent = async {
            match (link.send(command).await, reload) {
                // A flushed or restarted Redis has forgotten the script: it comes along, within the same call.
                (Err(error), Some(reload)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    link.send(&reload()).await
                }
                (outcome, _) => outcome,
            }
        };
        let failure = match timeout_at(end, sent).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => Failure::of(&error),
            Err(_) => Failure::silence("no answer in time"),
        };
        if failure.is_transient {
            // A connection that is slow, broken or leads to a demoted primary serves nobody again.
            let current = lane.connection.load();
            if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &connection)) {
                lane.connection.compare_and_swap(&current, None);
            }
            connection.discard();
        }
        Err(failure)
    }

    async fn connection(&self, lane: &Lane) -> Result<Arc<Connection>, RedisError> {
        if let Some(connection) = lane.connection.load_full() {
            return Ok(connection);
        }
        let _one_at_a_time = lane.connecting.lock().await;
        if let Some(connection) = lane.connection.load_full() {
            return Ok(connection);
        }
        let connection = Arc::new(self.0.pool.get().await?);
        lane.connection.store(Some(Arc::clone(&connection)));
        Ok(connection)
    }

    /// A connection for one task of its own.
    pub(super) async fn own_connection(&self) -> Result<Connection, StoreError> {
        match timeout(PROBE, self.0.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(StoreError::Unavailable(error.to_string())),
            Err(_) => Err(StoreError::Unavailable("no connection in time".to_owned())),
        }
    }

    /// Asks in the background until Redis answers, then admits calls again.
    fn probe(&self) {
        let client = self.clone();
        tokio::spawn(async move {
            while !client.answers().await {
                tokio::time::sleep(PROBE_PAUSE).await;
            }
            client.0.breaker.close();
        });
    }

    async fn answers(&self) -> bool {
        let Ok(connection) = self.own_connection().await else { return false };
        let mut link = connection.link();
        let answered = timeout(PROBE, link.send(&cmd("PING"))).await;
        let answers = matches!(answered, Ok(Ok(_)));
        if !answers {
            connection.discard();
        }
        answers
    }
}

/// Why an attempt did not come to an answer.
#[expect(clippy::struct_excessive_bools, reason = "four questions that the caller asks, each by itself")]
struct Failure {
    why: String,
    /// Another connection may do better.
    is_transient: bool,
    /// Redis may have done what it was asked.
    may_have_run: bool,
    /// Redis did not answer, or not as one that serves.
    is_silence: bool,
    /// A script met a row that it cannot read.
    is_damage: bool,
}

impl Failure {
    fn silence(why: &str) -> Self {
        Self { why: why.to_owned(), is_transient: true, may_have_run: true, is_silence: true, is_damage: false }
    }

    fn of(error: &RedisError) -> Self {
        use ServerErrorKind as Server;
        // A server that refuses has not run the script; a script that it broke off half way reports an error of its own.
        let (is_transient, may_have_run, is_silence) = match error.kind() {
            ErrorKind::Server(
                Server::ReadOnly
                | Server::MasterDown
                | Server::BusyLoading
                | Server::ClusterDown
                | Server::TryAgain
                | Server::Moved
                | Server::Ask,
            ) => (true, false, true),
            // Out of memory, a script's error, no permission: asked again it would say the same.
            ErrorKind::Server(_) | ErrorKind::Extension => (false, false, false),
            ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig => (false, false, true),
            _ => (true, true, true),
        };
        let is_damage = error.code() == Some("CORRUPT");
        Self { why: error.to_string(), is_transient, may_have_run, is_silence, is_damage }
    }
}
