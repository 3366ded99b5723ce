//! Refresh handles.

use super::{NOW, OfFamily, Subject, handle, millis, realm, redeemed, rotation, scopes, seconds};
use grant::{Login, Seconds};
use issuer::state::{FamilyId, Realm, RefreshRecord, RotateOutcome, Rotation};

async fn rotate(store: &Subject, rotation: Rotation) -> RotateOutcome {
    store.rotate(&realm(), rotation).await.unwrap()
}

/// What [`redeemed`] leaves under its handle.
fn record(family: u64) -> RefreshRecord {
    RefreshRecord {
        family: FamilyId(family),
        client_id: "web".to_owned(),
        subject: "alice".to_owned(),
        scopes: scopes("openid profile"),
        login: Some(Login {
            sid: "S1D".to_owned(),
            auth_time: NOW - 5,
            nonce: Some("n-0S6".to_owned()),
            issuer: Some("http://idp:1/m".into()),
            ..Login::default()
        }),
        expires_at: NOW + 1000,
    }
}

fn granted() -> RotateOutcome {
    RotateOutcome::Granted(record(1))
}

pub async fn rotation_hands_on_the_terms(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    for n in 10..15 {
        let at = seconds(100 * (i64::try_from(n).unwrap() - 10));
        let outcome = rotate(&store, Rotation { moment: at, ..rotation(handle(n), handle(n + 1)) }).await;
        assert_eq!(outcome, granted(), "the same end, scopes and sign-in");
    }
    let end = Rotation { moment: seconds(1000), ..rotation(handle(15), handle(16)) };
    assert_eq!(rotate(&store, end).await, RotateOutcome::Expired, "rotation does not put off the end");
    let before = Rotation { moment: millis(999_999), ..rotation(handle(15), handle(16)) };
    assert_eq!(rotate(&store, before).await, granted());
}

pub async fn checks_come_in_order(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    assert_eq!(rotate(&store, rotation(handle(10), handle(11))).await, granted());
    let wide = scopes("email");
    // Spent, late, too wide and a stranger's at once; then without the stranger, and so on.
    let all = Rotation {
        client_id: "x".into(),
        moment: seconds(1000),
        scopes: Some(wide.clone()),
        ..rotation(handle(10), handle(12))
    };
    assert_eq!(rotate(&store, Rotation { token: handle(99), ..all.clone() }).await, RotateOutcome::Unknown);
    assert_eq!(rotate(&store, all.clone()).await, RotateOutcome::WrongClient);
    assert_eq!(rotate(&store, Rotation { client_id: "web".into(), ..all.clone() }).await, RotateOutcome::Expired);
    let early = Rotation { client_id: "web".into(), moment: seconds(1), ..all.clone() };
    assert_eq!(rotate(&store, early).await, RotateOutcome::Reused, "reuse before scopes");
    assert_eq!(
        rotate(&store, Rotation { client_id: "web".into(), ..all.clone() }).await,
        RotateOutcome::Revoked,
        "before expiry"
    );
    assert_eq!(rotate(&store, all.clone()).await, RotateOutcome::WrongClient, "before revocation");
}

pub async fn t45_reuse_revokes_the_family(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    redeemed(&store, 2, handle(20)).await;
    assert_eq!(rotate(&store, rotation(handle(10), handle(11))).await, granted());
    assert_eq!(rotate(&store, rotation(handle(10), handle(12))).await, RotateOutcome::Reused);
    assert_eq!(rotate(&store, rotation(handle(12), handle(13))).await, RotateOutcome::Unknown, "no second successor");
    for token in [10, 11] {
        assert_eq!(rotate(&store, rotation(handle(token), handle(14))).await, RotateOutcome::Revoked);
    }
    assert_eq!(rotate(&store, rotation(handle(20), handle(21)).of(2)).await, RotateOutcome::Granted(record(2)));
}

pub async fn t47_a_stranger_kills_nothing(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    assert_eq!(rotate(&store, rotation(handle(10), handle(11))).await, granted());
    let stranger = Rotation { client_id: "stranger".into(), ..rotation(handle(10), handle(12)) };
    assert_eq!(rotate(&store, stranger).await, RotateOutcome::WrongClient);
    assert_eq!(rotate(&store, rotation(handle(11), handle(12))).await, granted());
}

pub async fn t48_wider_scope_spends_nothing(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    let (wide, narrow) = (scopes("profile email"), scopes("profile"));
    let attempt = Rotation { scopes: Some(wide.clone()), ..rotation(handle(10), handle(11)) };
    assert_eq!(rotate(&store, attempt).await, RotateOutcome::ScopeTooWide("email".to_owned()));
    let attempt = Rotation { scopes: Some(narrow), ..rotation(handle(10), handle(11)) };
    assert_eq!(rotate(&store, attempt).await, granted());
    assert_eq!(rotate(&store, rotation(handle(11), handle(12))).await, granted(), "the successor is as wide as before");
}

pub async fn n22_a_handle_that_is_asked_about_is_not_spent(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    let asks = |token| Rotation { successor: None, ..rotation(handle(token), handle(11)) };
    let asked = asks(10);
    assert_eq!(rotate(&store, asked.clone()).await, granted());
    assert_eq!(rotate(&store, rotation(handle(11), handle(12))).await, RotateOutcome::Unknown, "nothing is recorded");
    let goes_on = Rotation { successor: Some(handle(11)), ..asked };
    assert_eq!(rotate(&store, goes_on).await, granted());
    assert_eq!(rotate(&store, asks(10)).await, RotateOutcome::Reused, "reuse counts, though it only asks");
    assert_eq!(rotate(&store, asks(11)).await, RotateOutcome::Revoked);
}

pub async fn f11_grace_yields_the_same_successor(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    let with_grace = |after| Rotation { grace: Seconds(30), moment: millis(after), ..rotation(handle(10), handle(11)) };
    assert_eq!(rotate(&store, with_grace(5_000)).await, granted());
    assert_eq!(rotate(&store, with_grace(34_999)).await, granted());
    assert_eq!(rotate(&store, with_grace(4_999)).await, granted(), "a request that was a little earlier");
    let other = Rotation { successor: Some(handle(12)), ..with_grace(20_000) };
    assert_eq!(rotate(&store, other).await, granted());
    assert_eq!(rotate(&store, rotation(handle(12), handle(13))).await, RotateOutcome::Unknown, "no second successor");
    let wide = scopes("email");
    let too_wide = Rotation { scopes: Some(wide.clone()), ..with_grace(20_000) };
    assert_eq!(rotate(&store, too_wide).await, RotateOutcome::ScopeTooWide("email".to_owned()));
    let next = Rotation { moment: seconds(20), ..rotation(handle(11), handle(14)) };
    assert_eq!(rotate(&store, next).await, granted(), "the successor lives");
    assert_eq!(rotate(&store, with_grace(35_000)).await, RotateOutcome::Reused, "30 s after the first spending");
    assert_eq!(rotate(&store, rotation(handle(14), handle(15))).await, RotateOutcome::Revoked);
}

pub async fn handles_can_be_reused(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    for after in 0..3 {
        let attempt = Rotation { successor: None, moment: seconds(after), ..rotation(handle(10), handle(11)) };
        assert_eq!(rotate(&store, attempt).await, granted());
    }
    assert_eq!(rotate(&store, rotation(handle(10), handle(11))).await, granted(), "it was not spent");
}

pub async fn f04_a_repeated_rotation_gets_the_first_outcome(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    let attempt = rotation(handle(10), handle(11));
    assert_eq!(rotate(&store, attempt.clone()).await, granted());
    assert_eq!(rotate(&store, Rotation { moment: seconds(60), ..attempt }).await, granted());
    assert_eq!(rotate(&store, rotation(handle(11), handle(12))).await, granted(), "the family lives");
}

async fn concurrently(store: &Subject, grace: Seconds) -> (usize, usize) {
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { rotate(&store, Rotation { grace, ..rotation(handle(10), handle(11)) }).await })
        })
        .collect();
    let (mut held, mut reused) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            RotateOutcome::Granted(_) => held += 1,
            RotateOutcome::Reused => reused += 1,
            outcome => assert_eq!(outcome, RotateOutcome::Revoked),
        }
    }
    (held, reused)
}

pub async fn t46_concurrent_rotations_make_no_fork(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    assert_eq!(concurrently(&store, Seconds(0)).await, (1, 1), "one held, one found it spent, the rest a dead family");
    assert_eq!(rotate(&store, rotation(handle(11), handle(12))).await, RotateOutcome::Revoked);
}

pub async fn t46_concurrent_rotations_within_grace_make_no_fork(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    assert_eq!(concurrently(&store, Seconds(10)).await, (100, 0));
    assert_eq!(rotate(&store, rotation(handle(11), handle(12))).await, granted(), "one successor, alive");
    assert_eq!(rotate(&store, rotation(handle(11), handle(12))).await, RotateOutcome::Reused, "and spent once");
}

pub async fn t54_realms_are_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    let other = Realm::of_mount("other");
    let outcome = store.rotate(&other, rotation(handle(10), handle(11))).await.unwrap();
    assert_eq!(outcome, RotateOutcome::Unknown);
    store.revoke_family(&other, FamilyId(1), NOW + 1000).await.unwrap();
    assert_eq!(rotate(&store, rotation(handle(10), handle(11))).await, granted(), "the same family id elsewhere");
}
