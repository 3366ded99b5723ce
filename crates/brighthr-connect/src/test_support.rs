//! What the unit tests share: the golden pairs, the fixture's clients and user, and readable forms.

use crate::{BrightHr, parse};
use dialect::{Context, WireRequest, WireResponse};
use grant::{
    Call, ClaimSource, Claims, Client, Endpoint, Grant, GrantError, GrantType, Identity, Login, PlannedToken, Scopes,
    TokenFacts, TokenIdFormat, TokenRequest, User,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::sync::Arc;

pub(crate) const ISSUER: &str = "https://sandbox-login.brighthr.com";
pub(crate) const FORM: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");

const PAIRS: &str = include_str!("../contract/pairs.http");
const FIXTURES: &str = include_str!("../contract/fixtures.json");

pub(crate) fn dialect(settings: Value) -> BrightHr {
    let Value::Object(settings) = settings else { panic!("settings are an object") };
    BrightHr::new(&settings).unwrap()
}

pub(crate) const fn context(endpoint: Endpoint) -> Context<'static> {
    Context { endpoint, instance: "/", issuer: ISSUER }
}

pub(crate) fn post(headers: &[(&str, &[u8])], body: &[u8]) -> Result<TokenRequest, GrantError> {
    let request = WireRequest { method: "POST", path: "/connect/token", query: None, headers, body };
    match parse::call(Endpoint::Token, &request, &[GrantType::ClientCredentials])? {
        Call::Token(request) => Ok(request),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn token_request(body: &str) -> TokenRequest {
    post(&[FORM], body.as_bytes()).unwrap()
}

/// A pair's text between its title and the next.
fn pair(id: &str) -> &'static str {
    let (_, rest) = PAIRS.split_once(&format!("### {id} |")).unwrap();
    rest.split_once("\n### ").unwrap().0
}

/// Start line, header fields and body of one half of a pair.
fn message(text: &str) -> (&str, Vec<(&str, &str)>, &str) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let start = lines.next().unwrap();
    (start, lines.map(|line| line.split_once(": ").unwrap()).collect(), body.trim_end_matches('\n'))
}

/// What the token endpoint makes of a pair's request.
pub(crate) fn pair_request(id: &str) -> Result<Call, GrantError> {
    let request = pair(id).split_once("\n<<<").unwrap().0;
    let start = request.find("\nPOST ").or_else(|| request.find("\nGET ")).unwrap() + 1;
    let (line, headers, body) = message(&request[start..]);
    let (method, rest) = line.split_once(' ').unwrap();
    let lower: Vec<_> = headers.iter().map(|(name, value)| (name.to_lowercase(), value.as_bytes())).collect();
    let headers: Vec<_> = lower.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let path = rest.split_once(' ').unwrap().0;
    let request = WireRequest { method, path, query: None, headers: &headers, body: body.as_bytes() };
    parse::call(Endpoint::Token, &request, &[GrantType::ClientCredentials])
}

/// Asserts that `response` is that of the pair: status, the headers it lists, and the body's bytes.
pub(crate) fn assert_pair(id: &str, response: &WireResponse) {
    let (line, headers, body) = message(pair(id).split_once("<<<\n").unwrap().1);
    assert!(line.starts_with(&format!("HTTP/1.1 {} ", response.status)), "{id}: {line}");
    for (name, value) in headers {
        assert_eq!(response.header(name), Some(value), "{id}: {name}");
    }
    assert_eq!(std::str::from_utf8(&response.body).unwrap(), body, "{id}");
}

/// The payload that a pair's line `# jwt: {token}…` states, its clock and the time of sign-in filled in.
pub(crate) fn pair_payload(id: &str, token: &str) -> String {
    let line = pair(id).lines().find(|line| line.starts_with(&format!("# jwt: {token}"))).unwrap();
    let scene = Scene::app("company:read");
    let mut payload = line.split_once("payload=").unwrap().1.to_owned();
    for ttl in [300, 3_600] {
        payload = payload.replace(&format!("{{{{now+{ttl}}}}}"), &(scene.now + ttl).to_string());
    }
    payload.replace("{{now}}", &scene.now.to_string()).replace("{{int}}", &scene.login.auth_time.to_string())
}

/// A planned token's payload, with the pairs' placeholders for what only the issuer knows.
pub(crate) fn payload(token: &PlannedToken) -> String {
    let mut claims = Claims::empty();
    for (name, source) in &token.claims {
        let value = match source {
            ClaimSource::Value(value) => value.clone(),
            ClaimSource::TokenId(TokenIdFormat::Hex32) => "{{hex32}}".into(),
            ClaimSource::AccessTokenHash => "{{at_hash}}".into(),
            other @ ClaimSource::TokenId(_) => panic!("{other:?} is none of this dialect's"),
        };
        claims.set(name, value);
    }
    serde_json::to_string(&claims).unwrap()
}

/// Everything a token request says, secrets included, so that two can be compared.
pub(crate) fn describe(request: &TokenRequest) -> String {
    let secret = request.client.as_ref().ok().and_then(|client| client.secret.as_ref());
    format!("{request:?} {:?}", secret.map(ExposeSecret::expose_secret))
}

/// One of the fixture's clients, for itself or for the fixture's first user, granted some scopes.
pub(crate) struct Scene {
    pub(crate) now: i64,
    pub(crate) client: Client,
    pub(crate) user: Option<User>,
    pub(crate) login: Login,
    pub(crate) scopes: Scopes,
    issuer: Arc<str>,
}

impl Scene {
    pub(crate) fn app(scope: &str) -> Self {
        let fixtures: Value = serde_json::from_str(FIXTURES).unwrap();
        let now = fixtures["clock"]["now"].as_i64().unwrap();
        Self {
            now,
            client: Client::new(fixtures["clients"][0]["client_id"].as_str().unwrap()),
            user: None,
            login: Login { sid: "{{hex32}}".into(), auth_time: now - 9, nonce: Some("n1".into()) },
            scopes: Scopes::parse(scope).unwrap(),
            issuer: ISSUER.into(),
        }
    }

    pub(crate) fn user(scope: &str) -> Self {
        let fixtures: Value = serde_json::from_str(FIXTURES).unwrap();
        let facts = fixtures["users"][0].as_object().unwrap();
        let mut claims = Claims::empty();
        for (name, value) in facts.iter().filter(|(name, _)| !["sub", "username"].contains(&name.as_str())) {
            claims.set(name, serde_json::from_value(value.clone()).unwrap());
        }
        let user = User {
            sub: facts["sub"].as_str().unwrap().into(),
            username: facts["username"].as_str().unwrap().into(),
            password: None,
            disabled: false,
            denies_consent: false,
            claims,
        };
        let client = Client::new(fixtures["clients"][1]["client_id"].as_str().unwrap());
        Self { client, user: Some(user), ..Self::app(scope) }
    }

    pub(crate) fn grant(&self) -> Grant<'_> {
        let grant_type = if self.user.is_some() { GrantType::AuthorizationCode } else { GrantType::ClientCredentials };
        Grant {
            issuer: &self.issuer,
            now: self.now,
            grant_type,
            client: &self.client,
            user: self.user.as_ref(),
            scopes: &self.scopes,
            login: self.user.as_ref().map(|_| &self.login),
            refresh: None,
            extra: &[],
        }
    }

    /// What the issuer makes of a token of this scene.
    pub(crate) fn identity(&self) -> Identity {
        let subject = self.user.as_ref().map_or_else(|| self.client.id.shared(), |user| user.sub.clone());
        Identity {
            facts: TokenFacts {
                client_id: self.client.id.clone(),
                subject,
                is_user: self.user.is_some(),
                scopes: self.scopes.clone(),
                token_id: None,
            },
            client: Arc::new(self.client.clone()),
            user: self.user.clone().map(Arc::new),
            claims: Claims::empty(),
        }
    }
}
