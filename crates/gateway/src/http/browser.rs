//! What a user's browser asks for: the authorization endpoint and the pages.

use super::{body, exchange, vendor};
use crate::app::App;
use crate::mounts::Mount;
use crate::problem;
use crate::sign_in::{self, Page, Place, Visit};
use actix_web::HttpRequest;
use actix_web::web::Payload;
use dialect::{Context, Dialect, WireRequest, WireResponse};
use grant::{Endpoint, GrantError};

/// Answers a request to a page.
pub(super) async fn page(
    app: &App,
    request: &HttpRequest,
    payload: &mut Payload,
    mount: &Mount,
    place: Place<'_>,
    page: Page,
) -> WireResponse {
    let body = match body::read(payload, app.limits).await {
        Ok(body) => body,
        Err(error) => return problem::of_request(413, &error.cause),
    };
    let dialect = mount.dialect();
    let headers = exchange::headers(request);
    let wire = exchange::wire_request(request, request.path(), &headers, &body);
    let answer = async {
        let visit = Visit::new(app, mount, &*dialect, place, &wire, exchange::peer(request))?;
        Ok(sign_in::page(&visit, page).await)
    };
    vendor::guard(answer).await.unwrap_or_else(|error| {
        tracing::error!(mount = mount.name(), page = page.as_str(), cause = &*error.cause, "failed");
        problem::of_request(500, "the page cannot be shown")
    })
}

/// Answers a request to the authorization endpoint.
pub(super) async fn authorize(
    app: &App,
    mount: &Mount,
    dialect: &dyn Dialect,
    place: Place<'_>,
    wire: &WireRequest<'_>,
    request: &HttpRequest,
    context: &Context<'_>,
) -> WireResponse {
    let work = async {
        let visit = Visit::new(app, mount, dialect, place, wire, exchange::peer(request))?;
        Ok(sign_in::authorize(&visit, context).await)
    };
    let authorized = match vendor::guard(work).await {
        Ok(authorized) => authorized,
        Err(error) => return failed(mount, dialect, &error, context),
    };
    let (client, status) = (authorized.client.as_deref(), authorized.response.status);
    let (name, endpoint) = (mount.name(), Endpoint::Authorize.as_str());
    match authorized.refusal {
        None => tracing::debug!(mount = name, endpoint, client, status, "served"),
        Some(error) => {
            let (code, cause, reference) = (error.kind.code(), &*error.cause, authorized.reference.as_deref());
            if status >= 500 && !authorized.forced {
                tracing::error!(mount = name, endpoint, client, status, error = code, cause, "failed");
            } else if app.refusal_log.admits() {
                tracing::info!(mount = name, endpoint, client, status, error = code, cause, reference, "refused");
            }
        }
    }
    authorized.response
}

fn failed(mount: &Mount, dialect: &dyn Dialect, error: &GrantError, context: &Context<'_>) -> WireResponse {
    tracing::error!(mount = mount.name(), endpoint = "authorize", cause = &*error.cause, "failed");
    dialect.encode_error(error.public(), context)
}
