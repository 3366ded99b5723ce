//! The real vendor: asked at a rate, with real credentials.

use crate::cli::exit::Usage;
use crate::cli::upstream::Upstream;
use anyhow::bail;
use configuration::Environment;
use dialect::DialectKind;
use pairs::client::client_of;
use pairs::drift::StandIns;
use pairs::player::{CodeOrder, Host};
use pairs::{Contract, Pair, Request, Response};
use serde_json::{Map, Value};
use std::thread;
use std::time::{Duration, Instant};

/// The vendor as a host of pairs: what nobody can do there is an error.
pub(super) struct Vendor {
    at: Upstream,
    /// What lies between two requests, at least.
    pause: Duration,
    last: Option<Instant>,
}

impl Vendor {
    /// The vendor at that URL, asked so often in a second.
    pub(super) fn new(at: Upstream, rate: u32) -> Self {
        Self { at, pause: Duration::from_secs(1) / rate, last: None }
    }
}

impl Host for Vendor {
    fn reset(&mut self, _now: i64) -> anyhow::Result<()> {
        Ok(())
    }

    fn advance(&mut self, _seconds: i64) -> anyhow::Result<()> {
        bail!("nobody moves the vendor's clock")
    }

    fn fail_once(&mut self, _mount: &str) -> anyhow::Result<()> {
        bail!("nobody has the vendor fail on purpose")
    }

    fn set(&mut self, _mount: &str, _name: &str, _value: &Value) -> anyhow::Result<()> {
        bail!("nobody changes the vendor's settings")
    }

    fn code(&mut self, _mount: &str, _order: CodeOrder<'_>) -> anyhow::Result<String> {
        bail!("a code of the vendor's is for a browser to get")
    }

    fn keys(&mut self, _mount: &str) -> anyhow::Result<Vec<Map<String, Value>>> {
        Ok(Vec::new())
    }

    fn send(&mut self, requests: &[&Request]) -> anyhow::Result<Vec<Response>> {
        let mut answers = Vec::new();
        for request in requests {
            if let Some(rest) = self.last.and_then(|last| self.pause.checked_sub(last.elapsed())) {
                #[allow(clippy::disallowed_methods, reason = "a command has no worker that it could block")]
                thread::sleep(rest);
            }
            self.last = Some(Instant::now());
            answers.push(self.at.exchange(request)?);
        }
        Ok(answers)
    }
}

/// Real credentials in the place of the contract's.
#[derive(Debug)]
pub(super) struct Credentials {
    /// What the variables' names begin with; `None` where the contract's own clients are the vendor's.
    prefix: Option<String>,
    stand_ins: StandIns,
    /// The contract's clients that have real credentials.
    known: Vec<String>,
}

impl Credentials {
    /// Reads them from the environment.
    pub(super) fn read(prefix: Option<&str>, contract: &Contract) -> anyhow::Result<Self> {
        let mut read = Self { prefix: prefix.map(str::to_owned), stand_ins: StandIns::default(), known: Vec::new() };
        let Some(prefix) = prefix else { return Ok(read) };
        let environment = Environment::process();
        for (at, client) in contract.fixtures.clients.iter().enumerate() {
            let before = variables(prefix, &client.id, at == 0);
            let Some(id) = environment.text(&format!("{before}_CLIENT_ID")) else { continue };
            let secret = environment.text(&format!("{before}_CLIENT_SECRET"));
            if let (Some(text), Some(real)) = (&client.secret, &secret) {
                read.stand_ins.add(text, real);
            } else if client.secret.is_some() {
                return Err(Usage(format!("{before}_CLIENT_ID is set, and {before}_CLIENT_SECRET is not")).into());
            }
            read.stand_ins.add(&client.id, &id);
            read.known.push(client.id.clone());
        }
        if read.known.is_empty() {
            return Err(Usage(format!("--credentials: neither {prefix}_CLIENT_ID nor another is set")).into());
        }
        Ok(read)
    }

    /// The contract with them in its requests.
    pub(super) fn put(&self, contract: &Contract) -> Contract {
        let mut real = contract.clone();
        for pair in &mut real.pairs {
            self.stand_ins.put(&mut pair.request);
        }
        real
    }

    /// Why a pair cannot be tried, where it is of a client without real credentials.
    pub(super) fn missing(&self, contract: &Contract, kind: &DialectKind, pair: &Pair) -> Option<String> {
        let prefix = self.prefix.as_ref()?;
        let id = client_of(&kind.token_call, &pair.request)?;
        let at = contract.fixtures.clients.iter().position(|client| client.id == id)?;
        let is_known = self.known.contains(&id);
        (!is_known)
            .then(|| format!("it is of the client `{id}`: {}_CLIENT_ID is not set", variables(prefix, &id, at == 0)))
    }

    /// The texts of the contract's that are other ones at the vendor, where real credentials are used: those of its clients
    /// and users.
    pub(super) fn own_texts(&self, contract: &Contract) -> Vec<String> {
        if self.prefix.is_none() {
            return Vec::new();
        }
        let fixtures = &contract.fixtures;
        let claims =
            fixtures.clients.iter().map(|client| &client.claims).chain(fixtures.users.iter().map(|user| &user.claims));
        let claims = claims.flat_map(Map::values).filter_map(Value::as_str).map(str::to_owned);
        let clients = fixtures.clients.iter().flat_map(|client| {
            let joined = [" ", ",", "+"].map(|separator| client.scopes.join(separator));
            client.scopes.iter().cloned().chain(joined).chain([client.id.clone()])
        });
        let users = fixtures.users.iter().flat_map(|user| [user.sub.clone(), user.username.clone()]);
        clients.chain(users).chain(claims).collect()
    }
}

/// What the variables of a client begin with.
fn variables(prefix: &str, client: &str, is_first: bool) -> String {
    let name: String =
        client.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    if is_first { prefix.to_owned() } else { format!("{prefix}_{name}") }
}
