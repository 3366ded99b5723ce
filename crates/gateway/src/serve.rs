//! From a configuration to a running gateway, and to its end.

use crate::door::Door;
use crate::output;
use crate::reload::{Origin, Reloader};
use crate::stop::{Connections, Stop};
use crate::tls::{self, Keeper};
use crate::{announce, replicas, telemetry};
use actix_web::dev::{Extensions, Server};
use actix_web::web;
use admin::kept::Kept;
use admin::overrides;
use anyhow::Context;
use configuration::settings::{self, Settings};
use configuration::{Config, Fixed, StoreConfig};
use issuer::Issuer;
use issuer::state::Store;
use listener::Options;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use store::{Embedded, Redis};
use surface::app::App;
use surface::http;
use surface::live::Live;
use surface::telemetry::metrics;
use tokio::net::TcpSocket;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;
/// How long an idle connection is kept: longer than the usual idle time of a load balancer (60 s), so that it is the
/// balancer that closes.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the start waits for a store that replicas share.
const SYNC: Duration = Duration::from_secs(2);

/// Serves until told to stop (SIGTERM, SIGINT), then finishes what is under way.
pub(crate) fn serve(config: Config, origin: Origin) -> anyhow::Result<()> {
    // Before the store and the mounts take the meters that they count with.
    metrics::install(telemetry::log_lines_dropped)?;
    let _telemetry = telemetry::start(&config.telemetry, &config.store.replica())?;
    actix_web::rt::System::new().block_on(run(config, origin))
}

async fn run(mut config: Config, origin: Origin) -> anyhow::Result<()> {
    // Before anything says that the gateway is there: until then the signals end it.
    let (mut stop, hangup) = (Stop::new()?, signal(SignalKind::hangup())?);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let store = open_store(&config.store)?;
    let (server, settings) = (config.server.clone(), config.settings.clone());
    let public_listener = listen(server.listen, "server.listen")?;
    let admin_listener = listen(config.admin.listen, "admin.listen")?;
    let door = Door::of(&public_listener)?;
    let (public_addr, admin_addr) = (public_listener.local_addr()?, admin_listener.local_addr()?);
    let metrics_listen = config.telemetry.metrics_listen;
    let metrics_listener = metrics_listen.map(|address| listen(address, "telemetry.metrics_listen")).transpose()?;
    let metrics_addr = metrics_listener.as_ref().map(TcpListener::local_addr).transpose()?;
    let fixed = Fixed::new(&config, public_addr, admin_addr);
    config.bind(public_addr);
    let keeper = tls::Source::of(&config).map(Keeper::new).transpose()?.map(Arc::new);
    // A store that does not answer is told of below.
    let kept = Kept::of(&*store).await.ok().and_then(|kept| kept.line());
    if let Some(line) = &kept {
        tracing::warn!("{line}");
    }
    let at = announce::Addresses { public: public_addr, admin: admin_addr, metrics: metrics_addr };
    let announcement = announce::text(&config, origin.path.is_none(), at, kept.as_deref());
    let app = App::new(config, Issuer::new(store));
    let changes = app.issuer.changes();
    if changes.is_none() {
        overrides::load(&app).await.context("reading run-time changes from the store")?;
    }
    let live = web::Data::new(Live::new(app));
    let following = changes.clone().map(|changes| {
        let (synced, is_synced) = watch::channel(false);
        (actix_web::rt::spawn(replicas::follow(live.clone(), changes, synced)), is_synced)
    });

    let connections = Connections::default();
    let public = public(live.clone(), &settings, public_listener, keeper.clone(), connections.clone())?;
    let admin = admin::server(live.clone(), admin_listener)?;
    let (public_handle, admin_handle) = (public.handle(), admin.handle());
    if let Some(listener) = metrics_listener {
        // Served to the end: a last scrape sees what was done while the gateway stopped.
        actix_web::rt::spawn(telemetry::metrics_server(live.clone(), listener)?);
    }
    let tended = live.clone();
    actix_web::rt::spawn(async move { metrics::tend(&tended).await });
    if let Some((_, is_synced)) = &following {
        // What the store keeps is in force before the first request, where the store answers.
        let synced = async { is_synced.clone().wait_for(|synced| *synced).await.is_ok() };
        if tokio::time::timeout(SYNC, synced).await.is_err() {
            tracing::error!("the store does not answer: not ready until it does");
        }
    } else {
        let app = live.app();
        // In the background, so that what is there already is served at once.
        actix_web::rt::spawn(async move { app.prepare_keys().await });
    }
    let reloader = Reloader::new(live.clone(), origin, fixed, keeper, settings.value(settings::WATCH_CONFIG));
    let reloading = actix_web::rt::spawn(reloader.run(hangup));
    tracing::info!(public = %public_addr, admin = %admin_addr, tls = server.tls.is_some(), "listening");
    if let Some(text) = announcement {
        output::line(&text);
    }

    let stopping = async {
        stop.wait(&live, &connections).await;
        door.shut().await;
        reloading.abort();
        if let (Some((following, _)), Some(changes)) = (&following, &changes) {
            following.abort();
            changes.leave().await;
        }
        let finishing = async {
            public_handle.stop(true).await;
            admin_handle.stop(true).await;
            // The servers end by themselves.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = finishing => {}
            () = stop.signal() => tracing::warn!("another signal: ending with requests under way"),
        }
    };
    tokio::select! {
        ended = async { tokio::try_join!(public, admin) } => drop(ended?),
        () = stopping => {}
    }
    Ok(())
}

/// The public listener's server, which runs while it is polled.
fn public(
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
    };
    let tls = keeper.map(tls::server_config).transpose()?;
    let on_connect = move |of_connection: &mut Extensions| drop(of_connection.insert(connections.count()));
    Ok(listener::serve(socket, options, tls, on_connect, app)?)
}

/// A listening socket; the error names the configuration's key.
fn listen(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    open().with_context(|| format!("cannot listen on {address}: free the port or set {key} to another"))
}

/// Opens the store: a file that one process at a time can have open, or the Redis that replicas share.
pub(crate) fn open_store(config: &StoreConfig) -> anyhow::Result<Arc<dyn Store>> {
    Ok(match config {
        StoreConfig::Memory => Arc::new(Embedded::in_memory()?),
        StoreConfig::File(path) => Arc::new(Embedded::open(path)?),
        StoreConfig::Redis(options) => Arc::new(Redis::new(options)?),
    })
}
