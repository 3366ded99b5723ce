//! Clients that hold connections take neither the gateway's own descriptors nor its health.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use testkit::gateway::{Gateway, binary};
use testkit::program::Program;
use testkit::{http, wait_until};

const CONFIG: &str = concat!("[telemetry]\nmetrics_listen = \"127.0.0.1:0\"\n", testkit::mounts!(bits));

fn live(address: SocketAddr) -> Result<http::Response> {
    http::exchange(address, &http::request("GET", "/_gateway/health/live", &[("Host", "localhost")], b""))
}

/// A connection on which one request was answered, and which is kept.
fn kept(address: SocketAddr) -> Result<(TcpStream, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /_gateway/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer)?;
    Ok((stream, String::from_utf8_lossy(&answer[..length]).into_owned()))
}

#[test]
fn s20_one_connection_too_many_is_answered_once_and_closed() -> Result<()> {
    let gateway = Gateway::start(&format!("[server]\nmax_connections = 8\n{CONFIG}"))?;
    let mut held = Vec::new();
    // Those of the start are gone once they are counted so.
    wait_until("eight connections to be kept", || {
        held.clear();
        for _ in 0..8 {
            held.push(kept(gateway.public())?);
        }
        Ok(held.iter().all(|(_, answer)| !answer.contains("connection: close")))
    })?;
    for _ in 0..20 {
        let (mut stream, answer) = kept(gateway.public())?;
        ensure!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
        ensure!(stream.read(&mut [0; 16])? == 0, "it was kept");
    }
    ensure!(live(gateway.metrics().context("a listener")?)?.status == 200);
    drop(held);
    wait_until("room again", || Ok(!kept(gateway.public())?.1.contains("connection: close")))
}

#[test]
fn s20_running_out_of_descriptors_does_not_take_live_down() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("gateway.toml");
    let listeners = "[server]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\n";
    fs::write(&file, format!("{listeners}[store]\npath = \":memory:\"\n{CONFIG}"))?;
    let script = "ulimit -n 192; exec \"$0\" --config \"$1\"";
    let mut command = Command::new("sh");
    let command = command.args(["-c", script]).arg(binary()?).arg(file).env("IDP_GATEWAY_ANNOUNCE", "json");
    let mut gateway = Program::start(command)?;
    let announced = gateway
        .wait_for(|line| serde_json::from_str::<Value>(line).ok().filter(|line| line["event"] == "listening"))?;
    let address = |name: &str| -> Result<SocketAddr> { Ok(announced[name].as_str().context("an address")?.parse()?) };
    let (public, metrics) = (address("public")?, address("metrics")?);
    let held: Vec<_> = (0..400).map(|_| TcpStream::connect(public)).collect();
    let connected = held.iter().filter(|stream| stream.is_ok()).count();
    ensure!(connected == 400, "{connected} of 400 connected");
    for _ in 0..20 {
        ensure!(live(metrics)?.status == 200);
    }
    let scrape = http::exchange(metrics, &http::request("GET", "/metrics", &[("Host", "localhost")], b""))?.text();
    ensure!(scrape.contains("\nidp_gateway_connections_max 96\n"), "{scrape}");
    ensure!(scrape.contains("\nprocess_max_fds 192\n"), "{scrape}");
    // Silent ones are given up after server.head_timeout_ms, and then the public listener has room.
    ensure!(live(public)?.status == 200);
    ensure!(!gateway.output().contains("Too many open files"), "{}", gateway.output());
    Ok(())
}
