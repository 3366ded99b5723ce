//! Namespaces of one process. They are in memory, all in one database of their own whatever this one is kept in, and end
//! with the process: rows are told apart by their realms, and what is small is each namespace's own.

use super::Embedded;
use super::tables::{Definition, KEYS, state};
use crate::limits::Limits;
use crate::scenarios::Scenarios;
use issuer::state::{Added, NamespaceRecord, NamespaceStore, Realm, Store, StoreError};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Rows that are removed between two looks at what others wait for.
const SLICE: usize = 4096;

/// The namespaces there are.
#[derive(Default)]
pub(super) struct Namespaces {
    kept: Mutex<HashMap<Arc<str>, Kept>>,
    /// What they are kept in, once there has been one.
    memory: Mutex<Option<Arc<Embedded>>>,
}

struct Kept {
    record: NamespaceRecord,
    limits: Arc<Limits>,
    scenarios: Arc<Scenarios>,
}

impl Namespaces {
    fn memory(&self) -> Result<Arc<Embedded>, StoreError> {
        let mut memory = self.memory.lock();
        if let Some(memory) = &*memory {
            return Ok(Arc::clone(memory));
        }
        let opened = Embedded::in_memory().map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Arc::clone(memory.insert(Arc::new(opened))))
    }
}

impl Embedded {
    /// Removes the rows of these tables whose keys begin with `start`, so many at a time: others are not kept waiting.
    pub(super) async fn empty(&self, start: &str, tables: Vec<Definition>) -> Result<(), StoreError> {
        for table in tables {
            let mut is_empty = false;
            while !is_empty {
                let start = start.to_owned();
                is_empty = self.writer.run("reset", move |tables| tables.cut(table, start.as_bytes(), SLICE)).await?;
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl NamespaceStore for Embedded {
    fn in_namespace(&self, record: &NamespaceRecord) -> Result<Arc<dyn Store>, StoreError> {
        let memory = self.namespaces.memory()?;
        let kept = self.namespaces.kept.lock();
        let own = kept.get(&record.name).filter(|kept| kept.record.id == record.id);
        let (limits, scenarios) = own.map_or_else(
            || (Arc::new(Limits::small()), Arc::default()),
            |kept| (Arc::clone(&kept.limits), Arc::clone(&kept.scenarios)),
        );
        Ok(Arc::new(Self {
            place: Arc::clone(&memory.place),
            file: None,
            writer: Arc::clone(&memory.writer),
            limits,
            scenarios,
            start: Some(Realm::start(&record.owner()).into()),
            namespaces: Arc::default(),
        }))
    }

    async fn add_namespace(&self, record: NamespaceRecord, most: usize) -> Result<Added, StoreError> {
        let mut kept = self.namespaces.kept.lock();
        if kept.contains_key(&record.name) {
            return Ok(Added::Taken);
        }
        if kept.len() >= most {
            return Ok(Added::Full);
        }
        let (name, limits) = (Arc::clone(&record.name), Arc::new(Limits::small()));
        kept.insert(name, Kept { record, limits, scenarios: Arc::default() });
        Ok(Added::Added)
    }

    async fn extend_namespace(&self, record: &NamespaceRecord) -> Result<bool, StoreError> {
        let mut kept = self.namespaces.kept.lock();
        let found = kept.get_mut(&record.name).filter(|kept| kept.record.id == record.id);
        Ok(found.map(|kept| kept.record.ends_at = record.ends_at).is_some())
    }

    async fn namespaces(&self) -> Result<Vec<NamespaceRecord>, StoreError> {
        Ok(self.namespaces.kept.lock().values().map(|kept| kept.record.clone()).collect())
    }

    async fn namespace(&self, name: &str) -> Result<Option<NamespaceRecord>, StoreError> {
        Ok(self.namespaces.kept.lock().get(name).map(|kept| kept.record.clone()))
    }

    async fn forget_namespace(&self, record: &NamespaceRecord) -> Result<(), StoreError> {
        {
            let mut kept = self.namespaces.kept.lock();
            if kept.get(&record.name).is_some_and(|kept| kept.record.id == record.id) {
                kept.remove(&record.name);
            }
        }
        let Some(memory) = self.namespaces.memory.lock().clone() else { return Ok(()) };
        memory.empty(&Realm::start(&record.owner()), state().chain([KEYS]).collect()).await
    }
}
