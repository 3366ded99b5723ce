//! Plays pairs against a running gateway.

use crate::contract::Contract;
use crate::gateway::Gateway;
use crate::http::Connection;
use admin_api::{CodeRequest, ScenarioSpec};
use anyhow::Result;
use dialect::TokenCall;
use pairs::player::{self, CodeOrder, Host};
use pairs::{Request, Response};
use serde_json::{Map, Value};

/// Plays the pairs of one contract.
pub type Player<'a> = player::Player<'a, &'a Gateway>;

/// A player of `contract` against `gateway`, which runs with its mounts.
pub const fn player<'a>(gateway: &'a Gateway, contract: &'a Contract, call: TokenCall) -> Player<'a> {
    player::Player::new(gateway, &contract.text, call)
}

impl Host for &Gateway {
    fn reset(&mut self, now: i64) -> Result<()> {
        self.admin().reset()?;
        self.admin().freeze_clock(now)
    }

    fn advance(&mut self, seconds: i64) -> Result<()> {
        self.admin().advance_clock(seconds)
    }

    fn fail_once(&mut self, mount: &str) -> Result<()> {
        self.admin().add_scenario(&ScenarioSpec {
            mount: Some(mount.to_owned()),
            endpoint: Some("token".to_owned()),
            times: Some(1),
            error: Some("internal".to_owned()),
            ..ScenarioSpec::default()
        })
    }

    fn set(&mut self, mount: &str, name: &str, value: &Value) -> Result<()> {
        self.admin().patch_settings(mount, &serde_json::json!({ name: value }))
    }

    fn code(&mut self, mount: &str, order: CodeOrder<'_>) -> Result<String> {
        let request = CodeRequest {
            client_id: order.client.to_owned(),
            user: order.user.to_owned(),
            redirect_uri: order.redirect_uri.to_owned(),
            scope: order.scope.map(str::to_owned),
            code_challenge: order.challenge.map(str::to_owned),
            nonce: None,
        };
        self.admin().code(mount, &request)
    }

    fn keys(&mut self, mount: &str) -> Result<Vec<Map<String, Value>>> {
        self.admin().jwks(mount)
    }

    fn send(&mut self, requests: &[&Request]) -> Result<Vec<Response>> {
        let mut connection = Connection::open(self.public())?;
        requests.iter().map(|request| connection.exchange(&request.bytes()?)).collect()
    }
}
