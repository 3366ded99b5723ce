//! Rows carried from one store to another, and through a backup: each of them, and as it was.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use crate::redis::{SINGLE, options};
use issuer::state::{CodeStore, ScenarioStore, Store, StoreError};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::carry::{self, BackupError, Carry};
use store::{Embedded, Redis};
use testkit::fixture;
use testkit::suite::{Subject, code, devices, handle, realm};

/// A copy of what a gateway left behind.
fn left_behind(folder: &Path) -> PathBuf {
    let path = folder.join("fixture.redb");
    let bytes = fs::read(fixture::folder("0.1.0").join("embedded.redb")).unwrap();
    drop(Embedded::open(&path).unwrap());
    fs::write(&path, bytes).unwrap();
    path
}

fn redis() -> Redis {
    Redis::new(&options(&SINGLE.url())).unwrap()
}

async fn backup(store: &dyn Carry) -> Vec<u8> {
    let (mut chunks, mut bytes) = (carry::backup(store), Vec::new());
    while let Some(chunk) = chunks.recv().await {
        bytes.extend(chunk.unwrap());
    }
    bytes
}

/// The rows, in no order. Redis remembers the revocation of a token as long as its family.
async fn rows(store: &dyn Carry) -> BTreeSet<String> {
    let text = String::from_utf8(backup(store).await).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let row = |line: &&str| match line.split_once(",\"until\"") {
        Some((row, _)) if row.starts_with("{\"revoked\"") => row.to_owned(),
        _ => (*line).to_owned(),
    };
    lines[1..lines.len() - 1].iter().map(row).collect()
}

/// What is there once more than the other has.
fn assert_same(found: &BTreeSet<String>, due: &BTreeSet<String>) {
    let (more, missing): (Vec<_>, Vec<_>) = (found.difference(due).collect(), due.difference(found).collect());
    assert!(more.is_empty() && missing.is_empty(), "more: {more:#?}, missing: {missing:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_every_row_is_carried_to_redis_and_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let from = Embedded::open(left_behind(folder.path())).unwrap();
    let there = rows(&from).await;
    for kind in [
        "code",
        "refresh",
        "family",
        "spent",
        "revoked",
        "session",
        "pat",
        "consent",
        "consent_family",
        "key",
        "change",
    ] {
        let is_there = there.iter().any(|row| row.starts_with(&format!("{{\"{kind}\":")));
        assert!(is_there, "no {kind} in what was left behind");
    }
    let (shared, back) = (redis(), Embedded::open(folder.path().join("back.redb")).unwrap());
    assert!(carry::is_empty(&shared).await);
    let counts = carry::copy(&from, &shared).await.unwrap();
    assert_eq!(counts.values().sum::<u64>(), there.len() as u64);
    assert_same(&rows(&shared).await, &there);
    assert_eq!(carry::copy(&shared, &back).await.unwrap(), counts);
    assert_same(&rows(&back).await, &there);
    assert_eq!(carry::check(&back).await, (counts, Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_a_copy_takes_the_place_of_what_was_there() {
    let (from, to) = (Embedded::in_memory().unwrap(), redis());

    to.put_code(&realm(), handle(9), code(9)).await.unwrap();
    to.add_scenario("{}".to_owned()).await.unwrap();
    from.put_code(&realm(), handle(2), code(2)).await.unwrap();
    for _ in 0..2 {
        carry::copy(&from, &to).await.unwrap();
        assert_eq!(rows(&to).await, rows(&from).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_devices_go_on_where_they_are_carried_to() {
    let folder = tempfile::tempdir().unwrap();
    let from = Arc::new(Embedded::in_memory().unwrap());
    devices::leave(&(Arc::clone(&from) as Subject)).await;
    let there = rows(&*from).await;
    assert_eq!(there.iter().filter(|row| row.starts_with("{\"device\":")).count(), 3, "{there:#?}");
    let (shared, back) = (Arc::new(redis()), Arc::new(Embedded::in_memory().unwrap()));
    let (restored, of_backup) = (Arc::new(redis()), folder.path().join("backup"));
    carry::copy(&*from, &*shared).await.unwrap();
    carry::copy(&*shared, &*back).await.unwrap();
    fs::write(&of_backup, backup(&*shared).await).unwrap();
    carry::restore(&of_backup, &*restored).await.unwrap();
    for store in [&*shared as &dyn Carry, &*back, &*restored] {
        assert_same(&rows(store).await, &there);
    }
    for store in [from as Subject, shared, back, restored] {
        devices::go_on(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_a_backup_is_restored_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let from = Embedded::open(left_behind(folder.path())).unwrap();
    let whole = backup(&from).await;
    let path = folder.path().join("backup");
    fs::write(&path, &whole).unwrap();
    assert!(carry::is_backup(&path));
    for to in [&redis() as &dyn Carry, &Embedded::in_memory().unwrap()] {
        carry::restore(&path, to).await.unwrap();
        assert_same(&rows(to).await, &rows(&from).await);
    }

    let to = Embedded::in_memory().unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let without_a_line: Vec<&str> =
        text.lines().enumerate().filter(|(number, _)| *number != 3).map(|(_, line)| line).collect();
    let changed = text.replacen("\"until\":1", "\"until\":2", 1);
    let damaged =
        [&text[..text.len() / 2], &text[..text.rfind("{\"end\"").unwrap()], &without_a_line.join("\n"), &changed];
    for (number, bytes) in damaged.into_iter().enumerate() {
        fs::write(&path, bytes).unwrap();
        let refused = carry::restore(&path, &to).await;
        assert!(matches!(refused, Err(BackupError::Damaged { .. })), "{number}: {refused:?}");
    }
    let newer = text.replacen("_backup\":1", "_backup\":3", 1);
    fs::write(&path, newer).unwrap();
    let refused = carry::restore(&path, &to).await.unwrap_err().to_string();
    assert!(refused.contains("format 3") && refused.contains("up to 2"), "{refused}");
    fs::write(&path, "something else").unwrap();
    assert!(matches!(carry::restore(&path, &to).await, Err(BackupError::Foreign(_))));
    assert!(carry::is_empty(&to).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_a_redis_of_a_newer_format_is_refused_with_the_way_back() {
    let options = options(&SINGLE.url());
    let set = |format: &str| SINGLE.command(&["SET", &format!("{}:{{shared}}format", options.prefix), format]).unwrap();
    let store = Redis::new(&options).unwrap();
    for known in ["1", "2"] {
        set(known);
        store.probe().await.unwrap();
    }
    set("3");
    let refused = store.probe().await.unwrap_err();
    assert_eq!(refused, StoreError::Newer { found: 3, known: 2 });
    assert!(refused.to_string().contains("idp-gateway store restore"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_a_row_that_cannot_be_read_is_named_and_no_backup_goes_without_it() {
    let options = options(&SINGLE.url());
    let store = Redis::new(&options).unwrap();
    for number in 1..4 {
        store.put_code(&realm(), handle(number), code(number)).await.unwrap();
    }
    let keys = SINGLE.command(&["KEYS", &format!("{}:0:*", options.prefix)]).unwrap();
    assert!(!keys.is_empty());
    let script = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
          for _, field in ipairs(redis.call('HKEYS', key)) do
            if string.sub(field, 1, 1) == 'c' then redis.call('HSET', key, field, '{') return 1 end
          end
        end";
    SINGLE.command(&["EVAL", script, "0", &format!("{}:0:*", options.prefix)]).unwrap();
    let (counts, damaged) = carry::check(&store).await;
    assert_eq!((counts["code"], damaged.len()), (2, 1), "{damaged:?}");
    assert!(damaged[0].place.contains("mount/") && damaged[0].why.contains("a code"), "{damaged:?}");
    let mut chunks = carry::backup(&store);
    let mut last = None;
    while let Some(chunk) = chunks.recv().await {
        last = Some(chunk);
    }
    assert!(matches!(last, Some(Err(StoreError::Corrupt(_)))));
    let refused = carry::copy(&store, &Embedded::in_memory().unwrap()).await;
    assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{refused:?}");
}
