//! A backup of the configuration's store: from the gateway that runs on it, or from the store itself.

use super::super::api;
use super::super::client::{Failure, Sent};
use super::place::Place;
use crate::output;
use admin_api::operations;
use anyhow::Context;
use configuration::{Config, StoreConfig};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use store::carry;

pub(super) async fn run(config: &Config, to: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = to else {
        write(config, &mut io::stdout().lock()).await?;
        return Ok(());
    };
    let beside = PathBuf::from(format!("{}.part", path.display()));
    let written = async {
        let mut file = create(&beside).with_context(|| format!("cannot write {}", beside.display()))?;
        write(config, &mut Steady { file: &mut file, unsynced: 0 }).await?;
        file.sync_all()?;
        let counts = carry::read(&beside, |_| Ok(()))?;
        replace(&beside, path).with_context(|| format!("cannot write {}", path.display()))?;
        anyhow::Ok(counts)
    };
    let counts = written.await.inspect_err(|_| drop(fs::remove_file(&beside)))?;
    output::error(&format!("Wrote {} to {}.", super::told(&counts), path.display()));
    Ok(())
}

async fn write(config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    // Any gateway can read a Redis; a file is the running one's alone.
    if !matches!(config.store, StoreConfig::Redis(_))
        && let Some(mount) = config.mounts.first()
        && let Ok(client) = api::running(config, &mount.name, None)?
    {
        let mut backup = client.stream(&operations::BACK_UP, &[], Sent::default()).map_err(Failure::into_error)?;
        io::copy(&mut backup, out).context("the gateway broke the backup off: see its log")?;
        return Ok(());
    }
    let store = Place::of(&config.store)?.open().await?;
    let mut chunks = carry::backup(&*store);
    while let Some(chunk) = chunks.recv().await {
        out.write_all(&chunk?)?;
    }
    Ok(())
}

/// How much of a backup may wait to be on the disk, in bytes.
const UNSYNCED: usize = 1 << 20;

/// A file that is on the disk as far as it is written, but for the last [`UNSYNCED`] bytes. On a disk that both share, a commit of the
/// gateway may wait for what others have written: for so much at most.
struct Steady<'a> {
    file: &'a mut File,
    unsynced: usize,
}

impl Write for Steady<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.unsynced += written;
        if self.unsynced >= UNSYNCED {
            self.file.sync_data()?;
            self.unsynced = 0;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A new file that its owner alone can read.
fn create(path: &Path) -> io::Result<File> {
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Gives a file its name, in the place of what had it, so that it outlives a loss of power.
pub(super) fn replace(file: &Path, path: &Path) -> io::Result<()> {
    fs::rename(file, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
