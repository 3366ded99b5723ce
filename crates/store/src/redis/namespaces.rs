//! Namespaces of all replicas: what they are called and when they end in one hash, the state of each in keys of its own that
//! end with it.

use super::client::Repeat;
use super::script::{Call, NAMESPACE};
use super::told::Told;
use super::{Core, Redis, UNKNOWN, house, whole};
use crate::record::{from_json, legible, to_json};
use deadpool_redis::redis::cmd;
use issuer::state::{Added, NamespaceRecord, NamespaceStore, Store, StoreError};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// A namespace as it is kept, under its name.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// What tells it from others of the name.
    #[serde(rename = "i")]
    id: String,
    /// When it ends, milliseconds since the epoch.
    #[serde(rename = "e")]
    ends_at: i64,
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    is_drawn: bool,
}

impl Kept {
    fn record(self, name: &str) -> NamespaceRecord {
        let Self { id, ends_at, is_drawn } = self;
        NamespaceRecord { name: name.into(), id: id.into(), ends_at, is_drawn }
    }
}

/// The namespaces at work in this process, by owner.
#[derive(Default)]
pub(super) struct Namespaces(Mutex<HashMap<Arc<str>, Weak<Core>>>);

impl Namespaces {
    fn add(&self, owner: Arc<str>, core: &Arc<Core>) {
        let mut all = self.0.lock();
        all.retain(|_, core| core.strong_count() > 0);
        all.insert(owner, Arc::downgrade(core));
    }

    fn get(&self, owner: &str) -> Option<Arc<Core>> {
        self.0.lock().get(owner)?.upgrade()
    }

    /// Has the epoch of a namespace, or of all, read anew.
    pub(super) fn doubt_epoch(&self, owner: Option<&str>) {
        let all = self.0.lock();
        let doubted = all.iter().filter(|(known, _)| owner.is_none_or(|owner| owner == &***known));
        for core in doubted.filter_map(|(_, core)| core.upgrade()) {
            core.epoch.store(UNKNOWN, Ordering::Relaxed);
        }
    }
}

impl Redis {
    async fn change_namespace(&self, what: &str, record: &NamespaceRecord, most: usize) -> Result<String, StoreError> {
        let NamespaceRecord { name, id, ends_at, is_drawn } = record;
        let kept = to_json(&Kept { id: id.to_string(), ends_at: *ends_at, is_drawn: *is_drawn })?;
        let keys = [self.core.names.log(), self.core.names.namespaces()];
        let told = to_json(&Told::Namespace { name: name.to_string() })?;
        let call = Call::on(&keys).arg(told).arg(what).arg(&**name).arg(kept).arg(&**id).arg(*ends_at).arg(most);
        let (place, done): (String, String) = self.core.client.run(&NAMESPACE, call, Repeat::Safe).await?;
        self.feed.note_own(&place)?;
        Ok(done)
    }

    /// What is known of a namespace at work is as it was read.
    fn noted(&self, record: NamespaceRecord) -> NamespaceRecord {
        if let Some(core) = self.feed.namespaces.get(&record.owner()) {
            core.client.extend(record.ends_at);
        }
        record
    }
}

#[async_trait::async_trait]
impl NamespaceStore for Redis {
    fn in_namespace(&self, record: &NamespaceRecord) -> Result<Arc<dyn Store>, StoreError> {
        let (owner, base) = (record.owner(), &self.core);
        let core = Arc::new(Core {
            client: base.client.until(record.ends_at),
            names: base.names.of_namespace(&owner),
            epoch: AtomicU64::new(UNKNOWN),
            format: Arc::clone(&base.format),
            replica: base.replica.clone(),
            keeper: base.keeper.clone(),
            place: base.place.clone(),
        });
        self.feed.namespaces.add(Arc::clone(&owner), &core);
        let (limits, feed) = (self.limits.of_namespace(), Arc::clone(&self.feed));
        Ok(Arc::new(Self { core, limits, feed, owner: Some(owner) }))
    }

    async fn add_namespace(&self, record: NamespaceRecord, most: usize) -> Result<Added, StoreError> {
        Ok(match &*self.change_namespace("add", &record, most).await? {
            "done" => Added::Added,
            "full" => Added::Full,
            _ => Added::Taken,
        })
    }

    async fn extend_namespace(&self, record: &NamespaceRecord) -> Result<bool, StoreError> {
        let core = self.feed.namespaces.get(&record.owner());
        if let Some(core) = &core {
            core.client.extend(record.ends_at);
        }
        let is_there = self.change_namespace("extend", record, 0).await? == "done";
        if let Some(core) = core.filter(|_| is_there) {
            house::extend(&core).await?;
        }
        Ok(is_there)
    }

    async fn namespaces(&self) -> Result<Vec<NamespaceRecord>, StoreError> {
        let all = whole::read(&self.core, "namespaces", &self.core.names.namespaces()).await?;
        let read = |(name, row): (&Vec<u8>, &Vec<u8>)| {
            let kept: Kept = legible("a namespace", row, from_json(row, "a namespace"))?;
            Some(self.noted(kept.record(std::str::from_utf8(name).ok()?)))
        };
        Ok(all.iter().filter_map(read).collect())
    }

    async fn namespace(&self, name: &str) -> Result<Option<NamespaceRecord>, StoreError> {
        let mut command = cmd("HGET");
        command.arg(self.core.names.namespaces().as_bytes()).arg(name);
        let kept: Option<Vec<u8>> = self.core.client.send("namespace", &command).await?;
        let kept = kept.map(|row| from_json::<Kept>(&row, "a namespace")).transpose()?;
        Ok(kept.map(|kept| self.noted(kept.record(name))))
    }

    async fn forget_namespace(&self, record: &NamespaceRecord) -> Result<(), StoreError> {
        let is_done = self.change_namespace("end", record, 0).await? == "done";
        if let Some(core) = self.feed.namespaces.get(&record.owner()).filter(|_| is_done) {
            house::forget_namespace(core);
        }
        Ok(())
    }
}
