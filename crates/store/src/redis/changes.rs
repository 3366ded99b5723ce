//! What replicas change, in one log that all follow.
//!
//! Every change is an entry of a stream, made in the step that makes the change, and numbered. A replica waits on the
//! stream, so that an entry reaches it at once; a number left out, or a connection lost, makes it read everything
//! anew. By its heart-beat it says how far it has come, and whoever made a change waits for that.

use super::Core;
use super::client::Repeat;
use super::names::Key;
use super::pool::Connection;
use super::script::{BEAT, CHANGE, Call, RESET};
use crate::meter;
use crate::record::{ChangeBody, corrupt, from_json, to_json};
use deadpool_redis::redis::{FromRedisValue, cmd};
use issuer::state::{Change, Changes, OverrideKind, Position, Realm, StoreError};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long a replica waits for changes before it says again that it lives, milliseconds.
const WAIT: u64 = 300;
/// How long its silence may last until nobody waits for it, milliseconds.
const LIVE: u64 = 2_000;
/// How long whoever made a change waits for the others.
const SETTLE: Duration = Duration::from_secs(1);
/// Pause after a failure to follow.
const PAUSE: Duration = Duration::from_millis(200);

/// Changes that were put in force.
const APPLIED: &str = "idp_gateway_changes_applied_total";

/// A change as it is told.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Put(ChangeBody),
    Forgotten { realm: String, kind: String, id: String },
    Keys { realm: String },
    Scenarios,
    Reset,
}

impl Told {
    fn change(self) -> Result<Change, StoreError> {
        Ok(match self {
            Self::Put(kept) => Change::Put(kept.change()?),
            Self::Forgotten { realm, kind, id } => Change::Forgotten {
                realm: Realm::of_mount(&realm),
                kind: OverrideKind::parse(&kind).ok_or_else(|| corrupt("a change's kind"))?,
                id,
            },
            Self::Keys { realm } => Change::Keys(Realm::of_mount(&realm)),
            Self::Scenarios => Change::Scenarios,
            Self::Reset => Change::Reset,
        })
    }
}

/// One replica's view of the log.
pub(super) struct Feed {
    core: Arc<Core>,
    /// Names this replica among all, for as long as it runs.
    id: String,
    name: String,
    following: tokio::sync::Mutex<Option<Following>>,
    /// Where the last change of this replica's own stands in the log.
    own: Mutex<Place>,
    /// Replicas that live, this one included.
    replicas: AtomicU32,
}

/// A place in the log: milliseconds, then a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u64, u64);

impl Place {
    fn parse(text: &str) -> Result<Self, StoreError> {
        let parts = text.split_once('-').and_then(|(a, b)| Some(Self(a.parse().ok()?, b.parse().ok()?)));
        parts.ok_or_else(|| corrupt("a place in the log"))
    }
}

struct Following {
    connection: Connection,
    place: String,
    number: u64,
}

/// An entry of the log: its place, then `n`, its number, `c`, the change.
type Entry = (String, Vec<Vec<u8>>);

impl Feed {
    pub(super) fn new(core: Arc<Core>, name: String) -> Self {
        let id = format!("{:032x}", rand::random::<u128>());
        meter::set_replicas(1);
        metrics::counter!(APPLIED).increment(0);
        Self {
            core,
            id,
            name,
            following: tokio::sync::Mutex::default(),
            own: Mutex::default(),
            replicas: AtomicU32::new(1),
        }
    }

    /// Replicas that live, this one included; at least one.
    pub(super) fn replicas(&self) -> u32 {
        self.replicas.load(Ordering::Relaxed).max(1)
    }

    pub(super) async fn put(&self, key: &Key, field: &[u8], kept: ChangeBody) -> Result<(), StoreError> {
        let value = to_json(&kept)?;
        self.put_as(key, field, &value, &Told::Put(kept)).await
    }

    /// Whether `before` was what the field held; else nothing is changed.
    pub(super) async fn swap(
        &self,
        key: &Key,
        field: &[u8],
        before: Option<ChangeBody>,
        kept: ChangeBody,
    ) -> Result<bool, StoreError> {
        let keys = [self.core.names.log(), key.clone()];
        let before = before.map(|before| to_json(&before)).transpose()?.unwrap_or_default();
        let value = to_json(&kept)?;
        let call = Call::on(&keys).arg(to_json(&Told::Put(kept))?).arg("swap").arg(field).arg(value).arg(before);
        self.change(call).await
    }

    pub(super) async fn put_as(&self, key: &Key, field: &[u8], value: &[u8], told: &Told) -> Result<(), StoreError> {
        let keys = [self.core.names.log(), key.clone()];
        let call = Call::on(&keys).arg(to_json(told)?).arg("put").arg(field).arg(value);
        self.change(call).await.map(drop)
    }

    /// Whether the field was there.
    pub(super) async fn remove(&self, key: &Key, field: &[u8], told: &Told) -> Result<bool, StoreError> {
        let keys = [self.core.names.log(), key.clone()];
        self.change(Call::on(&keys).arg(to_json(told)?).arg("del").arg(field)).await
    }

    pub(super) async fn tell(&self, told: &Told) -> Result<(), StoreError> {
        let keys = [self.core.names.log()];
        self.change(Call::on(&keys).arg(to_json(told)?).arg("none")).await.map(drop)
    }

    async fn change(&self, call: Call<'_>) -> Result<bool, StoreError> {
        let (place, changed): (String, bool) = self.core.client.run(&CHANGE, call, Repeat::Safe).await?;
        self.note_own(&place)?;
        Ok(changed)
    }

    /// Begins a new epoch; the one that ended.
    pub(super) async fn reset(&self) -> Result<u64, StoreError> {
        let names = &self.core.names;
        let keys = [names.log(), names.epoch(), names.overrides(), names.scenarios(), names.scenario_uses()];
        let call = Call::on(&keys).arg(to_json(&Told::Reset)?);
        let (place, ended): (String, u64) = self.core.client.run(&RESET, call, Repeat::Safe).await?;
        self.core.epoch.store(ended + 1, Ordering::Relaxed);
        self.note_own(&place)?;
        Ok(ended)
    }

    fn note_own(&self, place: &str) -> Result<(), StoreError> {
        let place = Place::parse(place)?;
        let mut own = self.own.lock();
        *own = (*own).max(place);
        Ok(())
    }

    /// Redis's present in milliseconds, and the live replicas: id, name, place.
    async fn beat(&self, id: &str, name: &str, place: &str) -> Result<(i64, Vec<[String; 3]>), StoreError> {
        let keys = [self.core.names.replicas()];
        let call = Call::on(&keys).arg(id).arg(name).arg(place).arg(LIVE);
        let answer: Vec<String> = self.core.client.run(&BEAT, call, Repeat::Safe).await?;
        let (now, rest) = answer.split_first().ok_or_else(|| super::unexpected("beat"))?;
        let now = now.parse().map_err(|_| super::unexpected("beat"))?;
        Ok((now, rest.as_chunks::<3>().0.to_vec()))
    }

    /// The names of the replicas that live.
    pub(super) async fn live(&self) -> Result<Vec<String>, StoreError> {
        let (_, live) = self.beat("-", "", "").await?;
        Ok(live.into_iter().map(|[_, name, _]| name).collect())
    }

    /// Begins to follow at the log's end.
    async fn begin(&self) -> Result<Following, StoreError> {
        let connection = self.core.client.own_connection().await?;
        let mut last = cmd("XREVRANGE");
        last.arg(self.core.names.log().as_bytes()).arg("+").arg("-").arg("COUNT").arg(1);
        let entries: Vec<Entry> = self.core.client.send("log_end", &last).await?;
        // What is read after this includes every change up to there.
        self.core.read_epoch().await?;
        let (place, number) = match entries.first() {
            Some((place, fields)) => (place.clone(), read_entry(fields)?.0),
            None => ("0-0".to_owned(), 0),
        };
        Ok(Following { connection, place, number })
    }
}

impl Following {
    /// The entries that came; none after a while.
    async fn read(&mut self, log: &Key) -> Result<Vec<Entry>, StoreError> {
        let mut command = cmd("XREAD");
        command.arg("COUNT").arg(256).arg("BLOCK").arg(WAIT).arg("STREAMS").arg(log.as_bytes()).arg(&self.place);
        let mut link = self.connection.link();
        let lost = |why: String| StoreError::Unavailable(format!("following the changes: {why}"));
        let answer = match timeout(Duration::from_millis(3 * WAIT), link.send(&command)).await {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => return Err(lost(error.to_string())),
            Err(_) => return Err(lost("no answer in time".to_owned())),
        };
        let streams: Option<Vec<(Vec<u8>, Vec<Entry>)>> =
            FromRedisValue::from_redis_value(answer).map_err(|_| corrupt("the log"))?;
        Ok(streams.into_iter().flatten().flat_map(|(_, entries)| entries).collect())
    }
}

fn read_entry(fields: &[Vec<u8>]) -> Result<(u64, &[u8]), StoreError> {
    let [_, number, _, change] = fields else { return Err(corrupt("a change")) };
    let number = std::str::from_utf8(number).ok().and_then(|text| text.parse().ok());
    Ok((number.ok_or_else(|| corrupt("a change's number"))?, change))
}

#[async_trait::async_trait]
impl Changes for Feed {
    async fn next(&self) -> Result<(Vec<Change>, Position), StoreError> {
        let mut guard = self.following.lock().await;
        let Some(mut following) = guard.take() else {
            return match self.begin().await {
                Ok(begun) => {
                    let place = begun.place.clone();
                    *guard = Some(begun);
                    Ok((vec![Change::Everything], Position(place)))
                }
                Err(error) => {
                    sleep(PAUSE).await;
                    Err(error)
                }
            };
        };
        // An error leaves nothing to follow: the next call begins anew.
        let entries = match following.read(&self.core.names.log()).await {
            Ok(entries) => entries,
            Err(error) => {
                following.connection.discard();
                return Err(error);
            }
        };
        let mut changes = Vec::with_capacity(entries.len());
        for (place, fields) in &entries {
            let (number, change) = read_entry(fields)?;
            if number != following.number + 1 {
                changes.push(Change::Everything);
            }
            // What a newer version tells is for newer versions.
            if let Ok(told) = from_json::<Told>(change, "a change") {
                changes.push(told.change()?);
            }
            (following.place, following.number) = (place.clone(), number);
        }
        if changes.iter().any(|change| matches!(change, Change::Reset | Change::Everything)) {
            self.core.read_epoch().await?;
        }
        metrics::counter!(APPLIED).increment(changes.len() as u64);
        let place = following.place.clone();
        *guard = Some(following);
        Ok((changes, Position(place)))
    }

    async fn applied(&self, position: Position) -> Result<i64, StoreError> {
        let (now, live) = self.beat(&self.id, &self.name, &position.0).await?;
        let count = u32::try_from(live.len()).unwrap_or(u32::MAX);
        self.replicas.store(count, Ordering::Relaxed);
        meter::set_replicas(count);
        Ok(now)
    }

    async fn settle(&self) -> Result<Vec<String>, StoreError> {
        let own = *self.own.lock();
        let end = Instant::now() + SETTLE;
        loop {
            let (_, live) = self.beat("-", "", "").await?;
            let behind = live.into_iter().filter(|[_, _, place]| Place::parse(place).is_ok_and(|place| place < own));
            let names: Vec<_> = behind.map(|[_, name, _]| name).collect();
            if names.is_empty() || Instant::now() >= end {
                return Ok(names);
            }
            sleep(Duration::from_millis(3)).await;
        }
    }

    async fn leave(&self) {
        self.core.settle_last().await;
        // Where it cannot say so, its silence does within two seconds.
        let _ = self.beat(&self.id, "", "").await;
    }

    async fn tend(&self, now: i64) -> Result<(), StoreError> {
        super::house::tend(&self.core, now).await
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("name", &self.name).finish_non_exhaustive()
    }
}
