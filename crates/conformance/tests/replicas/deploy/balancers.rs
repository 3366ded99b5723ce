//! The balancers read their configuration as it stands. That they do what it says is seen by the module `balancers`.

use super::run;
use crate::balancers::kind::{CADDY, HAPROXY, Kind, Layout, NGINX};
use anyhow::Result;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use testkit::tls::Ca;
use testkit::tree;

/// Has the balancer's configuration for two replicas judged by `judge`, which is given the command that would start it.
fn judged(kind: &Kind, judge: impl FnOnce(&mut Command, &std::path::Path) -> Result<()>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (certificate, key) = Ca::new()?.issue()?;
    fs::write(folder.path().join("tls.crt"), &certificate)?;
    fs::write(folder.path().join("tls.key"), &key)?;
    fs::write(folder.path().join("tls.pem"), certificate + &key)?;
    let replicas = [8080, 8081].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    // Nothing listens there: the ports are only read.
    let layout = Layout { folder: folder.path(), ports: (8443, 8088), replicas: &replicas };
    judge(&mut kind.prepare(&layout)?, folder.path())
}

#[test]
fn nginx_takes_its_configuration_and_that_of_compose() -> Result<()> {
    judged(&NGINX, |command, folder| {
        let own = run(command.arg("-t"))?;
        assert!(own.contains("test is successful") && !own.contains("[warn]"), "{own}");
        let replicas = fs::read_to_string(tree::root().join("deploy/compose/upstream.conf"))?;
        // The names are those of a network that is not here.
        let replicas = replicas.replace("gateway-1:", "127.0.0.1:").replace("gateway-2:", "127.0.0.2:");
        fs::write(folder.join("upstream.conf"), replicas)?;
        run(command)?;
        Ok(())
    })
}

#[test]
fn haproxy_takes_its_configuration() -> Result<()> {
    judged(&HAPROXY, |command, _| {
        let told = run(command.arg("-c"))?;
        assert!(!told.contains("WARNING"), "{told}");
        Ok(())
    })
}

#[test]
fn caddy_takes_its_configuration() -> Result<()> {
    judged(&CADDY, |_, folder| {
        let mut command = Command::new("caddy");
        command.args(["validate", "--adapter", "caddyfile", "--config"]).arg(folder.join("Caddyfile"));
        let told = run(command.env("XDG_CONFIG_HOME", folder).env("XDG_DATA_HOME", folder))?;
        assert!(told.contains("Valid configuration"), "{told}");
        Ok(())
    })
}
