//! A vendor's surface: read, parse, issue, encode.

use super::{body, exchange};
use crate::app::App;
use crate::mounts::{Found, Mount};
use actix_web::HttpRequest;
use actix_web::web::Payload;
use dialect::{Context, Dialect, Route, WireRequest, WireResponse};
use futures_util::FutureExt;
use grant::{Call, Endpoint, GrantError, GrantType, Reply};
use issuer::scenario::Subject;
use std::panic::AssertUnwindSafe;

/// Answers a request that found its mount.
pub(super) async fn answer(app: &App, request: &HttpRequest, payload: &mut Payload, found: &Found<'_>) -> WireResponse {
    let Some(route) = found.route else { return super::handler::not_found(app, payload).await };
    let (mount, dialect) = (&**found.mount, found.mount.dialect());
    let context = Context { endpoint: route.endpoint, instance: found.path, issuer: &mount.core.issuer };
    let mut named = Named::default();
    let outcome = match body::read(payload, app.limits).await {
        Ok(body) => {
            let headers = exchange::headers(request);
            let wire = exchange::wire_request(request, found.path, &headers, &body);
            guard(reply(app, mount, &*dialect, route, &wire, &mut named)).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(reply) => {
            let response = dialect.encode(&reply, &context);
            named.log_success(mount, route.endpoint, response.status);
            response
        }
        Err(error) => {
            let response = dialect.encode_error(error.public(), &context);
            named.log_refusal(app, mount, route.endpoint, response.status, &error);
            response
        }
    }
}

async fn reply(
    app: &App,
    mount: &Mount,
    dialect: &dyn Dialect,
    route: &Route,
    wire: &WireRequest<'_>,
    named: &mut Named,
) -> Result<Reply, GrantError> {
    let call = dialect.parse(route.endpoint, wire)?;
    named.read(&call);
    let forced = app.issuer.scenarios.force(Subject {
        mount: mount.name(),
        endpoint: route.endpoint,
        client_id: named.client.as_deref(),
        grant: named.grant,
    });
    named.forced = forced.is_err();
    forced?;
    let core = &mount.core;
    match call {
        Call::Token(request) => app.issuer.token(core, dialect, &request).await.map(Reply::Token),
        Call::UserInfo(bearer) => app.issuer.userinfo(core, dialect, &bearer).await.map(Reply::UserInfo),
        Call::Discovery => Ok(Reply::Discovery(dialect.policy().clone())),
        Call::Jwks => app.issuer.jwks(core, dialect).await.map(Reply::Jwks),
        Call::Authorize(_) | Call::Introspect(_) | Call::Revoke(_) | Call::EndSession(_) => {
            Err(GrantError::internal("a dialect routed an endpoint that the gateway does not serve"))
        }
    }
}

/// Turns a panic into an internal error: the client gets its dialect's answer and keeps its connection.
pub(super) async fn guard<T>(work: impl Future<Output = Result<T, GrantError>>) -> Result<T, GrantError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(GrantError::internal("a panic; see the log")))
}

/// Who and what a request names, for scenarios and the log.
#[derive(Default)]
struct Named {
    client: Option<String>,
    grant: Option<GrantType>,
    /// Whether a scenario raised the refusal: no fault of the gateway's, whatever its status.
    forced: bool,
}

impl Named {
    fn read(&mut self, call: &Call) {
        let Call::Token(request) = call else { return };
        self.client = request.client.as_ref().ok().map(|auth| auth.id.to_string());
        self.grant = request.proof.as_ref().ok().map(grant::Proof::grant_type);
    }

    fn log_success(&self, mount: &Mount, endpoint: Endpoint, status: u16) {
        tracing::debug!(
            mount = mount.name(),
            endpoint = endpoint.as_str(),
            client = self.client,
            grant = self.grant.map(GrantType::as_str),
            status,
            "served"
        );
    }

    fn log_refusal(&self, app: &App, mount: &Mount, endpoint: Endpoint, status: u16, error: &GrantError) {
        let (mount, endpoint, client) = (mount.name(), endpoint.as_str(), self.client.as_deref());
        let (grant, code, cause) = (self.grant.map(GrantType::as_str), error.kind.code(), &*error.cause);
        if status >= 500 && !self.forced {
            tracing::error!(mount, endpoint, client, grant, status, error = code, cause, "failed");
        } else if app.refusal_log.admits() {
            tracing::info!(mount, endpoint, client, grant, status, error = code, cause, "refused");
        }
    }
}
