//! What replicas of one gateway send each other beside changes: soon forgotten, and lost with the store.

use super::StoreError;
use std::fmt;

/// To whom letters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address<'a> {
    /// To every replica, the sender among them, and to those that start later: such letters are kept for longer.
    Kept,
    /// To every replica, the sender among them.
    All,
    /// To the replica of that id ([`super::Peer::id`]).
    One(&'a str),
}

/// Carries letters between replicas. What one replica sends comes in its order to one address, and what is kept comes before
/// what was sent after it. So many are held, and for so long: a replica that does not receive misses the oldest.
#[async_trait::async_trait]
pub trait Relay: Send + Sync + fmt::Debug {
    /// Sends letters.
    async fn send(&self, to: Address<'_>, letters: Vec<Vec<u8>>) -> Result<(), StoreError>;

    /// Waits a while for letters. The first call begins with those that are kept where `from_start` says so, else with those that
    /// are sent after it.
    async fn receive(&self, from_start: bool) -> Result<Vec<Vec<u8>>, StoreError>;
}
