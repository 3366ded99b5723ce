//! What a user owns and is listed as the user's: sessions and personal access tokens.
//!
//! Each is a hash of its record, and has an entry in its user's list: its public identifier, then its handle's hash,
//! by its end.

use super::Core;
use super::client::Repeat;
use super::names::{Key, Owned};
use super::script::{Call, END_OWNED, PUT_OWNED, TAKE_BACK_OWNED};
use deadpool_redis::redis::cmd;
use futures_util::future::try_join_all;
use issuer::state::{HandleHash, Realm, StoreError};
use std::sync::Arc;

/// A row: record, end, and when it was last used.
pub(super) type Row = (Option<Vec<u8>>, Option<i64>, Option<i64>);

/// A new one.
pub(super) struct New<'a> {
    pub(super) kind: Owned,
    pub(super) handle: HandleHash,
    pub(super) id: &'a str,
    pub(super) subject: &'a str,
    pub(super) body: Vec<u8>,
    /// When it ends, and the present, seconds since the epoch.
    pub(super) ends: i64,
    pub(super) now: i64,
    pub(super) replaces: Option<HandleHash>,
    /// How many the user may have.
    pub(super) most: Option<usize>,
}

impl Core {
    /// Keeps a new one; `false` where the user has as many as may be.
    pub(super) async fn put_owned(self: &Arc<Self>, realm: &Realm, new: New<'_>) -> Result<bool, StoreError> {
        let epoch = self.epoch().await?;
        let mut keys = vec![
            self.names.owned(epoch, realm, new.kind, new.handle),
            self.names.owned_by(epoch, realm, new.kind, new.subject),
        ];
        keys.extend(new.replaces.map(|handle| self.names.owned(epoch, realm, new.kind, handle)));
        let entry = [new.id.as_bytes(), &new.handle.0].concat();
        let back = Call::on(&keys).arg(&entry[..]);
        let call = Call::on(&keys)
            .arg(new.body)
            .arg(new.ends)
            .arg(&entry[..])
            .arg(new.now)
            .arg(new.most.map(|most| most.to_string()).unwrap_or_default());
        self.step(&PUT_OWNED, call, (&TAKE_BACK_OWNED, back)).await
    }

    pub(super) async fn owned(&self, key: &Key) -> Result<Row, StoreError> {
        let mut command = cmd("HMGET");
        command.arg(key.as_bytes()).arg("b").arg("e").arg("u");
        self.client.send("get_owned", &command).await
    }

    /// The rows of a user's, those that were ended left out.
    pub(super) async fn owned_by(&self, realm: &Realm, kind: Owned, subject: &str) -> Result<Vec<Row>, StoreError> {
        let epoch = self.epoch().await?;
        let handles = self.list(&self.names.owned_by(epoch, realm, kind, subject)).await?;
        let keys: Vec<_> = handles
            .iter()
            .filter_map(|entry| Some(self.names.owned(epoch, realm, kind, HandleHash(*entry.last_chunk()?))))
            .collect();
        let rows = try_join_all(keys.iter().map(|key| self.owned(key))).await?;
        Ok(rows.into_iter().filter(|(body, ..)| body.is_some()).collect())
    }

    /// Ends the user's of that identifier; whether there was one.
    pub(super) async fn end_owned(
        &self,
        realm: &Realm,
        kind: Owned,
        subject: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let epoch = self.epoch().await?;
        let list = self.names.owned_by(epoch, realm, kind, subject);
        let is_meant = |known: &Vec<u8>| known.len() == id.len() + 32 && known.starts_with(id.as_bytes());
        let (mut ended, request) = (false, rand::random::<[u8; 16]>());
        // A session that was replaced has left its entry, under the same identifier where the user is the same.
        for known in self.list(&list).await?.into_iter().filter(is_meant) {
            let Some(handle) = known.last_chunk() else { continue };
            let keys = [self.names.owned(epoch, realm, kind, HandleHash(*handle)), list.clone()];
            let call = Call::on(&keys).arg(&known[..]).arg(&request[..]);
            ended |= self.client.run::<bool>(&END_OWNED, call, Repeat::Safe).await?;
        }
        Ok(ended)
    }

    async fn list(&self, key: &Key) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut command = cmd("ZRANGE");
        command.arg(key.as_bytes()).arg(0).arg(-1);
        self.client.send("list_owned", &command).await
    }
}
