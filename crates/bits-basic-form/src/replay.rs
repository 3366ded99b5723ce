//! Replays the golden pairs against the dialect alone, the issuer's phases played by a few lines.

use crate::BitsBasicForm;
use dialect::{Context, Dialect, Route, SettingsMap, WireRequest, WireResponse};
use grant::{
    Bearer, Call, ClaimSource, Claims, Client, Endpoint, Grant, GrantError, GrantErrorKind, GrantType, Identity,
    Profile, Reply, Scopes, TokenFault, TokenKind, TokenPlan, TokenReply, TokenRequest, TokenView,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::sync::Arc;

/// One pair of `contract/pairs.http`.
struct Pair {
    id: &'static str,
    /// The `# key: value` lines.
    notes: Vec<(&'static str, &'static str)>,
    request: Message,
    response: Message,
}

struct Message {
    start: &'static str,
    headers: Vec<(String, &'static str)>,
    body: &'static str,
}

impl Pair {
    fn all() -> Vec<Self> {
        include_str!("../contract/pairs.http").split("### ").filter_map(Self::read).collect()
    }

    fn read(text: &'static str) -> Option<Self> {
        let (id, text) = text.split_once(" | ")?;
        let (request, response) = text.split_once("\n<<<\n").unwrap();
        let (_title, mut request) = request.split_once('\n').unwrap();
        let mut notes = Vec::new();
        while let Some(line) = request.strip_prefix("# ") {
            let (note, rest) = line.split_once('\n').unwrap();
            notes.push(note.split_once(": ").unwrap());
            request = rest;
        }
        Some(Self { id, notes, request: Message::read(request), response: Message::read(response) })
    }

    fn notes(&self, key: &str) -> impl Iterator<Item = &'static str> {
        self.notes.iter().filter(move |(name, _)| *name == key).map(|(_, value)| *value)
    }
}

impl Message {
    fn read(text: &'static str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let start = lines.next().unwrap();
        let header = |line: &'static str| line.split_once(": ").unwrap();
        let headers = lines.map(header).map(|(name, value)| (name.to_lowercase(), value)).collect();
        Self { start, headers, body: body.trim_end_matches('\n') }
    }
}

struct Stage {
    dialect: BitsBasicForm,
    facts: Value,
    pairs: Vec<Pair>,
}

impl Stage {
    fn route(&self, pair: &Pair) -> &'static Route {
        let path = pair.request.start.split(' ').nth(1).unwrap();
        self.dialect.routes().iter().find(|route| route.path == path).unwrap()
    }

    /// What the issuer would decide under the preconditions of `pair`.
    fn decide(&self, pair: &Pair) -> Result<Reply, GrantError> {
        let (method, _) = pair.request.start.split_once(' ').unwrap();
        let values: Vec<_> =
            pair.request.headers.iter().map(|(_, value)| value.replace("{{token}}", "t.o.k")).collect();
        let names = pair.request.headers.iter().map(|(name, _)| name.as_str());
        let headers: Vec<_> = names.zip(values.iter().map(String::as_bytes)).collect();
        let route = self.route(pair);
        let body = pair.request.body.as_bytes();
        let request = WireRequest { method, path: route.path, query: None, headers: &headers, body };
        match self.dialect.parse(route.endpoint, &request)? {
            Call::Token(request) => {
                let (reply, plan, now) = self.grant(&request)?;
                for expected in pair.notes("jwt") {
                    assert_eq!(shown(&self.dialect, &plan, now), expected, "{}", pair.id);
                }
                Ok(reply)
            }
            Call::UserInfo(bearer) => self.user_info(pair, &bearer),
            call => panic!("{call:?}"),
        }
    }

    fn client(&self, id: &str, secret: Option<&str>) -> Result<Client, GrantError> {
        let known = |client: &&Value| client["client_id"] == id && client["client_secret"].as_str() == secret;
        let fixture = self.facts["clients"].as_array().unwrap().iter().find(known);
        let fixture = fixture.ok_or_else(|| GrantError::invalid_client("no such client"))?;
        let mut client = Client::new(id);
        let names: Vec<&str> = fixture["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        client.scopes = Scopes::parse(&names.join(" ")).unwrap();
        client.claims.set("customerId", fixture["customerId"].as_str().unwrap().into());
        self.dialect.check_client(&client).unwrap();
        Ok(client)
    }

    fn grant(&self, request: &TokenRequest) -> Result<(Reply, TokenPlan, i64), GrantError> {
        let auth = request.client.as_ref().map_err(Clone::clone)?;
        let client = self.client(auth.id.as_str(), auth.secret.as_ref().map(ExposeSecret::expose_secret))?;
        let grant_type = request.proof.as_ref().map_err(Clone::clone)?.grant_type();
        let asked = request.scopes.clone()?;
        let scope_requested = asked.is_some();
        let scopes = asked.map_or_else(|| self.dialect.default_scopes(&client), Ok)?;
        self.dialect.check_scopes(request, grant_type, &scopes)?;
        if let Some(scope) = scopes.iter().find(|scope| !self.dialect.permits(&client, scope)).cloned() {
            return Err(GrantError::new(GrantErrorKind::ScopeNotPermitted { scope }, "not granted to the client"));
        }
        let grant = Grant {
            issuer: &Arc::from(self.facts["issuer"].as_str().unwrap()),
            now: self.facts["clock"]["now"].as_i64().unwrap(),
            grant_type: GrantType::ClientCredentials,
            client: &client,
            user: None,
            scopes: &scopes,
            login: None,
            refresh: None,
            extra: &request.extra,
        };
        let (plan, now) = (self.dialect.plan(&grant), grant.now);
        let reply = Reply::Token(TokenReply {
            grant_type,
            access_token: "{{jwt}}".to_owned().into(),
            expires_in: self.dialect.policy().access_ttl,
            id_token: None,
            refresh_token: None,
            scopes,
            scope_requested,
        });
        Ok((reply, plan, now))
    }

    /// Userinfo with the token of the pair that the preconditions name.
    fn user_info(&self, pair: &Pair, bearer: &Bearer) -> Result<Reply, GrantError> {
        let refuse = |fault| Err(GrantError::new(GrantErrorKind::InvalidToken(fault), "refused"));
        if bearer.token.is_none() {
            return refuse(TokenFault::Missing);
        }
        if pair.notes("given").any(|given| given == "advance clock 3600 s") {
            return refuse(TokenFault::Expired);
        }
        let from = pair.notes("given").find_map(|given| given.strip_prefix("token=from ")).unwrap();
        let payload = self.pairs.iter().find(|pair| pair.id == from).unwrap().notes("jwt").next().unwrap();
        let payload = payload.split_once("payload=").unwrap().1;
        let payload = payload.replace("{{now}}", "1").replace("{{now+3600}}", "2");
        let claims: Claims = serde_json::from_str(&payload).unwrap();
        let view = TokenView { typ: Some("JWT"), claims: &claims };
        let facts = self.dialect.read(TokenKind::Access, &view).unwrap();
        let client = Arc::new(Client::new(facts.client_id.clone()));
        Ok(Reply::UserInfo(Identity { facts, client, user: None, claims }))
    }
}

/// The planned token as the pairs write it.
fn shown(dialect: &BitsBasicForm, plan: &TokenPlan, now: i64) -> String {
    let [token] = &plan.tokens[..] else { panic!("one token") };
    assert!(!token.kid);
    let claims: Vec<_> = token
        .claims
        .iter()
        .map(|(name, source)| match (*name, source) {
            ("iat", ClaimSource::Value(at)) if at.as_int() == Some(now) => r#""iat":{{now}}"#.to_owned(),
            ("exp", ClaimSource::Value(at)) => format!(r#""exp":{{{{now+{}}}}}"#, at.as_int().unwrap() - now),
            (name, ClaimSource::Value(value)) => format!(r#""{name}":{}"#, serde_json::to_string(value).unwrap()),
            (name, ClaimSource::TokenId(grant::TokenIdFormat::Uuid)) => format!(r#""{name}":"{{{{uuid}}}}""#),
            (name, source) => panic!("{name}: {source:?}"),
        })
        .collect();
    let alg = dialect.policy().alg.as_str();
    format!(r#"header={{"alg":"{alg}","typ":"{}"}} payload={{{}}}"#, token.typ, claims.join(","))
}

fn assert_answers(pair: &Pair, response: &WireResponse) {
    let status = pair.response.start.split(' ').nth(1).unwrap().parse::<u16>().unwrap();
    assert_eq!(response.status, status, "{}", pair.id);
    for (name, value) in &pair.response.headers {
        assert_eq!(response.header(name), Some(*value), "{}: {name}", pair.id);
    }
    assert_eq!(std::str::from_utf8(&response.body).unwrap(), pair.response.body, "{}", pair.id);
}

#[test]
fn every_golden_pair_holds() {
    let facts = serde_json::from_str(include_str!("../contract/fixtures.json")).unwrap();
    let stage = Stage { dialect: BitsBasicForm::new(&SettingsMap::new()).unwrap(), facts, pairs: Pair::all() };
    assert_eq!(stage.pairs.len(), 21, "pairs were added or lost");
    for pair in &stage.pairs {
        let context = Context { endpoint: stage.route(pair).endpoint, instance: stage.route(pair).path, issuer: "" };
        let response = match stage.decide(pair) {
            Ok(reply) => stage.dialect.encode(&reply, &context),
            Err(error) => stage.dialect.encode_error(error.public(), &context),
        };
        assert_answers(pair, &response);
    }
}

#[test]
fn the_client_with_a_colon_in_its_secret_is_served() {
    let facts = serde_json::from_str(include_str!("../contract/fixtures.json")).unwrap();
    let stage = Stage { dialect: BitsBasicForm::new(&SettingsMap::new()).unwrap(), facts, pairs: Vec::new() };
    let headers: [(&str, &[u8]); 2] = [
        ("authorization", b"Basic Yml0cy1jb2xvbjpzZTpjcmV0JTNB"),
        ("content-type", b"application/x-www-form-urlencoded"),
    ];
    let body = b"grant_type=client_credentials&scope=application.read";
    let request = WireRequest { method: "POST", path: "/v1/oauth2/token", query: None, headers: &headers, body };
    let Ok(Call::Token(request)) = stage.dialect.parse(Endpoint::Token, &request) else { panic!("no token request") };
    let (Reply::Token(reply), ..) = stage.grant(&request).unwrap() else { panic!("no token") };
    // Granted `application`, the client may ask for less of it.
    assert_eq!(reply.scopes.joined(), "application.read");
}
