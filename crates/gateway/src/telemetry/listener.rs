//! A listener for metrics and health alone, which asks for no token: whoever reaches it may read how much is asked of the
//! gateway, by mount, and whether it is well, and nothing else. Clients who hold all connections of the public listener
//! do not take this one.

use actix_web::dev::Server;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use listener::{Options, Refused};
use std::net::TcpListener;
use std::time::Duration;
use surface::health::Question;
use surface::live::Live;
use surface::telemetry::metrics;

/// What is told where there is nothing.
const NOTHING: &str = "GET /metrics and /_gateway/health/live, serving and ready are all there is\n";
/// How many connections there may be: as many file descriptors are kept from the public listener.
const MAX_CONNECTIONS: usize = 32;
/// How long a scrape under way may take at shutdown.
const SHUTDOWN: Duration = Duration::from_secs(1);

/// Serves `GET /metrics` and `GET /_gateway/health/…` on `socket`, while the returned future is polled.
pub(crate) fn server(live: web::Data<Live>, socket: TcpListener) -> anyhow::Result<Server> {
    let app = move || actix_web::App::new().app_data(live.clone()).default_service(web::to(answer));
    let options = Options::small(MAX_CONNECTIONS, SHUTDOWN);
    Ok(listener::serve(socket, options, None, |_| {}, app)?)
}

async fn answer(request: HttpRequest, live: web::Data<Live>) -> HttpResponse {
    if let Some(refused) = Refused::of(&request) {
        return live.app().refuse(&request, refused);
    }
    let question = request.path().strip_prefix("/_gateway/health/").and_then(Question::parse);
    if question.is_none() && request.path() != "/metrics" {
        return HttpResponse::NotFound().content_type("text/plain").body(NOTHING);
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD")).finish();
    }
    let (status, media_type, body) = match question {
        Some(question) => {
            let (status, body) = live.app().health(question).await;
            (status, "application/json", body.to_string())
        }
        None => (200, metrics::MEDIA_TYPE, metrics::render(&live.app())),
    };
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or_default())
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(body)
}
