//! Devices that wait for a user's decision.

use super::{NOW, Subject, code, handle, millis, realm, redemption, request, scopes, seconds};
use grant::Seconds;
use issuer::state::{
    CodeRecord, DeviceCall, DeviceRecord, FamilyId, Moment, Poll, PollOutcome, Realm, RedeemOutcome, Redemption,
    RotateOutcome, Verdict,
};

/// What a device of family `family` asks for: client `web`, 300 seconds, 5 between two polls.
pub fn device(family: u64) -> DeviceRecord {
    DeviceRecord {
        family: FamilyId(family),
        device_code: handle(family),
        client_id: "web".to_owned(),
        scopes: scopes("openid profile"),
        issuer: Some("http://idp:1/m".into()),
        expires_at: NOW + 300,
        interval: Seconds(5),
        polled_at: None,
        verdict: None,
        last_poll: None,
        decided_by: None,
        refresh_until: None,
    }
}

/// The code that comes of [`device`].
pub fn allowed(family: u64) -> CodeRecord {
    CodeRecord { redirect_uri: "device".to_owned(), challenge: None, ..code(family) }
}

fn call(family: u64, moment: Moment) -> DeviceCall {
    DeviceCall { request: request(), moment, family: FamilyId(family) }
}

fn poll(family: u64, moment: Moment) -> Poll {
    Poll { call: call(family, moment), device_code: handle(family), client_id: "web".into(), counts: true }
}

async fn polled(store: &Subject, family: u64, moment: Moment) -> PollOutcome {
    store.poll_device(&realm(), poll(family, moment)).await.unwrap()
}

fn redeems(family: u64) -> Redemption {
    let attempt = redemption(handle(family), Some(handle(family + 100)));
    Redemption { family: FamilyId(family), redirect_uri: "device".to_owned(), challenge: None, ..attempt }
}

/// Leaves three devices in a store: one that waits and has polled, one that was allowed, one that was denied.
pub async fn leave(store: &Subject) {
    for family in 1..=3 {
        assert!(store.put_device(&realm(), device(family)).await.unwrap());
    }
    assert_eq!(polled(store, 1, seconds(0)).await, PollOutcome::Pending);
    assert!(store.decide_device(&realm(), call(2, seconds(0)), Some(allowed(2))).await.unwrap());
    assert!(store.decide_device(&realm(), call(3, seconds(0)), None).await.unwrap());
}

/// They go on from where they were left.
pub async fn go_on(store: &Subject) {
    let waiting = store.device(&realm(), FamilyId(1)).await.unwrap().unwrap();
    assert_eq!((waiting.polled_at, waiting.verdict), (Some(NOW * 1000), None));
    assert_eq!(polled(store, 1, seconds(1)).await, PollOutcome::TooSoon(Seconds(10)), "it knows when it was polled");
    assert!(store.decide_device(&realm(), call(1, seconds(2)), Some(allowed(1))).await.unwrap());
    for family in [1, 2] {
        assert_eq!(polled(store, family, seconds(3)).await, PollOutcome::Allowed);
        let outcome = store.redeem_code(&realm(), redeems(family)).await.unwrap();
        assert_eq!(outcome, RedeemOutcome::Granted(allowed(family)));
    }
    assert_eq!(polled(store, 3, seconds(3)).await, PollOutcome::Denied);
    assert!(!store.decide_device(&realm(), call(3, seconds(3)), Some(allowed(3))).await.unwrap(), "it is decided");
    assert!(!store.put_device(&realm(), DeviceRecord { device_code: handle(9), ..device(1) }).await.unwrap());
}

pub async fn o44_a_device_is_allowed_once(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(store.put_device(&realm(), device(1)).await.unwrap());
    assert_eq!(store.device(&realm(), FamilyId(1)).await.unwrap(), Some(device(1)));
    assert_eq!(polled(&store, 1, seconds(0)).await, PollOutcome::Pending);
    let unknown = store.redeem_code(&realm(), redeems(1)).await.unwrap();
    assert_eq!(unknown, RedeemOutcome::Unknown, "nothing is to be had before the decision");
    assert!(store.decide_device(&realm(), call(1, seconds(1)), Some(allowed(1))).await.unwrap());
    let again = store.decide_device(&realm(), call(1, seconds(1)), None).await.unwrap();
    assert!(!again, "what is decided is decided");
    let record = store.device(&realm(), FamilyId(1)).await.unwrap().unwrap();
    assert_eq!((record.verdict, record.refresh_until), (Some(Verdict::Allowed), Some(NOW + 1000)));
    assert_eq!(polled(&store, 1, seconds(1)).await, PollOutcome::Allowed, "however soon");
    assert_eq!(store.redeem_code(&realm(), redeems(1)).await.unwrap(), RedeemOutcome::Granted(allowed(1)));
    assert_eq!(store.redeem_code(&realm(), redeems(1)).await.unwrap(), RedeemOutcome::Replayed);
    let rotation = super::rotation(handle(101), handle(102));
    assert_eq!(store.rotate(&realm(), rotation).await.unwrap(), RotateOutcome::Revoked, "the replay revoked it");
}

pub async fn o44_a_denied_device_gets_nothing(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(store.put_device(&realm(), device(1)).await.unwrap());
    assert!(store.decide_device(&realm(), call(1, seconds(0)), None).await.unwrap());
    for after in [0, 1, 299] {
        assert_eq!(polled(&store, 1, seconds(after)).await, PollOutcome::Denied);
    }
    assert!(!store.decide_device(&realm(), call(1, seconds(1)), Some(allowed(1))).await.unwrap());
    assert_eq!(store.redeem_code(&realm(), redeems(1)).await.unwrap(), RedeemOutcome::Unknown);
}

pub async fn o44_a_device_that_polls_too_soon_waits_longer(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(store.put_device(&realm(), device(1)).await.unwrap());
    for (at, outcome) in [
        (0, PollOutcome::Pending),
        (4_999, PollOutcome::TooSoon(Seconds(10))),
        (14_998, PollOutcome::TooSoon(Seconds(15))),
        (29_998, PollOutcome::Pending),
        (44_998, PollOutcome::Pending),
        (45_000, PollOutcome::TooSoon(Seconds(20))),
    ] {
        let asked = Poll { counts: false, ..poll(1, millis(at)) };
        let asked = store.poll_device(&realm(), asked).await.unwrap();
        assert_eq!(asked == PollOutcome::Pending, outcome == PollOutcome::Pending, "{at}: asked about: {asked:?}");
        assert_eq!(polled(&store, 1, millis(at)).await, outcome, "{at}");
    }
    let record = store.device(&realm(), FamilyId(1)).await.unwrap().unwrap();
    assert_eq!((record.interval, record.polled_at), (Seconds(20), Some(NOW * 1000 + 45_000)));
}

pub async fn o44_a_strangers_poll_changes_nothing(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(store.put_device(&realm(), device(1)).await.unwrap());
    let stranger = Poll { client_id: "stranger".into(), ..poll(1, seconds(0)) };
    assert_eq!(store.poll_device(&realm(), stranger).await.unwrap(), PollOutcome::WrongClient);
    let other = Poll { device_code: handle(9), ..poll(1, seconds(0)) };
    assert_eq!(store.poll_device(&realm(), other).await.unwrap(), PollOutcome::Unknown);
    assert_eq!(polled(&store, 2, seconds(0)).await, PollOutcome::Unknown);
    assert_eq!(store.device(&realm(), FamilyId(1)).await.unwrap(), Some(device(1)));
    assert_eq!(polled(&store, 1, seconds(0)).await, PollOutcome::Pending);
}

pub async fn o44_a_device_ends(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for family in [1, 2] {
        assert!(store.put_device(&realm(), device(family)).await.unwrap());
    }
    assert_eq!(polled(&store, 1, seconds(299)).await, PollOutcome::Pending);
    assert_eq!(polled(&store, 1, seconds(300)).await, PollOutcome::Expired);
    assert!(!store.decide_device(&realm(), call(1, seconds(300)), Some(allowed(1))).await.unwrap());
    assert!(store.decide_device(&realm(), call(2, seconds(0)), None).await.unwrap());
    assert_eq!(polled(&store, 2, seconds(300)).await, PollOutcome::Expired);
}

pub async fn o44_a_family_is_one_devices_alone(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(store.put_device(&realm(), device(1)).await.unwrap());
    assert!(store.put_device(&realm(), device(1)).await.unwrap(), "a repeat");
    let other = DeviceRecord { device_code: handle(9), ..device(1) };
    assert!(!store.put_device(&realm(), other).await.unwrap());
    store.revoke_family(&realm(), FamilyId(2), NOW + 1000).await.unwrap();
    assert!(!store.put_device(&realm(), device(2)).await.unwrap(), "what is revoked stays so");
}

pub async fn o44_of_concurrent_decisions_one_holds(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(store.put_device(&realm(), device(1)).await.unwrap());
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let store = store.clone();
            let code = (n % 2 == 0).then(|| allowed(1));
            tokio::spawn(async move { store.decide_device(&realm(), call(1, seconds(0)), code).await.unwrap() })
        })
        .collect();
    let mut held = 0;
    for task in tasks {
        held += u32::from(task.await.unwrap());
    }
    assert_eq!(held, 1);
}

pub async fn f04_a_repeat_of_a_poll_and_a_decision_gets_the_first_outcome(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(store.put_device(&realm(), device(1)).await.unwrap());
    for (at, outcome) in [(0, PollOutcome::Pending), (1, PollOutcome::TooSoon(Seconds(10)))] {
        let attempt = poll(1, seconds(at));
        for _ in 0..3 {
            assert_eq!(store.poll_device(&realm(), attempt.clone()).await.unwrap(), outcome);
        }
    }
    let decision = call(1, seconds(2));
    for _ in 0..2 {
        assert!(store.decide_device(&realm(), decision, Some(allowed(1))).await.unwrap());
    }
    assert_eq!(store.redeem_code(&realm(), redeems(1)).await.unwrap(), RedeemOutcome::Granted(allowed(1)));
    assert!(store.decide_device(&realm(), decision, Some(allowed(1))).await.unwrap());
    let spent = store.redeem_code(&realm(), redeems(1)).await.unwrap();
    assert_eq!(spent, RedeemOutcome::Replayed, "a repeat brings no spent code back");
}

pub async fn t54_devices_of_realms_are_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(store.put_device(&realm(), device(1)).await.unwrap());
    let other = Realm::of_mount("mount2");
    assert_eq!(store.device(&other, FamilyId(1)).await.unwrap(), None);
    assert_eq!(store.poll_device(&other, poll(1, seconds(0))).await.unwrap(), PollOutcome::Unknown);
    assert!(!store.decide_device(&other, call(1, seconds(0)), None).await.unwrap());
    assert!(store.put_device(&other, device(1)).await.unwrap());
}
