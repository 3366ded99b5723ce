//! What the gateway must withstand on its token endpoints, over HTTP against the real process. The numbers are those
//! of the cases in the crate's README.

mod clients;
mod cors;
mod requests;
mod targets;
mod transport;
mod wire;

use anyhow::{Context, Result, anyhow, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::OnceLock;
use targets::{all, basics, forms};
use testkit::config::{Client, Config, User};
use testkit::contract;
use testkit::gateway::Gateway;
use testkit::http::{self, Connection, Response};

/// How long the gateway under test waits for a head and for a body, in milliseconds.
const HEAD_MS: u32 = 1_000;
const BODY_MS: u32 = 2_000;
/// A secret with everything that an encoding could spoil.
const ODD_SECRET: &str = "a:b%3Ac+d&e=f";

/// How a vendor takes a client's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Json,
    BasicAndForm,
    Form,
}

/// One vendor's token endpoint with a client that is granted what it asks, and the vendor's refusals.
#[derive(Clone, Copy, Debug)]
struct Target {
    mount: &'static str,
    host: &'static str,
    path: &'static str,
    wire: Wire,
    client: (&'static str, &'static str),
    /// What is asked beside the credentials: members of a JSON object, or parameters.
    asks: &'static str,
    /// Status, and a part of the body, of an invalid request and of an invalid client.
    invalid_request: (u16, &'static str),
    invalid_client: (u16, &'static str),
}

const BIZZASSURE: Target = Target {
    mount: "bizzassure",
    host: "bizzassure.test",
    path: "/v1/auth/token",
    wire: Wire::Json,
    client: ("ba_full", "ba_full_secret"),
    asks: r#""scopes":["policy.get"]"#,
    invalid_request: (400, "VALIDATION_ERROR"),
    invalid_client: (401, "A4001"),
};
const BITS: Target = Target {
    mount: "bits",
    host: "api.bits.bi",
    path: "/v1/oauth2/token",
    wire: Wire::BasicAndForm,
    client: ("bits-client-1", "bits-secret-1"),
    asks: "grant_type=client_credentials",
    invalid_request: (400, "invalid_request"),
    invalid_client: (401, "invalid_client"),
};
const BRIGHTHR: Target = Target {
    mount: "brighthr-sandbox",
    host: "sandbox-login.brighthr.com",
    path: "/connect/token",
    wire: Wire::Form,
    client: ("app-ok", "app-ok-secret"),
    asks: "grant_type=client_credentials",
    invalid_request: (400, "invalid_request"),
    invalid_client: (400, "invalid_client"),
};
const SCREENING_EAGLE: Target = Target {
    mount: "screeningeagle",
    host: "screeningeagle.test",
    path: "/api/id/v1/auth/token",
    wire: Wire::BasicAndForm,
    client: ("integration-dev-VNZQqDt4Hv", "se-secret"),
    asks: "grant_type=client_credentials&scope=openid",
    invalid_request: (400, "permission denied"),
    invalid_client: (401, "permission denied"),
};

impl Target {
    fn media(&self) -> (&'static str, &'static str) {
        let media = if self.wire == Wire::Json { "application/json" } else { "application/x-www-form-urlencoded" };
        ("Content-Type", media)
    }

    /// A POST to the token endpoint with these headers beside Host.
    fn post(&self, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        http::request("POST", self.path, &[&[("Host", self.host)], headers].concat(), body)
    }

    /// A token request of a client; `asks` is as in the field of that name.
    fn ask(&self, (id, secret): (&str, &str), asks: &str) -> Vec<u8> {
        match self.wire {
            Wire::BasicAndForm => {
                let basic = basic(id, secret);
                self.post(&[self.media(), ("Authorization", &basic)], asks.as_bytes())
            }
            Wire::Form => {
                let credentials = serde_urlencoded::to_string([("client_id", id), ("client_secret", secret)]);
                self.post(&[self.media()], format!("{asks}&{}", credentials.unwrap_or_default()).as_bytes())
            }
            Wire::Json => {
                let (id, secret) = (serde_json::json!(id), serde_json::json!(secret));
                self.post(
                    &[self.media()],
                    format!(r#"{{"client_id":{id},"client_secret":{secret},{asks}}}"#).as_bytes(),
                )
            }
        }
    }

    /// The request that is granted.
    fn good(&self) -> Vec<u8> {
        self.ask(self.client, self.asks)
    }

    /// The client's credentials in the one place, and `body` in the other, as it is.
    fn with_body(&self, body: &[u8]) -> Vec<u8> {
        if self.wire == Wire::BasicAndForm {
            let basic = basic(self.client.0, self.client.1);
            return self.post(&[self.media(), ("Authorization", &basic)], body);
        }
        self.post(&[self.media()], body)
    }

    /// Everything of the granted request's form, then `more`.
    fn and(&self, more: &[u8]) -> Vec<u8> {
        let credentials = match self.wire {
            Wire::Form => format!("&client_id={}&client_secret={}", self.client.0, self.client.1),
            Wire::BasicAndForm | Wire::Json => String::new(),
        };
        self.with_body(&[self.asks.as_bytes(), credentials.as_bytes(), more].concat())
    }

    /// An access token of that client.
    fn token(&self, client: (&str, &str)) -> Result<String> {
        let response = http::exchange(gateway()?.public(), &self.ask(client, self.asks))?;
        ensure!(response.status == 200, "{}: {} {}", self.mount, response.status, response.text());
        let body = response.json()?;
        let token = body["access_token"].as_str().or_else(|| body["payload"]["access_token"].as_str());
        token.map(str::to_owned).context("no access token")
    }

    /// What forward auth answers to a bearer token.
    fn verify(&self, token: &str) -> Result<Response> {
        let path = format!("/_gateway/verify/{}", self.mount);
        let bearer = format!("Bearer {token}");
        let request = http::request("GET", &path, &[("Host", self.host), ("Authorization", &bearer)], b"");
        http::exchange(gateway()?.public(), &request)
    }
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// Sends a request and expects this status and this part of the body; then, on the same connection, the vendor's
/// good request is granted.
fn refused(target: &Target, request: &[u8], (status, part): (u16, &str)) -> Result<Response> {
    let shown = || format!("{}: {}", target.mount, String::from_utf8_lossy(&request[..request.len().min(400)]));
    let mut connection = Connection::open(gateway()?.public())?;
    let response = connection.exchange(request).with_context(shown)?;
    ensure!(
        response.status == status && response.text().contains(part),
        "{}\nexpected {status} with `{part}`, got {} {}",
        shown(),
        response.status,
        response.text()
    );
    let after =
        connection.exchange(&target.good()).with_context(|| format!("the connection is not kept: {}", shown()))?;
    ensure!(after.status == 200, "after {}: {} {}", shown(), after.status, after.text());
    Ok(response)
}

fn granted(target: &Target, request: &[u8]) -> Result<Response> {
    let response = http::exchange(gateway()?.public(), request)?;
    ensure!(response.status == 200, "{}: {} {}", target.mount, response.status, response.text());
    Ok(response)
}

/// The fixtures' mounts, each with clients of these tests' own.
fn config() -> Result<Config> {
    let mut config = contract::config(&contract::load_all()?);
    (config.server.head_timeout_ms, config.server.body_timeout_ms) = (Some(HEAD_MS), Some(BODY_MS));
    for target in all()? {
        let mount = config.mount_mut(target.mount).context("a mount of the fixtures")?;
        let model = mount.clients.iter().find(|client| client.id == target.client.0).context("a client of theirs")?;
        let like = |id: &str, secret: &str| Client { id: id.into(), secret: Some(secret.into()), ..model.clone() };
        let more = [
            Client { disabled: true, ..like("t-off", "t-off-secret") },
            like("t-live", "t-live-secret"),
            like("t-odd", ODD_SECRET),
        ];
        mount.clients.extend(more);
        // The cases are many more than a vendor's hour allows.
        mount.clients.iter_mut().for_each(|client| client.rate_limit = Some("unlimited".into()));
    }
    let brighthr = config.mount_mut(BRIGHTHR.mount).context("BrightHR's mount")?;
    brighthr.clients.push(Client {
        id: "t-public".into(),
        grants: Some(vec!["authorization_code".into()]),
        scopes: vec!["openid".into(), "company:read".into()],
        redirect_uris: vec!["https://client.test/cb".into()],
        ..Client::default()
    });
    let eagle = config.mount_mut(SCREENING_EAGLE.mount).context("Screening Eagle's mount")?;
    let user = eagle.users.first().context("Screening Eagle's user")?;
    eagle.users.push(User { sub: "1303".into(), username: "t-user@client.test".into(), ..user.clone() });
    let client = eagle.clients.first().context("Screening Eagle's client")?;
    let secret = Some("t-user-secret".into());
    eagle.clients.push(Client { id: "t-user".into(), secret, user: Some("1303".into()), ..client.clone() });
    Ok(config)
}

/// The one gateway of all these tests.
fn gateway() -> Result<&'static Gateway> {
    static GATEWAY: OnceLock<Result<Gateway, String>> = OnceLock::new();
    let metrics = "[telemetry]\nmetrics_listen = \"127.0.0.1:0\"\n";
    let start = || Gateway::start(&format!("{metrics}{}", config()?.to_toml()?));
    GATEWAY.get_or_init(|| start().map_err(|error| format!("{error:#}"))).as_ref().map_err(|error| anyhow!("{error}"))
}
