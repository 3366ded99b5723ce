//! A Redis that speaks TLS, and asks for the gateway's certificate as it does by default.

use crate::{MOUNTS, bits, bizzassure, config, is_ready};
use anyhow::{Result, ensure};
use std::fs;
use std::process::Command;
use testkit::gateway::{Gateway, binary};
use testkit::program::free_port;
use testkit::tls::Ca;
use testkit::{Redis, wait_until};

/// A redis-server with a port for TLS.
pub(crate) struct TlsRedis {
    folder: tempfile::TempDir,
    port: u16,
    _redis: Redis,
}

impl TlsRedis {
    /// Starts one that shows that certificate, and asks for one of that CA.
    pub(crate) fn start(ca: &Ca, (certificate, key): (String, String)) -> Result<Self> {
        let (folder, port) = (tempfile::tempdir()?, free_port()?);
        for (name, text) in [("tls.crt", &certificate), ("tls.key", &key), ("ca.crt", &ca.pem)] {
            fs::write(folder.path().join(name), text)?;
        }
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (certificate, key, ca, number) = (path("tls.crt"), path("tls.key"), path("ca.crt"), port.to_string());
        let redis = Redis::start_with(&[
            "--tls-port",
            &number,
            "--tls-cert-file",
            &certificate,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &ca,
        ])?;
        Ok(Self { folder, port, _redis: redis })
    }

    pub(crate) fn url(&self) -> String {
        format!("rediss://localhost:{}", self.port)
    }

    /// The path of a file in its folder, which has `ca.crt`.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

#[test]
fn s19_the_gateway_shows_a_certificate_and_trusts_a_ca_of_its_own() -> Result<()> {
    let ca = Ca::new()?;
    let redis = TlsRedis::start(&ca, ca.issue()?)?;
    let (certificate, key) = ca.issue()?;
    fs::write(redis.path("own.crt"), certificate)?;
    fs::write(redis.path("own.key"), key)?;
    let trusts = format!("timeout_ms = 5000\ntls_ca = \"{}\"\n", redis.path("ca.crt"));
    let shows = format!("tls_cert = \"{}\"\ntls_key = \"{}\"\n", redis.path("own.crt"), redis.path("own.key"));
    let gateway = Gateway::start(&config(&redis.url(), "one", &format!("{trusts}{shows}")))?;
    ensure!(bits(&gateway)?.status == 200 && bizzassure(&gateway, "app-secret")?.status == 200);
    let stranger = Gateway::start_early(&config(&redis.url(), "two", &trusts))?;
    ensure!(!is_ready(&stranger)?, "without a certificate");
    let elsewhere = Gateway::start_early(&config(&redis.url(), "three", &shows))?;
    ensure!(!is_ready(&elsewhere)?, "with the system's CAs");
    wait_until("the first to be ready", || is_ready(&gateway))
}

#[test]
fn s19_what_could_not_work_is_told_when_it_is_configured() -> Result<()> {
    let (folder, ca) = (tempfile::tempdir()?, Ca::new()?);
    let ((certificate, key), other) = (ca.issue()?, ca.issue()?);
    for (name, text) in [("a.crt", &certificate), ("a.key", &key), ("b.key", &other.1), ("none", &String::new())] {
        fs::write(folder.path().join(name), text)?;
    }
    for (url, keys, said) in [
        ("redis://h", "tls_ca = \"a.crt\"", "is of no use without TLS: write rediss in store.url"),
        ("rediss://h", "tls_ca = \"none\"", "none holds no certificate"),
        ("rediss://h", "tls_ca = \"missing\"", "cannot read"),
        ("rediss://h", "tls_cert = \"a.crt\"", "needs store.tls_key"),
        ("rediss://h", "tls_key = \"a.key\"", "needs store.tls_cert"),
        ("rediss://h", "tls_cert = \"a.crt\"\ntls_key = \"b.key\"", "is not the key of the first certificate"),
        ("rediss://h", "tls_ca = \"a.crt\"\ntls_cert = \"a.crt\"\ntls_key = \"a.key\"", "store   rediss://h:6379/0"),
    ] {
        let file = folder.path().join("gateway.toml");
        fs::write(&file, format!("{MOUNTS}[store]\nkind = \"redis\"\nurl = \"{url}\"\n{keys}\n"))?;
        let output = Command::new(binary()?).arg("check").arg("--config").arg(file).output()?;
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        ensure!(told.contains(said), "{keys}: {told}");
    }
    Ok(())
}
