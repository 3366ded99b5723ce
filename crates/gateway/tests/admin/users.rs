//! Users of a mount, put side by side.

use crate::gateway::Gateway;
use std::sync::{Arc, Barrier};

#[test]
fn n31_of_two_users_put_at_once_under_one_name_one_is_refused() {
    let gateway = Arc::new(Gateway::start());
    for round in 0..20 {
        let start = Arc::new(Barrier::new(4));
        let put = |n: usize| {
            let (gateway, start) = (Arc::clone(&gateway), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                let path = format!("/v1/mounts/brighthr-sandbox/users/{round}-{n}");
                gateway.call("PUT", &path, &format!(r#"{{"username":"name-{round}"}}"#)).status
            })
        };
        let threads: Vec<_> = (0..4).map(put).collect();
        let mut statuses: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[1..], [409; 3], "round {round}: {statuses:?}");
    }
}
