//! `init`: writes a configuration to start from.

use crate::output;
use anyhow::Context;
use clap::Args;
use configuration::sandbox;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The file to write.
    #[arg(default_value = "idp-gateway.toml")]
    path: PathBuf,
    /// Overwrite a file that is there.
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let path = self.path.display();
        let mut options = OpenOptions::new();
        options.write(true);
        if self.force {
            options.create(true).truncate(true);
        } else {
            options.create_new(true);
        }
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => anyhow::anyhow!("{path} is there already; --force overwrites it"),
            _ => anyhow::Error::new(error).context(format!("cannot write {path}")),
        })?;
        // A file that was there keeps its mode when it is opened, and its new content has secrets.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .with_context(|| format!("cannot keep {path} to its owner"))?;
        file.write_all(sandbox::TEXT.as_bytes()).with_context(|| format!("cannot write {path}"))?;
        output::line(&format!("Wrote {path}. Edit it, then run: idp-gateway --config {path}"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn writes_the_sandbox_and_overwrites_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.toml");
        Init { path: path.clone(), force: false }.run().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), sandbox::TEXT);
        std::fs::write(&path, "mine").unwrap();
        let refused = Init { path: path.clone(), force: false }.run().unwrap_err().to_string();
        assert!(refused.contains("--force"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        Init { path: path.clone(), force: true }.run().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "n49");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), sandbox::TEXT);
    }
}
