//! What replicas of one gateway send each other beside changes: soon forgotten, and lost with the store.

use super::StoreError;
use std::fmt;

/// To whom letters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address<'a> {
    /// To every replica, the sender among them.
    All,
    /// To the replica of that id ([`super::Peer::id`]).
    One(&'a str),
}

/// Carries letters between replicas, in the order in which one replica sends them. So many are kept, and for so long: a
/// replica that does not receive misses the oldest.
#[async_trait::async_trait]
pub trait Relay: Send + Sync + fmt::Debug {
    /// Sends letters.
    async fn send(&self, to: Address<'_>, letters: Vec<Vec<u8>>) -> Result<(), StoreError>;

    /// Waits a while for letters to all or to this replica; those to all come first. The first call begins with those to all
    /// that are still kept where `from_start` says so, else with those that are sent after it.
    async fn receive(&self, from_start: bool) -> Result<Vec<Vec<u8>>, StoreError>;
}
