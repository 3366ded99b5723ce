//! What a file says of itself while it is open: which file it is, and when it was written. A copy that is made meanwhile
//! may be torn, and says what is true of another file: it is looked through before anything is written to it.

use super::calm::Calm;
use super::tables::META;
use issuer::clock::real_seconds;
use redb::{Database, ReadableDatabase, Table, WriteTransaction};
use std::fs::Metadata;
use std::io;
use std::time::UNIX_EPOCH;

const ROW: &[u8] = b"open";
/// Seconds between two notes of when the file was written.
const STEP: i64 = 60;
/// Seconds that a write may come after its note.
const LATE: i64 = 2 * STEP;

/// The mark of an open file.
#[derive(Debug)]
pub(super) struct Mark {
    /// Number and birth of the file.
    identity: [u8; 16],
    /// When it was last written before it was opened, seconds since the epoch.
    written: i64,
    noted: i64,
}

impl Mark {
    pub(super) fn of(file: &Metadata) -> io::Result<Self> {
        let seconds = |time: std::time::SystemTime| match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(_) => 0,
        };
        // Not every file system knows a file's birth.
        let birth = file.created().map_or(0, seconds);
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(file);
        #[cfg(not(unix))]
        let number = 0_u64;
        let mut identity = [0; 16];
        identity[..8].copy_from_slice(&number.to_be_bytes());
        identity[8..].copy_from_slice(&birth.to_be_bytes());
        Ok(Self { identity, written: seconds(file.modified()?), noted: 0 })
    }

    /// Whether the database was left open, and by nobody that had this file.
    pub(super) fn is_strange(&self, database: &Database) -> Result<bool, redb::Error> {
        let txn = Calm::new(database.begin_read()?);
        let table = match txn.open_table(META) {
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(false),
            table => table?,
        };
        let Some(row) = table.get(ROW)? else { return Ok(false) };
        let noted = row.value().strip_prefix(&self.identity[..]).and_then(<[u8]>::first_chunk);
        Ok(noted.is_none_or(|noted| i64::from_be_bytes(*noted).abs_diff(self.written) > LATE.unsigned_abs()))
    }

    /// Notes that the file is written now, unless that was noted a moment ago.
    pub(super) fn note(&mut self, txn: &WriteTransaction) -> Result<(), redb::Error> {
        let now = real_seconds();
        if now.abs_diff(self.noted) < STEP.unsigned_abs() {
            return Ok(());
        }
        let row = [&self.identity[..], &now.to_be_bytes()].concat();
        Calm::new(txn.open_table(META)?).insert(ROW, &*row)?;
        self.noted = now;
        Ok(())
    }

    /// Takes the mark away, for the file is about to be closed.
    pub(super) fn leave(database: &Database) -> Result<bool, redb::Error> {
        let mut txn = Calm::new(database.begin_write()?);
        txn.set_quick_repair(true);
        Calm::<Table<'_, _, _>>::new(txn.open_table(META)?).remove(ROW)?;
        txn.into_inner().commit()?;
        Ok(true)
    }
}
