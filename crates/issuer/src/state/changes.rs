//! Changes that replicas of one gateway tell each other.

use super::{Override, OverrideKind, Realm, StoreError};
use std::fmt;

/// What was changed, by whichever replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A run-time change was kept.
    Put(Override),
    /// A run-time change was forgotten.
    Forgotten {
        /// Whose.
        realm: Realm,
        /// Of what.
        kind: OverrideKind,
        /// Which.
        id: String,
    },
    /// A realm has other keys than before.
    Keys(Realm),
    /// There are other scenarios than before.
    Scenarios,
    /// Everything but the keys was forgotten.
    Reset,
    /// Changes may have been missed: everything is to be read anew.
    Everything,
}

/// How far a replica has followed the changes: opaque, for [`Changes::applied`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position(pub String);

/// The changes of all replicas, in one order.
#[async_trait::async_trait]
pub trait Changes: Send + Sync + fmt::Debug {
    /// Waits a while for changes and gives those that came, in their order. The first call, and the first after a lost
    /// connection, gives [`Change::Everything`]. An error says that the store does not answer; the next call tries again after a pause
    /// of its own.
    async fn next(&self) -> Result<(Vec<Change>, Position), StoreError>;

    /// Says that everything up to there is in force in this replica, and that it lives; the present by the clock that
    /// replicas share, milliseconds since the epoch.
    async fn applied(&self, position: Position) -> Result<i64, StoreError>;

    /// Waits until what this replica changed is in force in every live one, a second at most; the names of those in
    /// which it is not.
    async fn settle(&self) -> Result<Vec<String>, StoreError>;

    /// Says that this replica is about to end, so that nobody waits for it.
    async fn leave(&self);

    /// Extends the store's own expiry, so that what is alive on a shifted clock does not expire on real time. `now` is
    /// the shifted clock's, seconds since the epoch. Call it when that clock is set, and each hour while it is.
    async fn tend(&self, now: i64) -> Result<(), StoreError>;
}
