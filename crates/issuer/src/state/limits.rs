//! Rolling rate limits.

use super::{Moment, Realm, RequestId, StoreError};
use grant::{Millis, Seconds};

/// A place taken in a window, to be given back if the grant fails after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitTicket {
    /// When it was taken, milliseconds since the epoch.
    pub at: i64,
    /// The request that took it.
    pub request: RequestId,
}

/// A request for a place.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'a> {
    /// Names the request.
    pub request: RequestId,
    /// The present.
    pub moment: Moment,
    /// Whose log.
    pub key: &'a str,
    /// The most places that may be taken in a window.
    pub count: u32,
    /// The window's length.
    pub window: Seconds,
}

/// What came of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitOutcome {
    /// A place was free and is taken now.
    Taken(LimitTicket),
    /// The window is full; nothing is counted.
    Full {
        /// How long until a place is free, at least a millisecond.
        wait: Millis,
    },
}

/// Keeps a rolling log of grants per client: never more than `count` in any window, a hit at `t` counting while
/// `now − t < window`.
#[async_trait::async_trait]
pub trait LimitStore: Send + Sync {
    /// Takes a place in the log of the key if fewer than the count are taken within the window.
    async fn hit(&self, realm: &Realm, hit: Hit<'_>) -> Result<LimitOutcome, StoreError>;

    /// Gives a place back, once.
    async fn undo(&self, realm: &Realm, key: &str, ticket: LimitTicket) -> Result<(), StoreError>;
}
