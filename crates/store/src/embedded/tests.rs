//! What only this store does: shared commits, faults of the disk, garbage.

use super::open::Place;
use super::row::{Row, Spending};
use super::tables::Kind;
use super::{Embedded, OpenError};
use crate::suite::{NOW, code, handle, realm, redeemed, redemption, request, rotation, spend};
use issuer::clock::ClockState;
use issuer::state::{
    CodeStore, FamilyId, Moment, Realm, RedeemOutcome, Redemption, RefreshStore, RotateOutcome, Rotation, Spend,
    SpendOutcome, Store, StoreError,
};
use parking_lot::Mutex;
use redb::{BackendError, StorageBackend};
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A disk in memory that outlives the database on it, and can be full.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    bytes: Arc<Mutex<Vec<u8>>>,
    full: Arc<AtomicBool>,
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
    let stranger = Redemption { client_id: "stranger", ..redemption(handle(1), None) };
    assert_eq!(store.redeem_code(&realm(), stranger).await.unwrap(), RedeemOutcome::WrongClient);
    let unknown = store.redeem_code(&realm(), redemption(handle(9999), None)).await.unwrap();
    assert_eq!(unknown, RedeemOutcome::Unknown);
    store.ping().await.unwrap();
    assert_eq!(store.commits(), before);
    store.redeem_code(&realm(), redemption(handle(1), None)).await.unwrap();
    assert_eq!(store.commits(), before + 1);
}

#[tokio::test]
async fn f14_a_full_disk_is_unavailable_and_the_store_works_again_after() {
    let disk = Disk::default();
    let store: Arc<dyn Store> = Arc::new(Embedded::start(Place::Test(disk.clone())).unwrap());
    redeemed(&store, 1, handle(10)).await;
    store.put_code(&realm(), handle(1), code(2)).await.unwrap();

    disk.full.store(true, Ordering::SeqCst);
    let attempt = redemption(handle(1), Some(handle(20)));
    for _ in 0..3 {
        let failed = store.redeem_code(&realm(), attempt).await;
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    }
    assert!(matches!(store.put_code(&realm(), handle(2), code(3)).await, Err(StoreError::Unavailable(_))));
    assert!(disk.refused.load(Ordering::SeqCst) > 0, "the disk did refuse");
    disk.full.store(false, Ordering::SeqCst);

    store.ping().await.unwrap();
    assert_eq!(
        store.redeem_code(&realm(), redemption(handle(2), None)).await.unwrap(),
        RedeemOutcome::Unknown,
        "what was refused was not done"
    );
    assert_eq!(store.redeem_code(&realm(), attempt).await.unwrap(), RedeemOutcome::Granted(code(2)));
    for token in [10, 20] {
        let outcome = store.rotate(&realm(), rotation(handle(token), handle(token + 1))).await.unwrap();
        assert!(matches!(outcome, RotateOutcome::Granted(_)), "{token}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_operation_that_fails_leaves_the_others_alone() {
    let disk = Disk::default();
    let store = Arc::new(Embedded::start(Place::Test(disk)).unwrap());
    let key = super::tables::key(&realm(), &[&handle(7).0]);
    let odd = Row { expiry: NOW, spending: None, body: b"{".to_vec() };
    store.writer.run(move |tables| tables.put_row(&realm(), Kind::Code, &key, None, &odd)).await.unwrap();
    let subject: Arc<dyn Store> = store.clone();
    let mount = realm();
    let (failed, ()) =
        tokio::join!(store.redeem_code(&mount, redemption(handle(7), None)), redeemed(&subject, 1, handle(10)));
    assert!(matches!(failed, Err(StoreError::Corrupt(_))), "{failed:?}");
    let broken: Result<(), StoreError> = store.writer.run(|_| panic!("an operation that panics")).await;
    assert!(matches!(broken, Err(StoreError::Unavailable(_))));
    redeemed(&subject, 2, handle(20)).await;
    let outcome = store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "{outcome:?}");
}

fn running(seconds: i64) -> Moment {
    Moment { millis: seconds * 1000, clock: ClockState::Offset(0) }
}

/// Writes something in `realm` at `moment`, as garbage is collected only then.
async fn write_at(store: &Embedded, realm: &Realm, moment: Moment) {
    let token_id = format!("{:?}", request());
    let spend = Spend { moment, expires_at: i64::MAX, ..spend(77, &token_id) };
    assert_eq!(store.spend(realm, spend).await.unwrap(), SpendOutcome::Granted);
}

#[tokio::test]
async fn rows_are_collected_a_day_after_their_end_by_their_realms_clock() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let subject: Arc<dyn Store> = store.clone();
    redeemed(&subject, 1, handle(10)).await;
    store.put_code(&realm(), handle(1), code(2)).await.unwrap();
    store.spend(&realm(), spend(3, "a")).await.unwrap();
    store.revoke_family(&realm(), FamilyId(4), NOW + 1000).await.unwrap();
    store.revoke_family(&realm(), FamilyId(4), NOW + 10).await.unwrap();
    let rows = async || {
        let count = |tables: &mut super::tables::Tables<'_>| {
            let kinds = [Kind::Code, Kind::Refresh, Kind::Spent, Kind::Family];
            let rows = kinds.map(|kind| tables.rows(kind).under(&[]).unwrap().len());
            Ok((rows, tables.expiry.under(&[]).unwrap().len()))
        };
        store.writer.run(count).await.unwrap()
    };
    assert_eq!(rows().await, ([2, 1, 1, 1], 5));

    let day = 24 * 3600;
    let far = NOW + 365 * day;
    write_at(&store, &realm(), running(NOW + 300 + day - 1)).await;
    write_at(&store, &realm(), Moment { millis: far * 1000, clock: ClockState::Frozen(far * 1000) }).await;
    write_at(&store, &realm(), Moment { millis: far * 1000, clock: ClockState::Offset(364 * day * 1000) }).await;
    write_at(&store, &Realm::of_mount("other"), running(far)).await;
    assert_eq!(rows().await, ([2, 1, 5, 1], 9), "too early, frozen, set ahead, another realm's clock");

    write_at(&store, &realm(), running(NOW + 300 + day)).await;
    assert_eq!(rows().await, ([1, 1, 6, 1], 9), "the unspent code alone; the spent one lives with its token");
    write_at(&store, &realm(), running(NOW + 1000 + day)).await;
    assert_eq!(rows().await, ([0, 0, 6, 0], 6), "code, token, spent token and family");
}

#[tokio::test]
async fn much_garbage_is_collected_in_slices() {
    let store = Embedded::in_memory().unwrap();
    for n in 0..100 {
        store.put_code(&realm(), handle(n), code(n)).await.unwrap();
    }
    let left = async || store.writer.run(|tables| Ok(tables.rows(Kind::Code).under(&[])?.len())).await.unwrap();
    let mut before = left().await;
    assert_eq!(before, 100);
    while before > 0 {
        write_at(&store, &realm(), running(NOW + 30 * 86_400)).await;
        let after = left().await;
        assert!(after < before && before - after < 50, "{before} to {after}");
        before = after;
    }
}

#[test]
fn grace_is_counted_in_milliseconds_either_way() {
    let spending = Spending { at: 10_000, request: request() };
    let at = |millis, grace| spending.has_grace(Moment { millis, clock: ClockState::Offset(0) }, grace);
    assert!(at(10_000, 1) && at(10_999, 1) && at(9_001, 1));
    assert!(!at(11_000, 1) && !at(9_000, 1) && !at(10_000, 0) && !at(10_000, -1));
    assert!(at(i64::MAX, i64::MAX) && !at(i64::MIN, 1));
}

fn refusal(path: &Path) -> String {
    Embedded::open(path).unwrap_err().to_string()
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/store.redb");
    drop(Embedded::open(&path).unwrap());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    for exposed in [0o640, 0o602, 0o644] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(exposed)).unwrap();
        let said = refusal(&path);
        assert!(said.contains(&format!("run `chmod 600 {}`", path.display())), "{said}");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    drop(Embedded::open(&path).unwrap());
}

#[test]
fn one_process_has_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let first = Embedded::open(&path).unwrap();
    assert!(matches!(Embedded::open(&path), Err(OpenError::InUse(_))));
    drop(first);
    drop(Embedded::open(&path).unwrap());
}

#[test]
fn what_is_no_store_of_this_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let private = |name: &str| {
        let path = folder.path().join(name);
        super::open::options().create(true).open(&path).unwrap();
        path
    };
    let text = private("text");
    std::fs::write(&text, "no database at all\n".repeat(1000)).unwrap();
    assert!(matches!(Embedded::open(&text), Err(OpenError::NotAStore(_))), "{}", refusal(&text));
    assert!(matches!(Embedded::open(folder.path()), Err(OpenError::Io { .. } | OpenError::NotAStore(_))));

    let foreign = private("foreign");
    let database = redb::Database::create(&foreign).unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(redb::TableDefinition::<u32, u32>::new("theirs")).unwrap();
    txn.commit().unwrap();
    drop(database);
    assert!(matches!(Embedded::open(&foreign), Err(OpenError::NotAStore(_))), "{}", refusal(&foreign));

    let newer = private("newer");
    drop(Embedded::open(&newer).unwrap());
    let database = redb::Database::create(&newer).unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(super::tables::META).unwrap().insert(&b"schema"[..], &2_u32.to_be_bytes()[..]).unwrap();
    txn.commit().unwrap();
    drop(database);
    assert!(matches!(Embedded::open(&newer), Err(OpenError::Newer(_))), "{}", refusal(&newer));
}

#[tokio::test]
async fn a_damaged_file_is_an_error_not_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let store: Arc<dyn Store> = Arc::new(Embedded::open(&path).unwrap());
    for family in 0..50 {
        redeemed(&store, family, handle(family)).await;
    }
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    let mut refused = 0;
    for page in (0..whole.len().min(400_000) / 4096).step_by(8) {
        let mut damaged = whole.clone();
        damaged[page * 4096 + 16..][..64].fill(0xa5);
        std::fs::write(&path, &damaged).unwrap();
        match Embedded::open(&path) {
            Err(_) => refused += 1,
            Ok(store) => {
                let outcome = store.rotate(&realm(), Rotation { grace: 9, ..rotation(handle(1), handle(99)) }).await;
                refused += usize::from(outcome.is_err());
            }
        }
    }
    assert!(refused > 0, "no damage was found");
}
