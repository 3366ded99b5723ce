//! A vendor's surface: read, parse, issue, encode.

use super::answered::{Answered, outcome as outcome_of};
use super::{body, browser, exchange};
use crate::app::App;
use crate::mounts::{Found, Mount, Way};
use crate::proxies::Source;
use crate::record::Record;
use crate::sign_in::{self, Place, Visit};
use actix_web::HttpRequest;
use actix_web::web::Payload;
use dialect::{Context, Dialect, Route, WireRequest, WireResponse};
use futures_util::FutureExt;
use grant::{Call, Endpoint, GrantError, GrantType, Reply};
use issuer::scenario::Subject;
use std::panic::AssertUnwindSafe;

/// Answers a request that found its mount.
pub(super) async fn answer<'a>(
    app: &App,
    request: &HttpRequest,
    payload: &mut Payload,
    found: &Found<'a>,
) -> Answered<'a> {
    match found.way {
        None => super::handler::not_found(app, payload, &found.mount.meter).await,
        Some(Way::Page(page)) => {
            let place = Place::Vendor { base: found.base };
            browser::page(app, request, payload, found.mount, place, page).await
        }
        Some(Way::Endpoint(route)) => endpoint(app, request, payload, found, route).await,
    }
}

async fn endpoint<'a>(
    app: &App,
    request: &HttpRequest,
    payload: &mut Payload,
    found: &Found<'a>,
    route: &Route,
) -> Answered<'a> {
    let (mount, dialect) = (&**found.mount, found.mount.dialect());
    let context = Context { endpoint: route.endpoint, instance: found.path, issuer: &mount.core.issuer };
    let mut named = Named::default();
    let outcome = match body::read(payload, app.limits).await {
        Ok(body) => {
            let headers = exchange::headers(request);
            let wire = exchange::wire_request(request, found.path, &headers, &body);
            let place = Place::Vendor { base: found.base };
            if route.endpoint == Endpoint::Authorize {
                return browser::authorize(app, mount, &*dialect, place, &wire, request, &context).await;
            }
            let asked = Asked { app, mount, dialect: &*dialect, route, place, wire: &wire, context: &context };
            guard(asked.reply(&mut named, app.proxies.source(request))).await
        }
        Err(error) => Err(error),
    };
    let (response, error) = match outcome {
        Ok(response) => (response, None),
        Err(error) => (dialect.encode_error(error.public(), &context), Some(error)),
    };
    let outcome = outcome_of(error.as_ref(), named.forced);
    named.record(mount, route.endpoint, response.status, error).keep(app);
    Answered { response, meter: &mount.meter, target: route.endpoint.into(), outcome }
}

/// A request whose body has been read.
struct Asked<'a> {
    app: &'a App,
    mount: &'a Mount,
    dialect: &'a dyn Dialect,
    route: &'a Route,
    place: Place<'a>,
    wire: &'a WireRequest<'a>,
    context: &'a Context<'a>,
}

impl Asked<'_> {
    async fn reply(&self, named: &mut Named, source: Source) -> Result<WireResponse, GrantError> {
        let (app, dialect, core) = (self.app, self.dialect, &self.mount.core);
        let call = dialect.parse(self.route.endpoint, self.wire)?;
        named.read(&call);
        let subject = Subject {
            mount: self.mount.name(),
            endpoint: self.route.endpoint,
            client_id: named.client.as_deref(),
            grant: named.grant,
        };
        if let Some(error) = app.issuer.scenarios.force(subject, &*app.issuer.store).await? {
            named.forced = true;
            return Err(error);
        }
        let reply = match call {
            Call::Token(request) => {
                let reply = app.issuer.token(core, dialect, &request).await?;
                self.mount.meter.granted(reply.grant_type);
                Reply::Token(reply)
            }
            Call::UserInfo(bearer) => Reply::UserInfo(app.issuer.userinfo(core, dialect, &bearer).await?),
            Call::Introspect(request) => Reply::Introspection(app.issuer.introspect(core, dialect, request).await?),
            Call::Revoke(request) => app.issuer.revoke(core, dialect, &request).await.map(|()| Reply::Revoked)?,
            Call::Discovery => Reply::Discovery(dialect.policy().clone()),
            Call::Jwks => Reply::Jwks(app.issuer.jwks(core, dialect).await?),
            Call::EndSession(request) => {
                let visit = Visit::new(app, self.mount, dialect, self.place, self.wire, source)?;
                let (response, why) = sign_in::end_session(&visit, &request, self.context).await?;
                named.note = why;
                return Ok(response);
            }
            Call::Authorize(_) => return Err(GrantError::internal("an authorization request at another endpoint")),
        };
        Ok(dialect.encode(&reply, self.context))
    }
}

/// Turns a panic into an internal error: the client gets its dialect's answer and keeps its connection.
pub(super) fn guard<T>(
    work: impl Future<Output = Result<T, GrantError>>,
) -> impl Future<Output = Result<T, GrantError>> {
    // No `async fn`, which would keep `work` twice: where it came in, and where it runs.
    let guarded = AssertUnwindSafe(work).catch_unwind();
    guarded.map(|outcome| outcome.unwrap_or_else(|_| Err(GrantError::internal("a panic; see the log"))))
}

/// Who and what a request names, for scenarios and the log.
#[derive(Default)]
struct Named {
    client: Option<String>,
    grant: Option<GrantType>,
    /// Whether a scenario raised the refusal: no fault of the gateway's, whatever its status.
    forced: bool,
    /// What is odd about a request that was served.
    note: Option<&'static str>,
}

impl Named {
    fn read(&mut self, call: &Call) {
        let client = match call {
            Call::Token(request) => {
                self.grant = request.proof.as_ref().ok().map(grant::Proof::grant_type);
                &request.client
            }
            Call::Introspect(request) => &request.client,
            Call::Revoke(request) => &request.client,
            _ => return,
        };
        self.client = client.as_ref().ok().map(|auth| auth.id.to_string());
    }

    /// What became of the request.
    fn record(self, mount: &Mount, endpoint: Endpoint, status: u16, error: Option<GrantError>) -> Record<'_> {
        Record {
            mount: mount.name(),
            endpoint: endpoint.as_str(),
            client: self.client,
            grant: self.grant.map(GrantType::as_str),
            status,
            error,
            reference: None,
            note: self.note,
            forced: self.forced,
        }
    }
}
