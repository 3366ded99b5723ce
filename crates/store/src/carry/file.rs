//! A backup: a head, a line for each row, and a trailer with how many there are and the SHA-256 of all before it.

use super::{Carried, Carry, Counts, Into, Row, checked};
use crate::format::NEWEST;
use issuer::state::StoreError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// What a file begins with that is a backup.
const BEGINNING: &[u8] = br#"{"idp_gateway_backup":"#;
/// Bytes that go together.
const CHUNK: usize = 64 << 10;

#[derive(Serialize, Deserialize)]
struct Head {
    /// The format of its rows.
    idp_gateway_backup: u32,
    /// The program's version.
    gateway: String,
    /// Seconds since the epoch.
    made_at: i64,
}

#[derive(Serialize, Deserialize)]
struct Trailer {
    end: End,
}

#[derive(Serialize, Deserialize)]
struct End {
    rows: Counts,
    sha256: String,
}

/// Why a backup cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It cannot be read.
    #[error("{} cannot be read ({source}): name a file that `idp-gateway store backup` wrote", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is another file.
    #[error("{} is no backup: name a file that `idp-gateway store backup` wrote", .0.display())]
    Foreign(PathBuf),
    /// A newer program wrote it.
    #[error("{} is a backup of format {found}, and this program reads formats up to {NEWEST}: use the version that made it, {gateway}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The version of the program that made it.
        gateway: String,
    },
    /// It has been cut off or changed.
    #[error("the backup {} is damaged: {what}; nothing was changed, so use another one", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// The store that it should go into.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The store as a backup, in chunks. A row that cannot be read ends it with an error, so that no backup has less than
/// its store.
pub fn backup(store: &dyn Carry) -> mpsc::Receiver<Result<Vec<u8>, StoreError>> {
    let (mut rows, format) = (store.rows(), store.format());
    let (out, chunks) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut writer = Writer::default();
        let head = Head {
            idp_gateway_backup: format,
            gateway: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: issuer::clock::real_seconds(),
        };
        let done = writer.line(&head).and_then(|()| {
            while let Some(batch) = rows.blocking_recv() {
                for row in batch {
                    let row = row.map_err(|damage| StoreError::Corrupt(damage.to_string()))?.0;
                    *writer.counts.entry(row.kind().to_owned()).or_default() += 1;
                    writer.line(&row)?;
                }
                // A caller that has gone away wants no more.
                if writer.bytes.len() >= CHUNK && out.blocking_send(Ok(std::mem::take(&mut writer.bytes))).is_err() {
                    return Ok(());
                }
            }
            writer.end()
        });
        let _ = out.blocking_send(done.map(|()| writer.bytes));
    });
    chunks
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    digest: Sha256,
    counts: Counts,
}

impl Writer {
    fn line(&mut self, value: &impl Serialize) -> Result<(), StoreError> {
        let from = self.bytes.len();
        serde_json::to_writer(&mut self.bytes, value)
            .map_err(|error| StoreError::Corrupt(format!("a row cannot be written: {error}")))?;
        self.bytes.push(b'\n');
        self.digest.update(&self.bytes[from..]);
        Ok(())
    }

    fn end(&mut self) -> Result<(), StoreError> {
        let sha256 = hex(&self.digest.clone());
        let rows = std::mem::take(&mut self.counts);
        self.line(&Trailer { end: End { rows, sha256 } })
    }
}

fn hex(digest: &Sha256) -> String {
    digest.clone().finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether the file begins as a backup does.
pub fn is_backup(path: &Path) -> bool {
    let mut beginning = vec![0; BEGINNING.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut beginning)).is_ok() && beginning == BEGINNING
}

/// Reads a backup whole, and gives each row; how many there are of each kind.
pub fn read(path: &Path, mut each: impl FnMut(Carried) -> Result<(), StoreError>) -> Result<Counts, BackupError> {
    let io = |source| BackupError::Io { path: path.to_owned(), source };
    let damaged = |what: String| BackupError::Damaged { path: path.to_owned(), what };
    let mut file = BufReader::with_capacity(CHUNK, File::open(path).map_err(io)?);
    let (mut line, mut number, mut digest, mut counts) = (Vec::new(), 0_u64, Sha256::new(), Counts::new());
    loop {
        line.clear();
        file.read_until(b'\n', &mut line).map_err(io)?;
        number += 1;
        if number == 1 {
            head(path, &line)?;
        } else if let Ok(Trailer { end }) = serde_json::from_slice(&line) {
            if end.sha256 != hex(&digest) || end.rows != counts {
                return Err(damaged("its rows are not those that it was made of".to_owned()));
            }
            return Ok(counts);
        } else {
            let row: Row = serde_json::from_slice(&line).map_err(|_| {
                let what = if line.ends_with(b"\n") { "cannot be read" } else { "is missing or cut off" };
                damaged(format!("line {number} {what}"))
            })?;
            *counts.entry(row.kind().to_owned()).or_default() += 1;
            each(checked(row).map_err(|error| damaged(format!("line {number}: {error}")))?)?;
        }
        digest.update(&line);
    }
}

fn head(path: &Path, line: &[u8]) -> Result<(), BackupError> {
    match serde_json::from_slice::<Head>(line) {
        Ok(head) if head.idp_gateway_backup <= NEWEST => Ok(()),
        Ok(head) => {
            Err(BackupError::Newer { path: path.to_owned(), found: head.idp_gateway_backup, gateway: head.gateway })
        }
        Err(_) => Err(BackupError::Foreign(path.to_owned())),
    }
}

/// Puts what a backup holds in the place of what the store held, once all of it was read and is whole.
pub async fn restore(path: &Path, store: &dyn Carry) -> Result<Counts, BackupError> {
    read(path, |_| Ok(()))?;
    let mut into = Into::new(store).await?;
    let (out, mut rows) = mpsc::channel(super::BATCH);
    let owned = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        read(&owned, |row| out.blocking_send(row).map_err(|_| StoreError::Unavailable("it has stopped".to_owned())))
    });
    while let Some(row) = rows.recv().await {
        into.add(row).await?;
    }
    match reading.await {
        Ok(counts) => counts?,
        Err(_) => return Err(StoreError::Unavailable("the backup could not be read to its end".to_owned()).into()),
    };
    Ok(into.finish().await?)
}
