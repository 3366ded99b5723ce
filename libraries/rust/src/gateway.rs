//! A gateway to test against: one that is started, or one that runs.

use crate::process::Process;
use crate::{Admin, Error, World, binary};
use admin_api::{NamespaceSpec, operations};
use std::env;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

const ADMIN_URL: &str = "IDP_GATEWAY_ADMIN_URL";
const ADMIN_TOKEN: &str = "IDP_GATEWAY_ADMIN_TOKEN";

/// Variables, by name.
type Environment = Vec<(String, String)>;

/// How a gateway is started.
#[derive(Clone, Debug)]
pub struct Start {
    /// Where the program is.
    pub binary: Option<PathBuf>,
    /// Of the sandbox these mounts alone.
    pub mounts: Vec<String>,
    /// A configuration file in the sandbox's place.
    pub config: Option<PathBuf>,
    /// More for its command line.
    pub arguments: Vec<String>,
    /// Laid over this process's environment.
    pub environment: Vec<(String, String)>,
    /// How long it may take until it listens.
    pub timeout: Duration,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            binary: None,
            mounts: Vec::new(),
            config: None,
            arguments: Vec::new(),
            environment: Vec::new(),
            timeout: Duration::from_mins(1),
        }
    }
}

impl Start {
    fn command(&self) -> Result<(Vec<String>, Environment), Error> {
        let mut environment = Vec::new();
        let mut arguments: Vec<String>;
        if let Some(config) = &self.config {
            if !self.mounts.is_empty() {
                let text = "mounts are chosen of the sandbox alone: leave out `mounts` where there is a `config`";
                return Err(Error::Gateway(text.to_owned()));
            }
            arguments = vec!["--config".to_owned(), config.to_string_lossy().into_owned()];
            for (name, value) in
                [("SERVER__LISTEN", "127.0.0.1:0"), ("ADMIN__LISTEN", "127.0.0.1:0"), ("STORE__PATH", ":memory:")]
            {
                environment.push((format!("IDP_GATEWAY__{name}"), value.to_owned()));
            }
        } else {
            let sandbox = ["sandbox", "--port", "0", "--admin-port", "0", "--memory", "--with-parent"];
            arguments = sandbox.map(str::to_owned).into();
            if !self.mounts.is_empty() {
                arguments.extend(["--mount".to_owned(), self.mounts.join(",")]);
            }
        }
        arguments.extend(self.arguments.iter().cloned());
        environment.extend(self.environment.iter().cloned());
        Ok((arguments, environment))
    }
}

/// A gateway. [`Gateway::world`] gives each test a world of its own in it; one that was started ends with this value.
pub struct Gateway {
    admin: Admin,
    process: Option<Process>,
}

impl Gateway {
    /// Starts the sandbox on free ports, in memory.
    pub fn start() -> Result<Self, Error> {
        Self::start_with(&Start::default())
    }

    /// Starts a gateway on free ports, in memory: the sandbox, or what a file says.
    pub fn start_with(start: &Start) -> Result<Self, Error> {
        let (arguments, environment) = start.command()?;
        let binary = binary::find(start.binary.as_deref())?;
        let (process, event) = Process::start(&binary, &arguments, &environment, start.timeout)?;
        let url = event["admin_url"].as_str().unwrap_or_default();
        let given = environment.iter().rfind(|(name, _)| name == "IDP_GATEWAY__ADMIN__TOKEN");
        let token = event["admin_token"].as_str().map(str::to_owned).or_else(|| given.map(|(_, token)| token.clone()));
        Ok(Self { admin: Admin::new(url, token), process: Some(process) })
    }

    /// Takes a gateway that runs, by the URL of its admin API and the token that this wants.
    pub fn attach(admin_url: &str, admin_token: Option<String>) -> Self {
        Self { admin: Admin::new(admin_url, admin_token), process: None }
    }

    /// The gateway that `IDP_GATEWAY_ADMIN_URL` and `IDP_GATEWAY_ADMIN_TOKEN` name, else one that is started.
    pub fn find() -> Result<Self, Error> {
        let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
        set(ADMIN_URL).map_or_else(Self::start, |url| Ok(Self::attach(&url, set(ADMIN_TOKEN))))
    }

    /// Every call of the admin API.
    pub const fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Makes a world (a namespace): clients, users, clock, scenarios, keys and journal of its own. It ends with the
    /// value, and by itself after an hour.
    pub fn world(&self) -> Result<World, Error> {
        self.world_with(NamespaceSpec::default())
    }

    /// The same with a name or a time of its own. A name that is drawn is faster: it begins with keys that are there.
    pub fn world_with(&self, spec: NamespaceSpec) -> Result<World, Error> {
        let view = self.admin.call(&operations::MAKE_NAMESPACE, &[], &[], spec)?;
        Ok(World::new(self.admin.clone(), view))
    }

    /// What the gateway has logged, where this process has started it.
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }
}

/// The gateway that all tests of this process share; it ends with the process.
pub fn shared() -> Result<&'static Gateway, Error> {
    static SHARED: OnceLock<Result<Gateway, String>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| Gateway::find().map_err(|error| error.to_string()));
    shared.as_ref().map_err(|error| Error::Gateway(error.clone()))
}
