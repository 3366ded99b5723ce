//! Rows in the place of all there are: put into the next epoch, in which nobody looks yet, until that one begins.

use super::settling::Keeper;
use super::{Core, Redis, UNKNOWN, house};
use crate::carry::{self, BATCH, Carried, Row};
use deadpool_redis::redis::cmd;
use futures_util::future::try_join_all;
use issuer::state::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

impl Redis {
    /// Puts rows in the place of all there are. Until the last moment requests find what was there before.
    pub(super) async fn replace(&self, lines: &[Vec<u8>]) -> Result<(), StoreError> {
        let (whole, others): (Vec<_>, Vec<_>) =
            carry::rows_of(lines)?.into_iter().partition(|Carried(row)| row.is_shared());
        let beside = Arc::new(self.core.beside());
        let next = beside.begin_carrying().await?;
        if let Err(error) = beside.add_carried(others).await {
            // A reset would begin that epoch.
            house::unlink(&self.core, next).await?;
            return Err(error);
        }
        beside.finish_carrying(whole).await?;
        self.core.read_epoch().await?;
        self.feed.tell_anew().await
    }
}

impl Core {
    /// Another view of the same store, with an epoch of its own.
    fn beside(&self) -> Self {
        Self {
            client: self.client.clone(),
            names: self.names.clone(),
            epoch: AtomicU64::new(UNKNOWN),
            format: Arc::clone(&self.format),
            replica: self.replica.clone(),
            keeper: Keeper::default(),
            place: self.place.clone(),
        }
    }

    /// The next epoch, which is empty and the one that is known from now on.
    pub(super) async fn begin_carrying(self: &Arc<Self>) -> Result<u64, StoreError> {
        let next = self.read_epoch().await? + 1;
        house::unlink(self, next).await?;
        self.epoch.store(next, Ordering::Relaxed);
        Ok(next)
    }

    pub(super) async fn add_carried(&self, rows: Vec<Carried>) -> Result<(), StoreError> {
        // A refresh token takes its terms from its family's code, so codes go first.
        let (codes, others): (Vec<_>, Vec<_>) =
            rows.into_iter().map(|Carried(row)| row).partition(|row| matches!(row, Row::Code { .. }));
        for part in [codes, others] {
            let mut rows = part.into_iter().peekable();
            while rows.peek().is_some() {
                try_join_all(rows.by_ref().take(BATCH).map(|row| self.put(row))).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn finish_carrying(self: &Arc<Self>, rows: Vec<Carried>) -> Result<(), StoreError> {
        let names = &self.names;
        let mut gone = vec![names.overrides(), names.scenarios(), names.scenario_uses()];
        let mut keys = house::keys(self, names.signing_keys_pattern());
        while let Some(found) = keys.recv().await {
            gone.extend(found?);
        }
        for key in gone {
            self.client.send::<()>("del", cmd("UNLINK").arg(key.as_bytes())).await?;
        }
        // Scenarios come in the order of their numbers.
        let (scenarios, others): (Vec<_>, Vec<_>) =
            rows.into_iter().map(|Carried(row)| row).partition(|row| matches!(row, Row::Scenario { .. }));
        let mut others = others.into_iter().peekable();
        while others.peek().is_some() {
            try_join_all(others.by_ref().take(BATCH).map(|row| self.put_shared(row))).await?;
        }
        for row in scenarios {
            self.put_shared(row).await?;
        }
        let epoch = self.epoch().await?;
        self.client.send::<()>("set_epoch", cmd("SET").arg(names.epoch().as_bytes()).arg(epoch)).await?;
        self.client.bound(&names.epoch()).await?;
        house::unlink(self, epoch - 1).await
    }
}
