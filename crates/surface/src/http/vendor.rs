//! A vendor's surface: read, parse, issue, encode.

use super::cors::Cors;
use super::{body, browser};
use crate::exchange::Exchange;
use crate::mounts::{Found, Mount, Way};
use crate::sign_in::{self, Place, Visit};
use crate::wire;
use actix_web::web::Payload;
use dialect::{Context, Dialect, Route, WireRequest, WireResponse};
use futures_util::FutureExt;
use grant::{Bearer, Call, Endpoint, Identity, Refusal, Reply};
use issuer::{At, Phase};
use std::panic::AssertUnwindSafe;

/// Answers a request that found its mount.
pub(super) async fn answer(
    exchange: &Exchange<'_>,
    payload: &mut Payload,
    root: &str,
    found: &Found<'_>,
) -> WireResponse {
    let place = Place { root, vendor: Some(found.base) };
    match &found.way {
        None => {
            exchange.leads_to(found.mount, crate::meter::Target::Nothing);
            super::handler::not_found(exchange, payload, "the mount has nothing at that path").await
        }
        Some(Way::Page(page)) => browser::page(exchange, payload, found.mount, place, *page).await,
        Some(Way::Endpoint(route)) => endpoint(exchange, payload, found, place, route).await,
    }
}

async fn endpoint(
    exchange: &Exchange<'_>,
    payload: &mut Payload,
    found: &Found<'_>,
    place: Place<'_>,
    route: &Route,
) -> WireResponse {
    exchange.leads_to(found.mount, route.endpoint);
    let (mount, dialect) = (&**found.mount, found.mount.dialect());
    let context = exchange.context(mount, route.endpoint, found.path);
    let cors = Cors::of(exchange.request, mount, dialect.policy(), route.endpoint);
    let preflight = cors.as_ref().and_then(|cors| cors.preflight(route.methods));
    let outcome = match (body::read(exchange.request, payload, exchange.app.limits).await, preflight) {
        (Ok(_), Some(preflight)) => preflight,
        (Ok(body), None) => {
            let headers = wire::headers(exchange.request);
            let wire = wire::wire_request(exchange.request, found.path, &headers, &body);
            exchange.keep(&*dialect, &wire);
            if route.endpoint == Endpoint::Authorize {
                return Box::pin(browser::authorize(exchange, mount, &*dialect, place, &wire, &context)).await;
            }
            let asked = Asked { exchange, mount, dialect: &*dialect, route, place, wire: &wire, context: &context };
            guard(asked.reply()).await.inspect_err(|_| exchange.looks_like(&wire))
        }
        (Err(error), _) => Err(error),
    };
    let response = outcome.unwrap_or_else(|error| exchange.refused(&*dialect, &context, error));
    match cors {
        Some(cors) => cors.open(exchange, response),
        None => response,
    }
}

/// A request whose body has been read.
struct Asked<'a> {
    exchange: &'a Exchange<'a>,
    mount: &'a Mount,
    dialect: &'a dyn Dialect,
    route: &'a Route,
    place: Place<'a>,
    wire: &'a WireRequest<'a>,
    context: &'a Context<'a>,
}

impl Asked<'_> {
    async fn reply(&self) -> Result<WireResponse, Refusal> {
        let (exchange, dialect) = (self.exchange, self.dialect);
        let call = dialect.parse(self.route.endpoint, self.wire)?;
        exchange.asks(&call);
        let at = exchange.at(self.mount, dialect);
        match &call {
            // Of a bearer token the client is not known yet.
            Call::UserInfo(_) => {}
            Call::Token(request) => exchange.force_for(at.speaks_for(request)).await?,
            _ => exchange.force().await?,
        }
        let bend = exchange.bend();
        let at = at.bent(bend.as_deref());
        let reply = match call {
            Call::Token(request) => {
                let reply = at.token(&request).await?;
                self.mount.meter.granted(reply.grant_type);
                Reply::Token(reply)
            }
            Call::UserInfo(bearer) => {
                let identity = Box::pin(identify(exchange, at, &bearer)).await?;
                at.decide(Phase::Entitlement, dialect.check_userinfo(&identity))?;
                Reply::UserInfo(identity)
            }
            Call::Introspect(request) => Reply::Introspection(Box::pin(at.introspect(request)).await?),
            Call::Revoke(request) => Box::pin(at.revoke(&request)).await.map(|()| Reply::Revoked)?,
            Call::DeviceAuthorization(request) => {
                Reply::DeviceAuthorization(Box::pin(at.authorize_device(&request)).await?)
            }
            Call::Discovery => Reply::Discovery,
            Call::Jwks => Reply::Jwks(at.jwks().await?),
            Call::EndSession(request) => {
                let visit = Visit::new(exchange, self.mount, dialect, self.place, self.wire)?;
                return Box::pin(sign_in::end_session(&visit, &request, self.context)).await;
            }
            Call::Authorize(_) => return Err(Refusal::internal("an authorization request at another endpoint")),
        };
        Ok(dialect.encode(&reply, self.context))
    }
}

/// Who a bearer token speaks for. A scenario acts whether the token holds or not; one of a client's needs one that does.
pub(super) async fn identify(exchange: &Exchange<'_>, at: At<'_>, bearer: &Bearer) -> Result<Identity, Refusal> {
    let identified = at.bearer(bearer).await;
    exchange.force().await?;
    identified
}

/// Turns a panic into an internal error: the client gets its dialect's answer and keeps its connection.
pub(super) fn guard<T>(work: impl Future<Output = Result<T, Refusal>>) -> impl Future<Output = Result<T, Refusal>> {
    // No `async fn`, which would keep `work` twice: where it came in, and where it runs.
    let guarded = AssertUnwindSafe(work).catch_unwind();
    guarded.map(|outcome| outcome.unwrap_or_else(|_| Err(Refusal::internal("a panic; see the log"))))
}
