//! Opening the database.

use super::calm::Calm;
use super::mark::Mark;
use super::tables::{FORMAT, KEYS, META, state};
use crate::format::{FIRST, NEWEST};
use issuer::state::StoreError;
use redb::backends::{FileBackend, InMemoryBackend};
use redb::{Database, ReadableTable, StorageBackend, TableHandle, WriteTransaction};
use std::collections::BTreeSet;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Bytes of the database kept in memory; redb's own default is a gigabyte.
const CACHE: usize = 16 << 20;

/// Why a store could not be opened, with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the store {} is in use by another process: stop that process, or give this one a file of its own", .0.display())]
    InUse(PathBuf),
    /// Others than its owner can read or write it.
    #[error("others can read or write the store {0}, which holds keys (mode {mode:04o}): run `chmod 600 {0}`", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not a store.
    #[error("{} is no store of this program: name another file, or move this one away", .0.display())]
    NotAStore(PathBuf),
    /// A newer program wrote it.
    #[error("the store {}: {}", path.display(), StoreError::Newer { found: *found, known: NEWEST })]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// It is a store, but damaged.
    #[error("the store {} is damaged ({what}): restore it from a copy, or move it away to begin anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// It can neither be read nor made.
    #[error("the store {} cannot be opened ({source}): check the path, its permissions and the space left", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Where a database is kept.
pub(super) enum Place {
    Memory,
    File(PathBuf),
    /// A disk that fails when a test says so.
    #[cfg(test)]
    Test(super::tests::Disk),
}

/// A database that is open.
pub(super) struct Opened {
    pub(super) database: Database,
    pub(super) mark: Option<Mark>,
    /// The format of what it holds.
    pub(super) format: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str(":memory:"),
            Self::File(path) => path.display().fmt(f),
            #[cfg(test)]
            Self::Test(_) => f.write_str(":test:"),
        }
    }
}

impl Place {
    /// Its file, if it has one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Memory => None,
            #[cfg(test)]
            Self::Test(_) => None,
        }
    }

    /// Whether what is closed here can be opened again.
    pub(super) fn is_durable(&self) -> bool {
        !matches!(self, Self::Memory)
    }

    /// Opens the database there; one that is `suspect`, or a copy of one that was open, is looked through first.
    pub(super) fn open(&self, suspect: bool) -> Result<Opened, OpenError> {
        match self {
            Self::Memory => self.database(InMemoryBackend::new(), None, suspect),
            Self::File(path) => {
                let file = open_file(path)?;
                let mark = file.metadata().and_then(|metadata| Mark::of(&metadata));
                let mark = mark.map_err(|source| OpenError::Io { path: path.clone(), source })?;
                let backend = FileBackend::new(file).map_err(|error| self.explain(error))?;
                self.database(backend, Some(mark), suspect)
            }
            #[cfg(test)]
            Self::Test(disk) => self.database(disk.clone(), None, suspect),
        }
    }

    fn database(
        &self,
        backend: impl StorageBackend,
        mut mark: Option<Mark>,
        suspect: bool,
    ) -> Result<Opened, OpenError> {
        // redb trusts a file that was closed cleanly and may panic where one was damaged since.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let database = Database::builder().set_cache_size(CACHE).create_with_backend(backend);
            let mut database = Calm::new(database.map_err(redb::Error::from)?);
            let is_strange = mark.as_ref().map_or(Ok(false), |mark| mark.is_strange(&database))?;
            if suspect || is_strange {
                database.check_integrity()?;
            }
            let format = format(&database, mark.as_mut())?;
            Ok::<_, redb::Error>((database, format))
        }));
        match opened {
            Err(_) => Err(OpenError::Damaged { path: self.path(), what: "its pages contradict each other".to_owned() }),
            Ok(Err(error)) => Err(self.explain(error)),
            Ok(Ok((database, Some(format)))) if is_read(format) => {
                Ok(Opened { database: database.into_inner(), mark, format })
            }
            Ok(Ok((_, Some(found)))) if found > NEWEST => Err(OpenError::Newer { path: self.path(), found }),
            Ok(Ok(_)) => Err(OpenError::NotAStore(self.path())),
        }
    }

    fn path(&self) -> PathBuf {
        PathBuf::from(self.to_string())
    }

    fn explain(&self, error: impl Into<redb::Error>) -> OpenError {
        let path = self.path();
        match error.into() {
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => OpenError::InUse(path),
            redb::Error::UpgradeRequired(_) => OpenError::NotAStore(path),
            redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => OpenError::NotAStore(path),
            redb::Error::Io(source) => OpenError::Io { path, source },
            other => OpenError::Damaged { path, what: other.to_string() },
        }
    }
}

const fn is_read(format: u32) -> bool {
    FIRST <= format && format <= NEWEST
}

/// The format of what the database holds; `None` where it is another program's. A new one is of the newest. A first commit
/// tries the disk: it writes the format, and makes what this version has now and had not when the database was written.
fn format(database: &Database, mark: Option<&mut Mark>) -> Result<Option<u32>, redb::Error> {
    let mut txn = Calm::new(database.begin_write()?);
    txn.set_quick_repair(true);
    let found: BTreeSet<String> = txn.list_tables()?.map(|table| table.name().to_owned()).collect();
    let format = if found.is_empty() {
        Some(NEWEST)
    } else if found.contains(META.name()) {
        let table = Calm::new(txn.open_table(META)?);
        let row = table.get(FORMAT)?;
        row.and_then(|row| Some(u32::from_be_bytes(row.value().try_into().ok()?)))
    } else {
        None
    };
    if let Some(format) = format.filter(|format| is_read(*format)) {
        Calm::new(txn.open_table(META)?).insert(FORMAT, format.to_be_bytes().as_slice())?;
        txn.open_table(KEYS)?;
        create_state(&txn)?;
        mark.map_or(Ok(()), |mark| mark.note(&txn))?;
        txn.into_inner().commit()?;
    }
    Ok(format)
}

/// Makes the tables that a reset empties, where they are missing.
pub(super) fn create_state(txn: &WriteTransaction) -> Result<(), redb::TableError> {
    state().try_for_each(|table| txn.open_table(table).map(drop))
}

/// Opens the file, made with its folder where missing, and refuses one that others may read or write.
fn open_file(path: &Path) -> Result<File, OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_folder(folder).map_err(io)?;
    let file = match options().create_new(true).open(path) {
        Ok(file) => {
            // The name must survive a loss of power as the content does.
            #[cfg(unix)]
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
            file
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options().open(path).map_err(io)?,
        Err(error) => return Err(io(error)),
    };
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(OpenError::NotAStore(path.to_owned()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o066 != 0 {
            return Err(OpenError::Exposed { path: path.to_owned(), mode });
        }
    }
    Ok(file)
}

pub(super) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
