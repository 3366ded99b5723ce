//! From a configuration to a running gateway, and to its end.

use crate::app::App;
use crate::cli::output;
use crate::config::{Config, StoreConfig};
use crate::{admin, announce, http, overrides, telemetry};
use actix_web::{HttpServer, web};
use anyhow::Context;
use issuer::Issuer;
use issuer::state::Store;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::Embedded;
use tokio::net::TcpSocket;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;
/// How long an idle connection is kept: longer than the usual idle time of a load balancer (60 s), so that it is the
/// balancer that closes.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Serves until told to stop (SIGTERM, SIGINT), then finishes what is under way.
pub fn serve(config: Config, is_sandbox: bool) -> anyhow::Result<()> {
    let _flush_logs = telemetry::start(&config.telemetry)?;
    actix_web::rt::System::new().block_on(run(config, is_sandbox))
}

async fn run(mut config: Config, is_sandbox: bool) -> anyhow::Result<()> {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let store = open_store(&config.store)?;
    let (server_config, admin_config) = (config.server.clone(), config.admin.clone());
    let public_listener = listen(server_config.listen, "server.listen")?;
    let admin_listener = listen(admin_config.listen, "admin.listen")?;
    let (public_addr, admin_addr) = (public_listener.local_addr()?, admin_listener.local_addr()?);
    config.bind(public_addr);
    let announcement = announce::text(&config, is_sandbox, public_addr, admin_addr);
    let app = web::Data::new(App::new(config, Issuer::new(store)));
    overrides::load(&app).await.context("reading run-time changes from the store")?;

    let public_app = app.clone();
    let mut public = HttpServer::new(move || {
        actix_web::App::new().app_data(public_app.clone()).default_service(web::to(http::handle))
    })
    .client_request_timeout(server_config.head_timeout)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(server_config.shutdown_timeout.as_secs().max(1))
    .disable_signals();
    if server_config.workers > 0 {
        public = public.workers(server_config.workers);
    }
    let public = public.listen(public_listener)?.run();
    let admin = admin::server(app.clone(), &admin_config, admin_listener)?;
    let (public_handle, admin_handle) = (public.handle(), admin.handle());
    prepare_keys(app.clone());
    tracing::info!(public = %public_addr, admin = %admin_addr, "listening");
    if let Some(text) = announcement {
        output::line(&text);
    }

    let stopping = async {
        stop_signal().await?;
        tracing::info!("stopping: no longer ready, finishing what is under way");
        app.drain();
        public_handle.stop(true).await;
        admin_handle.stop(true).await;
        anyhow::Ok(())
    };
    let (public, admin, stopping) = tokio::join!(public, admin, stopping);
    public?;
    admin?;
    stopping
}

/// A listening socket; the error names the configuration's key.
fn listen(address: SocketAddr, key: &str) -> anyhow::Result<std::net::TcpListener> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    open().with_context(|| format!("cannot listen on {address}: free the port or set {key} to another"))
}

/// Opens the store, which one process at a time can have open.
pub(crate) fn open_store(config: &StoreConfig) -> anyhow::Result<Arc<dyn Store>> {
    Ok(match config {
        StoreConfig::Memory => Arc::new(Embedded::in_memory()?),
        StoreConfig::File(path) => Arc::new(Embedded::open(path)?),
    })
}

/// Makes the keys that are missing in the background, so that the first token does not wait for them.
fn prepare_keys(app: web::Data<App>) {
    actix_web::rt::spawn(async move {
        for mount in app.mounts.all() {
            if let Err(error) = app.issuer.jwks(&mount.core, &*mount.dialect()).await {
                tracing::error!(mount = mount.name(), cause = &*error.cause, "keys cannot be prepared");
            }
        }
    });
}

async fn stop_signal() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
