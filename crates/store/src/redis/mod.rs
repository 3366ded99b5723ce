//! The Redis store: what many replicas of one gateway share, on one node, behind Sentinels or in a Cluster.
//!
//! Each stateful step is one script on keys of one slot, one round trip. Scripts take the present from Redis's own
//! clock, as the namespace's clock derives it; ends are stored and compared, and Redis's expiry only collects what is
//! over for a day.

mod breaker;
mod carried;
mod certificates;
mod changes;
mod client;
mod codes;
mod consents;
mod devices;
mod failure;
mod family;
mod following;
mod house;
mod lanes;
mod limits;
mod names;
mod namespaces;
mod overrides;
mod owned;
mod pats;
mod pool;
mod refresh;
mod relay;
mod replaced;
mod scenarios;
mod script;
mod server;
mod sessions;
mod sets;
mod settling;
mod signing_keys;
mod steps;
mod time;
mod told;
mod url;
mod whole;

pub use certificates::Certificates;
pub use limits::LimiterFallback;
pub use script::refresh_script;
pub use url::{RedisUrl, UrlError};

use crate::format::{FIRST, NEWEST};
use crate::{carry, meter};
use changes::Feed;
use client::{Client, Repeat};
use deadpool_redis::redis::cmd;
use issuer::state::{Changes, NamespaceStore, Relay, Store, StoreError};
use names::Names;
use pool::Pool;
use script::{Call, PROBE};
use settling::Keeper;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use told::Told;

/// How a store reaches Redis and shares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisOptions {
    /// Where Redis is.
    pub url: RedisUrl,
    /// What is shown and trusted over TLS; `None` where the system's certificates are trusted, and none is shown.
    pub certificates: Option<Certificates>,
    /// What the names of all keys begin with: gateways of one prefix are replicas of one another.
    pub prefix: String,
    /// How long a call may take, repeating included. The round trip must take less than half of it.
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
    /// Whose state this is a view of; `None` outside any namespace.
    owner: Option<Arc<str>>,
}

/// What the store's parts share.
pub(super) struct Core {
    client: Client,
    names: Names,
    /// The epoch in which keys are named; `UNKNOWN` until Redis was asked.
    epoch: AtomicU64,
    /// The format of what Redis holds, as far as is known.
    format: Arc<AtomicU32>,
    /// Names this process among all gateways over the Redis, for as long as it runs: 16 digits.
    replica: String,
    keeper: Keeper,
    place: String,
}

const UNKNOWN: u64 = u64::MAX;

impl Redis {
    /// A store over Redis; nothing is asked of it yet, so that a gateway starts before its Redis does. An error where
    /// the URL cannot be used.
    pub fn new(options: &RedisOptions) -> Result<Self, StoreError> {
        let pool = |size| Pool::new(&options.url, options.certificates.as_ref(), size);
        let client = Client::new(pool, options.timeout)
            .map_err(|error| StoreError::Unavailable(format!("store.url cannot be used: {error}")))?;
        let core = Arc::new(Core {
            client,
            names: Names::new(&options.prefix),
            epoch: AtomicU64::new(UNKNOWN),
            format: Arc::new(AtomicU32::new(FIRST)),
            replica: format!("{:016x}", rand::random::<u64>()),
            keeper: Keeper::default(),
            place: options.url.to_string(),
        });
        let feed = Arc::new(Feed::new(Arc::clone(&core), options.replica.clone()));
        Ok(Self { limits: limits::Fallback::new(options.limiter_fallback, Arc::clone(&feed)), core, feed, owner: None })
    }
}

impl Redis {
    /// The names of the replicas that live and are of an earlier version, which does not read the newest format.
    pub async fn earlier_replicas(&self) -> Result<Vec<String>, StoreError> {
        self.feed.earlier().await
    }

    /// The names of the replicas that live.
    pub async fn live_replicas(&self) -> Result<Vec<String>, StoreError> {
        self.feed.live().await
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

    /// The same, as Redis has it now; an error where a newer program has written there.
    async fn read_epoch(&self) -> Result<u64, StoreError> {
        let mut command = cmd("MGET");
        command.arg(self.names.epoch().as_bytes()).arg(self.names.format().as_bytes());
        let (epoch, format): (Option<u64>, Option<u32>) = self.client.send("epoch", &command).await?;
        let format = format.unwrap_or(FIRST);
        self.format.store(format, Ordering::Relaxed);
        if format > NEWEST {
            return Err(StoreError::Newer { found: format, known: NEWEST });
        }
        let epoch = epoch.unwrap_or(0);
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
        let ended = self.feed.reset(&self.core, &Told::reset(self.owner.as_deref())).await?;
        self.limits.clear();
        house::forget_epoch(Arc::clone(&self.core), ended);
        Ok(())
    }

    fn backup(&self) -> mpsc::Receiver<Result<Vec<u8>, StoreError>> {
        carry::backup(self)
    }

    async fn replace_all(&self, lines: Vec<Vec<u8>>) -> Result<(), StoreError> {
        self.replace(&lines).await?;
        self.limits.clear();
        Ok(())
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.core.read_epoch().await?;
        let (keys, dbsize) = ([self.core.names.probe()], cmd("DBSIZE"));
        // Side by side: whoever asks waits for one round trip.
        let written = self.core.client.run(&PROBE, Call::on(&keys), Repeat::Safe);
        let (written, size) = tokio::join!(written, self.core.client.send("size", &dbsize));
        if let Ok(keys) = size {
            meter::set_keys(keys);
        }
        written
    }

    fn namespaces(&self) -> Option<&dyn NamespaceStore> {
        self.owner.is_none().then_some(self)
    }

    fn changes(&self) -> Option<Arc<dyn Changes>> {
        Some(Arc::clone(&self.feed) as Arc<dyn Changes>)
    }

    fn relay(&self) -> Option<Arc<dyn Relay>> {
        Some(Arc::new(relay::Post::new(&self.feed)))
    }
}
