//! Files: whose they are, what is refused, what an earlier version of this program wrote.

use super::super::tables::{META, user_key};
use super::super::{Embedded, OpenError};
use grant::Seconds;
use issuer::state::{FamilyId, RefreshStore, RotateOutcome, Rotation, Store};
use redb::{ReadableDatabase, TableHandle};
use std::path::Path;
use std::sync::Arc;
use testkit::suite::{NOW, consents, handle, pats, realm, redeemed, rotation, scopes, seconds, sessions};

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
        super::super::open::options().create(true).open(&path).unwrap();
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
    txn.open_table(META).unwrap().insert(&b"schema"[..], &3_u32.to_be_bytes()[..]).unwrap();
    txn.commit().unwrap();
    drop(database);
    assert!(matches!(Embedded::open(&newer), Err(OpenError::Newer { found: 3, .. })), "{}", refusal(&newer));
    assert!(refusal(&newer).contains("format 3") && refusal(&newer).contains("up to 2"), "{}", refusal(&newer));
}

/// The names of the tables in a file.
fn tables(path: &Path) -> Vec<String> {
    let database = redb::Database::open(path).unwrap();
    let txn = database.begin_read().unwrap();
    txn.list_tables().unwrap().map(|table| table.name().to_owned()).collect()
}

#[tokio::test]
async fn a_file_from_before_there_were_sessions_works() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let open = || Arc::new(Embedded::open(&path).unwrap()) as Arc<dyn Store>;
    let store = open();
    redeemed(&store, 1, handle(10)).await;
    store.revoke_family(&realm(), FamilyId(2), NOW + 1000).await.unwrap();
    drop(store);
    let of_now = tables(&path);
    let database = redb::Database::open(&path).unwrap();
    let txn = database.begin_write().unwrap();
    let sessions_and_on =
        ["revoked", "sessions", "user_sessions", "consents", "consent_families", "pats", "user_pats", "devices"];
    for later in sessions_and_on {
        let table = redb::TableDefinition::<&[u8], &[u8]>::new(later);
        assert!(txn.delete_table(table).unwrap(), "{later}");
    }
    txn.commit().unwrap();
    drop(database);
    let of_then = ["codes", "expiry", "families", "keys", "meta", "overrides", "refresh", "spent"];
    assert_eq!(tables(&path), of_then);

    let store = open();
    assert_eq!(sessions::found(&store, 1, seconds(9)).await, None);
    assert!(store.is_revoked(&realm(), FamilyId(2), "a").await.unwrap());
    let outcome = store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
    assert!(matches!(outcome, RotateOutcome::Granted(_)), "{outcome:?}");
    pats::put(&store, 1, "alice").await;
    drop(store);
    assert_eq!(tables(&path), of_now);
    assert_eq!(pats::listed(&open(), "alice").await, [pats::pat(1, "alice")]);
}

#[tokio::test]
async fn a_consent_that_lists_its_families_is_read_without_them() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let row = br#"{"c":"web","o":"openid","r":true,"a":1715861418,"f":[[1,1715862418]]}"#;
    store
        .writer
        .run("test", move |tables| tables.consents.put(&user_key(&realm(), "alice", "web"), row))
        .await
        .unwrap();
    let store: Arc<dyn Store> = store;
    assert_eq!(consents::found(&store, "alice", "web").await, Some(consents::record(&scopes("openid"))));
    consents::put(&store, consents::note(&scopes("openid"))).await;
    assert!(consents::withdraw(&store, "alice", "web").await);
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
                let outcome =
                    store.rotate(&realm(), Rotation { grace: Seconds(9), ..rotation(handle(1), handle(99)) }).await;
                refused += usize::from(outcome.is_err());
            }
        }
    }
    assert!(refused > 0, "no damage was found");
}
