//! Run-time changes that this version cannot read.

use super::super::Embedded;
use super::super::tables::key;
use issuer::state::{Override, OverrideKind, OverrideStore, Realm};
use testkit::suite::realm;

#[tokio::test]
async fn s05_a_row_that_cannot_be_read_costs_itself_alone() {
    let store = Embedded::in_memory().unwrap();
    let of = |realm: Realm, id: &str| Override { realm, kind: OverrideKind::Client, id: id.to_owned(), body: None };
    let known = [of(realm(), "a"), of(Realm::of_mount("other"), "b")];
    for change in &known {
        store.put_override(change.clone()).await.unwrap();
    }
    let newer: [&[u8]; 3] = [br#"{"realm":"mount","kind":"theme","id":"x","body":null}"#, b"no JSON", b"{}"];
    for (n, row) in newer.into_iter().enumerate() {
        let at = key(&realm(), &[b"theme", &[0], n.to_string().as_bytes()]);
        store.writer.run("test", move |tables| tables.overrides.put(&at, row)).await.unwrap();
    }
    for _ in 0..2 {
        let mut read = store.overrides().await.unwrap();
        read.sort_by_key(|change| change.id.clone());
        assert_eq!(read, known);
    }
    let rows = store.writer.run("test", |tables| tables.overrides.under(&[])).await.unwrap();
    assert_eq!(rows.len(), known.len() + newer.len(), "what cannot be read stays");
}
