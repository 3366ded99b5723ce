//! Vendors that send without end, and packs of strangers: what commands read of them is bounded, and shown as text.

use super::{PACK, PAIRS, pack, run, serving, text};
use anyhow::{Result, ensure};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use testkit::gateway;
use testkit::http;
use testkit::program::Program;

/// A vendor that answers each connection by its path: without end, in two ways, or not at all. How often it was called.
fn vendor() -> Result<(SocketAddr, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (address, count) = (listener.local_addr()?, Arc::new(AtomicUsize::new(0)));
    let calls = Arc::clone(&count);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            calls.fetch_add(1, Ordering::Relaxed);
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or_default();
            let asked = String::from_utf8_lossy(&request[..length]).into_owned();
            let (first, more): (&str, Vec<u8>) = if asked.contains("/chunks") {
                (
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    [b"10000\r\n", &*vec![b'a'; 65536], b"\r\n"].concat(),
                )
            } else if asked.contains("/head") {
                ("HTTP/1.1 200 OK\r\n", [b"X: ", &[b'a'; 1000][..], b"\r\n"].concat())
            } else if asked.contains("/twice") {
                ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Vec::new())
            } else {
                continue;
            };
            let mut sent = stream.write_all(first.as_bytes());
            while sent.is_ok() && !more.is_empty() {
                sent = stream.write_all(&more);
            }
        }
    });
    Ok((address, count))
}

#[test]
fn what_a_vendor_sends_without_end_is_read_to_a_limit() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let upstream = format!("http://{}", vendor()?.0);
    let mut command = Command::new(gateway::binary()?);
    command
        .args(["record", "--upstream", &upstream, "--listen", "127.0.0.1:0", "--out", "x"])
        .current_dir(folder.path());
    let mut recorder = Program::start(&mut command)?;
    let at: SocketAddr = recorder.wait_for(|line| line.strip_prefix("http://")?.split(' ').next()?.parse().ok())?;
    for (path, told) in [
        ("/chunks", "a body of more than 1048576 bytes"),
        ("/head", "a head of more than 65536 bytes"),
        ("/twice", "a Transfer-Encoding and a Content-Length"),
    ] {
        let answer = http::exchange(at, &http::request("GET", path, &[("Host", "localhost")], b""))?;
        ensure!(answer.status == 502 && answer.text().contains(told), "{path}: {}", answer.text());
    }
    let connect = http::exchange(at, b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    ensure!(connect.status == 501, "{}", connect.text());
    let long = http::request("POST", "/x", &[("Host", "localhost")], &vec![b'a'; (1 << 20) + 1]);
    ensure!(http::exchange(at, &long)?.status == 413);
    Ok(())
}

#[test]
fn a_vendor_that_has_answered_nothing_is_asked_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    pack(folder.path(), PACK)?;
    let (gateway, (vendor, count)) = (serving(folder.path(), ("acme-app", "acme-app-secret"))?, vendor()?);
    let against = format!("http://{vendor}/silent");
    let arguments = ["drift", "--mount", "acme", "--pack", "acme", "--against", &against, "--rate", "100"];
    let report = run(folder.path(), Some(&gateway), &arguments)?;
    ensure!(report.status.code() == Some(3), "{report:?}");
    ensure!(text(&report.stdout).contains("0 the same, 0 differ, 4 not tried."), "{}", text(&report.stdout));
    assert_eq!(count.load(Ordering::Relaxed), 1);
    Ok(())
}

#[test]
fn what_a_stranger_put_into_a_folder_is_bounded_and_shown_as_text() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let told = |arguments: &[&str]| -> Result<String> {
        let output = run(folder.path(), None, arguments)?;
        ensure!(output.status.code() == Some(1), "{arguments:?}: {output:?}");
        Ok(text(&output.stderr))
    };
    for name in ["endless", "pipe"] {
        fs::create_dir(path(name))?;
    }
    symlink("/dev/zero", path("endless/pack.toml"))?;
    ensure!(Command::new("mkfifo").arg(path("pipe/pack.toml")).status()?.success());
    let curl = "curl https://a.example -u a:b -d grant_type=client_credentials";
    for arguments in [
        &["pack", "check", "endless"][..],
        &["pack", "check", "pipe"],
        &["pack", "new", "x", "--from-har", "/dev/zero"],
        &["pack", "new", "x", "--from-har", "pipe/pack.toml"],
        &["pack", "new", "x", "--answer", "/dev/zero", "--from-curl", curl],
    ] {
        let told = told(arguments)?;
        ensure!(told.contains("is no plain file"), "{arguments:?}: {told}");
    }
    let mount = "[[mount]]\nname = \"acme\"\ndialect = \"pack\"\npack = \"./pipe\"\n";
    fs::write(path("gateway.toml"), mount)?;
    let refused = run(folder.path(), None, &["check", "--config", "gateway.toml"])?;
    ensure!(!refused.status.success() && text(&refused.stderr).contains("is no plain file"), "{refused:?}");

    pack(folder.path(), &PACK.replace("\"Acme\"", "\"\\u202eA\\u0007\\u001b[31m\""))?;
    let check = text(&run(folder.path(), None, &["pack", "check", "acme"])?.stdout);
    ensure!(check.contains(r"acme is right: \u{202e}A\u{7}\u{1b}[31m."), "{check}");
    pack(folder.path(), &format!("{PACK}[\"\\u001b\"]"))?;
    let wrong = told(&["pack", "check", "acme"])?;
    ensure!(!wrong.contains('\u{1b}'), "{wrong}");
    pack(folder.path(), PACK)?;
    for (file, broken, expected) in
        [("pairs.http", "### A\nGET", "pairs.http"), ("fixtures.json", "{", "fixtures.json")]
    {
        fs::write(path("acme/pairs.http"), PAIRS)?;
        fs::write(path("acme").join(file), broken)?;
        let told = told(&["pack", "check", "acme"])?;
        ensure!(told.contains(expected), "{told}");
    }
    Ok(())
}
