//! What was changed at run time: one hash, and every change in the log that replicas follow.

use super::Redis;
use super::changes::Told;
use crate::record::{ChangeBody, from_json};
use deadpool_redis::redis::cmd;
use issuer::state::{Override, OverrideKind, OverrideStore, Realm, StoreError};

#[async_trait::async_trait]
impl OverrideStore for Redis {
    async fn overrides(&self) -> Result<Vec<Override>, StoreError> {
        let mut command = cmd("HVALS");
        command.arg(self.core.names.overrides().as_bytes());
        let all: Vec<Vec<u8>> = self.core.client.send("overrides", &command).await?;
        all.iter().map(|body| from_json::<ChangeBody>(body, "a change")?.change()).collect()
    }

    async fn put_override(&self, change: Override) -> Result<(), StoreError> {
        let field = field(&change.realm, change.kind, &change.id);
        self.feed.put(&self.core.names.overrides(), &field, change.into()).await
    }

    async fn override_of(&self, realm: &Realm, kind: OverrideKind, id: &str) -> Result<Option<Override>, StoreError> {
        let mut command = cmd("HGET");
        command.arg(self.core.names.overrides().as_bytes()).arg(field(realm, kind, id));
        let kept: Option<Vec<u8>> = self.core.client.send("override", &command).await?;
        kept.map(|body| from_json::<ChangeBody>(&body, "a change")?.change()).transpose()
    }

    async fn swap_override(&self, before: Option<Override>, change: Override) -> Result<bool, StoreError> {
        let field = field(&change.realm, change.kind, &change.id);
        self.feed.swap(&self.core.names.overrides(), &field, before.map(ChangeBody::from), change.into()).await
    }

    async fn forget_override(&self, realm: &Realm, kind: OverrideKind, id: &str) -> Result<(), StoreError> {
        let told =
            Told::Forgotten { realm: realm.as_str().to_owned(), kind: kind.as_str().to_owned(), id: id.to_owned() };
        self.feed.remove(&self.core.names.overrides(), &field(realm, kind, id), &told).await.map(drop)
    }
}

pub(super) fn field(realm: &Realm, kind: OverrideKind, id: &str) -> Vec<u8> {
    [realm.as_str().as_bytes(), kind.as_str().as_bytes(), id.as_bytes()].join(&0)
}
