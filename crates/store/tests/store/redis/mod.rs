//! The Redis store over real servers: the behaviour suite on one node, behind Sentinels and in a Cluster, and what
//! holds when they fail.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod damage;
mod faults;
mod moves;
mod slow;
mod trips;

use issuer::state::Store;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use store::{LimiterFallback, RedisOptions, RedisUrl, carry};
use testkit::{Cluster, Redis, SentinelSet};

/// How a store of a gateway of its own is opened: a prefix that no other test has, and patience with a busy machine.
pub(crate) fn options(url: &str) -> RedisOptions {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    RedisOptions {
        url: RedisUrl::parse(url).unwrap(),
        certificates: None,
        prefix: format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed)),
        timeout: Duration::from_secs(10),
        limiter_fallback: LimiterFallback::Deny,
        replica: "test".to_owned(),
    }
}

fn open(options: &RedisOptions) -> Arc<dyn Store> {
    Arc::new(store::Redis::new(options).unwrap())
}

/// Opens the same gateway's store again and again, of the newest format.
fn fresh(url: &str) -> impl AsyncFn() -> Arc<dyn Store> {
    let options = options(url);
    async move || Arc::new(upgraded(&options).await) as Arc<dyn Store>
}

/// A store of the newest format.
pub(crate) async fn upgraded(options: &RedisOptions) -> store::Redis {
    let store = store::Redis::new(options).unwrap();
    store.probe().await.unwrap();
    carry::upgrade(&store).await.unwrap();
    store
}

/// The servers that the suites share; they end with the process.
pub(crate) static SINGLE: LazyLock<Redis> = LazyLock::new(|| Redis::start().unwrap());
static SENTINELS: LazyLock<SentinelSet> = LazyLock::new(|| SentinelSet::start().unwrap());
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start().unwrap());

testkit::store_suite!(single, fresh(&SINGLE.url()));
testkit::store_restart_suite!(single_restarted, fresh(&SINGLE.url()));
testkit::store_suite!(behind_sentinels, fresh(&SENTINELS.url()));
testkit::store_restart_suite!(behind_sentinels_restarted, fresh(&SENTINELS.url()));
testkit::store_suite!(in_a_cluster, fresh(&CLUSTER.url()));
testkit::store_restart_suite!(in_a_cluster_restarted, fresh(&CLUSTER.url()));
