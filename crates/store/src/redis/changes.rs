//! What replicas change, in one log that all follow.
//!
//! Every change is an entry of a stream, made in the step that makes the change, and numbered. A replica waits on the
//! stream, so that an entry reaches it at once; a number left out, or a connection lost, makes it read everything
//! anew. By its heart-beat it says how far it has come, and whoever made a change waits for that.

use super::Core;
use super::client::Repeat;
use super::following::Following;
use super::names::Key;
use super::namespaces::Namespaces;
use super::script::{BEAT, CHANGE, Call, REPLACE, RESET};
use super::told::Told;
use crate::cursor::{Cursor, Place};
use crate::format::NEWEST;
use crate::meter;
use crate::record::{ChangeBody, from_json, legible, to_json};
use deadpool_redis::redis::cmd;
use issuer::state::{Changes, Due, Parts, Peer, Position, Pulse, StoreError};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a replica's silence may last until nobody waits for it, milliseconds.
const LIVE: u64 = 2_000;
/// How long whoever made a change waits for the others.
const SETTLE: Duration = Duration::from_secs(1);
/// How many changes that do not fit here are told of: whoever made one waits for a second at most.
const LEFT_OUT: usize = 16;

/// Changes that were put in force.
const APPLIED: &str = "idp_gateway_changes_applied_total";

/// One replica's view of the log.
pub(super) struct Feed {
    pub(super) core: Arc<Core>,
    /// Names this replica among all, for as long as it runs.
    id: String,
    name: String,
    pub(super) following: tokio::sync::Mutex<Following>,
    pub(super) cursor: Mutex<Cursor>,
    /// Whether the store is another than the one that was followed.
    is_another: AtomicBool,
    /// Where the last change of this replica's own stands in the log.
    pub(super) own: Mutex<Place>,
    left_out: Mutex<VecDeque<String>>,
    /// A digest of what this replica has declared.
    declared: Mutex<String>,
    /// Replicas that live, this one included.
    replicas: AtomicU32,
    pub(super) namespaces: Namespaces,
}

impl Feed {
    pub(super) fn new(core: Arc<Core>, name: String) -> Self {
        meter::set_replicas(1);
        meter::count_losses();
        metrics::counter!(APPLIED).increment(0);
        Self {
            core,
            id: format!("{:032x}", rand::random::<u128>()),
            name,
            following: tokio::sync::Mutex::default(),
            cursor: Mutex::default(),
            is_another: AtomicBool::default(),
            own: Mutex::default(),
            left_out: Mutex::default(),
            declared: Mutex::default(),
            replicas: AtomicU32::new(1),
            namespaces: Namespaces::default(),
        }
    }

    /// Replicas that live, this one included; at least one.
    pub(super) fn replicas(&self) -> u32 {
        self.replicas.load(Ordering::Relaxed).max(1)
    }

    pub(super) async fn put(&self, core: &Core, key: &Key, field: &[u8], kept: ChangeBody) -> Result<(), StoreError> {
        let value = to_json(&kept)?;
        self.put_as(core, key, field, &value, &Told::Put(kept)).await
    }

    /// Whether `before` was what the field held; else nothing is changed.
    pub(super) async fn swap(
        &self,
        core: &Core,
        key: &Key,
        field: &[u8],
        before: Option<ChangeBody>,
        kept: ChangeBody,
    ) -> Result<bool, StoreError> {
        let keys = [self.core.names.log(), key.clone()];
        let before = before.map(|before| to_json(&before)).transpose()?.unwrap_or_default();
        let value = to_json(&kept)?;
        let call = Call::on(&keys).arg(to_json(&Told::Put(kept))?).arg("swap").arg(field).arg(value).arg(before);
        self.change(core, call).await
    }

    pub(super) async fn put_as(
        &self,
        core: &Core,
        key: &Key,
        field: &[u8],
        value: &[u8],
        told: &Told,
    ) -> Result<(), StoreError> {
        let keys = [self.core.names.log(), key.clone()];
        let call = Call::on(&keys).arg(to_json(told)?).arg("put").arg(field).arg(value);
        self.change(core, call).await.map(drop)
    }

    /// Whether the field was there; with `before`, whether it held that, and else nothing is changed.
    pub(super) async fn remove(
        &self,
        core: &Core,
        key: &Key,
        field: &[u8],
        before: Option<ChangeBody>,
        told: &Told,
    ) -> Result<bool, StoreError> {
        let keys = [self.core.names.log(), key.clone()];
        let call = Call::on(&keys).arg(to_json(told)?).arg("del").arg(field);
        match before {
            Some(before) => self.change(core, call.arg(to_json(&before)?)).await,
            None => self.change(core, call).await,
        }
    }

    pub(super) async fn tell(&self, told: &Told) -> Result<(), StoreError> {
        let keys = [self.core.names.log()];
        self.change(&self.core, Call::on(&keys).arg(to_json(told)?).arg("none")).await.map(drop)
    }

    /// What all replicas follow, those of namespaces included.
    pub(super) fn log(&self) -> Key {
        self.core.names.log()
    }

    /// Has all replicas read everything anew.
    pub(super) async fn tell_anew(&self) -> Result<(), StoreError> {
        let keys = [self.core.names.log()];
        self.change(&self.core, Call::on(&keys).arg(to_json(&Told::Scenarios)?).arg("none").arg("anew")).await.map(drop)
    }

    async fn change(&self, core: &Core, call: Call<'_>) -> Result<bool, StoreError> {
        let (place, changed): (String, bool) = core.client.run(&CHANGE, call, Repeat::Safe).await?;
        self.note_own(&place)?;
        Ok(changed)
    }

    /// Puts what was staged in the place of the run-time changes, and has all read everything anew; whether nothing was
    /// changed since `seen`, the last place in the log.
    pub(super) async fn replace(
        &self,
        core: &Core,
        staged: &Key,
        seen: &str,
        scenarios: &[Vec<u8>],
    ) -> Result<bool, StoreError> {
        let names = &core.names;
        let keys = [self.core.names.log(), names.overrides(), staged.clone(), names.scenarios(), names.scenario_uses()];
        let call = Call::on(&keys).arg(to_json(&Told::Scenarios)?).arg(seen);
        let call = scenarios.iter().fold(call, |call, part| call.arg(&part[..]));
        let (place, replaced): (String, bool) = core.client.run(&REPLACE, call, Repeat::Safe).await?;
        if replaced {
            self.note_own(&place)?;
        }
        Ok(replaced)
    }

    /// Begins a new epoch; the one that ended.
    pub(super) async fn reset(&self, core: &Core, told: &Told) -> Result<u64, StoreError> {
        let names = &core.names;
        let keys = [names.log(), names.epoch(), names.overrides(), names.scenarios(), names.scenario_uses()];
        let call = Call::on(&keys).arg(to_json(told)?);
        let (place, ended): (String, u64) = core.client.run(&RESET, call, Repeat::Safe).await?;
        core.epoch.store(ended + 1, Ordering::Relaxed);
        self.note_own(&place)?;
        Ok(ended)
    }

    pub(super) fn note_own(&self, place: &str) -> Result<(), StoreError> {
        let place = Place::parse(place)?;
        let mut own = self.own.lock();
        *own = (*own).max(place);
        Ok(())
    }

    /// Has these changes told of as left out, beside the last that were.
    fn leave_out(&self, left_out: Vec<Position>) {
        let mut all = self.left_out.lock();
        for Position(place) in left_out {
            if !all.contains(&place) {
                all.push_back(place);
            }
        }
        let surplus = all.len().saturating_sub(LEFT_OUT);
        all.drain(..surplus);
    }

    /// Says that the replica of that id lives, under `name` and with `place`; without a name, that it leaves.
    async fn say(&self, id: &str, name: &str, place: &str) -> Result<Beaten, StoreError> {
        let names = &self.core.names;
        let keys = [names.replicas(), names.mark(), names.declared(), names.format()];
        let left_out = self.left_out.lock().iter().cloned().collect::<Vec<_>>().join(" ");
        let declared = self.declared.lock().clone();
        let call = Call::on(&keys).arg(id).arg(name).arg(place).arg(LIVE).arg(left_out).arg(declared).arg(NEWEST);
        let answer: Vec<String> = self.core.client.run(&BEAT, call, Repeat::Safe).await?;
        let [now, mark, format, live @ ..] = &answer[..] else { return Err(super::unexpected("beat")) };
        let now = now.parse().map_err(|_| super::unexpected("beat"))?;
        self.core.format.store(format.parse().map_err(|_| super::unexpected("beat"))?, Ordering::Relaxed);
        Ok(Beaten { now, mark: mark.clone(), live: live.as_chunks::<6>().0.to_vec() })
    }

    /// The names of the replicas that live.
    pub(super) async fn live(&self) -> Result<Vec<String>, StoreError> {
        let live = self.say("-", "", "").await?.live;
        Ok(live.into_iter().map(|[_, name, ..]| name).collect())
    }

    /// The names of the live replicas that read earlier formats alone.
    pub(super) async fn earlier(&self) -> Result<Vec<String>, StoreError> {
        let live = self.say("-", "", "").await?.live;
        let is_earlier = |format: &str| format.parse::<u32>().is_ok_and(|format| format < NEWEST);
        let earlier = live.into_iter().filter(|[.., format]| is_earlier(format));
        Ok(earlier.map(|[_, name, ..]| name).collect())
    }
}

/// What the script of the heart-beat answers.
struct Beaten {
    /// Redis's present in milliseconds.
    now: i64,
    /// The mark of the store; empty where it has none.
    mark: String,
    /// The live replicas: id, name, place, what it has left out, a digest of what it has declared, the newest format that
    /// it reads.
    live: Vec<[String; 6]>,
}

#[async_trait::async_trait]
impl Changes for Feed {
    async fn next(&self) -> Result<Due, StoreError> {
        let mut following = self.following.lock().await;
        if self.is_another.swap(false, Ordering::Relaxed) {
            self.cursor.lock().doubt();
        }
        let due = self.follow(&mut following).await;
        if due.is_err() {
            following.discard();
            self.cursor.lock().doubt();
        }
        due
    }

    async fn applied(&self, position: Position, left_out: Vec<Position>) -> Result<Pulse, StoreError> {
        self.leave_out(left_out);
        metrics::counter!(APPLIED).increment(self.cursor.lock().applied(&position));
        self.beat().await
    }

    async fn beat(&self) -> Result<Pulse, StoreError> {
        let place = self.cursor.lock().place();
        let Beaten { now, mark, live } = self.say(&self.id, &self.name, &place.to_string()).await?;
        if self.cursor.lock().mark().is_some_and(|known| known != mark) {
            self.is_another.store(true, Ordering::Relaxed);
        }
        let count = u32::try_from(live.len()).unwrap_or(u32::MAX);
        self.replicas.store(count, Ordering::Relaxed);
        meter::set_replicas(count);
        let others = live.into_iter().filter(|[id, ..]| *id != self.id);
        let peers = others.map(|[id, name, _, _, declared, _]| Peer { id, name, declared }).collect();
        Ok(Pulse { now, peers })
    }

    async fn settle(&self) -> Result<Vec<String>, StoreError> {
        let own = *self.own.lock();
        let named = own.to_string();
        let end = Instant::now() + SETTLE;
        loop {
            let live = self.say("-", "", "").await?.live;
            let lacks = |place: &str| Place::parse(place).is_ok_and(|place| place < own);
            let leaves_out = |places: &str| places.split(' ').any(|place| place == named);
            let is_waited_for = live.iter().any(|[_, _, place, ..]| lacks(place));
            if !is_waited_for || Instant::now() >= end {
                let behind = live.into_iter().filter(|[_, _, place, out, ..]| lacks(place) || leaves_out(out));
                return Ok(behind.map(|[_, name, ..]| name).collect());
            }
            sleep(Duration::from_millis(3)).await;
        }
    }

    fn salt(&self) -> Option<String> {
        self.cursor.lock().mark().map(str::to_owned)
    }

    async fn declare(&self, digest: String, parts: Parts) -> Result<(), StoreError> {
        let value = to_json(&parts)?;
        let mut command = cmd("HSET");
        command.arg(self.core.names.declared().as_bytes()).arg(&self.id).arg(value);
        self.core.client.send::<()>("declare", &command).await?;
        *self.declared.lock() = digest;
        Ok(())
    }

    async fn declared(&self) -> Result<BTreeMap<String, Parts>, StoreError> {
        let mut command = cmd("HGETALL");
        command.arg(self.core.names.declared().as_bytes());
        let all: HashMap<String, Vec<u8>> = self.core.client.send("declared", &command).await?;
        let read =
            |(id, value): (String, Vec<u8>)| Some((id, legible("a declaration", &value, from_json(&value, "it"))?));
        Ok(all.into_iter().filter_map(read).collect())
    }

    fn id(&self) -> &str {
        &self.id
    }

    async fn leave(&self) {
        self.core.settle_last().await;
        // Where it cannot say so, its silence does within two seconds.
        let _ = self.say(&self.id, "", "").await;
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
