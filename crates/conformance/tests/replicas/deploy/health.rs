//! `idp-gateway health`, as a container's health check runs it.

use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use testkit::gateway::{Gateway, binary};
use testkit::http;
use testkit::wait_until;

const MOUNT: &str = testkit::mounts!(bits);

/// Whether the command says that the gateway is ready, or what else it asks, and all that it says.
fn health(arguments: &[&str]) -> Result<(bool, String)> {
    let output = Command::new(binary()?).arg("health").args(arguments).env_clear().output()?;
    let text = String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?;
    let code = output.status.code().with_context(|| text.clone())?;
    ensure!(matches!(code, 0 | 1), "ended with {code}: {text}");
    Ok((code == 0, text))
}

fn is_ready(arguments: &[&str]) -> Result<()> {
    let said = health(arguments)?;
    ensure!(said == (true, "ready\n".to_owned()), "{said:?}");
    Ok(())
}

fn is_not(arguments: &[&str], word: &str) -> Result<()> {
    let (ready, text) = health(arguments)?;
    ensure!(!ready && text.starts_with("error: ") && text.contains(word), "{text} instead of {word:?}");
    Ok(())
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// The gateway's configuration, as it would stand with the port that it was given.
fn configuration(gateway: &Gateway) -> Result<PathBuf> {
    let own = std::fs::read_to_string(gateway.directory().join("gateway.toml"))?;
    let mut own: toml::Table = toml::from_str(&own)?;
    let server = own.get_mut("server").and_then(toml::Value::as_table_mut).context("no server")?;
    server.insert("listen".to_owned(), gateway.public().to_string().into());
    let path = gateway.directory().join("given.toml");
    std::fs::write(&path, toml::to_string(&own)?)?;
    Ok(path)
}

#[test]
fn a_gateway_is_ready_until_it_is_told_to_stop_and_then_gone() -> Result<()> {
    let mut gateway = Gateway::start(&format!("[server]\ndrain_delay_ms = 3600000\n{MOUNT}"))?;
    let (url, file) = (url(gateway.public()), configuration(&gateway)?.display().to_string());
    is_ready(&["--url", &url])?;
    is_ready(&["--url", &format!("{url}/")])?;
    is_ready(&["--config", &file])?;
    // The port that the file leaves to the system is known to nobody else.
    let own = gateway.directory().join("gateway.toml").display().to_string();
    is_not(&["--config", &own], "--url")?;

    gateway.signal("TERM")?;
    wait_until("the gateway to drain", || Ok(!health(&["--config", &file])?.0))?;
    is_not(&["--config", &file], "is not ready: draining")?;
    is_not(&["--config", &file, "--serving"], "is not serving: draining")?;
    assert_eq!(health(&["--config", &file, "--live"])?, (true, "live\n".to_owned()));
    gateway.kill9()?;
    is_not(&["--config", &file], "nothing listens at")?;
    is_not(&["--url", &url], "nothing listens at")
}

#[test]
fn a_gateway_whose_redis_is_not_there_is_not_ready() -> Result<()> {
    let redis = "[store]\nkind = \"redis\"\nurl = \"redis://127.0.0.1:1\"\n";
    let gateway = Gateway::start_early(&format!("{redis}{MOUNT}"))?;
    is_not(&["--url", &url(gateway.public())], "is not ready: store unavailable")
}

#[test]
fn a_gateway_that_speaks_https_is_asked_by_tls() -> Result<()> {
    let gateway = Gateway::start(&format!("[server.tls]\ndevelopment = true\n{MOUNT}"))?;
    let file = configuration(&gateway)?.display().to_string();
    wait_until("the gateway to be ready", || Ok(health(&["--config", &file])?.0))?;
    is_ready(&["--config", &file])?;
    is_ready(&["--url", &format!("https://{}", gateway.public())])?;
    Ok(())
}

#[test]
fn n47_plain_http_and_tls_are_told_of_each_other() -> Result<()> {
    let gateway = Gateway::start(&format!("[server.tls]\ndevelopment = true\n{MOUNT}"))?;
    is_not(&["--url", &url(gateway.public())], "speaks TLS: write https:// where http:// stands")?;
    for request in ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "POST /bits/v1/oauth2/token HTTP/1.0\r\n\r\n"] {
        let response = http::exchange(gateway.public(), request.as_bytes())?;
        ensure!(response.status == 400 && response.text().starts_with("this port speaks TLS"), "{response:?}");
        ensure!(response.header("Connection") == Some("close"), "{response:?}");
    }
    let plain = Gateway::start(MOUNT)?;
    is_not(&["--url", &format!("https://{}", plain.public())], "does not speak TLS")?;
    is_ready(&["--url", &format!("https://{}", gateway.public())])
}

#[test]
fn what_is_no_gateway_is_called_so_and_nobody_waits_for_long() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = url(listener.local_addr()?);
    std::thread::spawn(move || {
        for (at, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 1024]);
            match at {
                0 => drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
                1 => drop(stream.write_all(b"SSH-2.0-OpenSSH\r\n")),
                // Says nothing, and stays.
                _ => std::mem::forget(stream),
            }
        }
    });
    is_not(&["--url", &address], "is no IdP Gateway")?;
    is_not(&["--url", &address], "is no IdP Gateway")?;
    is_not(&["--url", &address], "does not answer within 3s")?;
    is_not(&["--url", "127.0.0.1:8080"], "write it as http://127.0.0.1:8080")
}
