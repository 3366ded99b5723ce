//! What users allowed clients.

use super::revocations::is_revoked;
use super::{NOW, Subject, handle, millis, realm, redeemed, rotation, scopes, seconds};
use grant::Scopes;
use issuer::state::{ConsentNote, ConsentRecord, FamilyId, Moment, Realm, RotateOutcome};

/// A consent of Alice's to client `web` at [`NOW`], to be remembered; no refresh token is due.
pub(crate) fn note(scopes: &Scopes) -> ConsentNote<'_> {
    ConsentNote { moment: seconds(0), subject: "alice", client_id: "web", scopes, remember: true, family: None }
}

/// What the first [`note`] leaves of it.
pub(super) fn record(scopes: &Scopes) -> ConsentRecord {
    ConsentRecord {
        client_id: "web".to_owned(),
        scopes: scopes.clone(),
        remembered: true,
        granted_at: NOW,
        families: Vec::new(),
    }
}

pub(crate) async fn put(store: &Subject, note: ConsentNote<'_>) {
    store.note_consent(&realm(), note).await.unwrap();
}

pub(crate) async fn found(store: &Subject, subject: &str, client_id: &str) -> Option<ConsentRecord> {
    store.consent(&realm(), subject, client_id).await.unwrap()
}

pub(super) async fn withdraw(store: &Subject, subject: &str, client_id: &str) -> bool {
    store.withdraw_consent(&realm(), subject, client_id).await.unwrap()
}

/// Notes that a family came of Alice's consent, which ends so many seconds after [`NOW`].
async fn put_family(store: &Subject, moment: Moment, family: u64, end: i64) {
    let family = Some((FamilyId(family), NOW + end));
    put(store, ConsentNote { moment, family, ..note(&scopes("openid")) }).await;
}

async fn families(store: &Subject) -> Vec<u64> {
    let record = found(store, "alice", "web").await.unwrap();
    record.families.into_iter().map(|(family, _)| family.0).collect()
}

pub async fn a_consent_is_noted_over_the_one_before(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert_eq!(found(&store, "alice", "web").await, None);
    let (first, second) = (scopes("profile openid"), scopes("openid email"));
    put(&store, ConsentNote { family: Some((FamilyId(1), NOW + 100)), ..note(&first) }).await;
    let expected = ConsentRecord { families: vec![(FamilyId(1), NOW + 100)], ..record(&first) };
    assert_eq!(found(&store, "alice", "web").await, Some(expected));
    put(&store, ConsentNote { moment: seconds(10), family: Some((FamilyId(2), NOW + 90)), ..note(&second) }).await;
    let families = vec![(FamilyId(1), NOW + 100), (FamilyId(2), NOW + 90)];
    let expected = ConsentRecord { granted_at: NOW + 10, families: families.clone(), ..record(&second) };
    assert_eq!(found(&store, "alice", "web").await, Some(expected.clone()), "the scopes last allowed");
    put(&store, ConsentNote { moment: seconds(10), family: Some((FamilyId(2), NOW + 90)), ..note(&second) }).await;
    assert_eq!(found(&store, "alice", "web").await, Some(expected), "a repeat adds nothing");
}

pub async fn what_is_remembered_stays_remembered(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let (narrow, wide) = (scopes("openid"), scopes("openid profile"));
    // Whether to remember, the scopes allowed; then whether it is remembered, with which scopes.
    for (at, remember, allowed, remembered, kept) in [
        (0, false, &wide, false, &wide),
        (1, false, &narrow, false, &narrow),
        (2, true, &narrow, true, &narrow),
        (3, false, &wide, true, &narrow),
        (4, true, &wide, true, &wide),
        (5, false, &narrow, true, &wide),
    ] {
        put(&store, ConsentNote { moment: seconds(at), remember, ..note(allowed) }).await;
        let expected = ConsentRecord { remembered, granted_at: NOW + at, ..record(kept) };
        assert_eq!(found(&store, "alice", "web").await, Some(expected), "at {at}");
    }
}

pub async fn families_that_ended_are_dropped(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for (family, end) in [(1, 100), (2, 50), (3, 101)] {
        put_family(&store, seconds(0), family, end).await;
    }
    assert_eq!(families(&store).await, [1, 2, 3]);
    put(&store, ConsentNote { moment: millis(99_999), family: None, ..note(&scopes("openid")) }).await;
    assert_eq!(families(&store).await, [1, 3]);
    put_family(&store, seconds(100), 4, 900).await;
    assert_eq!(families(&store).await, [3, 4], "at its end it has ended");
    for family in 1..=4 {
        assert!(!is_revoked(&store, family, "a").await, "dropped is not revoked");
    }
}

pub async fn the_oldest_family_beyond_the_most_is_revoked(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let most = ConsentRecord::MAX_FAMILIES as u64;
    for family in 1..=most {
        put_family(&store, seconds(0), family, 1000).await;
    }
    assert_eq!(families(&store).await, (1..=most).collect::<Vec<_>>());
    assert!(!is_revoked(&store, 1, "a").await);
    redeemed(&store, 1, handle(10)).await;
    put_family(&store, seconds(0), most + 1, 1000).await;
    assert_eq!(families(&store).await, (2..=most + 1).collect::<Vec<_>>());
    assert!(is_revoked(&store, 1, "a").await);
    let rotated = store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
    assert_eq!(rotated, RotateOutcome::Revoked);
    put(&store, note(&scopes("openid"))).await;
    for family in 2..=most + 1 {
        assert!(!is_revoked(&store, family, "a").await, "{family}");
    }
}

pub async fn concurrent_notes_lose_no_family(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let tasks: Vec<_> = (1..=ConsentRecord::MAX_FAMILIES as u64)
        .map(|family| {
            let store = store.clone();
            tokio::spawn(async move { put_family(&store, seconds(0), family, 1000).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let mut noted = families(&store).await;
    noted.sort_unstable();
    assert_eq!(noted, (1..=ConsentRecord::MAX_FAMILIES as u64).collect::<Vec<_>>());
}

pub async fn a_withdrawn_consent_takes_its_families_with_it(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(!withdraw(&store, "alice", "web").await, "there is none");
    for family in 1..=3 {
        redeemed(&store, family, handle(10 * family)).await;
    }
    put_family(&store, seconds(0), 1, 1000).await;
    put_family(&store, seconds(0), 2, 1000).await;
    let allowed = scopes("openid");
    let elsewhere = ConsentNote { family: Some((FamilyId(3), NOW + 1000)), ..note(&allowed) };
    put(&store, ConsentNote { client_id: "web2", ..elsewhere }).await;
    put(&store, ConsentNote { subject: "bob", ..elsewhere }).await;
    assert!(!withdraw(&store, "alic", "eweb").await && !withdraw(&store, "bob", "web2").await);

    assert!(withdraw(&store, "alice", "web").await);
    assert_eq!(found(&store, "alice", "web").await, None);
    for family in 1..=2 {
        let rotated = store.rotate(&realm(), rotation(handle(10 * family), handle(99))).await.unwrap();
        assert_eq!(rotated, RotateOutcome::Revoked);
        assert!(is_revoked(&store, family, "a").await);
    }
    assert!(!is_revoked(&store, 3, "a").await, "of another client's and user's consent");
    assert!(found(&store, "alice", "web2").await.is_some() && found(&store, "bob", "web").await.is_some());
    assert!(!withdraw(&store, "alice", "web").await, "it is withdrawn already");

    put(&store, ConsentNote { remember: false, ..note(&allowed) }).await;
    let anew = ConsentRecord { remembered: false, ..record(&allowed) };
    assert_eq!(found(&store, "alice", "web").await, Some(anew), "nothing is left of the one before");
}

pub async fn a_users_consents_come_by_client(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let allowed = scopes("openid");
    for client_id in ["web2", "é", "a", "web", "B", "web-"] {
        put(&store, ConsentNote { client_id, ..note(&allowed) }).await;
    }
    for (subject, client_id) in [("alic", "eweb"), ("alice2", "web"), ("", "x"), ("alicea", ""), ("alice\u{0}", "y")] {
        put(&store, ConsentNote { subject, client_id, ..note(&allowed) }).await;
        let theirs = store.consents_of(&realm(), subject).await.unwrap();
        assert_eq!(theirs, [ConsentRecord { client_id: client_id.to_owned(), ..record(&allowed) }]);
    }
    let clients = store.consents_of(&realm(), "alice").await.unwrap().into_iter().map(|record| record.client_id);
    assert_eq!(clients.collect::<Vec<_>>(), ["B", "a", "web", "web-", "web2", "é"]);
    assert!(store.consents_of(&realm(), "carol").await.unwrap().is_empty());
}

pub async fn t54_consents_of_realms_are_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let (here, there) = (scopes("openid"), scopes("email"));
    put(&store, ConsentNote { family: Some((FamilyId(1), NOW + 1000)), ..note(&here) }).await;
    for other in ["other", "moun", "mount2", ""] {
        let other = Realm::of_mount(other);
        assert_eq!(store.consent(&other, "alice", "web").await.unwrap(), None);
        assert!(store.consents_of(&other, "alice").await.unwrap().is_empty());
        assert!(!store.withdraw_consent(&other, "alice", "web").await.unwrap());
        store.note_consent(&other, note(&there)).await.unwrap();
    }
    let expected = ConsentRecord { families: vec![(FamilyId(1), NOW + 1000)], ..record(&here) };
    assert_eq!(store.consents_of(&realm(), "alice").await.unwrap(), [expected]);
    assert!(!is_revoked(&store, 1, "a").await);
}
