//! Plays pairs against a running gateway.

use crate::admin::Admin;
use crate::assertion;
use crate::config::{Config, Mount};
use crate::contract::Contract;
use crate::gateway::Gateway;
use crate::http::{self, Connection, Response};
use crate::matcher::{self, Facts};
use crate::pairs::{Given, Pair, Request};
use crate::token_call::client_of;
use admin_api::{CodeRequest, ScenarioSpec};
use anyhow::{Context, Result, bail, ensure};
use dialect::TokenCall;
use serde_json::{Value, json};

/// Plays the pairs of one contract.
#[derive(Debug)]
pub struct Player<'a> {
    gateway: &'a Gateway,
    admin: Admin,
    config: &'a Config,
    contract: &'a Contract,
    /// How its dialect writes token requests.
    call: TokenCall,
    /// The gateway's clock as the givens have moved it.
    now: i64,
}

impl<'a> Player<'a> {
    /// A player of `contract` against `gateway`, which runs with `config`.
    pub const fn new(gateway: &'a Gateway, config: &'a Config, contract: &'a Contract, call: TokenCall) -> Self {
        Self { gateway, admin: gateway.admin(), config, contract, call, now: contract.now }
    }

    /// Plays `pair` from the fixtures' own state: everything in which the answer differs from what it expects.
    pub fn play(&mut self, pair: &Pair) -> Result<Vec<String>> {
        self.admin.reset()?;
        self.now = self.contract.now;
        self.admin.freeze_clock(self.now)?;
        let response = self.run(pair)?;
        self.judge(pair, &response)
    }

    /// Establishes the givens of `pair` in their order and sends its request.
    fn run(&mut self, pair: &Pair) -> Result<Response> {
        let mount = self.mount_of(&pair.request)?;
        let mut filled = pair.request.clone();
        let mut spent = false;
        for given in &pair.givens {
            match given {
                Given::Successes { count, client } => self.succeed(*count, client)?,
                Given::Advance(seconds) => {
                    self.admin.advance_clock(*seconds)?;
                    self.now += seconds;
                }
                Given::Fault => self.admin.add_scenario(&ScenarioSpec {
                    mount: Some(mount.name.clone()),
                    endpoint: Some("token".to_owned()),
                    times: Some(1),
                    error: Some("internal".to_owned()),
                    ..ScenarioSpec::default()
                })?,
                Given::Setting { name, value } => {
                    self.admin.patch_settings(&mount.name, &serde_json::json!({ name.as_str(): value }))?;
                }
                Given::From { name, pair: source, spent: before } => {
                    let value = self.value_from(name, source).with_context(|| format!("the given from {source}"))?;
                    filled.fill(name, &value);
                    spent |= before;
                }
                Given::Assertion { client, claims } => {
                    let mut whole = json!({ "iss": client, "iat": self.now, "exp": self.now + 300 });
                    for (name, value) in claims.as_object().into_iter().flatten() {
                        whole[name] = value.clone();
                    }
                    filled.fill("assertion", &assertion::signer().sign(&whole)?);
                }
                Given::Code { user, scope } => {
                    let code = self.mint(mount, &filled, user.as_deref(), scope.as_deref())?;
                    filled.fill("code", &code);
                }
            }
        }
        let bytes = bytes_of(&filled)?;
        if spent {
            let first = http::exchange(self.gateway.public(), &bytes)?;
            ensure!(first.status == 200, "the first use is answered {} {}", first.status, first.text());
        }
        http::exchange(self.gateway.public(), &bytes)
    }

    fn judge(&self, pair: &Pair, response: &Response) -> Result<Vec<String>> {
        let keys = self.admin.jwks(&self.mount_of(&pair.request)?.name)?;
        Ok(matcher::differences(pair, response, &Facts { now: self.now, keys: &keys }))
    }

    fn pair(&self, id: &str) -> Result<&'a Pair> {
        self.contract.pairs.iter().find(|pair| pair.id == id).with_context(|| format!("there is no pair {id}"))
    }

    fn mount_of(&self, request: &Request) -> Result<&'a Mount> {
        let host = request.header("host").context("the request has no Host")?;
        self.config.mount_of_host(host).with_context(|| format!("no mount has the host {host}"))
    }

    /// Lets `client` be granted that many times what the first documented success of its own asks for.
    fn succeed(&self, count: u32, client: &str) -> Result<()> {
        let example = self.contract.pairs.iter().find(|pair| {
            pair.response.status == 200
                && pair.givens.is_empty()
                && client_of(&self.call, &pair.request).as_deref() == Some(client)
        });
        let bytes = bytes_of(&example.with_context(|| format!("no pair shows a success of {client}"))?.request)?;
        let mut connection = Connection::open(self.gateway.public())?;
        for number in 1..=count {
            let response = connection.exchange(&bytes)?;
            ensure!(response.status == 200, "success {number} of {client} is {} {}", response.status, response.text());
        }
        Ok(())
    }

    /// Runs the pair `source` and takes the value that the placeholder `name` stands for.
    fn value_from(&mut self, name: &str, source: &str) -> Result<String> {
        let source = self.pair(source)?;
        let response = self.run(source)?;
        let differences = self.judge(source, &response)?;
        ensure!(differences.is_empty(), "it is not answered as expected: {}", differences.join("; "));
        if name == "code" {
            let location = response.header("location").context("the answer has no Location")?;
            let (_, query) = location.split_once('?').context("the Location has no query")?;
            let parameters: Vec<(String, String)> = serde_urlencoded::from_str(query)?;
            let code = parameters.into_iter().find(|(name, _)| name == "code");
            return Ok(code.context("the Location has no code")?.1);
        }
        let body = response.json()?;
        let (place, found) = match name {
            "refresh" => ("refresh_token", find(&body, "refresh_token")),
            _ => (self.call.access_token, body.pointer(self.call.access_token).and_then(Value::as_str)),
        };
        found.map(str::to_owned).with_context(|| format!("the answer has no token at {place}"))
    }

    fn mint(&self, mount: &Mount, request: &Request, user: Option<&str>, scope: Option<&str>) -> Result<String> {
        let id = client_of(&self.call, request).context("the request names no client")?;
        let client =
            mount.clients.iter().find(|client| client.id == id).context("the client is not in the fixtures")?;
        let user = user.or_else(|| mount.users.first().map(|user| user.sub.as_str())).context("there is no user")?;
        let redirect_uri = client.redirect_uris.first().context("the client has no redirect URI")?;
        let request = CodeRequest {
            client_id: id,
            user: user.to_owned(),
            redirect_uri: redirect_uri.clone(),
            scope: scope.map(str::to_owned),
            code_challenge: self.challenge(),
            nonce: None,
        };
        self.admin.code(&mount.name, &request)
    }

    /// The challenge that the vendor's documented authorization binds, where there is one.
    fn challenge(&self) -> Option<String> {
        self.contract.pairs.iter().find_map(|pair| {
            let (_, query) = pair.request.target.split_once('?')?;
            let parameters: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
            let value = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            (value("code_challenge_method")? == "S256").then(|| value("code_challenge")).flatten()
        })
    }
}

fn find<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    match value {
        Value::Object(object) => {
            object.get(member).and_then(Value::as_str).or_else(|| object.values().find_map(|inner| find(inner, member)))
        }
        _ => None,
    }
}

/// The bytes of a request; an error where a placeholder is left.
fn bytes_of(request: &Request) -> Result<Vec<u8>> {
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for text in headers.iter().map(|(_, value)| *value).chain([request.target.as_str(), request.body.as_str()]) {
        if text.contains("{{") {
            bail!("no given fills the placeholder in `{text}`");
        }
    }
    Ok(http::request(&request.method, &request.target, &headers, request.body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: &str) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Request { method: "POST".into(), target: "/t?c={{code}}".into(), headers, body: body.into() }
    }

    #[test]
    fn placeholders_are_filled_everywhere_and_none_is_sent() {
        let mut filled = request(&[("Authorization", "Bearer {{code}}")], "code={{code}}");
        assert!(bytes_of(&filled).is_err());
        filled.fill("code", "C");
        let text = String::from_utf8(bytes_of(&filled).unwrap()).unwrap();
        assert_eq!(text, "POST /t?c=C HTTP/1.1\r\nAuthorization: Bearer C\r\nContent-Length: 6\r\n\r\ncode=C");
    }

    #[test]
    fn a_value_is_found_in_an_envelope() {
        let body = serde_json::json!({"payload": {"access_token": "t"}});
        assert_eq!(find(&body, "access_token"), Some("t"));
        assert_eq!(find(&body, "refresh_token"), None);
    }
}
