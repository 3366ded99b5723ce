//! Scenarios.

use super::Subject;
use issuer::state::ScenarioRecord;

fn record(id: u64, body: &str, used: u64) -> ScenarioRecord {
    ScenarioRecord { id, body: body.to_owned(), used }
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

pub async fn concurrent_uses_are_counted_exactly(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    let id = store.add_scenario("{}".to_owned()).await.unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.use_scenario(id, 20).await.unwrap() })
        })
        .collect();
    let mut acted = 0;
    for task in tasks {
        acted += usize::from(task.await.unwrap());
    }
    assert_eq!(acted, 20);
    assert_eq!(store.scenarios().await.unwrap(), [record(id, "{}", 20)]);
    assert!(store.remove_scenario(id).await.unwrap());
    assert!(!store.use_scenario(id, 20).await.unwrap(), "it is gone");
}
