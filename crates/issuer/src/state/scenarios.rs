//! Outcomes forced on purpose, as the store keeps them.

use super::StoreError;

/// A scenario as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioRecord {
    /// Its number, in the order in which scenarios are made.
    pub id: u64,
    /// What it matches and does, as JSON.
    pub body: String,
    /// How often it has acted, where that is counted.
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

    /// Counts a use of one that acts `times` at most, whichever replica asks; whether it may act.
    async fn use_scenario(&self, id: u64, times: u64) -> Result<bool, StoreError>;
}
