//! Reads beside the writer.

use super::super::Embedded;
use super::super::open::Place;
use super::super::reader::Snapshot;
use super::Disk;
use futures_util::FutureExt;
use issuer::state::{CodeStore, FamilyId, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testkit::suite::{Subject, code, consents, handle, pats, realm, scopes, seconds, sessions};

fn on(disk: &Disk) -> Arc<Embedded> {
    Arc::new(Embedded::start(Place::Test(disk.clone()), false).unwrap())
}

/// A store with a session, a personal access token and a consent, and the disk it is on.
async fn filled() -> (Arc<Embedded>, Subject, Disk) {
    let disk = Disk::default();
    let store = on(&disk);
    let subject: Subject = store.clone();
    sessions::put(&subject, 1, "alice", None).await;
    pats::put(&subject, 1, "alice").await;
    consents::put(&subject, consents::note(&scopes("openid"))).await;
    assert!(pats::used(&subject, 1, seconds(0)).await.is_some());
    (store, subject, disk)
}

/// Reads all that is read beside the writer.
async fn read_all(store: &Subject) -> Result<(), StoreError> {
    let mount = realm();
    assert!(store.session(&mount, handle(1), seconds(9)).await?.is_some());
    assert_eq!(store.sessions_of(&mount, "alice", seconds(9)).await?.len(), 1);
    assert!(store.use_pat(&mount, handle(1), seconds(9)).await?.is_some());
    assert_eq!(store.pats_of(&mount, "alice").await?.len(), 1);
    assert!(store.consent(&mount, "alice", "web").await?.is_some());
    assert_eq!(store.consents_of(&mount, "alice").await?.len(), 1);
    assert!(!store.is_revoked(&mount, FamilyId(1), "a").await?);
    Ok(())
}

#[tokio::test]
async fn a_read_waits_for_no_commit_and_makes_none() {
    let (store, subject, disk) = filled().await;
    let before = store.commits();
    disk.held.store(true, Ordering::SeqCst);
    let revoking = tokio::spawn({
        let subject = subject.clone();
        async move { subject.revoke_token(&realm(), seconds(0), FamilyId(1), "a", i64::MAX).await }
    });
    tokio::task::yield_now().await;
    let read = tokio::time::timeout(Duration::from_secs(20), async {
        for _ in 0..100 {
            read_all(&subject).await?;
        }
        Ok::<_, StoreError>(())
    });
    let (read, revoked, commits) = (read.await, revoking.is_finished(), store.commits());
    disk.held.store(false, Ordering::SeqCst);
    assert_eq!((read, revoked, commits), (Ok(Ok(())), false, before));
    revoking.await.unwrap().unwrap();
    assert!(subject.is_revoked(&realm(), FamilyId(1), "a").await.unwrap(), "what was answered is seen");
    assert_eq!(store.commits(), before + 1);
}

#[tokio::test]
async fn f14_a_read_opens_anew_what_a_full_disk_closed() {
    let (store, subject, disk) = filled().await;
    for _ in 0..3 {
        disk.full.store(true, Ordering::SeqCst);
        let failed = store.put_code(&realm(), handle(1), code(1)).await;
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
        disk.full.store(false, Ordering::SeqCst);
        read_all(&subject).await.unwrap();
    }
}

#[tokio::test]
async fn f14_reads_work_again_after_a_bad_sector() {
    let (store, subject, disk) = filled().await;
    drop((store, subject));
    // Nothing is in the cache of one just opened.
    let subject: Subject = on(&disk);
    disk.unreadable.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let failed = subject.sessions_of(&realm(), "alice", seconds(9)).await;
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    }
    disk.unreadable.store(false, Ordering::SeqCst);
    read_all(&subject).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f14_reads_while_the_disk_comes_and_goes_are_right_or_fail() {
    let (store, subject, disk) = filled().await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (subject, done) = (subject.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut right = 0;
                while right == 0 || !done.load(Ordering::SeqCst) {
                    match read_all(&subject).await {
                        Ok(()) => right += 1,
                        Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
                    }
                }
            })
        })
        .collect();
    for round in 0..40 {
        disk.full.store(round % 2 == 0, Ordering::SeqCst);
        let _ = store.put_code(&realm(), handle(round), code(round)).await;
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn a_read_that_panics_is_an_error() {
    let (store, subject, _) = filled().await;
    let broken: Result<(), StoreError> = store.writer.read("test", |_| panic!("a read that panics")).await;
    assert!(matches!(broken, Err(StoreError::Unavailable(_))), "{broken:?}");
    read_all(&subject).await.unwrap();
}

#[tokio::test]
async fn the_file_is_free_though_a_read_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let store = Embedded::open(&path).unwrap();
    let (begun, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let step = {
        let (begun, over) = (Arc::clone(&begun), Arc::clone(&over));
        move |_: &Snapshot| {
            begun.store(true, Ordering::SeqCst);
            while !over.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            Ok(())
        }
    };
    // Asked for, and then of no more interest.
    assert!(store.writer.list("test", step).now_or_never().is_none());
    while !begun.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    drop(store);
    let again = Embedded::open(&path);
    over.store(true, Ordering::SeqCst);
    again.unwrap().probe().await.unwrap();
}
