//! What the unit tests share: the contract, the fixtures' clients and user, and token requests.

use crate::{BrightHr, KIND, parse};
use dialect::{Context, Dialect, WireRequest, WireResponse};
use grant::{Call, Endpoint, GrantType, Login, PublicError, Refusal, RefusalKind, TokenRequest};
use serde_json::{Value, json};
use testkit::dialects::{Scene, Stage, sample};

pub(crate) const ISSUER: &str = "https://sandbox-login.brighthr.com";
pub(crate) const FORM: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");

pub(crate) fn dialect(settings: Value) -> BrightHr {
    let Value::Object(settings) = settings else { panic!("settings are an object") };
    BrightHr::new(&settings).unwrap()
}

pub(crate) fn stage() -> Stage {
    Stage::new(KIND, env!("CARGO_MANIFEST_DIR"))
}

pub(crate) const fn context(endpoint: Endpoint) -> Context<'static> {
    Context {
        endpoint,
        path: "/",
        issuer: ISSUER,
        back_channel: None,
        request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
        asked: &dialect::Nothing,
    }
}

/// How a request is refused at that endpoint.
pub(crate) fn refuse(kind: &RefusalKind, endpoint: Endpoint) -> WireResponse {
    dialect(json!({})).encode_error(PublicError { kind }, &context(endpoint))
}

/// What a request without a query is to that endpoint.
pub(crate) fn sent(endpoint: Endpoint, method: &str, headers: &[(&str, &[u8])], body: &str) -> Result<Call, Refusal> {
    let request = WireRequest { method, path: "/", query: None, headers, body: body.as_bytes() };
    parse::call(endpoint, &request, &GrantType::COMMON)
}

/// What a request without a body is to that endpoint.
pub(crate) fn got(endpoint: Endpoint, query: &str) -> Result<Call, Refusal> {
    let request = WireRequest { method: "GET", path: "/", query: Some(query), headers: &[], body: b"" };
    parse::call(endpoint, &request, &GrantType::COMMON)
}

pub(crate) fn post(headers: &[(&str, &[u8])], body: &[u8]) -> Result<TokenRequest, Refusal> {
    let request = WireRequest { method: "POST", path: "/connect/token", query: None, headers, body };
    match parse::call(Endpoint::Token, &request, &GrantType::COMMON)? {
        Call::Token(request) => Ok(request),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn token_request(body: &str) -> TokenRequest {
    post(&[FORM], body.as_bytes()).unwrap()
}

/// An app granted some scopes.
pub(crate) fn app(scope: &str) -> Scene {
    stage().scene("app-ok", scope)
}

/// A client granted some scopes by Alice.
pub(crate) fn alice(scope: &str) -> Scene {
    let (stage, scene) = (stage(), stage().scene("web", scope));
    Scene {
        grant_type: GrantType::AuthorizationCode,
        user: stage.user("6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69"),
        login: Some(Login {
            sid: sample("hex32").into(),
            auth_time: scene.now - 9,
            nonce: Some("n1".into()),
            ..Login::default()
        }),
        ..scene
    }
}
