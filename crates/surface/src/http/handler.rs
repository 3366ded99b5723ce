//! The one handler of the public listener, and the guard around it.

use super::answered::Answered;
use super::{exchange, gateway_surface, vendor};
use crate::app::App;
use crate::live::Live;
use crate::meter::{InFlight, Meter, Outcome, Target};
use crate::telemetry::trace;
use actix_web::http::ConnectionType;
use actix_web::http::header::HOST;
use actix_web::{HttpRequest, HttpResponse, web};
use dialect::WireResponse;
use listener::Refused;
use std::time::Instant;
use tracing::{Instrument, Span};

/// Answers any request to the public listener.
pub async fn handle(request: HttpRequest, mut payload: web::Payload, live: web::Data<Live>) -> HttpResponse {
    let (started, _in_flight) = (Instant::now(), InFlight::begin());
    let app = live.app();
    let host = match Refused::of(&request).map_or_else(|| host(&request), Err) {
        Ok(host) => host,
        Err(refused) => {
            let outcome = Outcome::of_status(refused.status().as_u16());
            app.nowhere_meter.count(Target::NONE, outcome, started.elapsed());
            return app.refuse(refused);
        }
    };
    let span = trace::begin(&request);
    let answer = answer(&app, &request, &mut payload, host).instrument(span.clone().unwrap_or_else(Span::none));
    let Answered { response, meter, target, outcome } = answer.await;
    if let Some(span) = span {
        trace::end(&span, request.method().as_str(), meter, (target, outcome), response.status);
    }
    meter.count(target, outcome, started.elapsed());
    let mut response = exchange::http_response(response);
    if app.is_closing() {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    response
}

async fn answer<'a>(
    app: &'a App,
    request: &'a HttpRequest,
    payload: &mut web::Payload,
    host: Option<&'a str>,
) -> Answered<'a> {
    let path = request.path();
    if let Some(rest) = path.strip_prefix("/_gateway/") {
        return Box::pin(gateway_surface::answer(app, request, payload, rest)).await;
    }
    match app.mounts.find(app.proxies.host(request).or(host), path) {
        Some(found) => vendor::answer(app, request, payload, &found).await,
        None => not_found(app, payload, &app.nowhere_meter).await,
    }
}

/// 404 with an empty body: nothing is mounted there.
pub(super) async fn not_found<'a>(app: &App, payload: &mut web::Payload, meter: &'a Meter) -> Answered<'a> {
    // The body is read so that the connection can be kept; what it says does not matter.
    let _ = super::body::read(payload, app.limits).await;
    Answered::by_status(meter, Target::NONE, WireResponse::empty(404))
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
