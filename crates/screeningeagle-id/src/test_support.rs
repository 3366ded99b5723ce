//! What the unit tests share: the golden pairs, the fixture's client and user, and readable forms.

use crate::{ScreeningEagle, parse};
use dialect::{Context, WireRequest, WireResponse};
use grant::{
    Call, ClaimSource, Claims, Client, Endpoint, Grant, GrantError, GrantType, PlannedToken, Proof, RefreshTerms,
    Scopes, TokenIdFormat, User,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::sync::Arc;

const PAIRS: &str = include_str!("../contract/pairs.http");
const FIXTURES: &str = include_str!("../contract/fixtures.json");

pub(crate) fn dialect(settings: Value) -> ScreeningEagle {
    let Value::Object(settings) = settings else { panic!("settings are an object") };
    ScreeningEagle::new(&settings).unwrap()
}

pub(crate) const fn context(endpoint: Endpoint) -> Context<'static> {
    Context { endpoint, instance: "/api/id/v1/auth/token", issuer: "Screening Eagle ID" }
}

pub(crate) fn user(sub: &str) -> User {
    User {
        sub: sub.into(),
        username: sub.into(),
        password: None,
        disabled: false,
        denies_consent: false,
        claims: Claims::empty(),
    }
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

/// What the dialect makes of a pair's request.
pub(crate) fn pair_request(id: &str, grants: &[GrantType]) -> Result<Call, GrantError> {
    let request = pair(id).split_once("\n<<<").unwrap().0;
    let start = request.find("\nPOST ").or_else(|| request.find("\nGET ")).unwrap() + 1;
    let (line, headers, body) = message(&request[start..]);
    let (method, rest) = line.split_once(' ').unwrap();
    let lower: Vec<_> = headers.iter().map(|(name, value)| (name.to_lowercase(), value.as_bytes())).collect();
    let headers: Vec<_> = lower.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let path = rest.split_once(' ').unwrap().0;
    let request = WireRequest { method, path, query: None, headers: &headers, body: body.as_bytes() };
    parse::call(Endpoint::Token, &request, grants)
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

/// The payload that a pair states for a token, its clock filled in.
pub(crate) fn pair_payload(id: &str, token: &str) -> Option<String> {
    let line = pair(id).lines().find(|line| line.starts_with(&format!("# jwt: {token} ")))?;
    let mut payload = line.split_once("payload=")?.1.to_owned();
    let now = Scene::granted("openid").now;
    for ttl in [604_800, 15_552_000] {
        payload = payload.replace(&format!("{{{{now+{ttl}}}}}"), &(now + ttl).to_string());
    }
    Some(payload.replace("{{now}}", &now.to_string()))
}

/// A planned token's payload, with the pairs' placeholder for what only the issuer knows.
pub(crate) fn payload(token: &PlannedToken) -> String {
    let mut claims = Claims::empty();
    for (name, source) in &token.claims {
        let value = match source {
            ClaimSource::Value(value) => value.clone(),
            ClaimSource::TokenId(TokenIdFormat::Uuid) => "{{uuid}}".into(),
            other => panic!("{other:?} is none of this dialect's"),
        };
        claims.set(name, value);
    }
    serde_json::to_string(&claims).unwrap()
}

/// Everything a call says, secrets included, so that two can be compared.
pub(crate) fn describe(call: &Call) -> String {
    let mut text = format!("{call:?}");
    let Call::Token(request) = call else { return text };
    let mut add = |secret: Option<&grant::Secret>| text.push_str(secret.map_or("-", |s| s.expose_secret()));
    add(request.client.as_ref().ok().and_then(|client| client.secret.as_ref()));
    match request.proof.as_ref() {
        Ok(Proof::AuthorizationCode { code, verifier, .. }) => {
            add(Some(code));
            add(verifier.as_ref());
        }
        Ok(Proof::Refresh { token }) => add(Some(token)),
        _ => {}
    }
    text
}

/// The fixture's first client and user, granted some scopes.
pub(crate) struct Scene {
    pub(crate) now: i64,
    pub(crate) client: Client,
    pub(crate) user: User,
    pub(crate) refresh: bool,
    pub(crate) refresh_ends: i64,
    pub(crate) first_granted: Scopes,
    issuer: Arc<str>,
    scopes: Scopes,
}

impl Scene {
    pub(crate) fn granted(scope: &str) -> Self {
        let fixtures: Value = serde_json::from_str(FIXTURES).unwrap();
        let now = fixtures["clock"]["now"].as_i64().unwrap();
        let facts = &fixtures["users"][0];
        let mut user = user(&facts["userID"].to_string());
        user.claims = Claims::empty();
        for (name, value) in facts.as_object().unwrap().iter().filter(|(name, _)| *name != "userID") {
            user.claims.set(name, serde_json::from_value(value.clone()).unwrap());
        }
        let scopes = Scopes::parse(scope).unwrap();
        Self {
            now,
            client: Client::new(fixtures["clients"][0]["client_id"].as_str().unwrap()),
            user,
            refresh: true,
            refresh_ends: now + 15_552_000,
            first_granted: scopes.clone(),
            issuer: fixtures["issuer"].as_str().unwrap().into(),
            scopes,
        }
    }

    pub(crate) fn grant(&self) -> Grant<'_> {
        Grant {
            issuer: &self.issuer,
            now: self.now,
            grant_type: GrantType::ClientCredentials,
            client: &self.client,
            user: Some(&self.user),
            scopes: &self.scopes,
            login: None,
            refresh: self
                .refresh
                .then_some(RefreshTerms { scopes: &self.first_granted, expires_at: self.refresh_ends }),
            extra: &[],
        }
    }
}
