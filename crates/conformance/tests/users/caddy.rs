//! Forward auth as `examples/caddy` has it: a real Caddy asks the gateway before the API behind it sees a request.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::{fs, thread};
use testkit::gateway::Gateway;
use testkit::http::{self, Connection, Response};
use testkit::tree;
use testkit::{ports::free_port, program::Program};

const MOUNT: &str = r#"
[[mount]]
name = "brighthr-sandbox"
dialect = "brighthr-connect"
[[mount.user]]
sub = "u1"
username = "alice"
password = "alice-password"
"#;

/// A gateway, a Caddy before an API, and a personal access token.
struct Site {
    _gateway: Gateway,
    _caddy: Program,
    address: SocketAddr,
    token: String,
    _folder: tempfile::TempDir,
}

/// Answers with the head that it was sent; to an offer of WebSocket it switches, and says one word.
fn api(listener: TcpListener) {
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || answer(stream));
        }
    });
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    if String::from_utf8_lossy(&head).to_ascii_lowercase().contains("\r\nupgrade: websocket") {
        return stream
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello");
    }
    stream.write_all(
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", head.len()).as_bytes(),
    )?;
    stream.write_all(&head)
}

impl Site {
    fn start() -> Result<Self> {
        let gateway = Gateway::start(MOUNT)?;
        let wish = json!({ "name": "forward auth", "scope": "openid" });
        let pat = gateway.admin().call("POST", "/v1/mounts/brighthr-sandbox/users/u1/pats", Some(&wish))?;
        let token = pat["token"].as_str().context("no token")?.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (port, behind) = (free_port()?, listener.local_addr()?);
        api(listener);
        let mut text = fs::read_to_string(tree::root().join("examples/caddy/Caddyfile"))?;
        for (own, other) in [
            ("localhost:8080", gateway.public().to_string()),
            (":8092", format!(":{port}")),
            ("localhost:8093", behind.to_string()),
        ] {
            ensure!(text.contains(own), "the example does not name {own}");
            text = text.replace(own, &other);
        }
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("Caddyfile");
        fs::write(&file, text)?;
        let mut command = Command::new("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file).env("HOME", folder.path());
        let mut caddy = Program::start(&mut command)?;
        let address = caddy.wait_for_port(port)?;
        Ok(Self { _gateway: gateway, _caddy: caddy, address, token, _folder: folder })
    }

    fn ask(&self, method: &str, headers: &[(&str, &str)]) -> Result<Response> {
        let headers = [&[("Host", "localhost")], headers].concat();
        http::exchange(self.address, &http::request(method, "/orders?user=any", &headers, b""))
    }
}

#[test]
fn n51_the_api_hears_of_the_caller_from_the_gateway_alone() -> Result<()> {
    let site = Site::start()?;
    let bearer = format!("Bearer {}", site.token);
    let forged = [("X-Auth-Client", "forged"), ("X-Auth-Subject", "forged"), ("X-Auth-Other", "forged")];
    let answer = site.ask("GET", &[&[("Authorization", &*bearer)], &forged[..]].concat())?;
    let head = answer.text().to_ascii_lowercase();
    ensure!(answer.status == 200 && head.contains("\r\nx-auth-subject: u1\r\n"), "{head}");
    ensure!(!head.contains("forged") && !head.contains("x-auth-client") && !head.contains('{'), "{head}");
    let refused = site.ask("GET", &forged)?;
    ensure!(refused.status == 401 && refused.header("WWW-Authenticate").is_none(), "{refused:?}");
    Ok(())
}

#[test]
fn n51_a_websocket_handshake_comes_through() -> Result<()> {
    let site = Site::start()?;
    let offer = [
        ("Host", "localhost"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let bearer = format!("Bearer {}", site.token);
    let mut stream = TcpStream::connect(site.address)?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10)))?;
    stream.write_all(&http::request("GET", "/live", &[&offer[..], &[("Authorization", &*bearer)]].concat(), b""))?;
    let mut said = Vec::new();
    while !said.ends_with(b"hello") {
        let mut part = [0; 1024];
        let length = stream.read(&mut part).with_context(|| String::from_utf8_lossy(&said).into_owned())?;
        ensure!(length > 0, "ended after {:?}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&part[..length]);
    }
    ensure!(said.starts_with(b"HTTP/1.1 101"), "{:?}", String::from_utf8_lossy(&said));
    let refused = Connection::open(site.address)?.exchange(&http::request("GET", "/live", &offer, b""))?;
    ensure!(refused.status == 401, "{refused:?}");
    Ok(())
}

#[test]
fn n51_a_preflight_is_the_apis_own_and_nothing_else_passes_so() -> Result<()> {
    let site = Site::start()?;
    let asks = [("Origin", "https://a.test"), ("Access-Control-Request-Method", "POST")];
    let answer = site.ask("OPTIONS", &asks)?;
    ensure!(answer.status == 200 && answer.text().starts_with("OPTIONS /orders"), "{answer:?}");
    for (method, headers) in [("OPTIONS", &asks[..1]), ("GET", &asks[..]), ("POST", &asks[..])] {
        ensure!(site.ask(method, headers)?.status == 401, "{method}");
    }
    Ok(())
}
