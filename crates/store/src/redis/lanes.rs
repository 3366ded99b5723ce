//! The connections that calls share, one for each worker.

use super::failure::Failure;
use super::pool::{Connection, Pool};
use super::time::RedisTime;
use arc_swap::ArcSwapOption;
use deadpool_redis::redis::{FromRedisValue, cmd};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Connections being made take several round trips: they have this many deadlines of a call, within these bounds.
const DEADLINES: u32 = 4;
const LEAST: Duration = Duration::from_secs(2);
const MOST: Duration = Duration::from_secs(10);

/// The connections, and where they come from.
pub(super) struct Lanes {
    pool: Pool,
    all: Box<[Lane]>,
    /// How long making a connection may take, whoever waits for it.
    patience: Duration,
    pub(super) time: RedisTime,
}

#[derive(Default)]
struct Lane {
    connection: ArcSwapOption<Connection>,
    coming: Mutex<Option<Coming>>,
}

/// A connection that is being made. It goes on though nobody waits for it any more.
type Coming = Shared<BoxFuture<'static, Result<Arc<Connection>, Failure>>>;

/// The lane of this thread: threads are numbered as they come.
fn own(count: usize) -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.with(|number| number % count.max(1))
}

impl Lanes {
    pub(super) fn new(pool: Pool, count: usize, deadline: Duration) -> Self {
        let patience = deadline.saturating_mul(DEADLINES).clamp(LEAST, MOST);
        Self { pool, all: (0..count).map(|_| Lane::default()).collect(), patience, time: RedisTime::new() }
    }

    /// This worker's connection; until it is made another's, if there is one.
    pub(super) async fn connection(self: &Arc<Self>) -> Result<Arc<Connection>, Failure> {
        let own = own(self.all.len());
        if let Some(connection) = self.all[own].connection.load_full() {
            return Ok(connection);
        }
        let coming = self.connect(own);
        match self.all.iter().find_map(|lane| lane.connection.load_full()) {
            Some(connection) => Ok(connection),
            None => coming.await,
        }
    }

    fn connect(self: &Arc<Self>, at: usize) -> Coming {
        let mut coming = self.all[at].coming.lock();
        if let Some(under_way) = &*coming {
            return under_way.clone();
        }
        let lanes = Arc::clone(self);
        let making = tokio::spawn(async move {
            let made = lanes.make().await.map(Arc::new);
            let lane = &lanes.all[at];
            let mut coming = lane.coming.lock();
            if let Ok(connection) = &made {
                lane.connection.store(Some(Arc::clone(connection)));
            }
            *coming = None;
            made
        });
        let lanes = Arc::clone(self);
        let made = async move {
            making.await.unwrap_or_else(|_| {
                // Its thread has ended, and it with that.
                *lanes.all[at].coming.lock() = None;
                Err(Failure::unsent("connecting was broken off"))
            })
        };
        let made = made.boxed().shared();
        *coming = Some(made.clone());
        made
    }

    /// A connection to a Redis whose time is known.
    async fn make(&self) -> Result<Connection, Failure> {
        let connection = self.fresh().await?;
        let asked = Instant::now();
        let told = timeout(self.patience, connection.link().send(&cmd("TIME"))).await;
        match told.map(|told| told.and_then(|told| Ok(<(i64, i64)>::from_redis_value(told)?))) {
            Ok(Ok((seconds, micros))) => {
                self.time.learn(asked, Instant::now(), seconds.saturating_mul(1_000_000).saturating_add(micros));
                Ok(connection)
            }
            Ok(Err(error)) => Err(Failure { may_have_run: false, ..Failure::of(&error) }),
            Err(_) => Err(Failure::unsent("no connection in time")),
        }
    }

    /// A connection for one task of its own.
    pub(super) async fn fresh(&self) -> Result<Connection, Failure> {
        match timeout(self.patience, self.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(Failure { may_have_run: false, ..Failure::of(&error) }),
            Err(_) => Err(Failure::unsent("no connection in time")),
        }
    }

    /// Ends a connection for good. One that is slow, broken or leads to a demoted primary serves nobody again.
    pub(super) fn discard(&self, connection: &Arc<Connection>) {
        for lane in &self.all {
            let current = lane.connection.load();
            if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, connection)) {
                lane.connection.compare_and_swap(&current, None);
            }
        }
        connection.discard();
    }
}
