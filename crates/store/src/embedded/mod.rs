//! The embedded store: one redb database, a file or in memory, with rate limits beside it.
//!
//! One thread writes the database. It applies all operations that wait in one transaction and commits once for all of
//! them, so that the price of a durable commit is shared. What is often asked and seldom changed is read beside it.

mod calm;
mod carried;
mod chains;
mod codes;
mod consents;
mod devices;
mod gc;
mod keys;
mod mark;
mod namespaces;
mod open;
mod overrides;
mod pats;
mod reader;
mod refresh;
mod row;
mod sessions;
mod tables;
#[cfg(test)]
mod tests;
mod writer;

pub use open::OpenError;

use crate::carry;
use crate::format;
use crate::limits::Limits;
use crate::meter;
use crate::scenarios::Scenarios;
use issuer::state::{
    Hit, LimitOutcome, LimitStore, LimitTicket, NamespaceStore, Realm, ScenarioRecord, ScenarioStore, Store, StoreError,
};
use namespaces::Namespaces;
use open::Place;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use tables::{PROBE, Tables};
use tokio::sync::mpsc;
use writer::Writer;

/// A store for one gateway process. Dropping it ends its thread and closes the database.
pub struct Embedded {
    place: Arc<str>,
    /// Where its file is, if it has one.
    file: Option<Arc<Path>>,
    writer: Arc<Writer>,
    limits: Arc<Limits>,
    scenarios: Arc<Scenarios>,
    /// What the keys of its rows begin with, where it is the view of a namespace.
    start: Option<Box<str>>,
    namespaces: Arc<Namespaces>,
}

impl Embedded {
    /// Opens the file at `path`, made if it is missing, with its folder. Only its owner may read or write it, and
    /// only one process has it open.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::start(Place::File(path.as_ref().to_owned()), false)
    }

    /// The same, once every page of it has been looked through: a second for a million rows.
    pub fn open_checked(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::start(Place::File(path.as_ref().to_owned()), true)
    }

    /// Opens a store that is gone when it is dropped.
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::start(Place::Memory, false)
    }

    fn start(place: Place, suspect: bool) -> Result<Self, OpenError> {
        // One process, and nothing that a breaker could spare it.
        meter::set_breaker(false);
        meter::set_replicas(1);
        let name = place.to_string();
        let file = place.file().map(Arc::from);
        let writer = Writer::start(place, suspect)?;
        format::note(&name, writer.format);
        Ok(Self {
            place: name.into(),
            file,
            writer: Arc::new(writer),
            limits: Arc::default(),
            scenarios: Arc::default(),
            start: None,
            namespaces: Arc::default(),
        })
    }

    /// How many transactions have been committed since it was opened.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
}

/// An error where the file is gone; else its length is metered. In the writer's thread, where nothing else waits for the disk.
fn look_at(file: &Path) -> Result<(), StoreError> {
    match std::fs::metadata(file) {
        Ok(found) => meter::set_bytes(found.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Unavailable(format!(
                "the file {} was removed, and all that it kept ends with this process: back it up now (idp-gateway store \
                 backup), then stop the gateway and restore that",
                file.display()
            )));
        }
        Err(_) => {}
    }
    Ok(())
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("place", &self.place).finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl Store for Embedded {
    async fn reset(&self) -> Result<(), StoreError> {
        match &self.start {
            None => self.writer.reset().await?,
            Some(start) => self.empty(start, tables::state().collect()).await?,
        }
        self.limits.clear();
        self.scenarios.reset();
        Ok(())
    }

    fn namespaces(&self) -> Option<&dyn NamespaceStore> {
        self.start.is_none().then_some(self)
    }

    fn backup(&self) -> mpsc::Receiver<Result<Vec<u8>, StoreError>> {
        carry::backup(self)
    }

    async fn replace_all(&self, lines: Vec<Vec<u8>>) -> Result<(), StoreError> {
        let scenarios = carried::replace(&self.writer, self.start.as_deref().unwrap_or_default(), &lines).await?;
        self.limits.clear();
        self.scenarios.replace(scenarios);
        Ok(())
    }

    async fn probe(&self) -> Result<(), StoreError> {
        let file = self.file.clone();
        let step = move |tables: &mut Tables<'_>| {
            if let Some(file) = file {
                look_at(&file)?;
            }
            tables.meta.put(PROBE, &[])
        };
        self.writer.run("probe", step).await
    }
}

#[async_trait::async_trait]
impl LimitStore for Embedded {
    async fn hit(&self, realm: &Realm, hit: Hit<'_>) -> Result<LimitOutcome, StoreError> {
        let taken = self.limits.hit(realm, hit.key, hit.count, hit.window, hit.moment.millis);
        Ok(match taken {
            Ok(at) => LimitOutcome::Taken(LimitTicket { at, request: hit.request }),
            Err(wait) => LimitOutcome::Full { wait },
        })
    }

    async fn undo(&self, realm: &Realm, key: &str, ticket: LimitTicket) -> Result<(), StoreError> {
        self.limits.undo(realm, key, ticket.at);
        Ok(())
    }
}

#[async_trait::async_trait]
impl ScenarioStore for Embedded {
    async fn add_scenario(&self, body: String) -> Result<u64, StoreError> {
        Ok(self.scenarios.add(body))
    }

    async fn scenarios(&self) -> Result<Vec<ScenarioRecord>, StoreError> {
        Ok(self.scenarios.list())
    }

    async fn remove_scenario(&self, id: u64) -> Result<bool, StoreError> {
        Ok(self.scenarios.remove(id))
    }

    async fn clear_scenarios(&self) -> Result<(), StoreError> {
        self.scenarios.clear();
        Ok(())
    }

    async fn see_scenario(&self, id: u64) -> Result<u64, StoreError> {
        Ok(self.scenarios.see(id))
    }

    async fn count_request(&self, name: &str) -> Result<u64, StoreError> {
        Ok(self.scenarios.count(name))
    }

    async fn use_scenario(&self, id: u64, times: Option<u64>, sees: bool) -> Result<Option<u64>, StoreError> {
        Ok(self.scenarios.spend(id, times, sees))
    }
}
