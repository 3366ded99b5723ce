//! The one handler of the public listener, and the guard around it.

use super::{body, gateway_surface, vendor};
use crate::app::App;
use crate::exchange::Exchange;
use crate::live::Live;
use crate::meter::Outcome;
use crate::path::decoded;
use crate::ways::Reached;
use actix_web::http::header::HOST;
use actix_web::http::{ConnectionType, Version};
use actix_web::{HttpRequest, HttpResponse, web};
use configuration::host::host_name;
use dialect::WireResponse;
use listener::Refused;
use std::sync::Arc;
use tracing::Instrument;

/// Answers any request to the public listener.
pub async fn handle(request: HttpRequest, mut payload: web::Payload, live: web::Data<Live>) -> HttpResponse {
    let app = live.app();
    let path = app.public.unwrapped(decoded(request.path()));
    let reached = Refused::of(&request).map_or_else(|| host(&app, &request), Err);
    let reached = match reached {
        Ok(host) => Ok(match app.reach(&request, host, &path) {
            Err(lost) if app.hears_of(&lost).await => app.reach(&request, host, &path),
            reached => reached,
        }),
        Err(refused) => Err(refused),
    };
    let world = reached.as_ref().ok().and_then(|reached| reached.as_ref().ok()).map(|reached| &reached.world);
    let exchange = Exchange::begin(&app, Arc::clone(world.unwrap_or(&app.world)), &request);
    let (response, is_last) = match reached {
        Ok(Ok(reached)) => {
            (answer(&exchange, &mut payload, &reached).instrument(exchange.span()).await, app.is_closing())
        }
        Ok(Err(lost)) => {
            body::pass_over(&request, &mut payload).await;
            exchange.fail(Outcome::of_status(lost.status()), lost.cause());
            (WireResponse::empty(lost.status()), app.is_closing())
        }
        Err(refused) => {
            let status = refused.status().as_u16();
            // Whatever its status, it is the client's fault.
            exchange.fail(Outcome::of_status(status.min(499)), refused.cause());
            (WireResponse::empty(status), true)
        }
    };
    let mut response = exchange.finish(response);
    if is_last {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    response
}

async fn answer(exchange: &Exchange<'_>, payload: &mut web::Payload, reached: &Reached<'_>) -> WireResponse {
    let Reached { host, root, path, .. } = reached;
    if let Some(rest) = path.strip_prefix("/_gateway/") {
        return Box::pin(gateway_surface::answer(exchange, payload, root, rest)).await;
    }
    match exchange.world.mounts.find(*host, path) {
        Some(found) => vendor::answer(exchange, payload, root, &found).await,
        None => not_found(exchange, payload, "no mount is named by the path or the Host").await,
    }
}

/// 404 with an empty body: there is nothing.
pub(super) async fn not_found(
    exchange: &Exchange<'_>,
    payload: &mut web::Payload,
    cause: &'static str,
) -> WireResponse {
    body::pass_over(exchange.request, payload).await;
    exchange.fail(Outcome::NOT_FOUND, cause);
    WireResponse::empty(404)
}

/// The name of the host that a request is for: the one that a trusted proxy was asked for, else that of an absolute
/// target, else the one Host. Without one in HTTP/1.1, with two, or with what is no name, it is a bad request (RFC 9112
/// section 3.2).
fn host<'a>(app: &App, request: &'a HttpRequest) -> Result<Option<&'a str>, Refused> {
    let mut fields = request.headers().get_all(HOST);
    let own = match (fields.next().map(|field| field.to_str()), fields.next()) {
        (Some(Ok(own)), None) => Some(own).filter(|own| !own.is_empty()),
        (None, None) if request.version() != Version::HTTP_11 => None,
        _ => return Err(Refused::Malformed),
    };
    let target = request.uri().authority().map(actix_web::http::uri::Authority::as_str);
    let name = |field: Option<&'a str>| field.map(|field| host_name(field).ok_or(Refused::Malformed)).transpose();
    let (own, target, forwarded) = (name(own)?, name(target)?, name(app.proxies.host(request))?);
    Ok(forwarded.or(target).or(own))
}
