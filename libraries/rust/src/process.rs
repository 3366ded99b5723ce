//! A gateway that this process has started.

use crate::Error;
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// It ends with this value, and with the process whatever becomes of that.
pub(crate) struct Process {
    child: Child,
    folder: tempfile::TempDir,
}

impl Process {
    /// Starts it and waits until it listens; what it announces.
    pub(crate) fn start(
        binary: &Path,
        arguments: &[String],
        environment: &[(String, String)],
        timeout: Duration,
    ) -> Result<(Self, Value), Error> {
        let failed = |error: std::io::Error| Error::Gateway(format!("{} cannot be started: {error}", binary.display()));
        let folder = tempfile::Builder::new().prefix("idp-gateway-").tempdir().map_err(failed)?;
        // Files, for a pipe that nobody reads fills up. Standard input is a pipe: its end is this process's end.
        let child = Command::new(binary)
            .args(arguments)
            .env("IDP_GATEWAY_ANNOUNCE", "json")
            .env("XDG_STATE_HOME", folder.path())
            .env("NO_COLOR", "1")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(File::create(folder.path().join("stdout.log")).map_err(failed)?)
            .stderr(File::create(folder.path().join("stderr.log")).map_err(failed)?)
            .spawn()
            .map_err(failed)?;
        let mut process = Self { child, folder };
        let event = process.wait(Instant::now() + timeout)?;
        Ok((process, event))
    }

    fn wait(&mut self, deadline: Instant) -> Result<Value, Error> {
        loop {
            let text = fs::read_to_string(self.folder.path().join("stdout.log")).unwrap_or_default();
            if let Some((line, _)) = text.split_once('\n') {
                return serde_json::from_str(line)
                    .map_err(|error| Error::Gateway(format!("it announces {line}: {error}")));
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(Error::Gateway(format!("the gateway ended with {status}:\n{}", self.log())));
            }
            if Instant::now() > deadline {
                return Err(Error::Gateway(format!("the gateway does not listen yet:\n{}", self.log())));
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr.log")).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It keeps everything in memory: there is nothing to put in order. An error says that it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
