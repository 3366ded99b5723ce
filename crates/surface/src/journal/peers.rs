//! The journals of other replicas: asked for what they have when one is read here or, where they are shared, told of what
//! comes as it comes.
//!
//! What another replica sends is entered in the journal here, so that whoever reads, follows, asserts or exports finds it
//! where its own is. Whoever reads asks first, and waits until each live replica has said that it has sent all.

use super::carried::Carried;
use super::outbox::Outbox;
use super::{Entry, Journal};
use issuer::state::{Address, Changes, Relay, StoreError};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// How long whoever reads waits for the others.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long entries wait for others to go with.
const BATCH: Duration = Duration::from_millis(10);
/// How many entries are in a letter.
const IN_LETTER: usize = 64;
/// How many letters are sent at once.
const AT_ONCE: usize = 32;
/// How many entries of a namespace are sent to one that asks, the newest.
const MOST: usize = 10_000;

/// By owner, the number of the last entry that is known.
type Known = HashMap<String, u64>;

/// What replicas tell each other. An owner is that of a namespace; empty outside any.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Letter {
    /// One asks for entries: of these namespaces, or of all. What it has of each replica is left out.
    Ask { ask: u64, by: String, owners: Option<Vec<String>>, known: HashMap<String, Known> },
    /// Entries of one replica, in their order.
    Told { by: String, name: String, owner: String, entries: Vec<Carried> },
    /// All that was asked for is sent.
    Done { ask: u64, by: String },
    /// One was told to forget the journal of a namespace.
    Cleared { by: String, owner: String },
}

/// The journals that a process has.
pub trait Journals {
    /// That of an owner, with the name of its namespace; `None` where there is none.
    fn journal(&self, owner: &str) -> Option<(Option<Arc<str>>, Arc<Journal>)>;

    /// The owners of all.
    fn owners(&self) -> Vec<String>;
}

/// This replica among the others.
pub struct Peers {
    relay: Arc<dyn Relay>,
    changes: Arc<dyn Changes>,
    /// What it is called.
    pub name: Arc<str>,
    /// What is to be sent unasked; `None` where nothing is.
    outbox: Option<Outbox>,
    /// Letters are sent in the order in which they are made.
    sending: tokio::sync::Mutex<()>,
    asked: Mutex<HashMap<u64, mpsc::UnboundedSender<String>>>,
    /// What of each replica has come.
    known: Mutex<HashMap<String, Known>>,
}

impl Peers {
    /// One of that name. Where a rate is given, it tells of so many entries a second unasked.
    pub fn new(relay: Arc<dyn Relay>, changes: Arc<dyn Changes>, name: &str, rate: Option<u32>) -> Self {
        Outbox::count();
        Self {
            relay,
            changes,
            name: name.into(),
            outbox: rate.map(Outbox::new),
            sending: tokio::sync::Mutex::default(),
            asked: Mutex::default(),
            known: Mutex::default(),
        }
    }

    /// Whether entries are told of as they come.
    pub const fn is_shared(&self) -> bool {
        self.outbox.is_some()
    }

    /// Has the others told of an entry where they are. No request waits for that.
    pub fn offer(&self, owner: Option<&Arc<str>>, entry: &Arc<Entry>) {
        if let Some(outbox) = &self.outbox {
            outbox.add(owner, entry);
        }
    }

    /// Tells the others of what comes; never ends.
    pub async fn tell(&self) {
        let Some(outbox) = &self.outbox else { return std::future::pending().await };
        loop {
            outbox.filled.notified().await;
            sleep(BATCH).await;
            self.flush().await;
        }
    }

    /// Waits a while for letters.
    pub async fn receive(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        self.relay.receive(self.is_shared()).await
    }

    /// Does what letters say.
    pub async fn read(&self, letters: Vec<Vec<u8>>, journals: &impl Journals) {
        for letter in letters {
            // What a newer version sends, and this one does not know, is left alone.
            let Ok(letter) = serde_json::from_slice(&letter) else { continue };
            if let Err(error) = self.take(letter, journals).await {
                tracing::debug!(%error, "what another replica asked for is not sent");
            }
            // There may be hours of them.
            tokio::task::yield_now().await;
        }
    }

    /// Has all here that the live replicas have of these namespaces, of all where there are `None`; the names of those
    /// that have not sent it in time.
    pub async fn gather(&self, owners: Option<Vec<String>>) -> Vec<String> {
        let unknown = |error: &StoreError| {
            tracing::debug!(%error, "other replicas are not asked for their journals");
            vec!["unknown".to_owned()]
        };
        let peers = match self.changes.beat().await {
            Ok(pulse) => pulse.peers,
            Err(error) => return unknown(&error),
        };
        let mut left: HashMap<_, _> = peers.into_iter().map(|peer| (peer.id, peer.name)).collect();
        let known = {
            let mut known = self.known.lock();
            // Whoever is gone sends nothing that could be known.
            known.retain(|id, _| left.contains_key(id));
            known.iter().map(|(id, known)| (id.clone(), of(known, owners.as_deref()))).collect()
        };
        if left.is_empty() {
            return Vec::new();
        }
        let (sender, mut done) = mpsc::unbounded_channel();
        let ask = rand::random();
        self.asked.lock().insert(ask, sender);
        let letter = Letter::Ask { ask, by: self.changes.id().to_owned(), owners, known };
        let sent = self.send(Address::All, &[letter]).await;
        if sent.is_ok() {
            let all = async {
                while !left.is_empty()
                    && let Some(id) = done.recv().await
                {
                    left.remove(&id);
                }
            };
            // Those that are left are told of.
            let _ = timeout(PATIENCE, all).await;
        }
        self.asked.lock().remove(&ask);
        let mut names: Vec<_> = left.into_values().collect();
        names.sort_unstable();
        names
    }

    /// Has the others forget the journal of a namespace.
    pub async fn clear(&self, owner: &str) -> Result<(), StoreError> {
        let cleared = Letter::Cleared { by: self.changes.id().to_owned(), owner: owner.to_owned() };
        self.send(Address::Kept, &[cleared]).await
    }

    async fn take(&self, letter: Letter, journals: &impl Journals) -> Result<(), StoreError> {
        let is_own = |by: &str| by == self.changes.id();
        match letter {
            Letter::Ask { by, .. } | Letter::Told { by, .. } | Letter::Cleared { by, .. } if is_own(&by) => Ok(()),
            Letter::Ask { ask, by, owners, mut known } => {
                let known = known.remove(self.changes.id()).unwrap_or_default();
                self.answer(&by, ask, owners, &known, journals).await
            }
            Letter::Told { by, name, owner, entries } => {
                self.enter(by, &name.into(), owner, entries, journals);
                Ok(())
            }
            Letter::Done { ask, by } => {
                if let Some(waiting) = self.asked.lock().get(&ask) {
                    // Whoever waits no more has what it needs.
                    let _ = waiting.send(by);
                }
                Ok(())
            }
            Letter::Cleared { owner, .. } => {
                if let Some((_, journal)) = journals.journal(&owner) {
                    journal.clear();
                }
                Ok(())
            }
        }
    }

    /// Sends one that asks what it lacks, and says that this is all.
    async fn answer(
        &self,
        to: &str,
        ask: u64,
        owners: Option<Vec<String>>,
        known: &Known,
        journals: &impl Journals,
    ) -> Result<(), StoreError> {
        let done = Letter::Done { ask, by: self.changes.id().to_owned() };
        if self.is_shared() {
            self.flush().await;
            return self.send(Address::One(to), &[done]).await;
        }
        for owner in owners.unwrap_or_else(|| journals.owners()) {
            let Some((_, journal)) = journals.journal(&owner) else { continue };
            let entries = journal.own_after(known.get(&owner).copied().unwrap_or_default(), MOST);
            let letters: Vec<_> = entries.chunks(IN_LETTER).map(|entries| self.told(&owner, entries)).collect();
            for some in letters.chunks(AT_ONCE) {
                self.send(Address::One(to), some).await?;
            }
        }
        self.send(Address::One(to), &[done]).await
    }

    /// Sends what waits.
    pub async fn flush(&self) {
        let Some(outbox) = &self.outbox else { return };
        let _in_turn = self.sending.lock().await;
        let waiting: Vec<_> = outbox.take().into();
        for some in waiting.chunks(IN_LETTER * AT_ONCE) {
            let mut by_owner: HashMap<&str, Vec<Arc<Entry>>> = HashMap::new();
            for (owner, entry) in some {
                by_owner.entry(owner.as_deref().unwrap_or_default()).or_default().push(Arc::clone(entry));
            }
            let letters = by_owner.iter().flat_map(|(owner, entries)| {
                entries.chunks(IN_LETTER).map(|entries| self.told(owner, entries)).collect::<Vec<_>>()
            });
            if self.send(Address::Kept, &letters.collect::<Vec<_>>()).await.is_err() {
                Outbox::drop(some.len() as u64);
            }
        }
    }

    fn told(&self, owner: &str, entries: &[Arc<Entry>]) -> Letter {
        Letter::Told {
            by: self.changes.id().to_owned(),
            name: self.name.to_string(),
            owner: owner.to_owned(),
            entries: entries.iter().map(|entry| Carried::from(&**entry)).collect(),
        }
    }

    /// Enters what another replica has sent, but for what has come already.
    fn enter(&self, by: String, name: &Arc<str>, owner: String, entries: Vec<Carried>, journals: &impl Journals) {
        let Some((namespace, journal)) = journals.journal(&owner) else { return };
        let mut known = self.known.lock();
        let last = known.entry(by).or_default().entry(owner).or_default();
        for entry in entries {
            if entry.number > *last {
                *last = entry.number;
                journal.push(entry.entry(namespace.clone(), name));
            }
        }
    }

    async fn send(&self, to: Address<'_>, letters: &[Letter]) -> Result<(), StoreError> {
        let letters = letters.iter().map(|letter| serde_json::to_vec(letter).unwrap_or_default()).collect();
        self.relay.send(to, letters).await
    }
}

/// What is known of these namespaces.
fn of(known: &Known, owners: Option<&[String]>) -> Known {
    let is_asked = |owner: &String| owners.is_none_or(|owners| owners.contains(owner));
    known.iter().filter(|(owner, _)| is_asked(owner)).map(|(owner, number)| (owner.clone(), *number)).collect()
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peers").field("name", &self.name).field("is_shared", &self.is_shared()).finish_non_exhaustive()
    }
}
