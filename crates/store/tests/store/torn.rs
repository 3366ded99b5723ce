//! A file that was copied while a gateway wrote it: some of its pages are older than others.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::print_stdout, reason = "a process tells the test that started it what became of each copy")]

use futures_util::future::try_join_all;
use issuer::state::{CodeStore, Store, StoreError};
use std::path::Path;
use std::process::Command;
use store::Embedded;
use testkit::suite::{OfFamily, code, handle, realm, redemption};

/// Set in the process that opens the copies: their folder.
const FOLDER: &str = "STORE_TORN_FOLDER";
/// Copies; the first is whole.
const COPIES: u64 = 40;

#[test]
fn s11_a_torn_copy_is_refused_or_unavailable_and_never_ends_the_process() {
    #[expect(clippy::disallowed_methods, reason = "this test's own child gets its folder")]
    if let Ok(folder) = std::env::var(FOLDER) {
        use_all(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    make_all(folder.path());
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "torn::s11_a_torn_copy_is_refused_or_unavailable_and_never_ends_the_process"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let (said, panics) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let uses: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("copy ")).collect();
    let last: Vec<_> = panics.lines().rev().take(9).collect();
    assert!(output.status.success(), "{} after {}: {last:?}", output.status, uses.len());
    let count = |what: &str| uses.iter().filter(|line| line.ends_with(what)).count();
    assert_eq!(uses.len() as u64, COPIES, "{said}");
    assert_eq!(uses[0], "0 good", "a copy that no write came between");
    assert!(count("refused") + count("unavailable") > 9, "the copies are torn: {said}");
}

/// Copies of a file, each page as it was before or after the file was written to.
#[tokio::main(flavor = "current_thread")]
async fn make_all(folder: &Path) {
    let path = folder.join("whole.redb");
    let store = Embedded::open(&path).unwrap();
    write(&store, 0, 600).await.unwrap();
    let before = std::fs::read(&path).unwrap();
    write(&store, 600, 1200).await.unwrap();
    let after = std::fs::read(&path).unwrap();
    for copy in 0..COPIES {
        let mut torn = before.clone();
        torn.resize(after.len(), 0);
        // A copy is read from its beginning to its end: from some page on it is newer, but for some that were late.
        let (pages, mut dice) = (after.len() / 4096, copy.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for page in 1..pages {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if copy > 0 && dice >> 33 & 3 > copy % 3 {
                torn[page * 4096..][..4096].copy_from_slice(&after[page * 4096..][..4096]);
            }
        }
        let name = folder.join(format!("{copy}.redb"));
        std::fs::copy(&path, &name).unwrap();
        std::fs::write(&name, torn).unwrap();
    }
}

async fn write(store: &Embedded, from: u64, to: u64) -> Result<(), StoreError> {
    let mount = realm();
    for first in (from..to).step_by(10) {
        try_join_all((first..first + 10).map(async |number| {
            store.put_code(&mount, handle(number), code(number)).await?;
            let attempt = redemption(handle(number), Some(handle(1_000_000 + number))).of(number);
            store.redeem_code(&mount, attempt).await
        }))
        .await?;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn use_all(folder: &Path) {
    for copy in 0..COPIES {
        let outcome = match Embedded::open(folder.join(format!("{copy}.redb"))) {
            Err(_) => "refused",
            Ok(store) => {
                let mut outcome = "good";
                for round in 0..20 {
                    let from = 5000 + 10 * round;
                    let written = write(&store, from, from + 10).await;
                    let answered = store.probe().await;
                    if written.is_err() || answered.is_err() {
                        outcome = "unavailable";
                    }
                }
                outcome
            }
        };
        println!("copy {copy} {outcome}");
    }
}
