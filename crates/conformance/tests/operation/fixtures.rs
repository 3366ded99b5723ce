//! What gateways of earlier versions left behind is opened by this one, and each thing in it does what it did.
//! `cargo run -p testkit --example fixtures` makes them, once for each version.

use anyhow::{Context, Result, ensure};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use testkit::fixture::{self, Manifest};
use testkit::gateway::Gateway;
use testkit::{Redis, wait_until};

/// A gateway with the mounts of the fixture and that store.
fn open(version: &str, store: &str) -> Result<Gateway> {
    Gateway::start(&format!("{}{store}", fixture::read(version, "mounts.toml")?))
}

/// Every thing of a manifest, before and after a restart of the gateway: what was spent stays so.
fn hold(gateway: &Gateway, manifest: &Manifest) -> Result<()> {
    ensure!(manifest.presentations.len() > 30, "{} things", manifest.presentations.len());
    manifest.hold(gateway).with_context(|| manifest.made_by.clone())
}

#[test]
fn a_file_of_each_version_is_opened_and_everything_in_it_holds() -> Result<()> {
    let versions = fixture::versions()?;
    ensure!(
        ["0.1.0", "0.1.0-format-2"].iter().all(|due| versions.iter().any(|version| version == due)),
        "{versions:?}"
    );
    for version in versions {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("store.redb");
        fs::copy(fixture::folder(&version).join("embedded.redb"), &file)?;
        fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        let gateway = open(&version, &format!("[store]\nkind = \"embedded\"\npath = {file:?}\n"))?;
        hold(&gateway, &fixture::manifest(&version, "embedded.json")?)?;
    }
    Ok(())
}

#[test]
fn a_redis_of_each_version_is_opened_and_everything_in_it_holds() -> Result<()> {
    for version in fixture::versions()? {
        let redis = Redis::start()?;
        fixture::restore(&redis, &fixture::read(&version, "redis.dump")?)?;
        let store =
            format!("[store]\nkind = \"redis\"\nurl = \"{}\"\nreplica = \"one\"\ntimeout_ms = 5000\n", redis.url());
        let gateway = open(&version, &store)?;
        hold(&gateway, &fixture::manifest(&version, "redis.json")?)?;
        wait_until("Redis to be asked by the gateway", || Ok(redis.calls("evalsha")? > 0))?;
    }
    Ok(())
}
