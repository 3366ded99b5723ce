//! Rolling rate limits: a sorted set of requests for each client, and what holds while Redis does not answer.

use super::Redis;
use super::changes::Feed;
use super::client::Repeat;
use super::script::{Call, HIT, UNDO};
use crate::limits::Limits;
use grant::Millis;
use issuer::state::{Hit, LimitOutcome, LimitStore, LimitTicket, Realm, StoreError};
use metrics::Counter;
use std::sync::Arc;

/// What becomes of rate limits while Redis does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LimiterFallback {
    /// A limited client is told that the service is unavailable.
    #[default]
    Deny,
    /// Each replica counts for itself, up to its share of the limit.
    Local,
}

/// The logs that a replica keeps for itself.
pub(super) struct Fallback {
    policy: LimiterFallback,
    /// How often it had to do.
    count: Counter,
    limits: Limits,
    feed: Arc<Feed>,
}

impl Fallback {
    pub(super) fn new(policy: LimiterFallback, feed: Arc<Feed>) -> Self {
        let name = match policy {
            LimiterFallback::Deny => "deny",
            LimiterFallback::Local => "local",
        };
        let count = metrics::counter!("idp_gateway_limiter_fallback_total", "policy" => name);
        Self { policy, count, limits: Limits::default(), feed }
    }

    /// The same for one of many namespaces.
    pub(super) fn of_namespace(&self) -> Self {
        let (count, feed) = (self.count.clone(), Arc::clone(&self.feed));
        Self { policy: self.policy, count, limits: Limits::small(), feed }
    }

    pub(super) fn clear(&self) {
        self.limits.clear();
    }

    fn hit(&self, realm: &Realm, hit: Hit<'_>, error: StoreError) -> Result<LimitOutcome, StoreError> {
        self.count.increment(1);
        if self.policy == LimiterFallback::Deny {
            return Err(error);
        }
        // Rounded down: all replicas together stay within the limit.
        let share = hit.count / self.feed.replicas();
        Ok(match self.limits.hit(realm, hit.key, share, hit.window, hit.moment.millis) {
            Ok(at) => LimitOutcome::Taken(LimitTicket { at, request: hit.request }),
            Err(wait) => LimitOutcome::Full { wait },
        })
    }
}

#[async_trait::async_trait]
impl LimitStore for Redis {
    async fn hit(&self, realm: &Realm, hit: Hit<'_>) -> Result<LimitOutcome, StoreError> {
        match self.shared_hit(realm, hit).await {
            Err(error @ StoreError::Unavailable(_)) => self.limits.hit(realm, hit, error),
            outcome => outcome,
        }
    }

    async fn undo(&self, realm: &Realm, key: &str, ticket: LimitTicket) -> Result<(), StoreError> {
        if self.limits.policy == LimiterFallback::Local {
            self.limits.limits.undo(realm, key, ticket.at);
        }
        let keys = [self.core.names.limit(self.core.epoch().await?, realm, key)];
        let call = Call::on(&keys).arg(&ticket.request.0[..]);
        match self.core.client.run(&UNDO, call.clone(), Repeat::Safe).await {
            // Who asks again after a refusal finds the place free.
            Err(StoreError::Unavailable(_)) => self.core.owe(&UNDO, call),
            outcome => return outcome,
        }
        Ok(())
    }
}

impl Redis {
    async fn shared_hit(&self, realm: &Realm, hit: Hit<'_>) -> Result<LimitOutcome, StoreError> {
        let keys = [self.core.names.limit(self.core.epoch().await?, realm, hit.key)];
        let call = Call::on(&keys).arg(&hit.request.0[..]).clock(hit.moment).arg(hit.count).arg(hit.window.0);
        let back = Call::on(&keys).arg(&hit.request.0[..]);
        let (taken, millis): (bool, i64) = self.core.step(&HIT, call, (&UNDO, back)).await?;
        Ok(if taken {
            LimitOutcome::Taken(LimitTicket { at: millis, request: hit.request })
        } else {
            LimitOutcome::Full { wait: Millis(millis) }
        })
    }
}
