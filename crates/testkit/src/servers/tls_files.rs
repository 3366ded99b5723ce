//! What a Redis that speaks TLS is given, as files.

use super::ports::free_port;
use crate::tls::Ca;
use anyhow::Result;
use std::fs;

/// A folder with a CA (`ca.crt`) and a certificate with its key (`tls.crt`, `tls.key`).
#[derive(Debug)]
pub struct TlsFiles(tempfile::TempDir);

impl TlsFiles {
    /// Writes that certificate, and the CA that certificates shown to it are to be of.
    pub fn new(ca: &Ca, (certificate, key): (String, String)) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for (name, text) in [("tls.crt", &certificate), ("tls.key", &key), ("ca.crt", &ca.pem)] {
            fs::write(folder.path().join(name), text)?;
        }
        Ok(Self(folder))
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Settings of Redis and of Sentinels, each with its value, under the names of the configuration file.
    pub fn settings(&self) -> Result<Vec<(&'static str, String)>> {
        Ok(vec![
            ("tls-port", free_port()?.to_string()),
            ("tls-cert-file", self.path("tls.crt")),
            ("tls-key-file", self.path("tls.key")),
            ("tls-ca-cert-file", self.path("ca.crt")),
        ])
    }

    /// The same as arguments.
    pub fn arguments(&self) -> Result<Vec<String>> {
        Ok(self.settings()?.into_iter().flat_map(|(name, value)| [format!("--{name}"), value]).collect())
    }
}
