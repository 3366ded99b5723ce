//! The Redis store: what many replicas of one gateway share, on one node, behind Sentinels or in a Cluster.
//!
//! Each stateful step is one script on keys of one slot, one round trip. Scripts take the present from Redis's own
//! clock, as the namespace's clock derives it; ends are stored and compared, and Redis's expiry only collects what is
//! over for a day.

mod breaker;
mod changes;
mod client;
mod codes;
mod consents;
mod house;
mod limits;
mod names;
mod overrides;
mod owned;
mod pats;
mod pool;
mod refresh;
mod scenarios;
mod script;
mod sessions;
mod signing_keys;
mod url;

pub use limits::LimiterFallback;
pub use script::refresh_script;
pub use url::{RedisUrl, UrlError};

use changes::Feed;
use client::{Client, Repeat};
use deadpool_redis::redis::cmd;
use issuer::state::{Changes, Store, StoreError};
use names::Names;
use pool::Pool;
use script::{Call, PROBE};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How a store reaches Redis and shares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisOptions {
    /// Where Redis is.
    pub url: RedisUrl,
    /// What the names of all keys begin with: gateways of one prefix are replicas of one another.
    pub prefix: String,
    /// How long a call may take, connecting and repeating included.
    pub timeout: Duration,
    /// What becomes of rate limits while Redis does not answer.
    pub limiter_fallback: LimiterFallback,
    /// What this replica is called where replicas are named.
    pub replica: String,
}

/// A store that shares its state with all replicas of the gateway.
pub struct Redis {
    core: Arc<Core>,
    limits: limits::Fallback,
    feed: Arc<Feed>,
}

/// What the store's parts share.
pub(super) struct Core {
    client: Client,
    names: Names,
    /// The epoch in which keys are named; `UNKNOWN` until Redis was asked.
    epoch: AtomicU64,
    place: String,
}

const UNKNOWN: u64 = u64::MAX;

impl Redis {
    /// A store over Redis; nothing is asked of it yet, so that a gateway starts before its Redis does. An error where
    /// the URL cannot be used.
    pub fn new(options: &RedisOptions) -> Result<Self, StoreError> {
        let pool = |size| Pool::new(&options.url, size);
        let client = Client::new(pool, options.timeout)
            .map_err(|error| StoreError::Unavailable(format!("store.url cannot be used: {error}")))?;
        let core = Arc::new(Core {
            client,
            names: Names::new(&options.prefix),
            epoch: AtomicU64::new(UNKNOWN),
            place: options.url.to_string(),
        });
        let feed = Arc::new(Feed::new(Arc::clone(&core), options.replica.clone()));
        Ok(Self { limits: limits::Fallback::new(options.limiter_fallback, Arc::clone(&feed)), core, feed })
    }
}

impl Core {
    /// The epoch in which keys are named.
    async fn epoch(&self) -> Result<u64, StoreError> {
        match self.epoch.load(Ordering::Relaxed) {
            UNKNOWN => self.read_epoch().await,
            known => Ok(known),
        }
    }

    /// The same, as Redis has it now.
    async fn read_epoch(&self) -> Result<u64, StoreError> {
        let mut command = cmd("GET");
        command.arg(self.names.epoch().as_bytes());
        let epoch = self.client.send::<Option<u64>>("epoch", &command).await?.unwrap_or(0);
        self.epoch.store(epoch, Ordering::Relaxed);
        Ok(epoch)
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("place", &self.core.place).finish_non_exhaustive()
    }
}

/// A script's answer that no version of it gives.
fn unexpected(script: &str) -> StoreError {
    StoreError::Corrupt(format!("{script} gave an answer of an unknown form"))
}

#[async_trait::async_trait]
impl Store for Redis {
    async fn reset(&self) -> Result<(), StoreError> {
        let ended = self.feed.reset().await?;
        self.limits.clear();
        house::forget_epoch(Arc::clone(&self.core), ended);
        Ok(())
    }

    async fn probe(&self) -> Result<(), StoreError> {
        let keys = [self.core.names.probe()];
        self.core.client.run(&PROBE, Call::on(&keys), Repeat::Safe).await
    }

    fn changes(&self) -> Option<Arc<dyn Changes>> {
        Some(Arc::clone(&self.feed) as Arc<dyn Changes>)
    }
}
