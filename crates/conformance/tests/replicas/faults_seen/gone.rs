//! Faults with which a gateway does not start, or ends.

use super::{Fault, TELEMETRY};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use testkit::gateway::Gateway;
use testkit::tls::Ca;
use testkit::wait_until;

const DOWN: &str = "up = 0";

const MOUNT: &str = testkit::mounts!(bits);

/// A configuration with a store at that place.
fn with_store(path: &Path) -> String {
    let listeners = "[server]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\n";
    format!("{listeners}[store]\npath = \"{}\"\n{MOUNT}", path.display())
}

/// A store that a gateway has made, and the folder that it is in.
fn made() -> Result<Gateway> {
    Gateway::start(&format!("{TELEMETRY}{MOUNT}"))
}

/// The gateway does not start over a store to which that was done.
fn with_damage(fault: &Fault, damage: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut gateway = made()?;
    gateway.terminate()?;
    let path = gateway.directory().join("store.redb");
    damage(&path)?;
    fault.ends(&with_store(&path))
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        what: "the process is killed",
        health: None,
        metric: DOWN,
        alert: "IdpGatewayDown",
        log: "",
        cause: |_| {
            let mut gateway = made()?;
            gateway.kill9()?;
            ensure!(gateway.metrics().is_some_and(|address| std::net::TcpStream::connect(address).is_err()));
            Ok(())
        },
    },
    Fault {
        what: "a second SIGTERM while it drains",
        health: None,
        metric: DOWN,
        alert: "IdpGatewayDown",
        log: "a second signal: no longer waiting",
        cause: |fault| {
            let mut gateway = Gateway::start(&format!("[server]\ndrain_delay_ms = 60000\n{TELEMETRY}{MOUNT}"))?;
            gateway.signal("TERM")?;
            gateway.wait_for_log("stopping: no longer ready", 1)?;
            gateway.signal("TERM")?;
            gateway.wait_for_end()?;
            wait_until(fault.what, || Ok(gateway.logs()?.contains(fault.log)))
        },
    },
    Fault {
        what: "the configuration is wrong",
        health: None,
        metric: DOWN,
        alert: "IdpGatewayDown",
        log: "the configuration has 1 error",
        cause: |fault| fault.ends(&format!("[server]\nlisten = \"127.0.0.1:0\"\nno_such_key = 1\n{MOUNT}")),
    },
    Fault {
        what: "the port is taken",
        health: None,
        metric: DOWN,
        alert: "IdpGatewayDown",
        log: "free the port or set server.listen to another",
        cause: |fault| {
            let taken = TcpListener::bind("127.0.0.1:0")?;
            let folder = tempfile::tempdir()?;
            let config = with_store(&folder.path().join("store.redb"));
            fault.ends(&config.replacen("127.0.0.1:0", &taken.local_addr()?.to_string(), 1))
        },
    },
    Fault {
        what: "the certificate has expired at the start",
        health: None,
        metric: DOWN,
        alert: "IdpGatewayDown",
        log: "has expired, at",
        cause: |fault| {
            let folder = tempfile::tempdir()?;
            let (certificate, key) = Ca::new()?.issue_for(-1)?;
            let paths = [("tls.crt", certificate), ("tls.key", key)].map(|(name, text)| {
                let path = folder.path().join(name);
                fs::write(&path, text).map(|()| path.display().to_string())
            });
            let [certificate, key] = paths;
            let tls = format!("[server.tls]\ncertificate = \"{}\"\nkey = \"{}\"\n", certificate?, key?);
            fault.ends(&format!("{tls}{MOUNT}"))
        },
    },
    Fault {
        what: "the store's file is another program's",
        health: None,
        metric: DOWN,
        alert: "IdpGatewayDown",
        log: "is no store of this program",
        cause: |fault| with_damage(fault, |path| Ok(fs::write(path, "no store\n".repeat(1000))?)),
    },
    Fault {
        what: "the store's file was cut short",
        health: None,
        metric: DOWN,
        alert: "IdpGatewayDown",
        log: "is damaged",
        cause: |fault| {
            with_damage(fault, |path| {
                let length = fs::metadata(path)?.len();
                Ok(fs::OpenOptions::new().write(true).open(path)?.set_len(length / 2)?)
            })
        },
    },
    Fault {
        what: "others can read the store's file",
        health: None,
        metric: DOWN,
        alert: "IdpGatewayDown",
        log: "others can read or write the store",
        cause: |fault| with_damage(fault, |path| Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o644))?)),
    },
    Fault {
        what: "another process has the store's file",
        health: None,
        metric: DOWN,
        alert: "IdpGatewayDown",
        log: "is in use by another process",
        cause: |fault| {
            let gateway = made().context("the first")?;
            fault.ends(&with_store(&gateway.directory().join("store.redb")))
        },
    },
];
