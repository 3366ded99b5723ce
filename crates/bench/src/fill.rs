//! Fills a store with rows, so that a start can be measured with what busy months leave behind.

use anyhow::{Context as _, ensure};
use issuer::clock::Clock;
use issuer::state::{FamilyId, Moment, Realm, RefreshStore as _, RequestId, Spend, SpendOutcome};
use std::path::Path;
use std::sync::Arc;
use store::Embedded;
use tokio::task::JoinSet;

/// Rows on their way at a time: more than a transaction takes, so that each one is full.
const AT_ONCE: u32 = 4096;
/// How long a row must be kept: the 180 days of a Screening Eagle refresh token.
const LIFE: i64 = 15_552_000;

/// Writes `rows` unexpired rows into the embedded store at `path`, which no process may have open: spent refresh
/// tokens, each of its own family.
pub fn fill_store(path: &Path, rows: u32) -> anyhow::Result<()> {
    let store = Arc::new(Embedded::open(path).context("cannot open the store to fill")?);
    let moment = Clock::default().now();
    tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        for first in (0..rows).step_by(AT_ONCE as usize) {
            let mut writes = JoinSet::new();
            for row in first..rows.min(first.saturating_add(AT_ONCE)) {
                let store = Arc::clone(&store);
                writes.spawn(async move { spend(&store, row, moment, 0).await });
            }
            while let Some(written) = writes.join_next().await {
                ensure!(written?? == SpendOutcome::Granted, "a row was there before");
            }
        }
        Ok(())
    })
}

async fn spend(store: &Embedded, row: u32, moment: Moment, request: u8) -> anyhow::Result<SpendOutcome> {
    let spend = Spend {
        request: RequestId([request; 16]),
        moment,
        family: FamilyId(u64::from(row)),
        token_id: format!("00000000-0000-4000-8000-{row:012x}"),
        link: None,
        expires_at: moment.seconds() + LIFE,
        rotate: true,
        grace: 0_u32.into(),
    };
    Ok(store.spend(&Realm::of_mount("bits"), spend).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_row_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("filled.redb");
        let filled = file.clone();
        tokio::task::spawn_blocking(move || fill_store(&filled, 5000)).await.unwrap().unwrap();
        let store = Embedded::open(&file).unwrap();
        let moment = Clock::default().now();
        for row in [0, 4095, 4096, 4999] {
            assert_eq!(spend(&store, row, moment, 1).await.unwrap(), SpendOutcome::Reused, "{row}");
        }
        assert_eq!(spend(&store, 5000, moment, 1).await.unwrap(), SpendOutcome::Granted);
    }
}
