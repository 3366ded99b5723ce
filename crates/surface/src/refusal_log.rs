//! Keeps a flood of refused requests, or of panics, from becoming a flood of log lines.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Refusals that are logged one by one within a second; those beyond are counted, and the count is logged.
pub const PER_SECOND: u64 = 500;

/// Counts the refusals of the present second.
#[derive(Debug)]
pub struct RefusalLog {
    start: Instant,
    second: AtomicU64,
    logged: AtomicU64,
    left_out: AtomicU64,
    unlogged: AtomicU64,
}

impl Default for RefusalLog {
    fn default() -> Self {
        let [second, logged, left_out, unlogged] = [0; 4].map(AtomicU64::new);
        Self { start: Instant::now(), second, logged, left_out, unlogged }
    }
}

impl RefusalLog {
    /// How many were left out since the start.
    pub fn unlogged(&self) -> u64 {
        self.unlogged.load(Ordering::Relaxed)
    }

    /// Whether to log one more refusal now. The first refusal of a second also logs how many the seconds before left
    /// out.
    pub fn admits(&self) -> bool {
        let (admitted, left_out) = self.count(self.start.elapsed().as_secs());
        if left_out > 0 {
            tracing::warn!(left_out, "refusals or panics beyond {PER_SECOND} a second were not logged");
        }
        admitted
    }

    /// Counts a refusal at that second: whether it is logged, and how many before it were left out unsaid.
    fn count(&self, now: u64) -> (bool, u64) {
        let mut left_out = 0;
        let before = self.second.load(Ordering::Relaxed);
        if before != now && self.second.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.logged.store(0, Ordering::Relaxed);
            left_out = self.left_out.swap(0, Ordering::Relaxed);
        }
        let admitted = self.logged.fetch_add(1, Ordering::Relaxed) < PER_SECOND;
        if !admitted {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            self.unlogged.fetch_add(1, Ordering::Relaxed);
        }
        (admitted, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_second_leaves_out_is_said_in_a_later_one() {
        let log = RefusalLog::default();
        let admitted = (0..PER_SECOND + 7).filter(|_| log.count(3).0).count();
        assert_eq!(admitted as u64, PER_SECOND);
        assert_eq!(log.count(5), (true, 7));
        assert_eq!(log.count(6), (true, 0));
        assert_eq!(log.unlogged(), 7, "what was said is not forgotten");
    }
}
