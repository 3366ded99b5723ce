//! Plays pairs against a gateway.

use crate::assertion;
use crate::client::{client_of, is_granted};
use crate::matcher::{self, Facts};
use crate::{Contract, Given, Mount, Pair, Request, Response};
use anyhow::{Context, Result, ensure};
use dialect::TokenCall;
use serde_json::{Map, Value, json};

/// The gateway that pairs are played against.
pub trait Host {
    /// Everything back to where pairs start, the clock frozen at `now`.
    fn reset(&mut self, now: i64) -> Result<()>;
    /// Moves the frozen clock ahead.
    fn advance(&mut self, seconds: i64) -> Result<()>;
    /// Has the next token request of the mount meet the error `internal`.
    fn fail_once(&mut self, mount: &str) -> Result<()>;
    /// Gives a setting of the mount this value.
    fn set(&mut self, mount: &str, name: &str, value: &Value) -> Result<()>;
    /// An authorization code, as if the user had consented now.
    fn code(&mut self, mount: &str, order: CodeOrder<'_>) -> Result<String>;
    /// The keys of the mount, symmetric ones included.
    fn keys(&mut self, mount: &str) -> Result<Vec<Map<String, Value>>>;
    /// Sends these requests on one connection, each after the answer to the one before; the answers.
    fn send(&mut self, requests: &[&Request]) -> Result<Vec<Response>>;
}

/// The code that a pair starts from.
#[derive(Clone, Copy, Debug)]
pub struct CodeOrder<'a> {
    /// For that client.
    pub client: &'a str,
    /// For that user.
    pub user: &'a str,
    /// Where the authorization would have answered.
    pub redirect_uri: &'a str,
    /// With those scopes; absent: all of the client's.
    pub scope: Option<&'a str>,
    /// The challenge that is bound, where there is one.
    pub challenge: Option<&'a str>,
}

/// Plays the pairs of one contract.
#[derive(Debug)]
pub struct Player<'a, H> {
    host: H,
    contract: &'a Contract,
    /// How its dialect writes token requests.
    call: TokenCall,
    /// The gateway's clock as the givens have moved it.
    now: i64,
    /// Whether what a given is taken from may be answered otherwise than its pair says.
    is_lenient: bool,
}

impl<'a, H: Host> Player<'a, H> {
    /// A player of `contract` against `host`, which serves the mounts of its fixtures.
    pub const fn new(host: H, contract: &'a Contract, call: TokenCall) -> Self {
        Self { host, contract, call, now: contract.fixtures.clock.now, is_lenient: false }
    }

    /// The same for a host that may answer otherwise than the contract says: values are taken from what it answers.
    #[must_use]
    pub fn lenient(self) -> Self {
        Self { is_lenient: true, ..self }
    }

    /// Plays `pair` from the fixtures' own state: everything in which the answer differs from what it expects.
    pub fn play(&mut self, pair: &Pair) -> Result<Vec<String>> {
        let response = self.answer(pair)?;
        self.judge(pair, &response)
    }

    /// What `pair` is answered, played from the fixtures' own state.
    pub fn answer(&mut self, pair: &Pair) -> Result<Response> {
        self.now = self.contract.fixtures.clock.now;
        self.host.reset(self.now)?;
        self.run(pair)
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
                    self.host.advance(*seconds)?;
                    self.now += seconds;
                }
                Given::Fault => self.host.fail_once(&mount.name)?,
                Given::Setting { name, value } => self.host.set(&mount.name, name, value)?,
                Given::From { name, pair: source, spent: before } => {
                    let value = self.value_from(name, source).with_context(|| format!("the given from {source}"))?;
                    filled.fill(name, &value);
                    spent |= before;
                }
                Given::Assertion { client, is_forged, claims } => {
                    let mut whole = json!({ "iss": client, "iat": self.now, "exp": self.now + 300 });
                    for (name, value) in claims.as_object().into_iter().flatten() {
                        whole[name] = value.clone();
                    }
                    let signer = if *is_forged { assertion::stranger() } else { assertion::signer() };
                    filled.fill("assertion", &signer.sign(&whole)?);
                }
                Given::Code { user, scope, spent: before } => {
                    let code = self.mint(mount, &filled, user.as_deref(), scope.as_deref())?;
                    filled.fill("code", &code);
                    spent |= before;
                }
            }
        }
        if spent {
            let first = self.exchange(&filled)?;
            ensure!(first.status == 200, "the first use is answered {} {}", first.status, first.text());
        }
        self.exchange(&filled)
    }

    fn exchange(&mut self, request: &Request) -> Result<Response> {
        self.host.send(&[request])?.pop().context("there is no answer")
    }

    fn judge(&mut self, pair: &Pair, response: &Response) -> Result<Vec<String>> {
        let keys = self.host.keys(&self.mount_of(&pair.request)?.name)?;
        Ok(matcher::differences(pair, response, &Facts { now: self.now, keys: &keys }))
    }

    fn mount_of(&self, request: &Request) -> Result<&'a Mount> {
        let host = request.header("host").context("the request has no Host")?;
        let leads = |mount: &&Mount| mount.hosts.iter().any(|known| known == host);
        let found = self.contract.fixtures.mounts.iter().find(leads);
        found.with_context(|| format!("no mount of fixtures.json has the host {host}"))
    }

    /// Lets `client` be granted that many times what the first documented success of its own asks for.
    fn succeed(&mut self, count: u32, client: &str) -> Result<()> {
        let of_client = |pair: &&Pair| {
            pair.response.status == 200
                && pair.givens.is_empty()
                && client_of(&self.call, &pair.request).as_deref() == Some(client)
        };
        let shown = || self.contract.pairs.iter().filter(of_client);
        // A vendor may refuse by 200, and grant by what is no JSON.
        let example = shown().find(|pair| is_granted(&self.call, pair)).or_else(|| shown().next());
        let example = example.with_context(|| format!("no pair shows a success of {client}"))?;
        let requests = vec![&example.request; count as usize];
        for (number, response) in (1..).zip(self.host.send(&requests)?) {
            ensure!(response.status == 200, "success {number} of {client} is {} {}", response.status, response.text());
        }
        Ok(())
    }

    /// Runs the pair `source` and takes the value that the placeholder `name` stands for.
    fn value_from(&mut self, name: &str, source: &str) -> Result<String> {
        let source = self.contract.pair(source)?;
        let response = self.run(source)?;
        if !self.is_lenient {
            let differences = self.judge(source, &response)?;
            ensure!(differences.is_empty(), "it is not answered as expected: {}", differences.join("; "));
        }
        value_of(name, &self.call, &response)
    }

    fn mint(&mut self, mount: &Mount, request: &Request, user: Option<&str>, scope: Option<&str>) -> Result<String> {
        let fixtures = &self.contract.fixtures;
        let id = client_of(&self.call, request).context("the request names no client")?;
        let client =
            fixtures.clients.iter().find(|client| client.id == id).context("the client is not in the fixtures")?;
        let user = user.or_else(|| fixtures.users.first().map(|user| user.sub.as_str())).context("there is no user")?;
        let redirect_uri = client.redirect_uris.first().context("the client has no redirect URI")?;
        let challenge = self.contract.challenge();
        let challenge = challenge.as_deref();
        self.host.code(&mount.name, CodeOrder { client: &id, user, redirect_uri, scope, challenge })
    }
}

impl Contract {
    /// The challenge that the vendor's documented authorization binds, where there is one.
    fn challenge(&self) -> Option<String> {
        self.pairs.iter().find_map(|pair| {
            let (_, query) = pair.request.target.split_once('?')?;
            let parameters: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
            let value = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            (value("code_challenge_method")? == "S256").then(|| value("code_challenge")).flatten()
        })
    }
}

/// What an answer gives for the placeholder `name` of another pair: `token`, `refresh`, `code` or `device_code`.
pub fn value_of(name: &str, call: &TokenCall, response: &Response) -> Result<String> {
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
        "device_code" => ("device_code", find(&body, "device_code")),
        _ => (call.access_token, body.pointer(call.access_token).and_then(Value::as_str)),
    };
    found.map(str::to_owned).with_context(|| format!("the answer has no token at {place}"))
}

/// The text of a member at any depth; `refreshToken` is a vendor's way to write `refresh_token`.
fn find<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    let letters = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    let object = value.as_object()?;
    let own = object.iter().find(|(name, _)| letters(name) == letters(member)).and_then(|(_, value)| value.as_str());
    own.or_else(|| object.values().find_map(|inner| find(inner, member)))
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
        assert!(filled.bytes().is_err());
        filled.fill("code", "C");
        let text = String::from_utf8(filled.bytes().unwrap()).unwrap();
        assert_eq!(text, "POST /t?c=C HTTP/1.1\r\nAuthorization: Bearer C\r\nContent-Length: 6\r\n\r\ncode=C");
    }

    #[test]
    fn a_value_is_found_in_an_envelope() {
        let body = serde_json::json!({"payload": {"access_token": "t"}});
        assert_eq!(find(&body, "access_token"), Some("t"));
        assert_eq!(find(&body, "refresh_token"), None);
        for name in ["refreshToken", "RefreshToken", "refresh-token"] {
            assert_eq!(find(&serde_json::json!({"data": {name: "r"}}), "refresh_token"), Some("r"), "{name}");
        }
    }
}
