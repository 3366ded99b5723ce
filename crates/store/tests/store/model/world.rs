//! The stores under test: replicas over the embedded store, over Redis, and over Redis behind a network that loses
//! replies.

use super::calls::Replica;
use issuer::state::Store;
use std::sync::Arc;
use std::time::Duration;
use store::{Embedded, LimiterFallback, RedisOptions, RedisUrl};
use testkit::{Proxy, Redis};

/// Replicas with what is between them and their state.
pub(crate) struct World {
    replicas: Vec<Replica>,
    /// Whether a hit that is repeated is known by its request. Where no answer can be lost nobody repeats one.
    pub(crate) knows_hits: bool,
    network: Option<Network>,
    /// Kept alive as long as its replicas.
    _server: Option<Arc<Redis>>,
}

struct Network {
    redis: Arc<Redis>,
    proxy: Proxy,
    stores: Vec<Arc<dyn Store>>,
    /// Replies that were lost before this group.
    before: std::sync::atomic::AtomicU64,
}

fn over_redis(url: &str, timeout: Duration) -> Vec<Arc<dyn Store>> {
    let options = RedisOptions {
        url: RedisUrl::parse(url).unwrap(),
        certificates: None,
        prefix: "model".to_owned(),
        timeout,
        limiter_fallback: LimiterFallback::Deny,
        replica: "test".to_owned(),
    };
    (0..3).map(|_| Arc::new(store::Redis::new(&options).unwrap()) as Arc<dyn Store>).collect()
}

fn of_the_newest_format() -> Redis {
    let redis = Redis::start().unwrap();
    redis.command(&["SET", "model:{shared}format", "2"]).unwrap();
    redis
}

impl World {
    /// One store, as a gateway on its own has it.
    pub(crate) fn embedded(store: Embedded) -> Self {
        Self::of(vec![Replica::of(&(Arc::new(store) as Arc<dyn Store>))], false)
    }

    /// Any replicas.
    pub(crate) fn of(replicas: Vec<Replica>, knows_hits: bool) -> Self {
        Self { replicas, knows_hits, network: None, _server: None }
    }

    /// Three replicas over one Redis.
    pub(crate) fn redis() -> Self {
        let redis = Arc::new(of_the_newest_format());
        let replicas = over_redis(&redis.url(), Duration::from_secs(10)).iter().map(Replica::of).collect();
        Self { replicas, knows_hits: true, network: None, _server: Some(redis) }
    }

    /// Three replicas over one Redis, each reply of which may be lost.
    pub(crate) fn redis_behind_a_lossy_network() -> Self {
        let redis = Arc::new(of_the_newest_format());
        let proxy = Proxy::start(redis.address()).unwrap();
        // A step is taken back once it cannot run any more.
        let stores = over_redis(&proxy.url(), Duration::from_secs(1));
        let replicas = stores.iter().map(Replica::of).collect();
        let network = Network { redis: Arc::clone(&redis), proxy, stores, before: 0.into() };
        Self { replicas, knows_hits: true, network: Some(network), _server: Some(redis) }
    }

    pub(crate) fn replica(&self, number: usize) -> Replica {
        self.replicas[number % self.replicas.len()].clone()
    }

    /// Loses the next replies of Redis, where there is a network to lose them.
    pub(crate) fn lose(&self, count: u64) {
        if let Some(network) = &self.network {
            network.proxy.drop_replies(count);
        }
    }

    /// Waits until nothing that was sent is still on its way, and says how many replies were lost.
    pub(crate) async fn settle(&self, has_failed: bool) -> Result<u64, String> {
        let Some(network) = &self.network else { return Ok(0) };
        network.proxy.drop_replies(0);
        let lost = || network.proxy.dropped() - network.before.load(std::sync::atomic::Ordering::SeqCst);
        if lost() > 0 {
            // What came by a connection that is closed has run once Redis has seen that it is closed.
            let settled = || {
                let known: u64 = network.redis.info("connected_clients")?.parse()?;
                Ok(known == network.proxy.connections() + 1)
            };
            testkit::wait_until("Redis to see which connections are closed", settled)
                .map_err(|error| error.to_string())?;
        }
        if has_failed {
            // Each has a breaker of its own.
            for store in &network.stores {
                let answers = async {
                    while store.probe().await.is_err() {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                };
                let waited = tokio::time::timeout(Duration::from_secs(30), answers).await;
                waited.map_err(|_| "Redis does not answer a replica any more".to_owned())?;
            }
        }
        let lost = lost();
        network.before.store(network.proxy.dropped(), std::sync::atomic::Ordering::SeqCst);
        Ok(lost)
    }
}
