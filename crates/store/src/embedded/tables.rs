//! The tables of the database, and how their keys are built.

use super::calm::Calm;
use super::row::Row;
use issuer::state::{Moment, Realm, StoreError};
use redb::{ReadableTable, StorageError, Table, TableDefinition, TableError, WriteTransaction};

pub(super) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// [`FORMAT`] and [`PROBE`].
pub(super) const META: Definition = TableDefinition::new("meta");
/// The row that says of which format everything else is.
pub(super) const FORMAT: &[u8] = b"schema";
/// The row that is written to see whether one can be.
pub(super) const PROBE: &[u8] = b"probe";
pub(super) const KEYS: Definition = TableDefinition::new("keys");
pub(super) const CONSENTS: Definition = TableDefinition::new("consents");
/// Which row ends when, in order of time.
const EXPIRY: Definition = TableDefinition::new("expiry");
pub(super) const OVERRIDES: Definition = TableDefinition::new("overrides");

/// A row's key and value, copied out of the database.
pub(super) type KeyValue = (Vec<u8>, Vec<u8>);

/// What a reset empties.
pub(super) fn state() -> impl Iterator<Item = Definition> {
    Kind::ALL.into_iter().map(Kind::table).chain([CONSENTS, EXPIRY, OVERRIDES])
}

/// Ends the name of a realm, user or client in a key: no byte of UTF-8, so that nobody's keys are another's.
pub(super) const END: u8 = 0xff;

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

/// The key of what `name` names among a user's; of an empty name, what all of the user's begin with.
pub(super) fn user_key(realm: &Realm, subject: &str, name: &str) -> Vec<u8> {
    key(realm, &[subject.as_bytes(), &[END], name.as_bytes()])
}

/// What the keys of the families of a user's consent to a client begin with; the family follows.
pub(super) fn families_key(realm: &Realm, subject: &str, client_id: &str) -> Vec<u8> {
    key(realm, &[subject.as_bytes(), &[END], client_id.as_bytes(), &[END]])
}

/// The kinds of rows that end, with the byte that names them in the index of expiries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Code = 1,
    Refresh = 2,
    /// A revoked family.
    Family = 3,
    /// A spent token that carries its own state.
    Spent = 4,
    /// A revoked access token.
    Revoked = 5,
    Session = 6,
    /// One of a user's sessions.
    UserSession = 7,
    /// A personal access token.
    Pat = 8,
    /// One of a user's personal access tokens.
    UserPat = 9,
    /// A family that came of a consent.
    ConsentFamily = 10,
    /// What a device asks for.
    Device = 11,
}

impl Kind {
    /// In the order of their bytes.
    pub(super) const ALL: [Self; 11] = [
        Self::Code,
        Self::Refresh,
        Self::Family,
        Self::Spent,
        Self::Revoked,
        Self::Session,
        Self::UserSession,
        Self::Pat,
        Self::UserPat,
        Self::ConsentFamily,
        Self::Device,
    ];

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }

    pub(super) const fn table(self) -> Definition {
        TableDefinition::new(match self {
            Self::Code => "codes",
            Self::Refresh => "refresh",
            Self::Family => "families",
            Self::Spent => "spent",
            Self::Revoked => "revoked",
            Self::Session => "sessions",
            Self::UserSession => "user_sessions",
            Self::Pat => "pats",
            Self::UserPat => "user_pats",
            Self::ConsentFamily => "consent_families",
            Self::Device => "devices",
        })
    }
}

/// All keys of `table` that begin with `prefix`, with their values.
pub(super) fn under<T>(table: &T, prefix: &[u8]) -> Result<Vec<KeyValue>, StorageError>
where
    T: ReadableTable<&'static [u8], &'static [u8]>,
{
    table
        .range(prefix..)?
        .map(|row| row.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())))
        .take_while(|row| row.as_ref().map_or(true, |(key, _)| key.starts_with(prefix)))
        .collect()
}

/// One open table. It remembers whether it was written, and the first failure of the database: after that the
/// transaction as a whole must not be committed, for an operation may have been cut in two.
pub(super) struct Rows<'txn> {
    table: Calm<Table<'txn, &'static [u8], &'static [u8]>>,
    wrote: bool,
    failure: Option<StorageError>,
}

impl<'txn> Rows<'txn> {
    fn open(txn: &'txn WriteTransaction, definition: Definition) -> Result<Self, TableError> {
        Ok(Self { table: Calm::new(txn.open_table(definition)?), wrote: false, failure: None })
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
        let found = under(&*self.table, prefix);
        self.checked(found)
    }
}

/// All tables of one transaction.
pub(super) struct Tables<'txn> {
    /// One for each of [`Kind::ALL`].
    ending: Vec<Rows<'txn>>,
    pub(super) expiry: Rows<'txn>,
    pub(super) consents: Rows<'txn>,
    pub(super) keys: Rows<'txn>,
    pub(super) overrides: Rows<'txn>,
    pub(super) meta: Rows<'txn>,
    /// The present of each realm that had an operation.
    pub(super) presents: Vec<(Realm, Moment)>,
}

impl<'txn> Tables<'txn> {
    pub(super) fn open(txn: &'txn WriteTransaction) -> Result<Self, TableError> {
        Ok(Self {
            ending: Kind::ALL.into_iter().map(|kind| Rows::open(txn, kind.table())).collect::<Result<_, _>>()?,
            expiry: Rows::open(txn, EXPIRY)?,
            consents: Rows::open(txn, CONSENTS)?,
            keys: Rows::open(txn, KEYS)?,
            overrides: Rows::open(txn, OVERRIDES)?,
            meta: Rows::open(txn, META)?,
            presents: Vec::new(),
        })
    }

    pub(super) fn rows(&mut self, kind: Kind) -> &mut Rows<'txn> {
        // Bytes begin at one.
        &mut self.ending[kind as usize - 1]
    }

    pub(super) fn row(&mut self, kind: Kind, key: &[u8]) -> Result<Option<Row>, StoreError> {
        self.rows(kind).get(key)?.map(|bytes| Row::decode(&bytes)).transpose()
    }

    /// Removes up to `limit` rows of a table whose keys begin with `start`; whether none is left.
    pub(super) fn cut(&mut self, table: Definition, start: &[u8], limit: usize) -> Result<bool, StoreError> {
        let name = redb::TableHandle::name(&table);
        let kind = Kind::ALL.into_iter().find(|kind| redb::TableHandle::name(&kind.table()) == name);
        let rows = match kind {
            Some(kind) => self.rows(kind),
            None if name == redb::TableHandle::name(&EXPIRY) => &mut self.expiry,
            None if name == redb::TableHandle::name(&CONSENTS) => &mut self.consents,
            None if name == redb::TableHandle::name(&KEYS) => &mut self.keys,
            None => &mut self.overrides,
        };
        // What belongs to no mount has a realm that ends where `start` does.
        let end = [start, &[END, END]].concat();
        let found = rows.range(start, &end, limit)?;
        found.iter().try_for_each(|(key, _)| rows.remove(key))?;
        Ok(found.len() < limit)
    }

    /// Removes every row whose key begins with `start`, but what is known of the file.
    pub(super) fn empty(&mut self, start: &[u8]) -> Result<(), StoreError> {
        let others = [&mut self.expiry, &mut self.consents, &mut self.keys, &mut self.overrides];
        for rows in self.ending.iter_mut().chain(others) {
            for (key, _) in rows.under(start)? {
                rows.remove(&key)?;
            }
        }
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &Rows<'txn>> {
        self.ending.iter().chain([&self.expiry, &self.consents, &self.keys, &self.overrides, &self.meta])
    }

    pub(super) fn wrote(&self) -> bool {
        self.all().any(|rows| rows.wrote)
    }

    /// Whether the database itself has failed.
    pub(super) fn failed(&self) -> bool {
        self.all().any(|rows| rows.failure.is_some())
    }

    /// Closes the tables; how the database failed, if it did.
    pub(super) fn into_failure(self) -> Option<StorageError> {
        let others = [self.expiry, self.consents, self.keys, self.overrides, self.meta];
        self.ending.into_iter().chain(others).find_map(|rows| rows.failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_kind_has_one_byte_and_one_table() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!((kind as usize, Kind::from_byte(kind as u8)), (place + 1, Some(kind)));
            let names = state().map(|table| redb::TableHandle::name(&table).to_owned());
            assert_eq!(names.filter(|name| name == redb::TableHandle::name(&kind.table())).count(), 1);
        }
        assert_eq!((Kind::from_byte(0), Kind::from_byte(12)), (None, None));
    }

    proptest! {
        #[test]
        fn keys_of_users_are_apart(a in "[ab\u{0}\u{10ffff}]{0,3}", b in "[ab\u{0}\u{10ffff}]{0,3}",
            c in "[ab\u{0}\u{10ffff}]{0,3}", d in "[ab\u{0}\u{10ffff}]{0,3}") {
            let realm = Realm::of_mount("mount");
            prop_assert_eq!(user_key(&realm, &a, &b) == user_key(&realm, &c, &d), (&a, &b) == (&c, &d));
            prop_assert_eq!(user_key(&realm, &a, &b).starts_with(&user_key(&realm, &c, "")), a == c);
            let family = [families_key(&realm, &a, &b), vec![END; 8]].concat();
            prop_assert_eq!(family.starts_with(&families_key(&realm, &c, &d)), (&a, &b) == (&c, &d));
        }
    }
}
