//! What users allowed clients.

use super::revocations::is_revoked;
use super::{NOW, OfFamily, Subject, code, handle, realm, redeemed, redemption, rotation, scopes, seconds};
use grant::Scopes;
use issuer::state::{ConsentNote, ConsentRecord, FamilyId, Moment, Realm, RedeemOutcome, RotateOutcome};

/// A consent of Alice's to client `web` at [`NOW`], to be remembered; nothing comes of it.
pub fn note(scopes: &Scopes) -> ConsentNote<'_> {
    ConsentNote { moment: seconds(0), subject: "alice", client_id: "web", scopes, remember: true, family: None }
}

/// What the first [`note`] leaves of it.
pub fn record(scopes: &Scopes) -> ConsentRecord {
    ConsentRecord {
        client_id: "web".to_owned(),
        scopes: scopes.clone(),
        remembered: true,
        granted_at: NOW,
        live_until: None,
    }
}

pub async fn put(store: &Subject, note: ConsentNote<'_>) {
    store.note_consent(&realm(), note).await.unwrap();
}

pub async fn found(store: &Subject, subject: &str, client_id: &str) -> Option<ConsentRecord> {
    store.consent(&realm(), subject, client_id).await.unwrap()
}

pub async fn withdraw(store: &Subject, subject: &str, client_id: &str) -> bool {
    store.withdraw_consent(&realm(), subject, client_id).await.unwrap()
}

/// Notes that a family came of Alice's consent, which ends so many seconds after [`NOW`].
async fn put_family(store: &Subject, moment: Moment, family: u64, end: i64) {
    let family = Some((FamilyId(family), NOW + end));
    put(store, ConsentNote { moment, family, ..note(&scopes("openid")) }).await;
}

pub async fn a_consent_is_noted_over_the_one_before(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert_eq!(found(&store, "alice", "web").await, None);
    let (first, second) = (scopes("profile openid"), scopes("openid email"));
    put(&store, ConsentNote { family: Some((FamilyId(1), NOW + 100)), ..note(&first) }).await;
    let expected = ConsentRecord { live_until: Some(NOW + 100), ..record(&first) };
    assert_eq!(found(&store, "alice", "web").await, Some(expected));
    put(&store, ConsentNote { moment: seconds(10), family: Some((FamilyId(2), NOW + 90)), ..note(&second) }).await;
    let expected = ConsentRecord { granted_at: NOW + 10, live_until: Some(NOW + 100), ..record(&second) };
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

pub async fn it_lives_as_long_as_its_longest_family(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let live_until = async || found(&store, "alice", "web").await.unwrap().live_until;
    put(&store, note(&scopes("openid"))).await;
    assert_eq!(live_until().await, None, "nothing came of it");
    // When the family is noted, which one, its end; then the latest of all ends.
    for (at, family, end, latest) in
        [(0, 1, 100, 100), (0, 2, 50, 100), (0, 3, 101, 101), (0, 3, 60, 101), (200, 4, 300, 300), (400, 5, 250, 300)]
    {
        put_family(&store, seconds(at), family, end).await;
        assert_eq!(live_until().await, Some(NOW + latest), "family {family}");
    }
    put(&store, ConsentNote { moment: seconds(500), ..note(&scopes("openid")) }).await;
    assert_eq!(live_until().await, Some(NOW + 300), "a note without a family");
    for family in 1..=5 {
        assert!(!is_revoked(&store, family, "a").await, "family {family}");
    }
}

pub async fn of_concurrent_notes_every_family_is_kept(open: impl AsyncFn() -> Subject) {
    const MANY: u64 = 200;
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    let tasks: Vec<_> = (1..=MANY)
        .map(|family| {
            let store = store.clone();
            tokio::spawn(async move { put_family(&store, seconds(0), family, 1000).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for family in 1..=MANY {
        assert!(!is_revoked(&store, family, "a").await, "{family} of many is revoked by none of them");
    }
    let rotated = store.rotate(&realm(), rotation(handle(10), handle(11))).await.unwrap();
    assert!(matches!(rotated, RotateOutcome::Granted(_)), "{rotated:?}");

    assert!(withdraw(&store, "alice", "web").await);
    for family in 1..=MANY {
        assert!(is_revoked(&store, family, "a").await, "{family}");
    }
}

pub async fn a_withdrawn_consent_takes_its_families_with_it(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(!withdraw(&store, "alice", "web").await, "there is none");
    for family in [0, 1, u64::MAX >> 4] {
        redeemed(&store, family, handle(10 + family)).await;
        put_family(&store, seconds(0), family, 1000).await;
    }
    // A code on its way.
    store.put_code(&realm(), handle(1), code(2)).await.unwrap();
    put_family(&store, seconds(0), 2, 1000).await;

    assert!(withdraw(&store, "alice", "web").await);
    assert_eq!(found(&store, "alice", "web").await, None);
    for family in [0, 1, u64::MAX >> 4] {
        let rotated = store.rotate(&realm(), rotation(handle(10 + family), handle(99)).of(family)).await.unwrap();
        assert_eq!(rotated, RotateOutcome::Revoked, "{family}");
        assert!(is_revoked(&store, family, "a").await, "{family}");
    }
    let redeemed = store.redeem_code(&realm(), redemption(handle(1), None).of(2)).await.unwrap();
    assert_eq!(redeemed, RedeemOutcome::Revoked);
    assert!(!withdraw(&store, "alice", "web").await, "it is withdrawn already");
}

pub async fn families_of_others_stay(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put_family(&store, seconds(0), 1, 1000).await;
    let allowed = scopes("openid");
    // Names that run into one another.
    let others =
        [("alice", "web2"), ("alice", "we"), ("alice", ""), ("alic", "eweb"), ("alicew", "eb"), ("bob", "web")];
    for (family, (subject, client_id)) in (2..).zip(others) {
        let family = Some((FamilyId(family), NOW + 1000));
        put(&store, ConsentNote { subject, client_id, family, ..note(&allowed) }).await;
    }
    assert!(!withdraw(&store, "bob", "web2").await && withdraw(&store, "alice", "web").await);
    assert!(is_revoked(&store, 1, "a").await);
    for (family, (subject, client_id)) in (2..).zip(others) {
        assert!(!is_revoked(&store, family, "a").await, "of {subject} and {client_id}");
        assert!(withdraw(&store, subject, client_id).await, "{subject} {client_id}");
        assert!(is_revoked(&store, family, "a").await, "of {subject} and {client_id}");
    }
}

pub async fn a_withdrawn_consent_starts_anew(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let allowed = scopes("openid");
    put_family(&store, seconds(0), 1, 1000).await;
    assert!(withdraw(&store, "alice", "web").await);
    put(&store, ConsentNote { remember: false, ..note(&allowed) }).await;
    let anew = ConsentRecord { remembered: false, ..record(&allowed) };
    assert_eq!(found(&store, "alice", "web").await, Some(anew), "nothing is left of the one before");
    put_family(&store, seconds(0), 2, 500).await;
    assert_eq!(found(&store, "alice", "web").await.unwrap().live_until, Some(NOW + 500));
    assert!(is_revoked(&store, 1, "a").await && !is_revoked(&store, 2, "a").await);
    assert!(withdraw(&store, "alice", "web").await && is_revoked(&store, 2, "a").await);
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
    let family = Some((FamilyId(1), NOW + 1000));
    put(&store, ConsentNote { family, ..note(&here) }).await;
    for other in ["other", "moun", "mount2", ""] {
        let other = Realm::of_mount(other);
        assert_eq!(store.consent(&other, "alice", "web").await.unwrap(), None);
        assert!(store.consents_of(&other, "alice").await.unwrap().is_empty());
        assert!(!store.withdraw_consent(&other, "alice", "web").await.unwrap());
        store.note_consent(&other, ConsentNote { family, ..note(&there) }).await.unwrap();
    }
    let expected = ConsentRecord { live_until: Some(NOW + 1000), ..record(&here) };
    assert_eq!(store.consents_of(&realm(), "alice").await.unwrap(), [expected]);
    let other = Realm::of_mount("other");
    assert!(store.withdraw_consent(&other, "alice", "web").await.unwrap());
    assert!(store.is_revoked(&other, FamilyId(1), "a").await.unwrap());
    assert!(!is_revoked(&store, 1, "a").await);
}
