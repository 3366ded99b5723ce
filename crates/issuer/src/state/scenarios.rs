//! Outcomes forced on purpose, as the store keeps them.

use super::StoreError;

/// A scenario as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioRecord {
    /// Its number, in the order in which scenarios are made.
    pub id: u64,
    /// What it matches and does, as JSON.
    pub body: String,
    /// How many requests it has matched.
    pub seen: u64,
    /// How often it has acted.
    pub used: u64,
}

/// Keeps scenarios. A store of one process may forget them when it ends.
#[async_trait::async_trait]
pub trait ScenarioStore: Send + Sync {
    /// Adds a scenario; its number.
    async fn add_scenario(&self, body: String) -> Result<u64, StoreError>;

    /// All scenarios, oldest first.
    async fn scenarios(&self) -> Result<Vec<ScenarioRecord>, StoreError>;

    /// Removes one; whether it was there.
    async fn remove_scenario(&self, id: u64) -> Result<bool, StoreError>;

    /// Removes all.
    async fn clear_scenarios(&self) -> Result<(), StoreError>;

    /// Counts a request that one matches, whichever replica asks; its number, from 1, and 0 where there is no such one.
    async fn see_scenario(&self, id: u64) -> Result<u64, StoreError>;

    /// Counts a request under a name that the configuration file knows, whichever replica asks; its number, from 1, and again
    /// from 1 once all is put back to the file.
    async fn count_request(&self, name: &str) -> Result<u64, StoreError>;

    /// Counts a use of one that acts `times` at most, whichever replica asks, and a request that it matches where `sees`
    /// says so; the use's number, from 1, and `None` where all are used or it is not there.
    async fn use_scenario(&self, id: u64, times: Option<u64>, sees: bool) -> Result<Option<u64>, StoreError>;
}
