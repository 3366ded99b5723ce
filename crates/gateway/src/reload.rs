//! The configuration read anew while the gateway serves: at SIGHUP, and where asked when one of its files changes.
//!
//! A configuration that is refused changes nothing. One that is right is built beside the one in force, with the
//! changes that the store has kept over it, and takes its place in one step.

use crate::notify;
use crate::telemetry::LogLevel;
use crate::tls::{self, Keeper};
use actix_web::web;
use admin::{namespaces, overrides, told, void};
use configuration::watch::{INTERVAL, Stamp, Watch};
use configuration::{Config, ConfigErrors, Environment, Fixed, Flags, Loader, Source};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use surface::app::App;
use surface::live::Live;
use tokio::signal::unix::Signal;
use tokio::time::MissedTickBehavior;

/// How often the configuration was read anew, by what came of it.
const RELOADS: &str = "idp_gateway_config_reloads_total";
/// After how many looks a configuration that the store kept from coming into force is tried again.
const RETRY: u32 = 20;

/// What became of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is in force.
    Applied,
    /// It is wrong.
    Refused,
    /// It is right, and the store does not answer.
    Failed,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Applied, Self::Refused, Self::Failed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Where a configuration came from.
#[derive(Debug)]
pub(crate) struct Origin {
    /// The file; `None` for the sandbox, which is built in.
    pub(crate) path: Option<PathBuf>,
    /// What the command line said.
    pub(crate) flags: Flags,
    /// The files that were read, as they stood before.
    pub(crate) files: BTreeMap<PathBuf, Stamp>,
}

/// Reads anew what can be read anew.
#[derive(Debug)]
pub(crate) struct Reloader {
    live: web::Data<Live>,
    path: Option<PathBuf>,
    flags: Flags,
    fixed: Fixed,
    keeper: Option<Arc<Keeper>>,
    level: LogLevel,
    watch: Option<Watch>,
    /// Looks until the next try, after one that failed.
    retry: Option<u32>,
}

impl Reloader {
    /// Reloads what `live` serves; `is_watching` says whether changed files are reason enough.
    pub(crate) fn new(
        live: web::Data<Live>,
        origin: Origin,
        fixed: Fixed,
        keeper: Option<Arc<Keeper>>,
        level: LogLevel,
        is_watching: bool,
    ) -> Self {
        for outcome in Outcome::ALL {
            metrics::counter!(RELOADS, "outcome" => outcome.as_str()).increment(0);
        }
        let Origin { path, flags, files } = origin;
        let watch = (is_watching && path.is_some()).then(|| Watch::new(files));
        Self { live, path, flags, fixed, keeper, level, watch, retry: None }
    }

    /// Waits for reasons to reload; never ends.
    pub(crate) async fn run(mut self, mut hangup: Signal) {
        let mut look = tokio::time::interval(INTERVAL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = hangup.recv() => self.reload("SIGHUP").await,
                _ = look.tick() => self.look().await,
            }
        }
    }

    async fn look(&mut self) {
        if self.watch.as_mut().is_some_and(Watch::has_changed) {
            self.reload("a file has changed").await;
        }
        if let Some(keeper) = &self.keeper {
            keeper.tend();
        }
        match &mut self.retry {
            Some(0) => self.reload("the store did not answer before").await,
            Some(looks) => *looks -= 1,
            None => {}
        }
    }

    async fn reload(&mut self, reason: &str) {
        notify::tell(notify::RELOADING);
        // A configuration is large, and rare.
        Box::pin(self.read_anew(reason)).await;
        notify::tell(notify::READY);
    }

    async fn read_anew(&mut self, reason: &str) {
        let Some(path) = self.path.clone() else {
            tracing::info!("the sandbox is built in: there is no configuration to read anew");
            if let Some(keeper) = &self.keeper {
                keeper.reload(None);
            }
            return;
        };
        let (flags, fixed) = (self.flags, self.fixed.clone());
        let read = move || {
            let environment = Environment::process();
            let loader = Loader { fixed: Some(&fixed), ..Loader::new(&environment, flags) };
            let config = loader.load(Source::File(&path));
            (config, loader.files.into_stamps())
        };
        let outcome = match tokio::task::spawn_blocking(read).await {
            Ok((config, files)) => self.take(config, files, reason).await,
            Err(error) => {
                tracing::error!("configuration refused, the one in force stays: reading it broke off: {error}");
                Outcome::Refused
            }
        };
        self.retry = (outcome == Outcome::Failed).then_some(RETRY);
        metrics::counter!(RELOADS, "outcome" => outcome.as_str()).increment(1);
    }

    async fn take(
        &mut self,
        config: Result<Config, ConfigErrors>,
        files: BTreeMap<PathBuf, Stamp>,
        reason: &str,
    ) -> Outcome {
        let config = match config {
            Ok(config) => config,
            Err(errors) => {
                // What made it wrong may stand in a file that was not read before.
                self.watch.iter_mut().for_each(|watch| watch.add(files.clone()));
                for finding in &errors.0 {
                    let (place, key) = (finding.place.to_string(), &*finding.key);
                    tracing::error!(place, key, "configuration refused, the one in force stays: {}", finding.message);
                }
                return Outcome::Refused;
            }
        };
        if let Some(watch) = &mut self.watch {
            *watch = Watch::new(files);
        }
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let (certificate, level) = (tls::Source::of(&config), config.telemetry.level.clone());
        let outcome = self.put_in_force(config, reason).await;
        if let (Outcome::Applied, Some(keeper)) = (outcome, &self.keeper) {
            keeper.reload(certificate);
        }
        if outcome == Outcome::Applied {
            self.level.set(&level);
        }
        outcome
    }

    async fn put_in_force(&self, config: Config, reason: &str) -> Outcome {
        let change = self.live.change().await;
        let before = change.app();
        let next = before.succeeded_by(config);
        if let Err(error) = load(&next).await {
            tracing::error!("configuration not in force, tried again in a moment: run-time changes: {error:#}");
            return Outcome::Failed;
        }
        // A new mount's keys are there before its first request.
        next.world.prepare_keys().await;
        if let Err(error) = told::hidden(&before.world, &next.world).await {
            tracing::warn!(%error, "it is not known which run-time changes hide what has changed in the file");
        }
        if next.world.rules.test_features != before.world.rules.test_features {
            tracing::warn!(on = next.world.rules.test_features, "test features turned by a reload");
        }
        let names = |of: &App, unlike: &App| {
            let names = of.world.mounts.all().iter().map(|mount| mount.name());
            names.filter(|name| unlike.world.mounts.get(name).is_none()).collect::<Vec<_>>().join(", ")
        };
        let (mounts, added, removed) = (next.world.mounts.all().len(), names(&next, &before), names(&before, &next));
        change.replace(next);
        tracing::info!(reason, mounts, added, removed, "configuration reloaded");
        Outcome::Applied
    }
}

/// Puts what was changed at run time in force, in all worlds.
async fn load(app: &App) -> anyhow::Result<()> {
    let kept = overrides::load(&app.world).await?;
    void::collect_alone(&app.world, kept).await;
    namespaces::load(app).await
}
