//! The tables of the database, and how their keys are built.

use super::row::Row;
use issuer::state::{Moment, Realm, StoreError};
use redb::{ReadableTable, StorageError, Table, TableDefinition, TableError, WriteTransaction};

pub(super) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// One row, `schema`: the version of everything else.
pub(super) const META: Definition = TableDefinition::new("meta");
pub(super) const KEYS: Definition = TableDefinition::new("keys");
const CODES: Definition = TableDefinition::new("codes");
const REFRESH: Definition = TableDefinition::new("refresh");
/// Revoked families.
const FAMILIES: Definition = TableDefinition::new("families");
/// Spent tokens that carry their own state.
const SPENT: Definition = TableDefinition::new("spent");
/// Which row ends when, in order of time.
const EXPIRY: Definition = TableDefinition::new("expiry");
const OVERRIDES: Definition = TableDefinition::new("overrides");

/// A row's key and value, copied out of the database.
type KeyValue = (Vec<u8>, Vec<u8>);

/// What a reset empties.
pub(super) const STATE: [Definition; 6] = [CODES, REFRESH, FAMILIES, SPENT, EXPIRY, OVERRIDES];

/// Ends a realm's name in a key: no byte of UTF-8, so that no realm's keys are another's.
const END: u8 = 0xff;

/// The key of what `parts` names in a realm.
pub(super) fn key(realm: &Realm, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(realm.as_str().len() + 1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.extend_from_slice(realm.as_str().as_bytes());
    key.push(END);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

/// The kinds of rows that end, with the byte that names them in the index of expiries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Code = 1,
    Refresh = 2,
    Family = 3,
    Spent = 4,
}

impl Kind {
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Code, Self::Refresh, Self::Family, Self::Spent].into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// One open table. It remembers whether it was written, and the first failure of the database: after that the
/// transaction as a whole must not be committed, for an operation may have been cut in two.
pub(super) struct Rows<'txn> {
    table: Table<'txn, &'static [u8], &'static [u8]>,
    wrote: bool,
    failure: Option<StorageError>,
}

impl<'txn> Rows<'txn> {
    fn open(txn: &'txn WriteTransaction, definition: Definition) -> Result<Self, TableError> {
        Ok(Self { table: txn.open_table(definition)?, wrote: false, failure: None })
    }

    fn checked<T>(&mut self, result: Result<T, StorageError>) -> Result<T, StoreError> {
        result.map_err(|error| {
            let why = error.to_string();
            self.failure.get_or_insert(error);
            StoreError::Unavailable(why)
        })
    }

    pub(super) fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.table.get(key).map(|found| found.map(|value| value.value().to_vec()));
        self.checked(found)
    }

    pub(super) fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.wrote = true;
        let result = self.table.insert(key, value).map(drop);
        self.checked(result)
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> Result<(), StoreError> {
        let result = self.table.remove(key).map(|old| old.is_some());
        self.wrote |= self.checked(result)?;
        Ok(())
    }

    /// Up to `limit` keys with their values from `start` to before `end`.
    pub(super) fn range(&mut self, start: &[u8], end: &[u8], limit: usize) -> Result<Vec<KeyValue>, StoreError> {
        let found = self.table.range(start..end).and_then(|range| {
            range
                .take(limit)
                .map(|row| row.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())))
                .collect()
        });
        self.checked(found)
    }

    /// All keys that begin with `prefix`, with their values.
    pub(super) fn under(&mut self, prefix: &[u8]) -> Result<Vec<KeyValue>, StoreError> {
        let found = self.table.range(prefix..).and_then(|range| {
            range
                .map(|row| row.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())))
                .take_while(|row| row.as_ref().map_or(true, |(key, _)| key.starts_with(prefix)))
                .collect()
        });
        self.checked(found)
    }
}

/// All tables of one transaction.
pub(super) struct Tables<'txn> {
    codes: Rows<'txn>,
    refresh: Rows<'txn>,
    families: Rows<'txn>,
    spent: Rows<'txn>,
    pub(super) expiry: Rows<'txn>,
    pub(super) keys: Rows<'txn>,
    pub(super) overrides: Rows<'txn>,
    /// The present of each realm that had an operation.
    pub(super) presents: Vec<(Realm, Moment)>,
}

impl<'txn> Tables<'txn> {
    pub(super) fn open(txn: &'txn WriteTransaction) -> Result<Self, TableError> {
        Ok(Self {
            codes: Rows::open(txn, CODES)?,
            refresh: Rows::open(txn, REFRESH)?,
            families: Rows::open(txn, FAMILIES)?,
            spent: Rows::open(txn, SPENT)?,
            expiry: Rows::open(txn, EXPIRY)?,
            keys: Rows::open(txn, KEYS)?,
            overrides: Rows::open(txn, OVERRIDES)?,
            presents: Vec::new(),
        })
    }

    pub(super) fn rows(&mut self, kind: Kind) -> &mut Rows<'txn> {
        match kind {
            Kind::Code => &mut self.codes,
            Kind::Refresh => &mut self.refresh,
            Kind::Family => &mut self.families,
            Kind::Spent => &mut self.spent,
        }
    }

    pub(super) fn row(&mut self, kind: Kind, key: &[u8]) -> Result<Option<Row>, StoreError> {
        self.rows(kind).get(key)?.map(|bytes| Row::decode(&bytes)).transpose()
    }

    fn all(&self) -> [&Rows<'txn>; 7] {
        [&self.codes, &self.refresh, &self.families, &self.spent, &self.expiry, &self.keys, &self.overrides]
    }

    pub(super) fn wrote(&self) -> bool {
        self.all().iter().any(|rows| rows.wrote)
    }

    /// Whether the database itself has failed.
    pub(super) fn failed(&self) -> bool {
        self.all().iter().any(|rows| rows.failure.is_some())
    }

    /// Closes the tables; how the database failed, if it did.
    pub(super) fn into_failure(self) -> Option<StorageError> {
        [self.codes, self.refresh, self.families, self.spent, self.expiry, self.keys, self.overrides]
            .into_iter()
            .find_map(|rows| rows.failure)
    }
}
