//! The admin API for commands: that of the running gateway, or, where none runs, over the store that it left.

use crate::output;
use crate::serve;
use crate::telemetry::{self, Telemetry};
use actix_web::rt::{System, SystemRunner};
use admin::Local;
use admin::overrides;
use admin_api::{MountView, Operation, Problem, operations};
use anyhow::{Context, bail, ensure};
use configuration::host::reachable;
use configuration::{AdminConfig, Config, MountConfig, StoreConfig, TelemetryConfig};
use issuer::Issuer;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::{ErrorKind, Read};
use std::net::SocketAddr;
use std::time::Duration;
use store::OpenError;
use surface::app::App;
use ureq::http::{Request, StatusCode};

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The admin API of a configuration.
pub(super) enum Api {
    /// Of the gateway that runs.
    Running(Running),
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
    /// Whatever answers at `admin.listen` is asked which configuration it serves. The store is opened where the
    /// connection is refused, and only there: a gateway that runs has its store to itself.
    /// A store that is not there is made only by a call that `makes` something to keep in it.
    pub(super) fn open(config: Config, mount: &str, makes: bool) -> anyhow::Result<Self> {
        match Running::find(&config, mount)? {
            Ok(running) => Ok(Self::Running(running)),
            Err(address) => open_store(config, address, makes),
        }
    }

    /// One call, with `names` in the places of the path's parameters. A refusal is a [`Problem`].
    pub(super) fn call<B: Serialize, A: DeserializeOwned>(
        &self,
        operation: &Operation<B, A>,
        names: &[&str],
        body: &B,
    ) -> anyhow::Result<A> {
        let body = operation.about.has_body().then(|| serde_json::to_value(body)).transpose()?;
        let (method, path) = (operation.about.method, &*operation.url(names));
        let value = match self {
            Self::Running(running) => running.call(method, path, body.as_ref()).map_err(Failure::into_error)?,
            Self::Stopped { system, local, .. } => system.block_on(local.call(method, path, body.as_ref()))?,
        };
        serde_json::from_value(value)
            .context("the admin API's answer has another form: is the gateway of this version?")
    }
}

/// What to do about a gateway of another configuration.
const ANOTHER: &str = "name the configuration that it runs with by --config FILE, and set the same variables; or give \
                       this configuration an admin.listen of its own";

/// The admin API at the configured address.
pub(super) struct Running {
    agent: ureq::Agent,
    address: SocketAddr,
    token: Option<grant::Secret>,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// Nothing listens at the address.
    #[error("the gateway has stopped; run the command again")]
    Refused,
    /// The API says no.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// What answers is not the API, or the way to it is broken.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// The error, whose type is the problem's where there is one.
    fn into_error(self) -> anyhow::Error {
        match self {
            Self::Problem(problem) => problem.into(),
            other => other.into(),
        }
    }
}

impl std::fmt::Display for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the gateway at {} (admin.listen)", self.address)
    }
}

impl Running {
    fn new(config: &AdminConfig) -> Self {
        let agent = ureq::Agent::config_builder()
            // The address is the gateway's own: no proxy stands before it, and it sends nobody elsewhere.
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self { agent: agent.into(), address: reachable(config.listen), token: config.token.clone() }
    }

    /// What serves that mount of the configuration; the address, where nothing listens there.
    pub(super) fn find(config: &Config, mount: &str) -> anyhow::Result<Result<Self, SocketAddr>> {
        let Some(own) = config.mounts.iter().find(|own| own.name == mount) else {
            let names = config.mounts.iter().map(|mount| &*mount.name).collect::<Vec<_>>().join(", ");
            bail!("the configuration has no mount `{mount}`; there are {names}");
        };
        let running = Self::new(&config.admin);
        match running.call("GET", &operations::GET_MOUNT.url(&[mount]), None) {
            Err(Failure::Refused) => Ok(Err(running.address)),
            Err(Failure::Problem(problem)) if problem.status == 404 => {
                bail!("{running} serves another configuration, with no mount `{mount}`; {ANOTHER}")
            }
            answer => {
                running.check(answer.map_err(Failure::into_error)?, own, config.server.listen.port() == 0)?;
                Ok(Ok(running))
            }
        }
    }

    /// What a call without a body answers, however long it takes.
    pub(super) fn read<A>(&self, operation: &Operation<(), A>) -> anyhow::Result<impl Read + use<A>> {
        let uri = format!("http://{}{}", self.address, operation.url(&[]));
        let mut request = self.agent.get(uri).config().timeout_global(None).build();
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {}", token.expose_secret()));
        }
        let mut answer = request.call().map_err(|error| anyhow::anyhow!("{self} does not answer: {error}"))?;
        if answer.status() == StatusCode::OK {
            return Ok(answer.into_body().into_reader());
        }
        let text = answer.body_mut().read_to_string().unwrap_or_default();
        let problem = serde_json::from_str::<Problem>(&text).ok();
        Err(problem.map_or_else(|| self.foreign(answer.status()), Failure::Problem).into_error())
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let address = self.address;
        let broken = |why: String| Failure::Broken(format!("the admin API at {address} does not answer: {why}"));
        let mut request = Request::builder().method(method).uri(format!("http://{address}{path}"));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {}", token.expose_secret()));
        }
        let answer = match body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json").body(body.to_string());
                self.agent.run(request.map_err(|error| broken(error.to_string()))?)
            }
            None => self.agent.run(request.body(()).map_err(|error| broken(error.to_string()))?),
        };
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(ureq::Error::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => {
                return Err(Failure::Refused);
            }
            Err(error) => return Err(broken(error.to_string())),
        };
        let status = answer.status();
        let text = answer.body_mut().read_to_string().map_err(|error| broken(error.to_string()))?;
        let problem = || serde_json::from_str::<Problem>(&text).ok();
        match status {
            StatusCode::NO_CONTENT => Ok(Value::Null),
            StatusCode::OK => serde_json::from_str(&text).map_err(|_| self.foreign(status)),
            StatusCode::UNAUTHORIZED if problem().is_some() => Err(Failure::Broken(format!(
                "{self} wants another admin token than this configuration has; name the configuration that it runs \
                 with by --config FILE, or set IDP_GATEWAY__ADMIN__TOKEN"
            ))),
            _ => Err(problem().map_or_else(|| self.foreign(status), Failure::Problem)),
        }
    }

    fn foreign(&self, status: StatusCode) -> Failure {
        Failure::Broken(format!(
            "what listens at {} (admin.listen) is no IdP Gateway of this version: it answers {} in another form; free \
             the address, or set admin.listen to the gateway's",
            self.address,
            status.as_u16()
        ))
    }

    /// Refuses a gateway that serves something else under the mount's name.
    fn check(&self, answer: Value, own: &MountConfig, any_issuer: bool) -> anyhow::Result<()> {
        let Ok(theirs) = serde_json::from_value::<MountView>(answer) else {
            return Err(self.foreign(StatusCode::OK).into());
        };
        let name = &own.name;
        for (what, theirs, own) in
            [("dialect", &*theirs.dialect, own.kind.id), ("issuer", &*theirs.issuer, &*own.issuer)]
        {
            let settled = what == "issuer" && any_issuer;
            ensure!(
                settled || theirs == own,
                "{self} serves another configuration: the {what} of its mount `{name}` is `{theirs}`, not `{own}`; \
                 {ANOTHER}"
            );
        }
        Ok(())
    }
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
