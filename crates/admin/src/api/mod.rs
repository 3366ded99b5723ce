//! The admin API, on a listener of its own: mounts, clients, users and their tokens, codes, keys, the clock, scenarios.

mod assets;
mod audit;
mod body;
mod changes;
mod clients;
mod clock;
mod codes;

mod description;
mod devices;
mod expire;
mod follow;
mod gateway;
mod gathered;
mod guard;
mod journal;
mod keys;
mod listed;
mod local;
mod metrics;
mod mounts;
mod namespaces;
mod packs;
mod page;
mod pats;
mod preview;
mod problem;
mod rates;
mod reply;
mod reset;
mod routes;
mod scenarios;
mod sets;
mod state;
mod store;
mod tokens;
mod trial;
mod users;
mod verify;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use admin_api::operations::{GET_STATE, PUT_STATE, TRY_REQUEST};
use admin_api::{About, Right};
use audit::{Audited, Changes};
use body::Body;
use configuration::host::is_loopback;
use configuration::settings;
use dialect::Form;
use follow::Accepts;
use gathered::Lagging;
use guard::{Caller, Guard};
use listener::{Options, Refused};
use problem::Problem;
use reply::Answer;
use routes::{Params, Route};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use surface::app::App;
use surface::live::Live;
use surface::world::World;
use tracing::field::display;

pub use local::Local;

/// How many connections there may be: the gateway keeps as many file descriptors from the public listener.
const MAX_CONNECTIONS: usize = 96;
/// How long calls in flight may take at shutdown.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// The admin API over `app`, on `socket`; it serves while the returned future is polled, and leaves signals alone.
///
/// An error where the listener is not on loopback and there is no token.
pub fn server(live: web::Data<Live>, socket: TcpListener) -> anyhow::Result<Server> {
    let address = socket.local_addr()?;
    anyhow::ensure!(
        !live.app().admin_tokens.is_empty() || is_loopback(address.ip()),
        "the admin API does not listen on {address} without a token: set admin.token_file"
    );
    gateway::begin();
    let state = web::Data::new(State { live });
    let app = move || actix_web::App::new().app_data(state.clone()).default_service(web::to(handle));
    let options = Options::small(MAX_CONNECTIONS, SHUTDOWN);
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
    live: web::Data<Live>,
    app: Arc<App>,
    caller: Caller,
    /// What it is about: a namespace, or what is outside any.
    world: Arc<World>,
    /// The same, and all others where it asks for all.
    worlds: Vec<Arc<World>>,
    params: Params,
    query: Form<'static>,
    body: Body,
    accepts: Accepts,
    changes: Changes,
    lagging: Lagging,
}

impl Call {
    /// A parameter of the query as it is written; an empty one is there too.
    fn parameter(&self, name: &str) -> Option<&str> {
        let is_there = self.query.names().any(|there| there == name);
        is_there.then(|| self.query.get(name).unwrap_or_default())
    }

    fn app(&self) -> &App {
        &self.app
    }
}

async fn handle(request: HttpRequest, mut payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let app = state.live.app();
    if let Some(refused) = Refused::of(&request) {
        return app.refuse(&request, refused);
    }
    let guard = Guard { tokens: &app.admin_tokens, url: app.settings.text(settings::ADMIN_URL) };
    if let Some(asset) = assets::find(&request) {
        return match guard.check_page(&request) {
            Ok(()) => assets::respond(&request, asset),
            Err(refusal) => reply::respond(Err(refusal)),
        };
    }
    let admitted = guard.check(&request);
    // The body is read whatever the answer: an unread one would cost the caller the connection.
    let limit = match &admitted {
        Ok(_) => routes::body_limit(request.method().as_str(), request.uri().path()),
        Err(_) => body::SMALL,
    };
    let body = Body::read(&request, &mut payload, limit).await;
    let outcome = match (admitted, body) {
        (Ok(caller), Ok(body)) => {
            let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
            let accepts = Accepts::of(&request);
            answer(caller, request.method().as_str(), path, query, body, accepts, state).await
        }
        (Ok(_), Err(refusal)) => Err(refusal),
        (Err(refusal), _) => {
            let source = request.peer_addr().map(|peer| peer.ip());
            if app.refusal_log.admits(None, source) {
                let (status, reason, address) = (refusal.status.as_u16(), &*refusal.detail, source.map(display));
                tracing::info!(status, reason, address, "admin call refused");
            }
            Err(refusal)
        }
    };
    reply::respond(outcome)
}

/// What a call comes to, and the replicas that have not put it in force in time.
async fn answer(
    caller: Caller,
    method: &str,
    path: &str,
    query: &str,
    body: Body,
    accepts: Accepts,
    state: web::Data<State>,
) -> Result<(Answer, Vec<String>), Problem> {
    let (route, params) = routes::find(method, path)?;
    let (query, path) = (query.to_owned(), path.to_owned());
    // A task of its own: a caller who hangs up does not stop a change half way, and a panic ends the task alone.
    let done = actix_web::rt::spawn(async move {
        let (changes, parts) = (Changes::default(), Lagging::default());
        let about = &route.about;
        // How long a packed answer is tells of what is in it: none that may hold a secret is packed.
        let is_packed = accepts.is_gzip && about.right == Right::Read;
        let (path, asked) = (&*path, &*query);
        let mut audited =
            Audited { caller: &caller, about, path, query: asked, changes: changes.clone(), outcome: None };
        // What changes nothing, and may wait long, keeps no change waiting.
        let changes_something = about.method != "GET" && about.is_audited() && about.name != TRY_REQUEST.about.name;
        let change = if changes_something { Some(state.live.change().await) } else { None };
        let app = state.live.app();
        let run = async {
            caller.check(about)?;
            check_tests(&app, about)?;
            let query = parameters(route, &query)?;
            body.check_wanted(about)?;
            let worlds = namespaces::asked(&app, about, &query)?;
            let world = Arc::clone(worlds.first().unwrap_or(&app.world));
            let live = state.live.clone();
            let (app, caller, lagging) = (Arc::clone(&app), caller.clone(), parts.clone());
            (route.run)(Call { live, app, caller, world, worlds, params, query, body, accepts, changes, lagging }).await
        };
        let outcome = run.await;
        audited.end(&outcome);
        let is_change = change.is_some();
        drop(change);
        let mut lagging = if is_change && outcome.is_ok() { settle(&app).await } else { Vec::new() };
        lagging.extend(parts.take());
        lagging.dedup();
        outcome.map(|answer| (if is_packed { answer.packed() } else { answer }, lagging))
    });
    done.await.unwrap_or_else(|_| Err(Problem::internal("the call broke off with a panic")))
}

/// Refuses what is for tests where that is not in force.
fn check_tests(app: &App, about: &About) -> Result<(), Problem> {
    let is_for_tests = about.right == Right::Test || [GET_STATE.about.name, PUT_STATE.about.name].contains(&about.name);
    if !is_for_tests || app.world.rules.test_features {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "this call is for tests, and admin.test_features is false",
        "set admin.test_features = true where tests are run, and nowhere else",
    ))
}

/// Waits until every live replica has put in force what this one changed; those that have not in time.
async fn settle(app: &App) -> Vec<String> {
    let Some(changes) = app.world.issuer.changes() else { return Vec::new() };
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
fn parameters(route: &Route, query: &str) -> Result<Form<'static>, Problem> {
    let form = Form::read(query.as_bytes())
        .map_err(|error| Problem::bad_request(error.cause, "write each parameter once, percent-encoded"))?;
    let namespace = route.about.namespace();
    let known: Vec<_> = route.about.query.iter().chain(&namespace).map(|parameter| parameter.name).collect();
    let unknown = form.names().find(|name| !known.contains(name)).map(str::to_owned);
    match unknown.as_deref() {
        None => Ok(form.into_owned()),
        Some(name) => {
            let remedy = match known[..] {
                [] => "this call takes no query; leave it out".to_owned(),
                _ => format!("this call takes {}", known.join(" and ")),
            };
            Err(Problem::bad_request(format!("query parameter `{}` is not known", name.escape_debug()), remedy))
        }
    }
}
