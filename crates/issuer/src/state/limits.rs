//! Rolling rate limits.

use super::{Moment, Realm, StoreError};

/// A place taken in a window, to be given back if the grant fails after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitTicket {
    /// When it was taken, milliseconds since the epoch.
    pub at: i64,
}

/// What came of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitOutcome {
    /// A place was free and is taken now.
    Taken(LimitTicket),
    /// The window is full; nothing is counted.
    Full {
        /// Milliseconds until a place is free, at least 1.
        wait_millis: i64,
    },
}

/// Keeps a rolling log of grants per client: never more than `count` in any window, a hit at `t` counting while
/// `now − t < window`.
#[async_trait::async_trait]
pub trait LimitStore: Send + Sync {
    /// Takes a place in the log of `key` if fewer than `count` are taken within `window` seconds.
    async fn hit(
        &self,
        realm: &Realm,
        key: &str,
        count: u32,
        window: u32,
        moment: Moment,
    ) -> Result<LimitOutcome, StoreError>;

    /// Gives a place back.
    async fn undo(&self, realm: &Realm, key: &str, ticket: LimitTicket) -> Result<(), StoreError>;
}
