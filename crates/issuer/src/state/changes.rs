//! Changes that replicas of one gateway tell each other.

use super::{Override, OverrideKind, Realm, StoreError};
use std::collections::BTreeMap;
use std::fmt;

/// What was changed, by whichever replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A run-time change was kept.
    Put(Override),
    /// A run-time change was forgotten: what the file says holds again.
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
    /// A namespace of that name was made, given another end, or ended.
    Namespace(String),
    /// There are other scenarios than before in the namespace of that owner.
    ScenariosOf(String),
    /// Everything but the keys was forgotten in the namespace of that owner.
    ResetOf(String),
    /// What only a newer version knows.
    Unknown,
    /// The store has lost what it kept, or is another than before: what this replica remembers is to be put back. What
    /// follows is [`Change::Everything`].
    Lost,
    /// Changes may have been missed: everything is to be read anew.
    Everything,
}

/// How far the changes of all replicas have come: opaque, for [`Changes::applied`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position(pub String);

/// A change, and where it stands among all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// How far the changes have come with it.
    pub position: Position,
    /// What was changed.
    pub change: Change,
}

/// What a replica has yet to put in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The changes, in their order.
    pub changes: Vec<Told>,
    /// How far it has come once all of them are in force.
    pub position: Position,
}

/// What a replica is configured with, part by part: a digest of each part, by its name. No part can be found from its
/// digest by trying.
pub type Parts = BTreeMap<String, String>;

/// A replica that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// What tells it from all others, for as long as it runs.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// A digest of its [`Parts`]; empty where it has declared none yet.
    pub declared: String,
}

/// What a replica is told when it says that it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// The present by the clock that replicas share, milliseconds since the epoch.
    pub now: i64,
    /// The others that live.
    pub peers: Vec<Peer>,
}

/// The changes of all replicas, in one order.
///
/// A replica's place among them moves by [`Changes::applied`] alone. What was given and not said to be in force is
/// given again, and a lost connection loses nothing of it.
#[async_trait::async_trait]
pub trait Changes: Send + Sync + fmt::Debug {
    /// Waits a while for changes and gives what is due; nothing is, where none came. The first call, and the first after
    /// a lost connection, gives [`Change::Everything`]. An error says that the store does not answer.
    async fn next(&self) -> Result<Due, StoreError>;

    /// Says that everything up to a position that [`Changes::next`] gave is in force in this replica, but for what
    /// stands at `left_out`, which does not fit here; and that it lives.
    async fn applied(&self, position: Position, left_out: Vec<Position>) -> Result<Pulse, StoreError>;

    /// Says that this replica lives, at the place that it had before.
    async fn beat(&self) -> Result<Pulse, StoreError>;

    /// Waits until what this replica changed is in force in every live one, a second at most; the names of those in
    /// which it is not.
    async fn settle(&self) -> Result<Vec<String>, StoreError>;

    /// What all replicas share, and nobody knows in advance: their digests are salted with it. `None` until it is known.
    fn salt(&self) -> Option<String>;

    /// Declares what this replica is configured with, and a digest of the whole.
    async fn declare(&self, digest: String, parts: Parts) -> Result<(), StoreError>;

    /// What the replicas have declared, by [`Peer::id`].
    async fn declared(&self) -> Result<BTreeMap<String, Parts>, StoreError>;

    /// The id of this replica.
    fn id(&self) -> &str;

    /// Says that this replica is about to end, so that nobody waits for it.
    async fn leave(&self);

    /// Extends the store's own expiry, so that what is alive on a shifted clock does not expire on real time. `now` is
    /// the shifted clock's, seconds since the epoch. Call it when that clock is set, and each hour while it is.
    async fn tend(&self, now: i64) -> Result<(), StoreError>;
}
