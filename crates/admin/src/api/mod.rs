//! The admin API, on a listener of its own: mounts, clients, users and their tokens, codes, keys, the clock, scenarios.

mod body;
mod clients;
mod clock;
mod codes;
mod description;
mod guard;
mod journal;
mod keys;
mod local;
mod metrics;
mod mounts;
mod page;
mod pats;
mod problem;
mod reply;
mod reset;
mod routes;
mod scenarios;
mod users;

use actix_web::dev::Server;
use actix_web::{HttpRequest, HttpResponse, web};
use body::Body;
use configuration::host::is_loopback;
use dialect::Form;
use guard::Guard;
use listener::{Options, Refused};
use problem::Problem;
use reply::Answer;
use routes::{Params, Route};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use surface::app::App;
use surface::live::Live;

pub use local::Local;

/// How long a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long calls in flight may take at shutdown.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// The admin API over `app`, on `socket`; it serves while the returned future is polled, and leaves signals alone.
///
/// An error where the listener is not on loopback and there is no token.
pub fn server(live: web::Data<Live>, socket: TcpListener) -> anyhow::Result<Server> {
    let address = socket.local_addr()?;
    anyhow::ensure!(
        live.app().admin_token.is_some() || is_loopback(address.ip()),
        "the admin API does not listen on {address} without a token: set admin.token_file"
    );
    let state = web::Data::new(State { live });
    let app = move || actix_web::App::new().app_data(state.clone()).default_service(web::to(handle));
    let options =
        Options { workers: 1, head_timeout: HEAD_TIMEOUT, keep_alive: KEEP_ALIVE, shutdown_timeout: SHUTDOWN };
    Ok(listener::serve(socket, options, None, |_| {}, app)?)
}

/// What the calls share.
struct State {
    live: web::Data<Live>,
}

impl State {
    fn new(app: App) -> web::Data<Self> {
        web::Data::new(Self { live: web::Data::new(Live::new(app)) })
    }
}

/// A call that found its route.
struct Call {
    app: Arc<App>,
    params: Params,
    query: Form,
    body: Body,
}

impl Call {
    fn app(&self) -> &App {
        &self.app
    }
}

async fn handle(request: HttpRequest, mut payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let app = state.live.app();
    if let Some(refused) = Refused::of(&request) {
        return app.refuse(refused);
    }
    let admitted = Guard::new(app.admin_token.as_ref()).check(&request);
    // The body is read whatever the answer: an unread one would cost the caller the connection.
    let body = Body::read(&request, &mut payload).await;
    let outcome = match admitted {
        Ok(()) => match body {
            Ok(body) => {
                let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
                answer(request.method().as_str(), path, query, body, state).await
            }
            Err(refusal) => Err(refusal),
        },
        Err(refusal) => {
            if app.refusal_log.admits() {
                tracing::info!(status = refusal.status.as_u16(), reason = &*refusal.detail, "admin call refused");
            }
            Err(refusal)
        }
    };
    reply::respond(outcome)
}

/// What a call comes to, and the replicas that have not put it in force in time.
async fn answer(
    method: &str,
    path: &str,
    query: &str,
    body: Body,
    state: web::Data<State>,
) -> Result<(Answer, Vec<String>), Problem> {
    let (route, params) = routes::find(method, path)?;
    let query = parameters(route, query)?;
    body.check_wanted(&route.about)?;
    // A task of its own: a caller who hangs up does not stop a change half way, and a panic ends the task alone.
    let done = actix_web::rt::spawn(async move {
        let change = if route.about.method == "GET" { None } else { Some(state.live.change().await) };
        let app = state.live.app();
        let answer = (route.run)(Call { app: Arc::clone(&app), params, query, body }).await?;
        let is_change = change.is_some();
        drop(change);
        let lagging = if is_change { settle(&app).await } else { Vec::new() };
        Ok((answer, lagging))
    });
    done.await.unwrap_or_else(|_| Err(Problem::internal("the call broke off with a panic")))
}

/// Waits until every live replica has put in force what this one changed; those that have not in time.
async fn settle(app: &App) -> Vec<String> {
    let Some(changes) = app.issuer.changes() else { return Vec::new() };
    let lagging = changes.settle().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "it is not known whether all replicas have put a change in force");
        vec!["unknown".to_owned()]
    });
    if !lagging.is_empty() {
        tracing::warn!(lagging = lagging.join(", "), "replicas have not put a change in force in time");
    }
    lagging
}

/// The parameters of a query, all of which the call must know.
fn parameters(route: &Route, query: &str) -> Result<Form, Problem> {
    let form = Form::read(query.as_bytes())
        .map_err(|error| Problem::bad_request(error.cause, "write each parameter once, percent-encoded"))?;
    let known: Vec<_> = route.about.query.iter().map(|parameter| parameter.name).collect();
    let unknown = form.names().find(|name| !known.contains(name)).map(str::to_owned);
    match unknown.as_deref() {
        None => Ok(form),
        Some("namespace") => Err(Problem::bad_request(
            "namespaces are not available in this version",
            "leave `namespace` out; start a second gateway for an isolated set of clients and clock",
        )),
        Some(name) => {
            let remedy = match known[..] {
                [] => "this call takes no query; leave it out".to_owned(),
                _ => format!("this call takes {}", known.join(" and ")),
            };
            Err(Problem::bad_request(format!("query parameter `{}` is not known", name.escape_debug()), remedy))
        }
    }
}
