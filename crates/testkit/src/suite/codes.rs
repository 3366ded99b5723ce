//! Authorization codes.

use super::{NOW, OfFamily, Subject, code, handle, realm, redeemed, redemption, rotation, scopes, seconds, spend};
use issuer::state::{Realm, RedeemOutcome, Redemption, RotateOutcome, SpendOutcome};

async fn redeem(store: &Subject, redemption: Redemption) -> RedeemOutcome {
    store.redeem_code(&realm(), redemption).await.unwrap()
}

async fn rotate(store: &Subject, token: u64) -> RotateOutcome {
    store.rotate(&realm(), rotation(handle(token), handle(token + 1))).await.unwrap()
}

pub async fn a_code_is_redeemed_once(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();
    assert_eq!(redeem(&store, redemption(handle(1), Some(handle(10)))).await, RedeemOutcome::Granted(code(1)));
    assert_eq!(redeem(&store, redemption(handle(1), Some(handle(20)))).await, RedeemOutcome::Replayed);
    assert_eq!(rotate(&store, 20).await, RotateOutcome::Unknown, "a replay records no token");
}

pub async fn a_code_is_redeemed_without_refresh_token_where_none_is_due(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let record = issuer::state::CodeRecord { refresh_until: None, login: None, challenge: None, ..code(1) };
    store.put_code(&realm(), handle(1), record.clone()).await.unwrap();
    let attempt = Redemption { challenge: None, ..redemption(handle(1), Some(handle(10))) };
    assert_eq!(redeem(&store, attempt).await, RedeemOutcome::Granted(record));
    assert_eq!(rotate(&store, 10).await, RotateOutcome::Unknown, "none was due");
    store.put_code(&realm(), handle(2), code(2)).await.unwrap();
    assert_eq!(redeem(&store, redemption(handle(2), None).of(2)).await, RedeemOutcome::Granted(code(2)));
}

pub async fn an_unknown_code_is_unknown(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();
    assert_eq!(redeem(&store, redemption(handle(2), None)).await, RedeemOutcome::Unknown);
    assert_eq!(redeem(&store, redemption(handle(1), None).of(2)).await, RedeemOutcome::Unknown, "another family's");
    for other in ["other", "moun", "mount2", ""] {
        let outcome = store.redeem_code(&Realm::of_mount(other), redemption(handle(1), None)).await.unwrap();
        assert_eq!(outcome, RedeemOutcome::Unknown, "another realm's: {other:?}");
    }
}

pub async fn a_code_of_a_revoked_family_is_refused(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for number in [1, 2] {
        store.put_code(&realm(), handle(number), code(number)).await.unwrap();
    }
    store.revoke_family(&realm(), code(1).family, NOW + 86_400).await.unwrap();
    assert_eq!(redeem(&store, redemption(handle(1), Some(handle(10)))).await, RedeemOutcome::Revoked);
    assert_eq!(rotate(&store, 10).await, RotateOutcome::Unknown, "no token was recorded");
    let stranger = Redemption { client_id: "stranger".into(), ..redemption(handle(1), None) };
    assert_eq!(redeem(&store, stranger).await, RedeemOutcome::WrongClient);
    assert_eq!(
        redeem(&store, redemption(handle(2), None).of(2)).await,
        RedeemOutcome::Granted(code(2)),
        "another family"
    );
}

pub async fn t42_refusals_spend_nothing(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();
    let right = || redemption(handle(1), Some(handle(10)));
    let wide = scopes("openid email");
    let late = seconds(300);
    let wrong_verifier = || RedeemOutcome::WrongVerifier(code(1).challenge);
    let refusals = [
        // In the order of the checks: each has the faults of those after it too.
        (
            Redemption {
                client_id: "x".into(),
                moment: late,
                redirect_uri: "x".to_owned(),
                challenge: None,
                scopes: Some(wide.clone()),
                ..right()
            },
            RedeemOutcome::WrongClient,
        ),
        (
            Redemption {
                moment: late,
                redirect_uri: "x".to_owned(),
                challenge: None,
                scopes: Some(wide.clone()),
                ..right()
            },
            RedeemOutcome::Expired,
        ),
        (
            Redemption {
                redirect_uri: "https://client.test/cb/".to_owned(),
                challenge: None,
                scopes: Some(wide.clone()),
                ..right()
            },
            RedeemOutcome::WrongRedirect,
        ),
        (Redemption { challenge: None, scopes: Some(wide.clone()), ..right() }, wrong_verifier()),
        (Redemption { challenge: Some("x".to_owned()), ..right() }, wrong_verifier()),
        (Redemption { scopes: Some(wide.clone()), ..right() }, RedeemOutcome::ScopeTooWide("email".to_owned())),
    ];
    for (attempt, refusal) in refusals {
        assert_eq!(redeem(&store, attempt).await, refusal);
        assert_eq!(rotate(&store, 10).await, RotateOutcome::Unknown, "{refusal:?}");
    }
    assert_eq!(redeem(&store, right()).await, RedeemOutcome::Granted(code(1)));

    let unbound = issuer::state::CodeRecord { challenge: None, ..code(2) };
    store.put_code(&realm(), handle(2), unbound).await.unwrap();
    assert_eq!(
        redeem(&store, redemption(handle(2), None).of(2)).await,
        RedeemOutcome::WrongVerifier(None),
        "none was expected"
    );
}

pub async fn n22_a_code_that_is_asked_about_is_not_spent(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();
    let asks = || Redemption { spends: false, ..redemption(handle(1), Some(handle(10))) };
    for _ in 0..2 {
        assert_eq!(redeem(&store, asks()).await, RedeemOutcome::Granted(code(1)));
    }
    assert_eq!(redeem(&store, Redemption { moment: seconds(300), ..asks() }).await, RedeemOutcome::Expired);
    assert_eq!(rotate(&store, 10).await, RotateOutcome::Unknown, "nothing is recorded");
    let asked = asks();
    assert_eq!(redeem(&store, asked.clone()).await, RedeemOutcome::Granted(code(1)));
    assert_eq!(redeem(&store, Redemption { spends: true, ..asked }).await, RedeemOutcome::Granted(code(1)));
    assert_eq!(redeem(&store, asks()).await, RedeemOutcome::Replayed, "a replay counts, though it only asks");
    assert_eq!(rotate(&store, 10).await, RotateOutcome::Revoked);
}

pub async fn t44_a_code_expires(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();
    let at = |after| Redemption { moment: super::millis(after), ..redemption(handle(1), None) };
    assert_eq!(redeem(&store, at(300_000)).await, RedeemOutcome::Expired);
    assert_eq!(redeem(&store, at(299_999)).await, RedeemOutcome::Granted(code(1)));
}

pub async fn t41_a_replay_revokes_the_family(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    redeemed(&store, 2, handle(20)).await;
    assert!(matches!(rotate(&store, 10).await, RotateOutcome::Granted(_)));
    // After the code's own end too, and whatever else is wrong.
    let replay =
        Redemption { moment: seconds(900), redirect_uri: "x".to_owned(), ..redemption(handle(1_000_001), None) };
    assert_eq!(redeem(&store, replay).await, RedeemOutcome::Replayed);
    assert_eq!(rotate(&store, 10).await, RotateOutcome::Revoked);
    assert_eq!(rotate(&store, 11).await, RotateOutcome::Revoked, "its successor too");
    assert_eq!(store.spend(&realm(), spend(1, "jti")).await.unwrap(), SpendOutcome::Revoked);
    let another = store.rotate(&realm(), rotation(handle(20), handle(21)).of(2)).await.unwrap();
    assert!(matches!(another, RotateOutcome::Granted(_)), "another family lives on");
    assert_eq!(redeem(&store, redemption(handle(1_000_001), None)).await, RedeemOutcome::Replayed, "again");
}

pub async fn t47_a_strangers_replay_kills_nothing(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    let stranger = Redemption { client_id: "stranger".into(), ..redemption(handle(1_000_001), None) };
    assert_eq!(redeem(&store, stranger).await, RedeemOutcome::WrongClient);
    assert!(matches!(rotate(&store, 10).await, RotateOutcome::Granted(_)));
}

pub async fn f04_a_repeat_gets_the_first_outcome(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();
    let attempt = redemption(handle(1), Some(handle(10)));
    assert_eq!(redeem(&store, attempt.clone()).await, RedeemOutcome::Granted(code(1)));
    let later = Redemption { moment: seconds(400), ..attempt };
    assert_eq!(redeem(&store, later).await, RedeemOutcome::Granted(code(1)), "however late");
    assert!(matches!(rotate(&store, 10).await, RotateOutcome::Granted(_)), "the family lives");
}

pub async fn a_spent_code_is_not_put_back(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    redeemed(&store, 1, handle(10)).await;
    store.put_code(&realm(), handle(1_000_001), code(1)).await.unwrap();
    assert_eq!(redeem(&store, redemption(handle(1_000_001), None)).await, RedeemOutcome::Replayed);
}

pub async fn t43_of_concurrent_redemptions_one_is_granted(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { redeem(&store, redemption(handle(1), Some(handle(100 + n)))).await })
        })
        .collect();
    let mut granted = 0;
    for task in tasks {
        match task.await.unwrap() {
            RedeemOutcome::Granted(_) => granted += 1,
            outcome => assert_eq!(outcome, RedeemOutcome::Replayed),
        }
    }
    assert_eq!(granted, 1);
    let mut recorded = 0;
    for n in 0..100 {
        match rotate(&store, 100 + n).await {
            RotateOutcome::Unknown => {}
            outcome => {
                assert_eq!(outcome, RotateOutcome::Revoked, "the replays revoked it");
                recorded += 1;
            }
        }
    }
    assert_eq!(recorded, 1, "one refresh token came of it");
}

pub async fn t48_a_narrowed_code_leaves_the_refresh_token_wide(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    store.put_code(&realm(), handle(1), code(1)).await.unwrap();
    let narrow = scopes("openid");
    let attempt = Redemption { scopes: Some(narrow), ..redemption(handle(1), Some(handle(10))) };
    assert_eq!(redeem(&store, attempt).await, RedeemOutcome::Granted(code(1)));
    match rotate(&store, 10).await {
        RotateOutcome::Granted(record) => {
            assert_eq!(record.scopes, scopes("openid profile"));
            assert_eq!(record.expires_at, NOW + 1000);
            assert_eq!((record.family, record.login), (code(1).family, code(1).login));
            assert_eq!((record.client_id.as_str(), record.subject.as_str()), ("web", "alice"));
        }
        outcome => panic!("{outcome:?}"),
    }
}
