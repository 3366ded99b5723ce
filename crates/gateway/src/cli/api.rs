//! The admin API for commands: that of the running gateway, or, where none runs, over the store that it left.

use super::client::{Client, Failure, Sent};
use super::exit::Unreached;
use super::reach::Reach;
use super::{likely, load_of_running};
use crate::output;
use crate::serve;
use crate::telemetry::{self, Telemetry};
use actix_web::rt::{System, SystemRunner};
use admin::Local;
use admin::overrides;
use admin_api::{MountView, Operation, Problem, operations};
use anyhow::{Context, bail, ensure};
use configuration::host::reachable;
use configuration::{Config, Environment, MountConfig, StoreConfig, TelemetryConfig};
use issuer::Issuer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use store::OpenError;
use surface::app::App;

/// The admin API of a configuration.
pub(super) enum Api {
    /// Of the gateway that runs.
    Running(Client),
    /// Over the store, which this process has open.
    Stopped {
        /// What the calls run in.
        system: SystemRunner,
        /// The calls.
        local: Local,
        /// What is logged is written when this is dropped; without logs the commands work as well.
        _logs: Option<Telemetry>,
    },
}

impl Api {
    /// The API for commands on the mount of that name.
    ///
    /// Where a configuration says which gateway is meant, whatever answers at `admin.listen` is asked which configuration it
    /// serves. The store is opened where the connection is refused, and only there: a gateway that runs has its store to
    /// itself. A store that is not there is made only by a call that `makes` something to keep in it.
    pub(super) fn open(reach: &Reach, dev_tls: bool, mount: &str, makes: bool) -> anyhow::Result<Self> {
        if let Some(client) = reach.elsewhere()? {
            return Ok(Self::Running(client));
        }
        let config = load_of_running(reach.config.as_deref(), dev_tls)?;
        let namespace = reach.namespace(&Environment::process());
        match running(&config, mount, namespace.as_deref())? {
            Ok(client) => Ok(Self::Running(client)),
            Err(_) if namespace.is_some() => {
                let address = reachable(config.admin.listen);
                Err(Unreached(format!("nothing listens at {address} (admin.listen): start the gateway first")).into())
            }
            Err(address) => open_store(config, address, makes),
        }
    }

    /// One call, with `names` in the places of the path's parameters. A refusal is a [`Problem`](admin_api::Problem).
    pub(super) fn call<B: Serialize, A: DeserializeOwned>(
        &self,
        operation: &Operation<B, A>,
        names: &[&str],
        body: &B,
    ) -> anyhow::Result<A> {
        let has_body = operation.about.has_body();
        match self {
            Self::Running(client) => {
                let sent = if has_body { Sent::json(body)? } else { Sent::nothing() };
                client.call(operation, names, sent).map_err(Failure::into_error)?.read()
            }
            Self::Stopped { system, local, .. } => {
                let body = has_body.then(|| serde_json::to_value(body)).transpose()?;
                let (method, path) = (operation.about.method, &*operation.url(names));
                let value = system.block_on(local.call(method, path, body.as_ref()))?;
                serde_json::from_value(value).context("the admin API's answer has another form")
            }
        }
    }
}

/// What to do about a gateway of another configuration.
const ANOTHER: &str = "name the configuration that it runs with by --config FILE, and set the same variables; or give \
                       this configuration an admin.listen of its own";

/// What serves that mount of the configuration; the address, where nothing listens there.
pub(super) fn running(
    config: &Config,
    mount: &str,
    namespace: Option<&str>,
) -> anyhow::Result<Result<Client, SocketAddr>> {
    let Some(own) = config.mounts.iter().find(|own| own.name == mount) else {
        let names: Vec<_> = config.mounts.iter().map(|mount| &*mount.name).collect();
        let likely = likely::of(mount, names.iter().copied()).map(|name| format!("did you mean `{name}`? "));
        bail!("the configuration has no mount `{mount}`; {}there are {}", likely.unwrap_or_default(), names.join(", "));
    };
    let address = reachable(config.admin.listen);
    let client = Client::new(&format!("http://{address}"), "admin.listen", config.admin.token.clone());
    let theirs = match client.call(&operations::GET_MOUNT, &[mount], Sent::nothing()) {
        Err(Failure::Refused(_)) => return Ok(Err(address)),
        Err(Failure::Problem(problem)) if problem.status == 404 => {
            bail!("{client} serves another configuration, with no mount `{mount}`; {ANOTHER}")
        }
        answer => answer.map_err(Failure::into_error)?.read()?,
    };
    check(&client, &theirs, own, config.server.listen.port() == 0)?;
    Ok(Ok(client.within(namespace.map(str::to_owned))))
}

/// Refuses a gateway that serves something else under the mount's name.
fn check(client: &Client, theirs: &MountView, own: &MountConfig, any_issuer: bool) -> anyhow::Result<()> {
    let name = &own.name;
    for (what, theirs, own) in [("dialect", &*theirs.dialect, own.kind.id), ("issuer", &*theirs.issuer, &*own.issuer)] {
        let settled = what == "issuer" && any_issuer;
        ensure!(
            settled || theirs == own,
            "{client} serves another configuration: the {what} of its mount `{name}` is `{theirs}`, not `{own}`; \
             {ANOTHER}"
        );
    }
    Ok(())
}

fn open_store(config: Config, address: SocketAddr, makes: bool) -> anyhow::Result<Api> {
    let store_name = match &config.store {
        StoreConfig::File(path) => path.display().to_string(),
        StoreConfig::Redis(options) => options.url.to_string(),
        StoreConfig::Memory => bail!(
            "nothing listens at {address} (admin.listen), and the store is in memory: there is nothing to work on \
             until the gateway runs, so start it first"
        ),
    };
    if let StoreConfig::File(path) = &config.store
        && !makes
        && !path.exists()
    {
        bail!(
            "nothing listens at {address} (admin.listen), and there is no store at {}: there is nothing to work on until \
             a gateway has run, so start it first",
            path.display()
        );
    }
    let level = "warn".to_owned();
    let logs = telemetry::start(&TelemetryConfig { level, otlp_endpoint: None, ..config.telemetry.clone() }, "").ok();
    let store = serve::open_store(&config.store).map_err(|error| match error.downcast_ref() {
        Some(OpenError::InUse(path)) => anyhow::anyhow!(
            "the store {} is in use, but nothing listens at {address}: a gateway runs on it with another admin.listen; \
             set that one (IDP_GATEWAY__ADMIN__LISTEN), or stop the gateway",
            path.display()
        ),
        _ => error,
    })?;
    output::error(&format!("Nothing listens at {address}: working on the store {store_name} itself."));
    let system = System::new();
    let app = App::new(config, Issuer::new(store));
    system.block_on(overrides::load(&app.world)).context("reading run-time changes from the store")?;
    Ok(Api::Stopped { system, local: Local::new(app), _logs: logs })
}

/// A refusal in the words of the command line: the remedy where something is not there (404), and where something is in the
/// way (409).
pub(super) fn explain(not_found: &str, conflict: &str) -> impl Fn(anyhow::Error) -> anyhow::Error {
    move |error| match error.downcast::<Problem>() {
        Ok(problem) => {
            let remedy = match problem.status {
                404 => not_found,
                409 => conflict,
                _ => &problem.remedy,
            };
            anyhow::anyhow!("{}; {remedy}", problem.detail)
        }
        Err(error) => error,
    }
}
