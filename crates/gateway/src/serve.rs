//! From a configuration to a running gateway, and to its end.

use crate::door::Door;
use crate::following::Following;
use crate::listeners::Listeners;
use crate::parent::Parent;
use crate::reload::{Origin, Reloader};
use crate::stop::{Connections, Stop};
use crate::telemetry::LogLevel;
use crate::tls::{self, Keeper};
use crate::{announce, descriptors, notify, telemetry};
use actix_web::dev::{Extensions, Server};
use actix_web::web;
use admin::kept::Kept;
use admin::{namespaces, overrides, told, void};
use announce::{Announce, Prepared};
use anyhow::Context;
use configuration::settings::{self, Settings};
use configuration::{Config, Fixed, StoreConfig};
use issuer::Issuer;
use issuer::state::{Changes, Store, StoreError};
use listener::{Crowded, Options};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use store::{Embedded, Redis};
use surface::app::App;
use surface::http;
use surface::live::Live;
use surface::telemetry::metrics;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

/// How long an idle connection is kept: longer than the usual idle time of a load balancer (60 s), so that it is the
/// balancer that closes.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How often namespaces that have ended are looked for.
const SWEEP: Duration = Duration::from_millis(500);
/// How long the start looks for what the store keeps from before.
const LOOK: Duration = Duration::from_secs(1);

/// Serves until told to stop (SIGTERM, SIGINT, the end of `parent`), then finishes what is under way.
pub(crate) fn serve(config: Config, origin: Origin, announce: Announce, parent: Option<Parent>) -> anyhow::Result<()> {
    announce.clear()?;
    // Before the store and the mounts take the meters that they count with.
    metrics::install(telemetry::log_lines_dropped, crate::COMMIT)?;
    let telemetry = telemetry::start(&config.telemetry, &config.store.replica())?;
    actix_web::rt::System::new().block_on(run(config, origin, announce, parent, telemetry.level.clone()))
}

/// The same for a command that asks this process alone: without logs and metrics, until the process ends.
pub(crate) fn serve_quietly(config: Config, origin: Origin, announce: Announce) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(run(config, origin, announce, None, LogLevel::of_nothing()))
}

async fn run(
    mut config: Config,
    origin: Origin,
    announce: Announce,
    parent: Option<Parent>,
    level: LogLevel,
) -> anyhow::Result<()> {
    // Before anything says that the gateway is there: until then the signals end it.
    let (mut stop, hangup) = (Stop::new(parent)?, signal(SignalKind::hangup())?);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let store = open_known(&config.store).await?;
    let Listeners { public, admin, metrics, at } = Listeners::open(&config)?;
    let door = Door::of(&public)?;
    let fixed = Fixed::new(&config, at.public, at.admin);
    config.bind(at.public);
    let keeper = tls::Source::of(&config).map(Keeper::new).transpose()?.map(Arc::new);
    let kept = look(&*store, config.admin.test_features).await;
    if let Some(line) = &kept {
        tracing::warn!("{line}");
    }
    let announcement = announce.prepare(&config, at, kept.as_deref());
    let settings = config.settings.clone();
    let (live, changes) = take_up(App::new(config, Issuer::new(store))).await?;
    let mut following = changes.map(|changes| Following::start(&live, changes));

    let connections = Connections::new(descriptors::max_connections(&settings));
    let public = public_server(live.clone(), &settings, public, keeper.clone(), connections.clone())?;
    let admin = admin::server(live.clone(), admin)?;
    let servers = [public.handle(), admin.handle()];
    attend(&live, metrics)?;
    actix_web::rt::spawn(sweep(live.clone()));
    match &mut following {
        // What the store keeps is in force before the first request.
        Some(following) => following.sync().await,
        None => prepare_keys(&live),
    }
    let is_tls = keeper.is_some();
    let reloader = Reloader::new(live.clone(), origin, fixed, keeper, level, settings.value(settings::WATCH_CONFIG));
    let reloading = actix_web::rt::spawn(reloader.run(hangup));
    say(&live, at, is_tls);
    let _ready_file = say_ready(announcement)?;

    let stopping = async {
        stop.wait(&live, &connections).await;
        door.shut().await;
        reloading.abort();
        if let Some(following) = following {
            following.end().await;
        }
        stop.finish(servers).await;
    };
    tokio::select! {
        ended = async { tokio::try_join!(public, admin) } => drop(ended?),
        () = stopping => {}
    }
    tell_last(&live).await;
    Ok(())
}

/// Has other replicas told of the last requests, where the journal is shared.
async fn tell_last(live: &Live) {
    if let Some(peers) = &live.app().peers {
        peers.flush().await;
    }
}

/// Has what the store keeps in force, or gives the changes by which it will be: those of replicas.
async fn take_up(app: App) -> anyhow::Result<(web::Data<Live>, Option<Arc<dyn Changes>>)> {
    let changes = app.world.issuer.changes();
    if changes.is_none() {
        let kept = overrides::load(&app.world).await.context("reading run-time changes from the store")?;
        void::collect_alone(&app.world, kept).await;
    }
    Ok((web::Data::new(Live::new(app)), changes))
}

/// Says where it listens, and what is there for tests.
fn say(live: &Live, at: announce::Addresses, is_tls: bool) {
    told::tests(&live.app().world, at.public.ip());
    tracing::info!(public = %at.public, admin = %at.admin, tls = is_tls, "listening");
}

/// Tells whoever started the gateway that it listens.
fn say_ready(announcement: Prepared) -> anyhow::Result<Option<announce::ReadyFile>> {
    let file = announcement.say()?;
    notify::tell(notify::READY);
    Ok(file)
}

/// A line on what the store keeps from before; `None` where that is nothing. One that does not answer is told of later.
async fn look(store: &dyn Store, test_features: bool) -> Option<String> {
    let kept = timeout(LOOK, Kept::of(store)).await.ok()?.ok()?;
    kept.line(test_features)
}

/// Serves metrics and keeps gauges, to the end: a last scrape sees what was done while the gateway stopped.
fn attend(live: &web::Data<Live>, metrics_listener: Option<TcpListener>) -> anyhow::Result<()> {
    if let Some(listener) = metrics_listener {
        actix_web::rt::spawn(telemetry::metrics_server(live.clone(), listener)?);
    }
    let live = live.clone();
    actix_web::rt::spawn(async move { metrics::tend(&live).await });
    Ok(())
}

/// Makes the keys that are missing, in the background, so that what is there already is served at once.
fn prepare_keys(live: &Live) {
    let app = live.app();
    actix_web::rt::spawn(async move { app.world.prepare_keys().await });
}

/// Forgets namespaces that have ended; never ends.
async fn sweep(live: web::Data<Live>) {
    loop {
        sleep(SWEEP).await;
        if let Err(error) = namespaces::sweep(&live.app()).await {
            tracing::debug!(%error, "namespaces that have ended are forgotten later");
        }
    }
}

/// The public listener's server, which runs while it is polled.
fn public_server(
    live: web::Data<Live>,
    settings: &Settings,
    socket: TcpListener,
    keeper: Option<Arc<Keeper>>,
    connections: Connections,
) -> anyhow::Result<Server> {
    let app = move || actix_web::App::new().app_data(live.clone()).default_service(web::to(http::handle));
    let options = Options {
        workers: settings.value(settings::WORKERS),
        head_timeout: settings.millis(settings::HEAD_TIMEOUT_MS),
        keep_alive: KEEP_ALIVE,
        shutdown_timeout: settings.millis(settings::SHUTDOWN_TIMEOUT_MS),
        max_connections: connections.most() + descriptors::SPARE,
    };
    let tls = keeper.map(tls::server_config).transpose()?;
    let on_connect = move |of_connection: &mut Extensions| {
        let (counted, is_too_many) = connections.count();
        of_connection.insert(counted);
        if is_too_many {
            of_connection.insert(Crowded);
        }
    };
    Ok(listener::serve(socket, options, tls, on_connect, app)?)
}

/// Opens the store, unless a newer version has written there. One that does not answer is none the worse.
async fn open_known(config: &StoreConfig) -> anyhow::Result<Arc<dyn Store>> {
    let store = open_store(config)?;
    match store.probe().await {
        Err(error @ StoreError::Newer { .. }) => Err(error.into()),
        _ => Ok(store),
    }
}

/// Opens the store: a file that one process at a time can have open, or the Redis that replicas share.
pub(crate) fn open_store(config: &StoreConfig) -> anyhow::Result<Arc<dyn Store>> {
    Ok(match config {
        StoreConfig::Memory => Arc::new(Embedded::in_memory()?),
        StoreConfig::File(path) => Arc::new(Embedded::open(path)?),
        StoreConfig::Redis(options) => Arc::new(Redis::new(options)?),
    })
}
