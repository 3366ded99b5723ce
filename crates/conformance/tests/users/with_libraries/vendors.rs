//! Vendors' own clients at their packs: the table of `examples/vendors` says which, and what each does there.

use super::{node, python};
use anyhow::{Context, Result, bail, ensure};
use pack::shipped;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::gateway::Gateway;
use testkit::http::{self, Connection};
use testkit::program::Program;
use testkit::{tree, wait_until};

/// A row of the table.
struct Row {
    vendor: String,
    /// The example, where the vendor has a client.
    script: Option<String>,
    /// What the example says: the client with its version, and what it did.
    due: String,
}

/// The rows, as in ``| `box` | [boxsdk 10.18.0](box.py) | how it is pointed at the gateway | client credentials |``.
fn rows() -> Result<Vec<Row>> {
    let page = fs::read_to_string(tree::root().join("examples/vendors/README.md"))?;
    let row = |line: &str| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [vendor, client, _, does] = cells[..] else { bail!("not four cells: {line}") };
        let linked = client.strip_prefix('[').and_then(|rest| rest.trim_end_matches(')').split_once("]("));
        let (client, script) = linked.map_or((client, None), |(client, script)| (client, Some(script.to_owned())));
        Ok(Row { vendor: vendor.trim_matches('`').to_owned(), script, due: format!("{client}: {does}") })
    };
    page.lines().filter(|line| line.starts_with("| `")).map(row).collect()
}

/// The sandbox's mounts of all packs, with a certificate of its own, for clients refuse anything else.
fn start() -> Result<(Gateway, PathBuf)> {
    let mounts = shipped::ALL.iter().map(|(name, _)| shipped::mount(name).with_context(|| (*name).to_owned()));
    let mounts = mounts.collect::<Result<Vec<_>>>()?.join("\n");
    let gateway = Gateway::start(&format!("[server.tls]\ndevelopment = true\n{mounts}"))?;
    let authority = gateway.directory().join("idp-gateway/development-ca.pem");
    let ca = fs::read(&authority)?;
    let probe = http::request("GET", "/_gateway/health/ready", &[("Host", "localhost")], b"");
    wait_until("the gateway to be ready", || {
        let answer = Connection::open_tls(gateway.public(), "localhost", &ca)?.exchange(&probe)?;
        Ok(answer.status == 200)
    })?;
    Ok((gateway, authority))
}

impl Row {
    fn holds(&self, gateway: &Gateway, authority: &Path) -> Result<()> {
        let Some(script) = &self.script else { return Ok(()) };
        let is_python = Path::new(script).extension().is_some_and(|extension| extension == "py");
        let run = if is_python { python } else { node };
        let mut command = run("vendors", script)?;
        command
            // No name: another program may have that port at another address of localhost.
            .env("IDP_GATEWAY", format!("https://{}", gateway.public()))
            .env("IDP_GATEWAY_ADMIN", format!("http://{}", gateway.admin_address()))
            .envs(["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"].map(|name| (name, authority)))
            .envs([("NO_PROXY", "*"), ("no_proxy", "*")]);
        let due = |line: &str| (line == self.due).then_some(());
        Program::start(&mut command)?.wait_for(due).with_context(|| format!("the table says {}", self.due))
    }
}

#[test]
fn each_vendors_client_does_at_its_pack_what_the_table_says() -> Result<()> {
    let rows = rows()?;
    let (gateway, authority) = start()?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = row.holds(&gateway, &authority);
            wrong.extend(outcome.err().map(|error| format!("{}: {error:#}", row.vendor)));
        }
        wrong
    };
    // Most of each is the start of its interpreter.
    let wrong = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| vec!["a panic".to_owned()]))
            .collect::<Vec<_>>()
    });
    let wrong = wrong.concat();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_table_names_every_pack() -> Result<()> {
    let named: BTreeSet<_> = rows()?.into_iter().map(|row| row.vendor).collect();
    let shipped: BTreeSet<_> = shipped::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    ensure!(named == shipped, "packs and not rows {:?}", shipped.symmetric_difference(&named));
    Ok(())
}
