//! The journal: what it says of requests, how it is chosen from, followed and asserted on, and in what forms it leaves.

mod export;
mod follow;
mod hints;
mod misuse;
mod traffic;
mod verify;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

const MOUNTS: &str = concat!(
    r#"
[[mount]]
name = "brighthr"
dialect = "brighthr-connect"
[[mount.client]]
id = "web"
secret = "web-secret"
grants = ["client_credentials", "authorization_code", "refresh_token"]
scopes = ["openid", "email", "company:read", "offline_access"]
redirect_uris = ["https://client.test/cb", "https://client.test/other"]
[[mount.client]]
id = "other"
secret = "other-secret"
grants = ["authorization_code", "refresh_token"]
scopes = ["openid", "offline_access"]
redirect_uris = ["https://client.test/cb"]
[[mount.client]]
id = "slow"
secret = "slow-secret"
scopes = ["company:read"]
rate_limit = "1/1h"
[[mount.user]]
sub = "u1"
username = "alice"
"#,
    testkit::mounts!(bits bizzassure)
);

const BRIGHTHR: &str = "/brighthr/connect/token";
const BITS: &str = "/bits/v1/oauth2/token";
const BIZZASSURE: &str = "/bizzassure/v1/auth/token";
const FORM: &str = "application/x-www-form-urlencoded";
const CALLBACK: &str = "https://client.test/cb";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Stage {
    gateway: Gateway,
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

impl Stage {
    fn start() -> Result<Self> {
        Self::start_with("")
    }

    /// The same, with more of a configuration before its mounts.
    fn start_with(more: &str) -> Result<Self> {
        Ok(Self { gateway: Gateway::start(&format!("{more}{MOUNTS}"))? })
    }

    fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        self.gateway.admin().call(method, path, body)
    }

    /// An admin call whatever comes of it.
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Response> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut headers = vec![("Host", "localhost")];
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json"));
        }
        http::exchange(self.gateway.admin_address(), &http::request(method, path, &headers, body.as_bytes()))
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Response> {
        let headers = [&[("Host", "localhost")], headers].concat();
        http::exchange(self.gateway.public(), &http::request(method, path, &headers, body))
    }

    /// A form, with Basic credentials where there are some.
    fn form(&self, path: &str, client: Option<(&str, &str)>, form: &str) -> Result<Response> {
        let basic = client.map(|(id, secret)| basic(id, secret));
        let mut headers = vec![("Content-Type", FORM)];
        headers.extend(basic.as_deref().map(|basic| ("Authorization", basic)));
        self.send("POST", path, &headers, form.as_bytes())
    }

    /// A token for the client's own authority.
    fn token(&self, client: (&str, &str), scope: &str) -> Result<String> {
        let reply = self.form(BRIGHTHR, Some(client), &format!("grant_type=client_credentials&scope={scope}"))?;
        ensure!(reply.status == 200, "{}", reply.text());
        Ok(reply.json()?["access_token"].as_str().context("no token")?.to_owned())
    }

    /// A code of `web`, for [`CALLBACK`].
    fn code(&self, more: &Value) -> Result<String> {
        let mut order =
            json!({ "client_id": "web", "user": "alice", "redirect_uri": CALLBACK, "scope": "openid offline_access" });
        for (name, value) in more.as_object().into_iter().flatten() {
            order[name] = value.clone();
        }
        let code = self.admin("POST", "/v1/mounts/brighthr/codes", Some(&order))?;
        Ok(code["code"].as_str().context("no code")?.to_owned())
    }

    /// A code redeemed by that client.
    fn redeem(&self, client: (&str, &str), code: &str, more: &str) -> Result<Response> {
        let form = format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}{more}");
        self.form(BRIGHTHR, Some(client), &form)
    }

    /// A refresh token of `web`.
    fn refresh_token(&self) -> Result<String> {
        let reply = self.redeem(WEB, &self.code(&json!({}))?, "")?.json()?;
        Ok(reply["refresh_token"].as_str().with_context(|| reply.to_string())?.to_owned())
    }

    fn refresh(&self, client: (&str, &str), token: &str) -> Result<Response> {
        self.form(BRIGHTHR, Some(client), &format!("grant_type=refresh_token&refresh_token={token}"))
    }

    fn userinfo(&self, token: &str) -> Result<Response> {
        self.send("GET", "/brighthr/connect/userinfo", &[("Authorization", &format!("Bearer {token}"))], b"")
    }

    fn authorize(&self, query: &str) -> Result<Response> {
        self.send("GET", &format!("/brighthr/connect/authorize?{query}"), &[], b"")
    }

    /// The newest entry.
    fn last(&self) -> Result<Value> {
        self.admin("GET", "/v1/journal?limit=1", None)?.get(0).cloned().context("an entry")
    }
}

const WEB: (&str, &str) = ("web", "web-secret");
const OTHER: (&str, &str) = ("other", "other-secret");
const BATCH: (&str, &str) = ("batch", "batch-secret");
