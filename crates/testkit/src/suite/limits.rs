//! Rate limits.

use super::{Subject, millis, realm, request};
use grant::{Millis, Seconds};
use issuer::state::{Hit, LimitOutcome, LimitTicket, Realm, RequestId};

async fn hit(store: &Subject, count: u32, window: u32, after: i64) -> LimitOutcome {
    hit_of(store, &realm(), "web", (count, window), after).await
}

/// What came of a hit, whose request is named here and nowhere else.
pub(super) async fn hit_of(
    store: &Subject,
    realm: &Realm,
    key: &str,
    (count, window): (u32, u32),
    after: i64,
) -> LimitOutcome {
    let attempt = Hit { request: request(), moment: millis(after), key, count, window: window.into() };
    let outcome = store.hit(realm, attempt).await.unwrap();
    if let LimitOutcome::Taken(ticket) = outcome {
        assert_eq!(ticket.request, attempt.request);
        return taken(after_of(ticket));
    }
    outcome
}

fn after_of(ticket: LimitTicket) -> i64 {
    ticket.at - millis(0).millis
}

fn ticket(after: i64, request: RequestId) -> LimitTicket {
    LimitTicket { at: millis(after).millis, request }
}

fn taken(after: i64) -> LimitOutcome {
    LimitOutcome::Taken(ticket(after, RequestId([0; 16])))
}

pub async fn exactly_the_count_in_any_window(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for after in [0, 0, 500] {
        assert_eq!(hit(&store, 3, 10, after).await, taken(after));
    }
    assert_eq!(hit(&store, 3, 10, 600).await, LimitOutcome::Full { wait: Millis(9_400) });
    assert_eq!(hit(&store, 3, 10, 9_999).await, LimitOutcome::Full { wait: Millis(1) });
    assert_eq!(hit(&store, 3, 10, 10_000).await, taken(10_000), "what was refused is not counted");
    assert_eq!(hit(&store, 3, 10, 10_000).await, taken(10_000));
    assert_eq!(hit(&store, 3, 10, 10_000).await, LimitOutcome::Full { wait: Millis(500) });
    assert_eq!(hit(&store, 3, 10, 10_500).await, taken(10_500));
}

pub async fn a_place_given_back_is_free(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let first = Hit { request: request(), moment: millis(0), key: "web", count: 2, window: Seconds(10) };
    let outcome = store.hit(&realm(), first).await.unwrap();
    assert_eq!(outcome, LimitOutcome::Taken(ticket(0, first.request)));
    assert_eq!(hit(&store, 2, 10, 5_000).await, taken(5_000));
    store.undo(&realm(), "web", ticket(0, first.request)).await.unwrap();
    assert_eq!(hit(&store, 2, 10, 6_000).await, taken(6_000));
    assert_eq!(
        hit(&store, 2, 10, 6_000).await,
        LimitOutcome::Full { wait: Millis(9_000) },
        "that of 5,000 still counts"
    );
    for (key, at) in [("web", 1), ("nobody", 0)] {
        store.undo(&realm(), key, ticket(at, request())).await.unwrap();
    }
    assert_eq!(hit(&store, 2, 10, 6_000).await, LimitOutcome::Full { wait: Millis(9_000) }, "no such place");
}

pub async fn keys_and_realms_are_counted_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for (name, key) in [("mount", "web"), ("mount", "app"), ("other", "web"), ("mountw", "eb")] {
        let outcome = hit_of(&store, &Realm::of_mount(name), key, (1, 10), 0).await;
        assert_eq!(outcome, taken(0), "{name} {key}");
    }
    assert!(matches!(hit(&store, 1, 10, 0).await, LimitOutcome::Full { .. }));
}

pub async fn of_concurrent_hits_the_count_is_taken(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let tasks: Vec<_> = (0..300)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { hit(&store, 100, 3600, 0).await })
        })
        .collect();
    let mut granted = 0;
    for task in tasks {
        granted += usize::from(matches!(task.await.unwrap(), LimitOutcome::Taken(_)));
    }
    assert_eq!(granted, 100);
}

pub async fn it_agrees_with_a_naive_log(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let (count, window) = (5_usize, 2_000_i64);
    let (mut log, mut now, mut seed): (Vec<i64>, i64, u64) = (Vec::new(), 0, 42);
    let mut full = 0;
    for _ in 0..500 {
        // A linear congruential generator (Knuth's MMIX): steps of 0 to 511 ms, many of them 0.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        now += i64::try_from((seed >> 33) & 511).unwrap() * i64::from(seed >> 63 == 0);
        let counted = log.iter().filter(|&&t| now - t < window).count();
        let outcome = hit(&store, 5, 2, now).await;
        if counted < count {
            assert_eq!(outcome, taken(now));
            log.push(now);
        } else {
            let wait = Millis(log[log.len() - count] + window - now);
            assert_eq!(outcome, LimitOutcome::Full { wait });
            full += 1;
        }
    }
    assert!(full > 50 && log.len() > 50, "both happened: {full} full, {} taken", log.len());
}

pub async fn a_changed_limit_holds_at_once(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for after in [0, 1_000, 2_000] {
        assert_eq!(hit(&store, 5, 10, after).await, taken(after));
    }
    assert_eq!(
        hit(&store, 2, 10, 3_000).await,
        LimitOutcome::Full { wait: Millis(8_000) },
        "until one is left of three"
    );
    assert_eq!(hit(&store, 4, 10, 3_000).await, taken(3_000));
    assert_eq!(hit(&store, 2, 1, 3_500).await, taken(3_500), "one lies within the shorter window");
}
