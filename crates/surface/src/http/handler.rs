//! The one handler of the public listener, and the guard around it.

use super::{body, gateway_surface, vendor};
use crate::exchange::Exchange;
use crate::live::Live;
use crate::meter::Outcome;
use actix_web::http::ConnectionType;
use actix_web::http::header::HOST;
use actix_web::{HttpRequest, HttpResponse, web};
use dialect::WireResponse;
use listener::Refused;
use tracing::Instrument;

/// Answers any request to the public listener.
pub async fn handle(request: HttpRequest, mut payload: web::Payload, live: web::Data<Live>) -> HttpResponse {
    let app = live.app();
    let exchange = Exchange::begin(&app, &request);
    let (response, is_last) = match Refused::of(&request).map_or_else(|| host(&request), Err) {
        Ok(host) => (answer(&exchange, &mut payload, host).instrument(exchange.span()).await, app.is_closing()),
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

async fn answer(exchange: &Exchange<'_>, payload: &mut web::Payload, host: Option<&str>) -> WireResponse {
    let app = exchange.app;
    let host = app.proxies.host(exchange.request).or(host);
    let (root, path) = app.place(host, exchange.request.path());
    if let Some(rest) = path.strip_prefix("/_gateway/") {
        return Box::pin(gateway_surface::answer(exchange, payload, root, rest)).await;
    }
    match app.mounts.find(host, path) {
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
    // The body is read so that the connection can be kept; what it says does not matter.
    let _ = body::read(payload, exchange.app.limits).await;
    exchange.fail(Outcome::NOT_FOUND, cause);
    WireResponse::empty(404)
}

/// The request's one Host (RFC 9112 section 3.2): none in HTTP/1.1, or two, is a bad request.
fn host(request: &HttpRequest) -> Result<Option<&str>, Refused> {
    let mut hosts = request.headers().get_all(HOST);
    let first = hosts.next();
    let needed = request.version() == actix_web::http::Version::HTTP_11;
    match (first.map(|host| host.to_str()), hosts.next()) {
        (Some(Ok(host)), None) => Ok(Some(host)),
        (None, None) if !needed => Ok(None),
        _ => Err(Refused::Malformed),
    }
}
