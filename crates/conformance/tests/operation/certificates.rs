//! HTTPS with a certificate from files, which somebody renews.

use crate::bits::{mark, mount, request};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use testkit::gateway::Gateway;
use testkit::http::Connection;
use testkit::tls::Ca;

const NAME: &str = "localhost";
const RELOADED: &str = "TLS certificate reloaded";
const REFUSED: &str = "TLS certificate refused, the one in force stays";

/// A certificate and its key in a folder of their own, as a volume of Kubernetes has them.
fn write(folder: &Path, certificate: &str, key: &str) -> Result<()> {
    fs::create_dir(folder)?;
    fs::write(folder.join("tls.crt"), certificate)?;
    fs::write(folder.join("tls.key"), key)?;
    Ok(fs::set_permissions(folder.join("tls.key"), fs::Permissions::from_mode(0o600))?)
}

/// Swaps the folder that `..data` in `volume` leads to, in one step.
fn swap(volume: &Path, folder: &str) -> Result<()> {
    symlink(folder, volume.join("..new"))?;
    Ok(fs::rename(volume.join("..new"), volume.join("..data"))?)
}

fn start(volume: &Path) -> Result<Gateway> {
    let volume = volume.display();
    let tls = format!("[server.tls]\ncertificate = \"{volume}/tls.crt\"\nkey = \"{volume}/tls.key\"\n");
    Gateway::start(&format!("[server]\nwatch_config = false\n{tls}{}", mount("bits", "secret-1", 100)))
}

fn shown(gateway: &Gateway, ca: &Ca) -> Result<Vec<u8>> {
    Connection::open_tls(gateway.public(), NAME, ca.pem.as_bytes())?.certificate().context("no certificate")
}

fn program(name: &str, arguments: &[&str]) -> Result<Output> {
    let output = Command::new(name).args(arguments).stdin(std::process::Stdio::null()).output();
    output.with_context(|| format!("this test needs {name}, which cannot be started; `cargo xtask test` gets it"))
}

#[test]
fn a_certificate_is_replaced_and_no_connection_with_it() -> Result<()> {
    let (ca, volume) = (Ca::new()?, tempfile::tempdir()?);
    let path = |name: &str| volume.path().join(name);
    let [one, two, three] = [ca.issue()?, ca.issue()?, ca.issue()?];
    write(&path("one"), &one.0, &one.1)?;
    write(&path("two"), &two.0, &two.1)?;
    write(&path("odd"), &three.0, &two.1)?;
    symlink("one", path("..data"))?;
    for file in ["tls.crt", "tls.key"] {
        symlink(format!("..data/{file}"), path(file))?;
    }
    let gateway = start(volume.path())?;
    let first = shown(&gateway, &ca)?;
    let mut kept = Connection::open_tls(gateway.public(), NAME, ca.pem.as_bytes())?;
    let ask = request("bits", "secret-1");
    ensure!(mark(&kept.exchange(&ask)?)? == 100);

    swap(volume.path(), "two")?;
    gateway.wait_for_log(RELOADED, 1)?;
    let second = shown(&gateway, &ca)?;
    ensure!(second != first, "the certificate before is shown");
    ensure!(mark(&kept.exchange(&ask)?)? == 100, "a connection of before");

    // A certificate with another's key: refused, and said; the one in force stays.
    swap(volume.path(), "odd")?;
    gateway.wait_for_log(REFUSED, 1)?;
    ensure!(gateway.logs()?.contains("tls.key is not the key of the first certificate in"));
    ensure!(shown(&gateway, &ca)? == second);
    // A signal says what is wrong with the configuration once more, and nothing changes.
    gateway.signal("HUP")?;
    gateway.wait_for_log("configuration refused", 1)?;
    ensure!(shown(&gateway, &ca)? == second && mark(&kept.exchange(&ask)?)? == 100);

    // Mended, a signal is enough.
    fs::write(path("odd/tls.key"), &three.1)?;
    gateway.signal("HUP")?;
    gateway.wait_for_log(RELOADED, 2)?;
    ensure!(![first, second].contains(&shown(&gateway, &ca)?));
    ensure!(mark(&kept.exchange(&ask)?)? == 100, "a connection of before");
    Ok(())
}

#[test]
fn https_is_spoken_with_tls_1_2_or_newer_and_http_is_not() -> Result<()> {
    let (ca, volume) = (Ca::new()?, tempfile::tempdir()?);
    let (certificate, key) = ca.issue()?;
    write(&volume.path().join("pair"), &certificate, &key)?;
    let trusted = volume.path().join("ca.pem");
    fs::write(&trusted, &ca.pem)?;
    let gateway = start(&volume.path().join("pair"))?;
    let (address, trusted) = (gateway.public(), trusted.display().to_string());

    let url = format!("https://{NAME}:{}/_gateway/health/ready", address.port());
    let output = program(
        "curl",
        &["-sS", "--cacert", &trusted, "--resolve", &format!("{NAME}:{}:127.0.0.1", address.port()), &url],
    )?;
    ensure!(output.stdout == br#"{"status":"ready"}"#, "{output:?}");
    let stranger = program("curl", &["-sS", &url])?;
    ensure!(stranger.status.code() == Some(60), "curl trusts a CA that nobody named: {stranger:?}");

    let connect = address.to_string();
    for (version, works) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
        let arguments = ["s_client", "-connect", &connect, "-CAfile", &trusted, "-verify_return_error", version];
        // This machine's own openssl may have no old version to offer; at level 0 it has.
        let output =
            program("openssl", &[&arguments[..], &["-cipher", "ALL:@SECLEVEL=0", "-servername", NAME]].concat())?;
        let verified = String::from_utf8_lossy(&output.stdout).contains("Verification: OK");
        ensure!(output.status.success() == works && (verified || !works), "{version}: {output:?}");
    }

    let mut plain = Connection::open(address)?;
    plain.send(b"GET /_gateway/health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let told = plain.receive()?;
    ensure!(told.status == 400 && told.text().starts_with("this port speaks TLS"), "{told:?}");
    Ok(())
}

#[test]
fn f12_over_tls_connections_end_with_an_answer() -> Result<()> {
    let (ca, volume) = (Ca::new()?, tempfile::tempdir()?);
    let (certificate, key) = ca.issue()?;
    write(&volume.path().join("pair"), &certificate, &key)?;
    let mut gateway = start(&volume.path().join("pair"))?;
    let mut connection = Connection::open_tls(gateway.public(), NAME, ca.pem.as_bytes())?;
    let ask = request("bits", "secret-1");
    ensure!(mark(&connection.exchange(&ask)?)? == 100);
    gateway.signal("TERM")?;
    let started = Instant::now();
    loop {
        ensure!(started.elapsed() < Duration::from_mins(1), "the gateway goes on");
        let answer = connection.exchange(&ask).context("a request that nobody answers")?;
        ensure!(mark(&answer)? == 100);
        if answer.header("connection") == Some("close") {
            break;
        }
    }
    // The end is said in TLS too: a stream that is cut off would be an error.
    ensure!(connection.is_closed_within(Duration::from_mins(1))?);
    gateway.wait_for_end()
}
