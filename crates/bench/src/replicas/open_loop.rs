//! Arrivals at their times, whatever became of those before.

use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// A request that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Counted from 0.
    pub(crate) number: u64,
    /// When it is due: its latency counts from here.
    pub(crate) due: Instant,
}

/// So many arrivals a second, at equal distances.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    pub(crate) start: Instant,
    pub(crate) rate: u32,
    pub(crate) length: Duration,
}

impl Schedule {
    fn arrivals(self) -> impl Iterator<Item = Arrival> {
        let due = move |number: u64| self.start + Duration::from_nanos(number * 1_000_000_000 / u64::from(self.rate));
        let end = self.start + self.length;
        (0..).map(move |number| Arrival { number, due: due(number) }).take_while(move |arrival| arrival.due < end)
    }
}

/// Calls `handle` at each arrival's time and runs what it returns beside all others; returns when all are done. Needs a
/// runtime of one thread and is the only thing that it runs.
pub(crate) async fn run<F: Future<Output = ()> + 'static>(schedule: Schedule, handle: impl Fn(Arrival) -> F) {
    let (sender, mut due) = mpsc::unbounded_channel();
    // A thread of its own sleeps to the microsecond, where the runtime's timer rounds up to the next millisecond.
    let clock = std::thread::spawn(move || {
        for arrival in schedule.arrivals() {
            std::thread::sleep(arrival.due.saturating_duration_since(Instant::now()));
            if sender.send(arrival).is_err() {
                return;
            }
        }
    });
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let mut running = JoinSet::new();
            while let Some(arrival) = due.recv().await {
                running.spawn_local(handle(arrival));
                while running.try_join_next().is_some() {}
            }
            while running.join_next().await.is_some() {}
        })
        .await;
    let _ = clock.join();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[tokio::test]
    async fn a_pause_of_the_server_is_in_the_latency_of_all_that_was_due() {
        let start = Instant::now();
        let schedule = Schedule { start, rate: 100, length: Duration::from_millis(500) };
        let busy_until = start + Duration::from_millis(300);
        let latencies = Rc::new(RefCell::new(Vec::new()));
        run(schedule, |arrival| {
            let latencies = Rc::clone(&latencies);
            async move {
                // A server that answers nothing before a moment, and everything at once after it.
                tokio::time::sleep_until(busy_until.into()).await;
                latencies.borrow_mut().push(arrival.due.elapsed());
            }
        })
        .await;
        let latencies = latencies.borrow();
        assert_eq!(latencies.len(), 50);
        // A closed loop would have seen one slow answer.
        let slow = latencies.iter().filter(|latency| **latency >= Duration::from_millis(100)).count();
        assert!((21..=30).contains(&slow), "{latencies:?}");
    }

    #[test]
    fn arrivals_keep_their_distance() {
        let schedule = Schedule { start: Instant::now(), rate: 300, length: Duration::from_secs(10) };
        let arrivals: Vec<_> = schedule.arrivals().collect();
        assert_eq!(arrivals.len(), 3000);
        assert_eq!(arrivals[2999].due - schedule.start, Duration::from_nanos(9_996_666_666));
    }
}
