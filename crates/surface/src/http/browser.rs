//! What a user's browser asks for: the authorization endpoint and the pages.
//!
//! What answers it is boxed: a token request would have to make room for it, and copies what it makes room for.

use super::{body, vendor};
use crate::exchange::Exchange;
use crate::forced::is_gone;
use crate::meter::Outcome;
use crate::mounts::Mount;
use crate::page::Page;
use crate::sign_in::{self, Place, Visit};
use crate::wire;
use actix_web::web::Payload;
use dialect::{Context, Dialect, WireRequest, WireResponse};
use std::sync::Arc;

/// Answers a request to a page.
pub(super) async fn page(
    exchange: &Exchange<'_>,
    payload: &mut Payload,
    mount: &Arc<Mount>,
    place: Place<'_>,
    page: Page,
) -> WireResponse {
    exchange.leads_to(mount, page);
    let body = match body::read(exchange.request, payload, exchange.app.limits).await {
        Ok(body) => body,
        Err(error) => return exchange.unreadable(error),
    };
    let dialect = mount.dialect();
    let headers = wire::headers(exchange.request);
    let wire = wire::wire_request(exchange.request, exchange.request.path(), &headers, &body);
    exchange.keep(&*dialect, &wire);
    let answer = async {
        exchange.force().await?;
        let visit = Visit::new(exchange, mount, &*dialect, place, &wire)?;
        Ok(Box::pin(sign_in::page(&visit, page)).await)
    };
    // Whoever is gone keeps nobody waiting: what it asked for is dropped where it stands.
    let answer = tokio::select! {
        answer = vendor::guard(answer) => answer,
        () = is_gone(exchange.request) => {
            exchange.fail(Outcome::of_status(408), "the client has gone");
            return WireResponse::empty(408);
        }
    };
    answer.unwrap_or_else(|error| exchange.own_refusal(error, "the page cannot be shown"))
}

/// Answers a request to the authorization endpoint.
pub(super) async fn authorize(
    exchange: &Exchange<'_>,
    mount: &Mount,
    dialect: &dyn Dialect,
    place: Place<'_>,
    wire: &WireRequest<'_>,
    context: &Context<'_>,
) -> WireResponse {
    let work = async {
        let visit = Visit::new(exchange, mount, dialect, place, wire)?;
        Ok(Box::pin(sign_in::authorize(&visit, context)).await)
    };
    vendor::guard(work).await.unwrap_or_else(|error| exchange.refused(dialect, context, error))
}
