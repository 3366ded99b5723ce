//! What a user's browser asks for: the authorization endpoint and the pages.
//!
//! What answers it is boxed: a token request would have to make room for it, and copies what it makes room for.

use super::answered::{Answered, outcome};
use super::{body, exchange, vendor};
use crate::app::App;
use crate::meter::Target;
use crate::mounts::Mount;
use crate::problem;
use crate::record::Record;
use crate::sign_in::{self, Authorized, Page, Place, Visit};
use actix_web::HttpRequest;
use actix_web::web::Payload;
use dialect::{Context, Dialect, WireRequest};
use grant::Endpoint;

/// Answers a request to a page.
pub(super) async fn page<'a>(
    app: &App,
    request: &HttpRequest,
    payload: &mut Payload,
    mount: &'a Mount,
    place: Place<'_>,
    page: Page,
) -> Answered<'a> {
    let target = Target::named(page.as_str());
    let body = match body::read(payload, app.limits).await {
        Ok(body) => body,
        Err(error) => return Answered::by_status(&mount.meter, target, problem::of_body(&error)),
    };
    let dialect = mount.dialect();
    let headers = exchange::headers(request);
    let wire = exchange::wire_request(request, request.path(), &headers, &body);
    let answer = async {
        let visit = Visit::new(app, mount, &*dialect, place, &wire, app.proxies.source(request))?;
        Ok(Box::pin(sign_in::page(&visit, page)).await)
    };
    let response = vendor::guard(answer).await.unwrap_or_else(|error| {
        tracing::error!(mount = mount.name(), page = page.as_str(), cause = &*error.cause, "failed");
        problem::of_request(500, "the page cannot be shown")
    });
    Answered::by_status(&mount.meter, target, response)
}

/// Answers a request to the authorization endpoint.
pub(super) async fn authorize<'a>(
    app: &App,
    mount: &'a Mount,
    dialect: &dyn Dialect,
    place: Place<'_>,
    wire: &WireRequest<'_>,
    request: &HttpRequest,
    context: &Context<'_>,
) -> Answered<'a> {
    let work = async {
        let visit = Visit::new(app, mount, dialect, place, wire, app.proxies.source(request))?;
        Ok(Box::pin(sign_in::authorize(&visit, context)).await)
    };
    let authorized = vendor::guard(work).await.unwrap_or_else(|error| Authorized {
        response: dialect.encode_error(error.public(), context),
        client: None,
        refusal: Some(error),
        reference: None,
        forced: false,
    });
    let outcome = outcome(authorized.refusal.as_ref(), authorized.forced);
    let record = Record {
        mount: mount.name(),
        endpoint: Endpoint::Authorize.as_str(),
        client: authorized.client,
        status: authorized.response.status,
        error: authorized.refusal,
        reference: authorized.reference,
        forced: authorized.forced,
        ..Record::default()
    };
    record.keep(app);
    Answered { response: authorized.response, meter: &mount.meter, target: Endpoint::Authorize.into(), outcome }
}
