//! Authorization codes to redeem, made through the admin API.

use crate::config::code_order;
use crate::http;
use anyhow::{Context as _, bail, ensure};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// Connections on which codes are asked for side by side: they share the store's commits.
const CONNECTIONS: usize = 64;
/// Longer than any answer of the two calls.
const BUFFER: usize = 64 * 1024;

/// `count` codes of a mount's one client.
pub fn mint(admin: SocketAddr, mount: &str, scope: &str, count: usize) -> anyhow::Result<Vec<String>> {
    let json = [("Content-Type", "application/json")];
    let request = http::post(&format!("/v1/mounts/{mount}/codes"), &json, &code_order(scope));
    let shares = (0..CONNECTIONS).map(|n| count / CONNECTIONS + usize::from(n < count % CONNECTIONS));
    let codes = std::thread::scope(|scope| {
        let share = |share: usize| {
            let request = &request;
            scope.spawn(move || -> anyhow::Result<Vec<String>> {
                let mut stream = TcpStream::connect(admin)?;
                (0..share).map(|_| member(&exchange(&mut stream, request)?, "code")).collect()
            })
        };
        let minting: Vec<_> = shares.map(share).collect();
        let joined = minting.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a panic"))?);
        joined.collect::<anyhow::Result<Vec<_>>>()
    })?;
    Ok(codes.concat())
}

/// The member of that name of the answer to a token request, such as `access_token`.
pub fn token(public: SocketAddr, request: &str, name: &str) -> anyhow::Result<String> {
    member(&exchange(&mut TcpStream::connect(public)?, request)?, name)
}

fn member(body: &[u8], name: &str) -> anyhow::Result<String> {
    let body: serde_json::Value = serde_json::from_slice(body)?;
    Ok(body[name].as_str().with_context(|| format!("the answer has no {name}: {body}"))?.to_owned())
}

/// Sends a request and reads the body of its answer, which must be 200.
fn exchange(stream: &mut TcpStream, request: &str) -> anyhow::Result<Vec<u8>> {
    stream.write_all(request.as_bytes())?;
    let mut buffer = vec![0; BUFFER];
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..])? {
            0 => bail!("the server closed the connection"),
            read => filled += read,
        }
        let Some(answer) = http::answer(&buffer[..filled]).map_err(anyhow::Error::msg)? else { continue };
        if answer.length > filled {
            continue;
        }
        let text = String::from_utf8_lossy(&buffer[..answer.length]);
        ensure!(answer.status == 200, "{text}");
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        return Ok(body.as_bytes().to_vec());
    }
}
