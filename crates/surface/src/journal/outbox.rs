//! What other replicas are to be told of: a bounded queue that no request waits for.

use super::Entry;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Notify;

/// Entries that no other replica was told of.
const UNSHARED: &str = "idp_gateway_journal_unshared_total";

/// How many seconds' worth of entries may wait.
const SECONDS: usize = 2;

/// Entries that are to be sent, each with the owner of its namespace where it is of one.
#[derive(Debug)]
pub(super) struct Outbox {
    /// How many a second.
    rate: u32,
    queue: Mutex<Queue>,
    pub(super) filled: Notify,
}

pub(super) type Waiting = (Option<Arc<str>>, Arc<Entry>);

#[derive(Debug)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// How many may be added now, and since when.
    allowed: f64,
    at: Instant,
}

impl Outbox {
    pub(super) fn new(rate: u32) -> Self {
        let queue = Queue { waiting: VecDeque::new(), allowed: f64::from(rate), at: Instant::now() };
        Self { rate, queue: Mutex::new(queue), filled: Notify::new() }
    }

    /// Adds an entry, or drops and counts it where there are too many.
    pub(super) fn add(&self, owner: Option<&Arc<str>>, entry: &Arc<Entry>) {
        let is_added = {
            let mut queue = self.queue.lock();
            let most = f64::from(self.rate);
            let now = Instant::now();
            queue.allowed = (queue.allowed + now.duration_since(queue.at).as_secs_f64() * most).min(most);
            queue.at = now;
            let may = queue.allowed >= 1.0 && queue.waiting.len() < SECONDS * self.rate as usize;
            if may {
                queue.allowed -= 1.0;
                queue.waiting.push_back((owner.cloned(), Arc::clone(entry)));
            }
            may
        };
        if is_added {
            self.filled.notify_one();
        } else {
            Self::drop(1);
        }
    }

    /// Takes all that wait.
    pub(super) fn take(&self) -> VecDeque<Waiting> {
        std::mem::take(&mut self.queue.lock().waiting)
    }

    /// Has those counted from 0 that no other replica was told of.
    pub(super) fn count() {
        Self::drop(0);
    }

    /// Counts entries that nobody was told of.
    pub(super) fn drop(count: u64) {
        metrics::counter!(UNSHARED).increment(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_rate_is_dropped() {
        let outbox = Outbox::new(50);
        let entry = Arc::new(Entry::default());
        for _ in 0..500 {
            outbox.add(None, &entry);
        }
        let taken = outbox.take().len();
        assert!((50..100).contains(&taken), "{taken}");
        assert!(outbox.take().is_empty());
    }
}
