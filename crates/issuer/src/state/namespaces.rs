//! Namespaces: what they are called, when they end, and the state of each.

use super::{Store, StoreError};
use std::sync::Arc;

/// A namespace as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceRecord {
    /// Its name, a DNS label.
    pub name: Arc<str>,
    /// Tells it from others that had or will have its name: letters and digits, drawn when it is made.
    pub id: Arc<str>,
    /// When it ends, milliseconds of real time since the epoch.
    pub ends_at: i64,
    /// Whether the gateway drew the name, so that no namespace had it before.
    pub is_drawn: bool,
}

impl NamespaceRecord {
    /// What its state belongs to: the name, and what tells it from others of that name, so that nothing of one is ever
    /// found in the next.
    pub fn owner(&self) -> Arc<str> {
        format!("{}.{}", self.name, self.id).into()
    }
}

/// What became of a namespace that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there.
    Added,
    /// There is one of its name.
    Taken,
    /// There are as many as there may be.
    Full,
}

/// Namespaces and their state.
#[async_trait::async_trait]
pub trait NamespaceStore: Send + Sync {
    /// A view of the store that has the state of one namespace and nothing else: it lists, resets and backs up that
    /// alone.
    fn in_namespace(&self, record: &NamespaceRecord) -> Result<Arc<dyn Store>, StoreError>;

    /// Keeps a namespace unless there is one of its name, or `most` of them.
    async fn add_namespace(&self, record: NamespaceRecord, most: usize) -> Result<Added, StoreError>;

    /// Has a namespace, with all that it has, end when the record says; whether it is there.
    async fn extend_namespace(&self, record: &NamespaceRecord) -> Result<bool, StoreError>;

    /// All that there are, some of which may have ended.
    async fn namespaces(&self) -> Result<Vec<NamespaceRecord>, StoreError>;

    /// The one of that name; it may have ended.
    async fn namespace(&self, name: &str) -> Result<Option<NamespaceRecord>, StoreError>;

    /// Forgets a namespace and all that it has, unless it was given more time than the record says.
    async fn forget_namespace(&self, record: &NamespaceRecord) -> Result<(), StoreError>;
}
