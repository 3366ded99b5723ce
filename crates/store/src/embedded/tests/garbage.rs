//! What ended is collected.

use super::super::Embedded;
use super::super::tables::{Kind, Tables, key};
use grant::Seconds;
use issuer::clock::ClockState;
use issuer::state::{
    CodeStore, ConsentNote, ConsentStore, FamilyId, Moment, PatRecord, PatStore, Realm, RefreshStore, SessionRecord,
    SessionStore, Spend, SpendOutcome, Store,
};
use std::sync::Arc;
use testkit::suite::{NOW, code, consents, handle, pats, realm, redeemed, request, scopes, seconds, sessions, spend};

fn running(seconds: i64) -> Moment {
    Moment { millis: seconds * 1000, clock: ClockState::REAL }
}

/// Writes something in `realm` at `moment`, as garbage is collected only then.
async fn write_at(store: &Embedded, realm: &Realm, moment: Moment) {
    let token_id = format!("{:?}", request());
    let spend = Spend { moment, expires_at: i64::MAX, ..spend(77, &token_id) };
    assert_eq!(store.spend(realm, spend).await.unwrap(), SpendOutcome::Granted);
}

/// How many rows there are of each kind, and in the index of expiries.
async fn rows<const N: usize>(store: &Embedded, kinds: [Kind; N]) -> ([usize; N], usize) {
    let count = move |tables: &mut Tables<'_>| {
        let rows = kinds.map(|kind| tables.rows(kind).under(&[]).unwrap().len());
        Ok((rows, tables.expiry.under(&[]).unwrap().len()))
    };
    store.writer.run("test", count).await.unwrap()
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
    let rows = async || rows(&store, [Kind::Code, Kind::Refresh, Kind::Spent, Kind::Family]).await;
    assert_eq!(rows().await, ([2, 1, 1, 1], 5));

    let day = 24 * 3600;
    let far = NOW + 365 * day;
    write_at(&store, &realm(), running(NOW + 300 + day - 1)).await;
    write_at(&store, &realm(), Moment { millis: far * 1000, clock: ClockState::Frozen(far * 1000) }).await;
    write_at(&store, &realm(), Moment { millis: far * 1000, clock: ClockState::Offset(Seconds(364 * day).into()) })
        .await;
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
    let left = async || store.writer.run("test", |tables| Ok(tables.rows(Kind::Code).under(&[])?.len())).await.unwrap();
    let mut before = left().await;
    assert_eq!(before, 100);
    while before > 0 {
        write_at(&store, &realm(), running(NOW + 30 * 86_400)).await;
        let after = left().await;
        assert!(after < before && before - after < 50, "{before} to {after}");
        before = after;
    }
}

const USERS: [Kind; 5] = [Kind::Session, Kind::UserSession, Kind::Pat, Kind::UserPat, Kind::Revoked];

/// A session that ends when the others do.
fn session(number: u64) -> SessionRecord {
    SessionRecord { expires_at: NOW + 1000, ..sessions::session(number, "alice") }
}

fn pat(number: u64) -> PatRecord {
    PatRecord { expires_at: NOW + 1000, ..pats::pat(number, "alice") }
}

#[tokio::test]
async fn what_users_had_is_collected_with_its_index() {
    let store = Embedded::in_memory().unwrap();
    let mount = realm();
    for (number, replaces) in [(1, None), (2, Some(handle(1))), (3, None), (3, None)] {
        let id = handle(number);
        store.put_session(&mount, id, session(number), replaces, running(NOW)).await.unwrap();
        store.put_pat(&mount, id, pat(number), 9).await.unwrap();
    }
    assert!(store.end_session(&mount, "alice", &session(3).sid).await.unwrap());
    for used in [NOW, NOW + 60] {
        assert!(store.use_pat(&mount, handle(1), running(used)).await.unwrap().is_some());
    }
    assert!(store.revoke_pat(&mount, "alice", &pat(3).id).await.unwrap());
    for until in [500, 1000, 10] {
        store.revoke_token(&mount, seconds(0), FamilyId(1), "a", NOW + until).await.unwrap();
    }
    assert_eq!(rows(&store, USERS).await, ([3, 1, 3, 2, 1], 10), "each row has its one entry");

    let day = 24 * 3600;
    write_at(&store, &mount, running(NOW + 1000 + day - 1)).await;
    assert_eq!(rows(&store, USERS).await, ([3, 1, 3, 2, 1], 11));
    let late = store.use_pat(&mount, handle(1), running(NOW + 1000 + day - 1)).await.unwrap();
    assert!(late.is_some(), "an ended token is remembered for a day");
    assert!(store.is_revoked(&mount, FamilyId(1), "a").await.unwrap(), "the longest of its revocations holds");
    write_at(&store, &mount, running(NOW + 1000 + day)).await;
    assert_eq!(rows(&store, USERS).await, ([0; 5], 2), "all but what was written meanwhile");
    assert!(store.pats_of(&mount, "alice").await.unwrap().is_empty());
}

#[tokio::test]
async fn families_of_a_consent_are_collected_and_the_consent_is_not() {
    let store = Embedded::in_memory().unwrap();
    let (mount, allowed) = (realm(), scopes("openid"));
    let note = async |seconds: i64, family: u64, end: i64| {
        let family = Some((FamilyId(family), NOW + end));
        let note = ConsentNote { moment: running(seconds), family, ..consents::note(&allowed) };
        store.note_consent(&mount, note).await.unwrap();
    };
    let rows = async || rows(&store, [Kind::ConsentFamily, Kind::Family]).await;
    for (family, end) in [(1, 1000), (1, 1000), (2, 900), (2, 1000), (2, 10), (3, 5000)] {
        note(NOW, family, end).await;
    }
    assert_eq!(rows().await, ([3, 0], 3), "a repeat adds no row");
    let day = 24 * 3600;
    note(NOW + 1000 + day - 1, 3, 5000).await;
    assert_eq!(rows().await, ([3, 0], 3), "too early");
    note(NOW + 1000 + day, 3, 5000).await;
    assert_eq!(rows().await, ([1, 0], 1), "by the notes themselves");
    assert!(store.withdraw_consent(&mount, "alice", "web").await.unwrap());
    assert_eq!(rows().await, ([0, 1], 1), "revoked, until its end and in no other place");
    assert!(!store.is_revoked(&mount, FamilyId(1), "a").await.unwrap(), "there is nothing left to revoke");

    note(NOW + 2000, 4, 5000).await;
    write_at(&store, &mount, running(NOW + 5000 + day)).await;
    assert_eq!(rows().await, ([0, 0], 1), "all but what was written meanwhile");
    let left = store.consent(&mount, "alice", "web").await.unwrap();
    assert_eq!(left.unwrap().live_until, Some(NOW + 5000), "a consent has no end");
}

#[tokio::test]
async fn what_is_half_collected_is_gone() {
    let store = Embedded::in_memory().unwrap();
    let mount = realm();
    store.put_session(&mount, handle(1), session(1), None, running(NOW)).await.unwrap();
    store.put_pat(&mount, handle(1), pat(1), 9).await.unwrap();
    // A slice may end between a row and the one that leads to it.
    let collect = |tables: &mut Tables<'_>| {
        let row_key = key(&realm(), &[&handle(1).0]);
        tables.remove_row(&realm(), Kind::Session, &row_key, NOW + 1000)?;
        tables.remove_row(&realm(), Kind::Pat, &row_key, NOW + 1000)
    };
    store.writer.run("test", collect).await.unwrap();
    assert!(store.sessions_of(&mount, "alice", running(NOW)).await.unwrap().is_empty());
    assert!(store.pats_of(&mount, "alice").await.unwrap().is_empty());
    assert!(!store.end_session(&mount, "alice", &session(1).sid).await.unwrap());
    assert!(!store.revoke_pat(&mount, "alice", &pat(1).id).await.unwrap());
    assert_eq!(rows(&store, USERS).await, ([0, 1, 0, 1, 0], 2), "no row comes back that nothing collects");
}
