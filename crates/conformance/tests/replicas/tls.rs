//! A Redis that speaks TLS, and asks for the gateway's certificate as it does by default.

use crate::{MOUNTS, bits, bizzassure, config, is_ready};
use anyhow::{Result, ensure};
use std::fs;
use std::process::Command;
use testkit::gateway::{Gateway, binary};
use testkit::tls::Ca;
use testkit::{Cluster, Redis, SentinelSet, TlsFiles, wait_until};

/// A redis-server with a port for TLS.
pub(crate) struct TlsRedis {
    files: TlsFiles,
    redis: Redis,
}

impl TlsRedis {
    /// Starts one that shows that certificate, and asks for one of that CA.
    pub(crate) fn start(ca: &Ca, certificate: (String, String)) -> Result<Self> {
        let files = TlsFiles::new(ca, certificate)?;
        let arguments = files.arguments()?;
        let redis = Redis::start_with(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(Self { files, redis })
    }

    pub(crate) fn url(&self) -> String {
        self.redis.url()
    }

    /// The path of a file in its folder, which has `ca.crt`.
    pub(crate) fn path(&self, name: &str) -> String {
        self.files.path(name)
    }
}

#[test]
fn s19_the_gateway_shows_a_certificate_and_trusts_a_ca_of_its_own() -> Result<()> {
    let ca = Ca::new()?;
    let redis = TlsRedis::start(&ca, ca.issue()?)?;
    let told = introductions(&ca, &redis.files)?;
    let gateway = asks_for_a_certificate(&redis.url(), &told)?;
    let of_systems_cas = told[0].lines().filter(|line| !line.starts_with("tls_ca")).collect::<Vec<_>>().join("\n");
    let elsewhere = Gateway::start_early(&config(&redis.url(), "three", &of_systems_cas))?;
    ensure!(!is_ready(&elsewhere)?, "with the system's CAs");
    wait_until("the first to be ready", || is_ready(&gateway))
}

/// What a gateway is told that has a certificate of its own, and what one is that has none.
fn introductions(ca: &Ca, files: &TlsFiles) -> Result<[String; 2]> {
    let (certificate, key) = ca.issue()?;
    fs::write(files.path("own.crt"), certificate)?;
    fs::write(files.path("own.key"), key)?;
    let trusts = format!("timeout_ms = 5000\ntls_ca = \"{}\"\n", files.path("ca.crt"));
    let shows = format!("tls_cert = \"{}\"\ntls_key = \"{}\"\n", files.path("own.crt"), files.path("own.key"));
    Ok([format!("{trusts}{shows}"), trusts])
}

/// One with a certificate is served there, and one without is not.
fn asks_for_a_certificate(url: &str, [shown, nothing]: &[String; 2]) -> Result<Gateway> {
    let gateway = Gateway::start(&config(url, "one", shown))?;
    ensure!(bits(&gateway)?.status == 200 && bizzassure(&gateway, "app-secret")?.status == 200);
    let stranger = Gateway::start_early(&config(url, "two", nothing))?;
    ensure!(!is_ready(&stranger)?, "without a certificate");
    Ok(gateway)
}

#[test]
fn s19_sentinels_and_their_primary_are_shown_the_certificate() -> Result<()> {
    let ca = Ca::new()?;
    let files = TlsFiles::new(&ca, ca.issue()?)?;
    let set = SentinelSet::start_by_tls(&files)?;
    let gateway = asks_for_a_certificate(&set.url(), &introductions(&ca, &files)?)?;
    set.fail_over()?;
    wait_until("the new primary to be spoken to", || Ok(bizzassure(&gateway, "app-secret")?.status == 200))
}

#[test]
fn s19_each_node_of_a_cluster_is_shown_the_certificate() -> Result<()> {
    let ca = Ca::new()?;
    let files = TlsFiles::new(&ca, ca.issue()?)?;
    let cluster = Cluster::start_by_tls(&files)?;
    let _gateway = asks_for_a_certificate(&cluster.url(), &introductions(&ca, &files)?)?;
    for node in cluster.nodes() {
        // One of them is who asks.
        ensure!(node.info("connected_clients")?.parse::<u32>()? > 1, "a node is not spoken to");
    }
    Ok(())
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
