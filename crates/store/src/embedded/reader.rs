//! Reads beside the writer: each sees what the last commit left, and waits for no commit.
//!
//! redb shows a commit to readers once it is durable and before the writer answers, so that what was answered is seen
//! by every later read.

use super::calm::Calm;
use super::row::Row;
use super::tables::{Definition, KeyValue, Kind, under};
use issuer::state::StoreError;
use parking_lot::RwLock;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, StorageError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The database, which the writer alone opens and closes: `None` after a failure, until it is opened again. Cheap to
/// clone.
#[derive(Clone)]
pub(super) struct Shared(Arc<RwLock<Option<Calm<Database>>>>);

impl Shared {
    pub(super) fn new(database: Database) -> Self {
        Self(Arc::new(RwLock::new(Some(Calm::new(database)))))
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.read().is_some()
    }

    pub(super) fn put(&self, database: Database) {
        *self.0.write() = Some(Calm::new(database));
    }

    /// Closes it, and its file: reads that are under way fail.
    pub(super) fn close(&self) {
        *self.0.write() = None;
    }

    /// Works on the database, if it is open.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Database) -> T) -> Option<T> {
        self.0.read().as_ref().map(|database| work(database))
    }

    /// Runs `step` on what the last commit left.
    pub(super) fn read<T>(&self, step: impl FnOnce(&Snapshot) -> Result<T, StoreError>) -> Result<T, StoreError> {
        // redb may panic over a damaged file.
        catch_unwind(AssertUnwindSafe(|| {
            let begun = self.with(Database::begin_read).unwrap_or(Err(StorageError::DatabaseClosed.into()));
            step(&Snapshot(Calm::new(begun.map_err(unavailable)?)))
        }))
        .unwrap_or_else(|_| Err(StoreError::Unavailable("a read panicked over what the database holds".to_owned())))
    }
}

fn unavailable(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Unavailable(error.into().to_string())
}

/// All tables as one commit left them.
pub(super) struct Snapshot(Calm<ReadTransaction>);

impl Snapshot {
    pub(super) fn get(&self, table: Definition, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.0.open_table(table).map_err(unavailable)?;
        let found = table.get(key).map_err(unavailable)?;
        Ok(found.map(|value| value.value().to_vec()))
    }

    pub(super) fn row(&self, kind: Kind, key: &[u8]) -> Result<Option<Row>, StoreError> {
        self.get(kind.table(), key)?.map(|bytes| Row::decode(&bytes)).transpose()
    }

    /// All keys that begin with `prefix`, with their values.
    pub(super) fn under(&self, table: Definition, prefix: &[u8]) -> Result<Vec<KeyValue>, StoreError> {
        let table = self.0.open_table(table).map_err(unavailable)?;
        under(&table, prefix).map_err(unavailable)
    }

    /// Gives each row to `each`, until that is false; whether it never was.
    pub(super) fn each(
        &self,
        table: Definition,
        mut each: impl FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<bool, StoreError> {
        let table = self.0.open_table(table).map_err(unavailable)?;
        for row in table.iter().map_err(unavailable)? {
            let (key, value) = row.map_err(unavailable)?;
            if !each(key.value(), value.value()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
