//! What a store holds, carried to another or to a file: rows in the words of neither store.

mod file;
mod row;

pub use file::{BackupError, backup, is_backup, read, restore};
pub(crate) use row::{Bytes, KeyBody, Row, Spent};

use crate::format::NEWEST;
use crate::record::from_json;
use grant::Scopes;
use issuer::state::StoreError;
use std::collections::BTreeMap;
use std::fmt;
use tokio::sync::mpsc;

/// Rows that are read together.
pub(crate) const BATCH: usize = 512;
/// Rows that are added together: a commit of the embedded store waits for the disk.
const ADDED: usize = 32 * BATCH;

/// How many rows there are of each kind.
pub type Counts = BTreeMap<String, u64>;

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct Damage {
    /// Its table and key.
    pub place: String,
    /// What is wrong with it.
    pub why: String,
}

impl Damage {
    pub(crate) fn of(table: &str, key: &[u8], why: impl fmt::Display) -> Self {
        Self { place: format!("{table} {}", key.escape_ascii()), why: why.to_string() }
    }
}

/// A row as it was read. Those that follow from others (lists, ends) are not among them, nor are counters of rate limits.
#[derive(Debug)]
pub struct Carried(pub(crate) Row);

/// What a store gives, in batches.
pub type Rows = mpsc::Receiver<Vec<Result<Carried, Damage>>>;

/// A store whose rows can be carried.
#[async_trait::async_trait]
pub trait Carry: Send + Sync {
    /// All rows: of the embedded store as one commit left them, of Redis each family as one moment left it. A caller
    /// that is slow holds nobody up.
    fn rows(&self) -> Rows;

    /// The format of what it holds, once it has been asked anything.
    fn format(&self) -> u32;

    /// Makes it of the newest format: no program that reads the former alone may be at work on it.
    async fn upgrade(&self) -> Result<(), StoreError>;

    /// Makes ready for rows.
    async fn begin(&self) -> Result<(), StoreError>;

    /// Adds rows.
    async fn add(&self, rows: Vec<Carried>) -> Result<(), StoreError>;

    /// Adds the last rows, and puts all of them in the place of what was there before.
    async fn finish(&self, rows: Vec<Carried>) -> Result<(), StoreError>;
}

/// Whether the store has no row.
pub async fn is_empty(store: &dyn Carry) -> bool {
    store.rows().recv().await.is_none()
}

/// Reads every row; how many there are, and those that cannot be read.
pub async fn check(store: &dyn Carry) -> (Counts, Vec<Damage>) {
    let (mut counts, mut damaged, mut rows) = (Counts::new(), Vec::new(), store.rows());
    while let Some(batch) = rows.recv().await {
        for row in batch {
            match row {
                Ok(Carried(row)) => *counts.entry(row.kind().to_owned()).or_default() += 1,
                Err(damage) => damaged.push(damage),
            }
        }
    }
    (counts, damaged)
}

/// Puts all that one store holds in the place of what another held; how many rows there are of each kind. A row that
/// cannot be read ends it before the other is touched, but for what it has added beside.
pub async fn copy(from: &dyn Carry, to: &dyn Carry) -> Result<Counts, StoreError> {
    let mut into = Into::new(to).await?;
    let mut rows = from.rows();
    while let Some(batch) = rows.recv().await {
        for row in batch {
            into.add(row.map_err(|damage| StoreError::Corrupt(damage.to_string()))?).await?;
        }
    }
    into.finish().await
}

/// Makes a store of the newest format; of which format it was and is, and nothing where it is of that already.
pub async fn upgrade(store: &dyn Carry) -> Result<Option<(u32, u32)>, StoreError> {
    let format = store.format();
    if format >= NEWEST {
        return Ok(None);
    }
    store.upgrade().await?;
    Ok(Some((format, NEWEST)))
}

/// Rows on their way into a store.
struct Into<'a> {
    store: &'a dyn Carry,
    batch: Vec<Carried>,
    /// What replaces something as a whole: it comes last.
    whole: Vec<Carried>,
    counts: Counts,
}

impl<'a> Into<'a> {
    async fn new(store: &'a dyn Carry) -> Result<Self, StoreError> {
        store.begin().await?;
        Ok(Self { store, batch: Vec::with_capacity(ADDED), whole: Vec::new(), counts: Counts::new() })
    }

    async fn add(&mut self, row: Carried) -> Result<(), StoreError> {
        *self.counts.entry(row.0.kind().to_owned()).or_default() += 1;
        if row.0.is_shared() {
            self.whole.push(row);
            return Ok(());
        }
        self.batch.push(row);
        if self.batch.len() < ADDED {
            return Ok(());
        }
        self.store.add(std::mem::replace(&mut self.batch, Vec::with_capacity(ADDED))).await
    }

    async fn finish(self) -> Result<Counts, StoreError> {
        self.store.add(self.batch).await?;
        self.store.finish(self.whole).await?;
        Ok(self.counts)
    }
}

/// The rows of a backup's lines, each of which can be read to its end.
pub(crate) fn rows_of(lines: &[Vec<u8>]) -> Result<Vec<Carried>, StoreError> {
    let read = |(index, line): (usize, &Vec<u8>)| {
        let row = || from_json::<Row>(line, "a row").and_then(checked);
        // Those of keys and changes are read once more when they are put.
        let whole = row().and_then(|Carried(row)| match row {
            Row::Key { body, .. } => body.key().map(drop),
            Row::Change { body } => body.change().map(drop),
            _ => Ok(()),
        });
        let numbered = |error: StoreError| StoreError::Corrupt(format!("row {}: {error}", index + 1));
        whole.and_then(|()| row()).map_err(numbered)
    };
    lines.iter().enumerate().map(read).collect()
}

/// Checks what no type does.
pub(crate) fn checked(row: Row) -> Result<Carried, StoreError> {
    match row.scopes().map(Scopes::parse) {
        Some(Err(_)) => Err(crate::record::corrupt("a scope")),
        _ => Ok(Carried(row)),
    }
}
