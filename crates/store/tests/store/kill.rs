//! A writer killed at any moment loses nothing that it acknowledged.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use futures_util::future::join_all;
use issuer::state::{CodeStore, RedeemOutcome, RefreshStore, RotateOutcome};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::Embedded;
use testkit::suite::{OfFamily, code, handle, realm, redemption, rotation};

/// Names the file, and tells the test's process from the writer it starts.
const FILE: &str = "STORE_KILL_TEST_FILE";

/// Codes and refresh tokens have handles of their own: their numbers lie apart.
const REFRESH: u64 = 1 << 40;
/// Callers at once.
const CALLERS: u64 = 32;

#[test]
fn f15_a_killed_writer_loses_nothing_it_acknowledged() {
    #[expect(clippy::disallowed_methods, reason = "how this test's own child gets its file")]
    if let Ok(path) = std::env::var(FILE) {
        write_until_killed(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let mut acknowledged = BTreeSet::new();
    for lines in [1, 40, 333, 1000, 1700] {
        acknowledged.extend(kill_after(&path, lines));
        assert!(opens_without_repair(&path), "a repair reads the whole file: minutes where it is large");
        verify(&path, &acknowledged);
    }
    assert!(acknowledged.len() >= 3074, "{} acknowledged", acknowledged.len());
}

/// Starts a writer, kills it once it has acknowledged `lines` codes; all that it acknowledged.
fn kill_after(path: &Path, lines: usize) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "kill::f15_a_killed_writer_loses_nothing_it_acknowledged"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut numbers = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        if let Some(number) = line.unwrap().strip_prefix("spent ") {
            numbers.push(number.parse().unwrap());
            if numbers.len() == lines {
                child.kill().unwrap();
            }
        }
    }
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "it was killed, it did not end by itself");
    assert!(numbers.len() >= lines, "{} of {lines}", numbers.len());
    numbers
}

fn opens_without_repair(path: &Path) -> bool {
    let repaired = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&repaired);
    redb::Database::builder().set_repair_callback(move |_| noted.store(true, Ordering::SeqCst)).open(path).unwrap();
    !repaired.load(Ordering::SeqCst)
}

/// Puts and redeems codes for ever, naming each once the store has acknowledged its redemption.
fn write_until_killed(path: &Path) -> ! {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let store = Embedded::open(path).unwrap();
        let writer = async |caller| {
            // Numbers of this process alone, so that no later writer meets codes of an earlier one.
            for n in 0.. {
                let number = (u64::from(std::process::id()) << 20) + n * CALLERS + caller;
                store.put_code(&realm(), handle(number), code(number)).await.unwrap();
                let attempt = redemption(handle(number), Some(handle(REFRESH + number))).of(number);
                let outcome = store.redeem_code(&realm(), attempt).await.unwrap();
                assert_eq!(outcome, RedeemOutcome::Granted(code(number)));
                std::io::stdout().write_all(format!("spent {number}\n").as_bytes()).unwrap();
            }
        };
        join_all((0..CALLERS).map(writer)).await;
        unreachable!("writers go on until they are killed")
    })
}

#[tokio::main(flavor = "current_thread")]
async fn verify(path: &Path, acknowledged: &BTreeSet<u64>) {
    let store = Embedded::open(path).unwrap();
    let check = async |number| {
        let mount = realm();
        let outcome = store.redeem_code(&mount, redemption(handle(number), None).of(number)).await.unwrap();
        let rotated =
            store.rotate(&mount, rotation(handle(REFRESH + number), handle(number)).of(number)).await.unwrap();
        let spent = matches!(outcome, RedeemOutcome::Replayed);
        assert_eq!(spent, rotated == RotateOutcome::Revoked, "{number} half written: {outcome:?}, {rotated:?}");
        assert!(spent || !acknowledged.contains(&number), "{number} was acknowledged: {outcome:?}");
    };
    let last = acknowledged.last().unwrap();
    let unacknowledged = last + 1..last + 4 * CALLERS;
    join_all(acknowledged.iter().copied().chain(unacknowledged).map(check)).await;
}
