//! The file that says where the gateway listens, for programs that have started it.

use anyhow::Context;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Its name where none is given. Commands look for it in the folder that they are run in.
pub(crate) const READY_FILE: &str = "idp-gateway.json";

/// The file, which is removed with this value.
#[derive(Debug)]
pub(crate) struct ReadyFile(PathBuf);

impl ReadyFile {
    /// Removes what a run that was killed has left: until the file is written, nobody listens.
    pub(crate) fn clear(path: &Path) -> anyhow::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("the ready file {} cannot be replaced", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Writes the file in one step, for its owner alone: an admin token may be in it.
    pub(crate) fn write(path: PathBuf, text: &str) -> anyhow::Result<Self> {
        let mut new = path.clone().into_os_string();
        new.push(format!(".{}", std::process::id()));
        let new = PathBuf::from(new);
        let write = || {
            Self::create(&new)?.write_all(format!("{text}\n").as_bytes())?;
            fs::rename(&new, &path)
        };
        write().with_context(|| format!("the ready file {} cannot be written", path.display()))?;
        Ok(Self(path))
    }

    fn create(path: &Path) -> io::Result<File> {
        File::options().write(true).create(true).truncate(true).mode(0o600).open(path)
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(%error, file = %self.0.display(), "the ready file cannot be removed");
        }
    }
}
