//! Gateways as replicas over one Redis: real processes, a real redis-server, and what holds when either fails.

mod access;
mod agreement;
mod assertions;
mod balancers;
mod clocks;
mod console;
mod deploy;
mod descriptors;
mod devices;
mod expiry;
mod faults;
mod faults_seen;
mod follower;
mod grants;
mod health;
mod journal;
mod losses;
mod parallel;
mod redis_blocks;
mod rotation;
mod stalls;
mod state;
mod tls;
mod worlds;
mod writes;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::Redis;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

/// The mounts of every test.
const MOUNTS: &str =
    concat!("[server]\npublic_url = \"http://localhost:8080\"\n", testkit::mounts!(bizzassure bits brighthr));

/// The configuration of one replica.
fn config(url: &str, replica: &str, more: &str) -> String {
    format!("{MOUNTS}[store]\nkind = \"redis\"\nurl = \"{url}\"\nreplica = \"{replica}\"\n{more}\n")
}

/// Gateways that share a Redis.
struct Replicas {
    gateways: Vec<Gateway>,
    redis: Redis,
}

impl Replicas {
    /// With patience: a test that is not about time-outs must not meet one on a busy machine.
    fn start(count: usize) -> Result<Self> {
        let redis = Redis::start()?;
        let start = |n| Gateway::start(&config(&redis.url(), &format!("replica-{n}"), "timeout_ms = 5000"));
        let gateways = (0..count).map(start).collect::<Result<Vec<_>>>()?;
        Ok(Self { gateways, redis })
    }

    /// A replica, another each time.
    fn any(&self) -> &Gateway {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        &self.gateways[NEXT.fetch_add(1, Ordering::Relaxed) % self.gateways.len()]
    }
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// A BizzAssure token, which takes a place in the client's hour.
fn bizzassure(gateway: &Gateway, secret: &str) -> Result<Response> {
    let body = json!({ "client_id": "app", "client_secret": secret, "scopes": ["employee.get"] }).to_string();
    let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
    http::exchange(gateway.public(), &http::request("POST", "/bizzassure/v1/auth/token", &headers, body.as_bytes()))
}

fn form(gateway: &Gateway, path: &str, client: (&str, &str), fields: &[(&str, &str)]) -> Result<Response> {
    http::exchange(gateway.public(), &request(path, client, fields)?)
}

/// The request of a form.
fn request(path: &str, client: (&str, &str), fields: &[(&str, &str)]) -> Result<Vec<u8>> {
    let basic = basic(client.0, client.1);
    let headers = [
        ("Host", "localhost"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", basic.as_str()),
    ];
    let body = serde_urlencoded::to_string(fields)?;
    Ok(http::request("POST", path, &headers, body.as_bytes()))
}

/// A Bits token, which needs no state.
fn bits(gateway: &Gateway) -> Result<Response> {
    form(gateway, "/bits/v1/oauth2/token", ("batch", "batch-secret"), &[("grant_type", "client_credentials")])
}

/// An authorization code for alice.
fn code(gateway: &Gateway) -> Result<String> {
    gateway.admin().code(
        "brighthr",
        &admin_api::CodeRequest {
            client_id: "web".to_owned(),
            user: "alice".to_owned(),
            redirect_uri: "https://client.test/cb".to_owned(),
            scope: None,
            code_challenge: None,
            nonce: None,
        },
    )
}

const WEB: (&str, &str) = ("web", "web-secret");

fn redeem(gateway: &Gateway, code: &str) -> Result<Response> {
    let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", "https://client.test/cb")];
    form(gateway, "/brighthr/connect/token", WEB, &fields)
}

fn refresh(gateway: &Gateway, token: &str) -> Result<Response> {
    form(gateway, "/brighthr/connect/token", WEB, &[("grant_type", "refresh_token"), ("refresh_token", token)])
}

fn refresh_token(response: &Response) -> Result<String> {
    ensure!(response.status == 200, "{} {}", response.status, response.text());
    response.json()?["refresh_token"].as_str().map(str::to_owned).context("no refresh token")
}

fn get(gateway: &Gateway, path: &str, bearer: Option<&str>) -> Result<Response> {
    let bearer = bearer.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("Host", "localhost")];
    headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
    http::exchange(gateway.public(), &http::request("GET", path, &headers, b""))
}

/// Whether the gateway says that it is ready.
fn is_ready(gateway: &Gateway) -> Result<bool> {
    Ok(get(gateway, "/_gateway/health/ready", None)?.status == 200)
}

/// The same question of many threads at once, each with its number.
fn at_once<T: Send>(count: usize, ask: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    std::thread::scope(|scope| {
        let ask = &ask;
        let asking: Vec<_> = (0..count).map(|n| scope.spawn(move || ask(n))).collect();
        asking.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a panic"))?).collect()
    })
}

fn as_json(response: &Response) -> Result<Value> {
    ensure!(response.status == 200, "{} {}", response.status, response.text());
    response.json()
}
