//! A gateway that pairs are played against, by its admin API.

use crate::cli::client::{Client, Failure, Sent};
use crate::cli::upstream::Upstream;
use admin_api::{ClockAdvance, ClockChange, CodeRequest, Operation, ScenarioSpec, operations};
use anyhow::Context;
use pairs::player::{CodeOrder, Host};
use pairs::wire::{Plain, Response};
use pairs::{Fixtures, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;

/// A gateway with its admin API.
pub(in crate::cli) struct Admin {
    client: Client,
    public: Public,
}

/// How its public listener is reached.
enum Public {
    /// At this address, where the requests' own hosts lead to the mounts of the fixtures.
    Listener(SocketAddr),
    /// One mount of a gateway that has others, whose clients and users the fixtures are put in the place of.
    Mount { name: String, at: Box<Upstream>, fixtures: Box<Fixtures> },
}

impl Admin {
    /// A gateway that serves the fixtures' mounts and nothing else.
    pub(super) const fn new(client: Client, public: SocketAddr) -> Self {
        Self { client, public: Public::Listener(public) }
    }

    /// One mount of a gateway, at that URL. Every change is made in the client's namespace.
    pub(in crate::cli) fn of_mount(client: Client, name: &str, at: Upstream, fixtures: &Fixtures) -> Self {
        let public = Public::Mount { name: name.to_owned(), at: Box::new(at), fixtures: Box::new(fixtures.clone()) };
        Self { client, public }
    }

    fn call<B, A: DeserializeOwned>(
        &self,
        operation: &Operation<B, A>,
        names: &[&str],
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<A> {
        let sent = body.map_or_else(|| Ok(Sent::nothing()), Sent::json)?;
        self.client.call(operation, names, sent).map_err(Failure::into_error)?.read()
    }

    /// The mount that is called so in the fixtures.
    fn mount<'m>(&'m self, name: &'m str) -> &'m str {
        match &self.public {
            Public::Listener(_) => name,
            Public::Mount { name, .. } => name,
        }
    }
}

/// A call without a body.
const NONE: Option<&()> = None;

impl Host for Admin {
    fn reset(&mut self, now: i64) -> anyhow::Result<()> {
        self.call(&operations::RESET, &[], NONE)?;
        if let Public::Mount { name, fixtures, .. } = &self.public {
            self.call(&operations::PUT_USERS, &[name], Some(&fixtures.users)).context("the contract's users")?;
            self.call(&operations::PUT_CLIENTS, &[name], Some(&fixtures.clients)).context("the contract's clients")?;
        }
        self.call(&operations::SET_CLOCK, &[], Some(&ClockChange::Freeze(now))).map(drop)
    }

    fn advance(&mut self, seconds: i64) -> anyhow::Result<()> {
        self.call(&operations::ADVANCE_CLOCK, &[], Some(&ClockAdvance { seconds })).map(drop)
    }

    fn fail_once(&mut self, mount: &str) -> anyhow::Result<()> {
        let scenario = ScenarioSpec {
            mount: Some(self.mount(mount).to_owned()),
            endpoint: Some("token".to_owned()),
            times: Some(1),
            error: Some("internal".to_owned()),
            ..ScenarioSpec::default()
        };
        self.call(&operations::ADD_SCENARIO, &[], Some(&scenario)).map(drop)
    }

    fn set(&mut self, mount: &str, name: &str, value: &Value) -> anyhow::Result<()> {
        self.call(&operations::CHANGE_SETTINGS, &[self.mount(mount)], Some(&json!({ name: value }))).map(drop)
    }

    fn code(&mut self, mount: &str, order: CodeOrder<'_>) -> anyhow::Result<String> {
        let request = CodeRequest {
            client_id: order.client.to_owned(),
            user: order.user.to_owned(),
            redirect_uri: order.redirect_uri.to_owned(),
            scope: order.scope.map(str::to_owned),
            code_challenge: order.challenge.map(str::to_owned),
            nonce: None,
        };
        Ok(self.call(&operations::ISSUE_CODE, &[self.mount(mount)], Some(&request))?.code)
    }

    fn keys(&mut self, mount: &str) -> anyhow::Result<Vec<Map<String, Value>>> {
        Ok(self.call(&operations::GET_JWKS, &[self.mount(mount)], NONE)?.keys)
    }

    fn send(&mut self, requests: &[&Request]) -> anyhow::Result<Vec<Response>> {
        let answers = match &self.public {
            Public::Mount { at, .. } => requests.iter().map(|request| at.exchange(request)).collect(),
            Public::Listener(address) => {
                let mut connection = Plain::open(*address)?;
                requests.iter().map(|request| connection.exchange(&request.bytes()?)).collect::<anyhow::Result<_>>()
            }
        };
        answers.context("the gateway does not answer")
    }
}
