//! What the tests of dialects share: requests of the pairs read, grants made of
//! the fixtures, and the pairs played against a dialect without an issuer.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test fails by a panic")]

mod authorization;
mod phases;
mod scene;
mod stage;

pub use scene::{Scene, payload, sample};
pub use stage::Stage;

use crate::pairs::Request;
use dialect::{Dialect, WireRequest};
use grant::{Call, Endpoint, Proof, Refusal};
use secrecy::ExposeSecret;

/// What a dialect makes of a request: the endpoint is that of the path; `None` where the path is not its own.
pub fn parse(dialect: &dyn Dialect, request: &Request) -> Option<(Endpoint, Result<Call, Refusal>)> {
    let (path, query) = match request.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.target.as_str(), None),
    };
    let route = dialect.routes().iter().find(|route| route.path == path)?;
    let headers: Vec<_> =
        request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_bytes())).collect();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let wire = WireRequest { method: &request.method, path, query, headers: &headers, body: request.body.as_bytes() };
    Some((route.endpoint, dialect.parse(route.endpoint, &wire)))
}

/// What a request says, a token request's secrets included, so that two can be compared.
pub fn contents(outcome: &Result<Call, Refusal>) -> String {
    let Ok(Call::Token(request)) = outcome else { return format!("{outcome:?}") };
    let client = request
        .client
        .as_ref()
        .map(|client| (client.id.clone(), client.secret.as_ref().map(|secret| secret.expose_secret().to_owned())));
    let proof = request.proof.as_ref().map(|proof| match proof {
        Proof::ClientCredentials => Vec::new(),
        Proof::AuthorizationCode { code, redirect_uri, verifier } => vec![
            code.expose_secret().to_owned(),
            redirect_uri.clone(),
            verifier.as_ref().map_or_else(String::new, |verifier| verifier.expose_secret().to_owned()),
        ],
        Proof::TokenExchange(exchange) => vec![exchange.subject.token.expose_secret().to_owned()],
        Proof::DeviceCode { code } => vec![code.expose_secret().to_owned()],
        Proof::Refresh { token } => vec![token.expose_secret().to_owned()],
        Proof::Password { username, password } => vec![username.clone(), password.expose_secret().to_owned()],
        Proof::JwtBearer { assertion } => vec![assertion.expose_secret().to_owned()],
        Proof::Incomplete { grant_type, error } => vec![format!("{grant_type:?} {error:?}")],
    });
    format!("{client:?} {proof:?} {:?} {:?}", request.scopes, request.extra)
}
