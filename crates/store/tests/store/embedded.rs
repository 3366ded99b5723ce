//! The behaviour suite over the embedded store, in memory and as a file.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use issuer::state::Store;
use std::sync::Arc;
use store::Embedded;

testkit::store_suite!(in_memory, async || Arc::new(Embedded::in_memory().unwrap()) as Arc<dyn Store>);

/// Opens the same file again and again.
fn file() -> impl AsyncFn() -> Arc<dyn Store> {
    let folder = tempfile::tempdir().unwrap();
    async move || Arc::new(Embedded::open(folder.path().join("gateway/store.redb")).unwrap()) as Arc<dyn Store>
}

testkit::store_suite!(in_a_file, file());
testkit::store_restart_suite!(restarted, file());
