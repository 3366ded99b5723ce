//! The behaviour suite over Redis.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use issuer::state::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::{LimiterFallback, Redis, RedisOptions, RedisUrl};

/// A store of a gateway of its own: a prefix that no other test has.
fn fresh(url: &str) -> impl AsyncFn() -> Arc<dyn Store> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let options = RedisOptions {
        url: RedisUrl::parse(url).unwrap(),
        prefix: format!("t{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)),
        timeout: Duration::from_secs(10),
        limiter_fallback: LimiterFallback::Deny,
        replica: "test".to_owned(),
    };
    async move || Arc::new(Redis::new(&options).unwrap()) as Arc<dyn Store>
}

store::store_suite!(single, fresh("redis://127.0.0.1:7777"));
store::store_restart_suite!(restarted, fresh("redis://127.0.0.1:7777"));
store::store_suite!(cluster, fresh("redis+cluster://127.0.0.1:7801,127.0.0.1:7802"));
