//! What was changed at run time: one hash, and every change in the log that replicas follow.

use super::Redis;
use super::sets;
use super::told::Told;
use super::whole;
use crate::record::{ChangeBody, from_json, legible};
use deadpool_redis::redis::cmd;
use issuer::state::{Override, OverrideKind, OverrideStore, Realm, Replacement, StoreError};

#[async_trait::async_trait]
impl OverrideStore for Redis {
    async fn overrides(&self) -> Result<Vec<Override>, StoreError> {
        let all = whole::read(&self.core, "overrides", &self.core.names.overrides()).await?;
        Ok(all.values().filter_map(|row| legible("a run-time change", row, read(row))).collect())
    }

    async fn put_override(&self, change: Override) -> Result<(), StoreError> {
        let field = field(&change.realm, change.kind, &change.id);
        self.feed.put(&self.core, &self.core.names.overrides(), &field, change.into()).await
    }

    async fn override_of(&self, realm: &Realm, kind: OverrideKind, id: &str) -> Result<Option<Override>, StoreError> {
        let mut command = cmd("HGET");
        command.arg(self.core.names.overrides().as_bytes()).arg(field(realm, kind, id));
        let kept: Option<Vec<u8>> = self.core.client.send("override", &command).await?;
        kept.map(|row| read(&row)).transpose()
    }

    async fn swap_override(&self, before: Option<Override>, change: Override) -> Result<bool, StoreError> {
        let field = field(&change.realm, change.kind, &change.id);
        self.feed
            .swap(&self.core, &self.core.names.overrides(), &field, before.map(ChangeBody::from), change.into())
            .await
    }

    async fn replace_overrides(&self, replacement: Replacement) -> Result<(), StoreError> {
        sets::replace(&self.core, &self.feed, replacement).await
    }

    async fn forget_override(&self, realm: &Realm, kind: OverrideKind, id: &str) -> Result<(), StoreError> {
        let (key, told) = (self.core.names.overrides(), Told::forgotten(realm, kind, id));
        self.feed.remove(&self.core, &key, &field(realm, kind, id), None, &told).await.map(drop)
    }

    async fn collect_override(&self, change: Override) -> Result<bool, StoreError> {
        let (realm, kind, id) = (change.realm.clone(), change.kind, change.id.clone());
        let (key, told) = (self.core.names.overrides(), Told::forgotten(&realm, kind, &id));
        self.feed.remove(&self.core, &key, &field(&realm, kind, &id), Some(change.into()), &told).await
    }
}

fn read(row: &[u8]) -> Result<Override, StoreError> {
    from_json::<ChangeBody>(row, "a change")?.change()
}

pub(super) fn field(realm: &Realm, kind: OverrideKind, id: &str) -> Vec<u8> {
    [realm.as_str().as_bytes(), kind.as_str().as_bytes(), id.as_bytes()].join(&0)
}
