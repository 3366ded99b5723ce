//! What only this store does: shared commits, faults of the disk; below, reads beside the writer, files, garbage.

mod garbage;
mod opening;
mod overrides;
mod reads;

use super::Embedded;
use super::open::Place;
use super::row::Row;
use super::tables::Kind;
use grant::Seconds;
use issuer::clock::ClockState;
use issuer::state::{
    CodeStore, Moment, RedeemOutcome, Redemption, RefreshStore, RotateOutcome, Spending, Store, StoreError,
};
use parking_lot::Mutex;
use redb::{BackendError, StorageBackend};
use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use testkit::suite::{NOW, OfFamily, code, handle, realm, redeemed, redemption, request, rotation, spend};

/// A disk in memory that outlives the database on it, and can be full, unreadable or slow to write.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    bytes: Arc<Mutex<Vec<u8>>>,
    full: Arc<AtomicBool>,
    unreadable: Arc<AtomicBool>,
    /// While this is set, a commit waits.
    held: Arc<AtomicBool>,
    refused: Arc<AtomicU64>,
}

impl Disk {
    fn check(&self) -> io::Result<()> {
        if self.full.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }

    fn at(offset: u64) -> usize {
        usize::try_from(offset).unwrap()
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if self.unreadable.load(Ordering::SeqCst) {
            return Err(io::Error::other("a bad sector"));
        }
        let start = Self::at(offset);
        out.copy_from_slice(self.bytes.lock().get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.bytes.lock().resize(Self::at(len), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        while self.held.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        self.check()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        let start = Self::at(offset);
        self.bytes.lock()[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_operations_share_commits_and_refusals_need_none() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let before = store.commits();
    let tasks: Vec<_> = (0..500)
        .map(|n| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.put_code(&realm(), handle(n), code(n)).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let commits = store.commits() - before;
    assert!((1..250).contains(&commits), "{commits} for 500 operations");

    let before = store.commits();
    let stranger = Redemption { client_id: "stranger".into(), ..redemption(handle(1), None) };
    assert_eq!(store.redeem_code(&realm(), stranger).await.unwrap(), RedeemOutcome::WrongClient);
    let unknown = store.redeem_code(&realm(), redemption(handle(9999), None)).await.unwrap();
    assert_eq!(unknown, RedeemOutcome::Unknown);
    assert_eq!(store.commits(), before);
    store.redeem_code(&realm(), redemption(handle(1), None)).await.unwrap();
    assert_eq!(store.commits(), before + 1);
}

#[tokio::test]
async fn f14_a_full_disk_is_unavailable_and_the_store_works_again_after() {
    let disk = Disk::default();
    let store: Arc<dyn Store> = Arc::new(Embedded::start(Place::Test(disk.clone()), false).unwrap());
    redeemed(&store, 1, handle(10)).await;
    store.put_code(&realm(), handle(1), code(2)).await.unwrap();

    disk.full.store(true, Ordering::SeqCst);
    let attempt = redemption(handle(1), Some(handle(20))).of(2);
    for _ in 0..3 {
        let failed = store.redeem_code(&realm(), attempt.clone()).await;
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    }
    assert!(matches!(store.put_code(&realm(), handle(2), code(3)).await, Err(StoreError::Unavailable(_))));
    assert!(disk.refused.load(Ordering::SeqCst) > 0, "the disk did refuse");
    disk.full.store(false, Ordering::SeqCst);

    store.probe().await.unwrap();
    assert_eq!(
        store.redeem_code(&realm(), redemption(handle(2), None)).await.unwrap(),
        RedeemOutcome::Unknown,
        "what was refused was not done"
    );
    assert_eq!(store.redeem_code(&realm(), attempt).await.unwrap(), RedeemOutcome::Granted(code(2)));
    for (family, token) in [(1, 10), (2, 20)] {
        let outcome = store.rotate(&realm(), rotation(handle(token), handle(token + 1)).of(family)).await.unwrap();
        assert!(matches!(outcome, RotateOutcome::Granted(_)), "{token}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_operation_that_fails_leaves_the_others_alone() {
    let disk = Disk::default();
    let store = Arc::new(Embedded::start(Place::Test(disk), false).unwrap());
    let key = super::tables::key(&realm(), &[&handle(7).0]);
    let odd = Row::new(NOW, b"{".to_vec());
    store.writer.run("test", move |tables| tables.put_row(&realm(), Kind::Code, &key, None, &odd)).await.unwrap();
    let subject: Arc<dyn Store> = store.clone();
    let mount = realm();
    let (failed, ()) =
        tokio::join!(store.redeem_code(&mount, redemption(handle(7), None)), redeemed(&subject, 1, handle(10)));
    assert!(matches!(failed, Err(StoreError::Corrupt(_))), "{failed:?}");
    let broken: Result<(), StoreError> = store.writer.run("test", |_| panic!("an operation that panics")).await;
    assert!(matches!(broken, Err(StoreError::Unavailable(_))));
    redeemed(&subject, 2, handle(20)).await;
    let outcome = store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "{outcome:?}");
}

#[tokio::test]
async fn n32_a_damaged_spending_is_a_fault_and_spends_nothing_twice() {
    let store = Embedded::in_memory().unwrap();
    store.spend(&realm(), spend(3, "jti")).await.unwrap();
    let damage = |tables: &mut super::tables::Tables<'_>| {
        let all = tables.rows(Kind::Spent).under(&[])?;
        all.into_iter().try_for_each(|(key, row)| {
            let row = Row { spending: None, ..Row::decode(&row)? };
            tables.rows(Kind::Spent).put(&key, &row.encode())
        })
    };
    store.writer.run("test", damage).await.unwrap();
    let outcome = store.spend(&realm(), spend(3, "jti")).await;
    assert!(matches!(outcome, Err(StoreError::Corrupt(_))), "{outcome:?}");
}

#[test]
fn grace_is_counted_in_milliseconds_either_way() {
    let spending = Spending { at: 10_000, request: request() };
    let at = |millis, grace| spending.has_grace(Moment { millis, clock: ClockState::REAL }, Seconds(grace));
    assert!(at(10_000, 1) && at(10_999, 1) && at(9_001, 1));
    assert!(!at(11_000, 1) && !at(9_000, 1) && !at(10_000, 0) && !at(10_000, -1));
    assert!(at(i64::MAX, i64::MAX) && !at(i64::MIN, 1));
}
