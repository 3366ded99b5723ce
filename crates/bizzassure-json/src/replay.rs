//! Replays the golden pairs against the dialect alone, the issuer's phases played by a few lines.

use crate::BizzassureJson;
use dialect::{Context, Dialect, SettingsMap, WireRequest, WireResponse};
use grant::{
    Call, ClaimSource, Client, Endpoint, Grant, GrantError, GrantErrorKind, GrantType, Profile, RateLimit, Reply,
    Scopes, TokenPlan, TokenReply,
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

/// What the issuer would decide under the preconditions of `pair`.
fn decide(dialect: &BizzassureJson, pair: &Pair, facts: &Value) -> Result<Reply, GrantError> {
    let (method, rest) = pair.request.start.split_once(' ').unwrap();
    let path = rest.strip_suffix(" HTTP/1.1").unwrap();
    let headers: Vec<_> = pair.request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let request = WireRequest { method, path, query: None, headers: &headers, body: pair.request.body.as_bytes() };
    let Call::Token(request) = dialect.parse(Endpoint::Token, &request)? else { panic!("no token request") };
    if pair.notes("given").any(|given| given == "fault=500") {
        return Err(GrantError::internal("forced"));
    }

    let auth = request.client?;
    let secret = auth.secret.as_ref().map(ExposeSecret::expose_secret);
    let known = |client: &&Value| client["client_id"] == auth.id.as_str() && client["client_secret"].as_str() == secret;
    let fixture = facts["clients"].as_array().unwrap().iter().find(known);
    let fixture = fixture.ok_or_else(|| GrantError::invalid_client("no such client"))?;
    let mut client = Client::new(auth.id.as_str());
    let names: Vec<&str> = fixture["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    client.scopes = Scopes::parse(&names.join(" ")).unwrap();

    assert_eq!(request.proof?.grant_type(), GrantType::ClientCredentials);
    let scopes = request.scopes?.unwrap();
    if let Some(scope) = scopes.iter().find(|scope| !dialect.permits(&client, scope)).cloned() {
        return Err(GrantError::new(GrantErrorKind::ScopeNotPermitted { scope }, "not granted to the client"));
    }
    if limited(dialect, pair, &auth.id) {
        return Err(GrantError::new(GrantErrorKind::RateLimited { retry_after: 1 }, "the window is full"));
    }

    let grant = Grant {
        issuer: &Arc::from(facts["issuer"].as_str().unwrap()),
        now: facts["clock"]["now"].as_i64().unwrap(),
        grant_type: GrantType::ClientCredentials,
        client: &client,
        user: None,
        scopes: &scopes,
        login: None,
        refresh: None,
        extra: &request.extra,
    };
    let plan = dialect.plan(&grant);
    for expected in pair.notes("jwt") {
        assert_eq!(shown(dialect, &plan, grant.now), expected, "{}", pair.id);
    }
    let expires_in = dialect.policy().access_ttl;
    Ok(Reply::Token(TokenReply {
        grant_type: GrantType::ClientCredentials,
        access_token: "{{jwt}}".to_owned().into(),
        expires_in,
        id_token: None,
        refresh_token: None,
        scopes,
        scope_requested: true,
    }))
}

/// Whether the grants that the pair presupposes fill the client's window.
fn limited(dialect: &BizzassureJson, pair: &Pair, client: &grant::ClientId) -> bool {
    let RateLimit::Rolling { count, window } = dialect.policy().rate_limit else { return false };
    let successes = pair.notes("given").find_map(|given| given.split_once(" successes of "));
    let advance = pair.notes("given").find_map(|given| given.strip_prefix("advance clock ")?.strip_suffix(" s"));
    let elapsed = advance.map_or(0, |seconds| seconds.parse::<u32>().unwrap());
    successes.is_some_and(|(n, of)| of == client.as_str() && n.parse::<u32>().unwrap() >= count && elapsed < window)
}

/// The planned token as the pairs write it.
fn shown(dialect: &BizzassureJson, plan: &TokenPlan, now: i64) -> String {
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
    let dialect = BizzassureJson::new(&SettingsMap::new()).unwrap();
    let facts: Value = serde_json::from_str(include_str!("../contract/fixtures.json")).unwrap();
    let pairs = Pair::all();
    assert_eq!(pairs.len(), 17, "pairs were added or lost");
    for pair in &pairs {
        let context = Context { endpoint: Endpoint::Token, instance: "/v1/auth/token", issuer: "" };
        let response = match decide(&dialect, pair, &facts) {
            Ok(reply) => dialect.encode(&reply, &context),
            Err(error) => dialect.encode_error(error.public(), &context),
        };
        assert_answers(pair, &response);
    }
}
