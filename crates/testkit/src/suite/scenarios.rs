//! Scenarios.

use super::Subject;
use issuer::state::ScenarioRecord;

fn record(id: u64, body: &str, used: u64) -> ScenarioRecord {
    ScenarioRecord { id, body: body.to_owned(), seen: used, used }
}

pub async fn they_come_oldest_first_and_go_one_by_one(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert!(store.scenarios().await.unwrap().is_empty());
    let mut ids = Vec::new();
    for body in ["{\"é\":1}", "b", "c"] {
        ids.push(store.add_scenario(body.to_owned()).await.unwrap());
    }
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    let all = store.scenarios().await.unwrap();
    assert_eq!(all, [record(ids[0], "{\"é\":1}", 0), record(ids[1], "b", 0), record(ids[2], "c", 0)]);
    assert!(store.remove_scenario(ids[1]).await.unwrap());
    assert!(!store.remove_scenario(ids[1]).await.unwrap());
    assert_eq!(store.scenarios().await.unwrap().len(), 2);
    store.clear_scenarios().await.unwrap();
    assert!(store.scenarios().await.unwrap().is_empty());
    let next = store.add_scenario("d".to_owned()).await.unwrap();
    assert!(next > ids[2], "a number is not given twice");
}

pub async fn requests_are_counted_under_names_until_a_reset(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for number in 1..=2 {
        assert_eq!(store.count_request("bits/one").await.unwrap(), number);
    }
    assert_eq!(store.count_request("bits/other").await.unwrap(), 1);
    store.clear_scenarios().await.unwrap();
    assert_eq!(store.count_request("bits/one").await.unwrap(), 3, "they are of no scenario");
    assert!(store.scenarios().await.unwrap().is_empty());
    store.reset().await.unwrap();
    assert_eq!(store.count_request("bits/one").await.unwrap(), 1);
}

pub async fn concurrent_uses_are_counted_exactly(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let id = store.add_scenario("{}".to_owned()).await.unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.use_scenario(id, Some(20), true).await.unwrap() })
        })
        .collect();
    let mut acted = Vec::new();
    for task in tasks {
        acted.extend(task.await.unwrap());
    }
    acted.sort_unstable();
    assert_eq!(acted, (1..=20).collect::<Vec<_>>(), "each use has a number of its own");
    assert_eq!(store.scenarios().await.unwrap(), [record(id, "{}", 20)]);
    assert!(store.remove_scenario(id).await.unwrap());
    assert_eq!(store.use_scenario(id, Some(20), true).await.unwrap(), None, "it is gone");
}

pub async fn what_is_seen_is_counted_apart_from_what_is_used(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let id = store.add_scenario("{}".to_owned()).await.unwrap();
    assert_eq!((store.see_scenario(id).await.unwrap(), store.see_scenario(id).await.unwrap()), (1, 2));
    assert_eq!(store.use_scenario(id, None, false).await.unwrap(), Some(1));
    assert_eq!(store.use_scenario(id, None, true).await.unwrap(), Some(2));
    let all = store.scenarios().await.unwrap();
    assert_eq!((all[0].seen, all[0].used), (3, 2));
}
