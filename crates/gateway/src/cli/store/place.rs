//! Where a store is.

use super::backup;
use anyhow::{Context, bail, ensure};
use configuration::StoreConfig;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use store::carry::{Carry, Counts, is_empty};
use store::{Embedded, LimiterFallback, OpenError, Redis, RedisOptions, RedisUrl};

/// How long a call to Redis may take: many go at once.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    File(PathBuf),
    Redis(Box<RedisOptions>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Redis(options) => write!(f, "{} (keys under {})", options.url, options.prefix),
        }
    }
}

impl Place {
    pub(super) fn of(config: &StoreConfig) -> anyhow::Result<Self> {
        Ok(match config {
            StoreConfig::File(path) => Self::File(path.clone()),
            StoreConfig::Redis(options) => {
                Self::Redis(Box::new(RedisOptions { timeout: TIMEOUT, ..(**options).clone() }))
            }
            StoreConfig::Memory => {
                bail!("the store is in memory, and ends with its gateway: name a configuration whose store is not")
            }
        })
    }

    /// A file, the URL of a Redis, or a configuration.
    pub(super) fn parse(text: &str, prefix: &str) -> anyhow::Result<Self> {
        if text.contains("://") {
            return Ok(Self::Redis(Box::new(RedisOptions {
                // The system's CAs: a file of its own is a configuration's to name.
                certificates: None,
                url: RedisUrl::parse(text)?,
                prefix: prefix.to_owned(),
                timeout: TIMEOUT,
                limiter_fallback: LimiterFallback::Deny,
                replica: String::new(),
            })));
        }
        let path = PathBuf::from(text);
        if path.extension().is_some_and(|extension| extension == "toml") {
            return Self::of(&super::load_of_running(Some(&path), false)?.store);
        }
        Ok(Self::File(path))
    }

    /// Opens what is there: a file is looked through.
    pub(super) async fn open(&self) -> anyhow::Result<Box<dyn Carry>> {
        Ok(match self {
            Self::File(path) => {
                ensure!(path.exists(), "there is no store at {self}: a gateway makes it when it first runs");
                Box::new(Embedded::open_checked(path).map_err(in_use)?)
            }
            Self::Redis(options) => {
                let redis = Redis::new(options)?;
                issuer::state::Store::probe(&redis).await?;
                Box::new(redis)
            }
        })
    }

    /// An error where a gateway of an earlier version is at work on it.
    pub(super) async fn check_replicas(&self) -> anyhow::Result<()> {
        if let Self::Redis(options) = self {
            let earlier = Redis::new(options)?.earlier_replicas().await?;
            let named = earlier.join(", ");
            ensure!(earlier.is_empty(), "{self} is in use by earlier versions, {named}: replace these gateways first");
        }
        Ok(())
    }

    /// Puts what `fill` gives in the place of what is there. Until all of it is there, what was there stays.
    pub(super) async fn replace(
        &self,
        force: bool,
        fill: impl AsyncFnOnce(&dyn Carry) -> anyhow::Result<Counts>,
    ) -> anyhow::Result<Counts> {
        match self {
            Self::File(path) => {
                // Held until the end, so that no gateway begins on what is about to go.
                let _before = if path.exists() { self.held(force).await? } else { None };
                let beside = PathBuf::from(format!("{}.part", path.display()));
                let _ = fs::remove_file(&beside);
                let filled = async {
                    let new = Embedded::open(&beside)?;
                    let counts = fill(&new).await?;
                    drop(new);
                    backup::replace(&beside, path).with_context(|| format!("cannot write {self}"))?;
                    Ok(counts)
                };
                filled.await.inspect_err(|_: &anyhow::Error| drop(fs::remove_file(&beside)))
            }
            Self::Redis(options) => {
                let redis = Redis::new(options)?;
                let live = redis.live_replicas().await?;
                ensure!(live.is_empty(), "{self} is in use by {}: stop these gateways first", live.join(", "));
                ensure!(force || is_empty(&redis).await, "{self} {NOT_EMPTY}");
                fill(&redis).await
            }
        }
    }

    /// The store that is to be replaced: `None` where it cannot be read.
    async fn held(&self, force: bool) -> anyhow::Result<Option<Embedded>> {
        let Self::File(path) = self else { return Ok(None) };
        match Embedded::open(path) {
            Ok(store) => {
                ensure!(force || is_empty(&store).await, "{self} {NOT_EMPTY}");
                Ok(Some(store))
            }
            Err(OpenError::InUse(path)) => Err(in_use(OpenError::InUse(path))),
            Err(_) if force => Ok(None),
            Err(error) => Err(anyhow::Error::from(error).context("it is replaced with --force alone")),
        }
    }
}

const NOT_EMPTY: &str = "is not empty: replace all that it keeps with --force, or name another store";

fn in_use(error: OpenError) -> anyhow::Error {
    match error {
        OpenError::InUse(path) => anyhow::anyhow!(
            "the store {} is in use: stop its gateway first, or work on a backup of it (idp-gateway store backup)",
            path.display()
        ),
        error => error.into(),
    }
}
