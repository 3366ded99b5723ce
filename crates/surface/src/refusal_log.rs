//! Keeps a flood of refused requests, or of panics, from becoming a flood of log lines, and from hiding others.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Refusals of one source at one mount that are logged one by one within a second; those beyond are counted, and the
/// count is logged.
pub const PER_SECOND: u64 = 100;

/// Budgets at a time. Of more sources some share one: the table does not grow, whoever comes.
const BUDGETS: usize = 4_096;

/// Counts the refusals of the present second, for each source and mount.
pub struct RefusalLog {
    start: Instant,
    /// Each a second, and how many were logged in it: both in one number, so that they change together.
    budgets: Box<[AtomicU64]>,
    /// Keyed, so that nobody can choose whose budget to spend.
    hasher: RandomState,
    /// The second in which it was last said how many were left out.
    said: AtomicU64,
    left_out: AtomicU64,
    unlogged: AtomicU64,
}

impl Default for RefusalLog {
    fn default() -> Self {
        let [said, left_out, unlogged] = [0; 3].map(AtomicU64::new);
        let budgets = (0..BUDGETS).map(|_| AtomicU64::new(0)).collect();
        Self { start: Instant::now(), budgets, hasher: RandomState::new(), said, left_out, unlogged }
    }
}

impl fmt::Debug for RefusalLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefusalLog").field("unlogged", &self.unlogged).finish_non_exhaustive()
    }
}

impl RefusalLog {
    /// How many were left out since the start.
    pub fn unlogged(&self) -> u64 {
        self.unlogged.load(Ordering::Relaxed)
    }

    /// Whether to log one more refusal of that source at that mount now. The first refusal of a second also logs how
    /// many the seconds before left out.
    pub fn admits(&self, mount: Option<&str>, source: Option<IpAddr>) -> bool {
        let budget = self.hasher.hash_one((mount, source.map(issuer::network)));
        let (admitted, left_out) = self.count(budget, self.start.elapsed().as_secs());
        if left_out > 0 {
            tracing::warn!(left_out, "refusals or panics beyond {PER_SECOND} a second of one source were not logged");
        }
        admitted
    }

    /// Counts a refusal at that second: whether it is logged, and how many before it were left out unsaid.
    fn count(&self, budget: u64, now: u64) -> (bool, u64) {
        let is_new = self.said.fetch_max(now, Ordering::Relaxed) < now;
        let left_out = if is_new { self.left_out.swap(0, Ordering::Relaxed) } else { 0 };
        let spend = |spent: u64| match (spent >> 32 == now, spent & u64::from(u32::MAX)) {
            (true, PER_SECOND..) => None,
            (true, _) => Some(spent + 1),
            (false, _) => Some(now << 32 | 1),
        };
        let place = usize::try_from(budget % BUDGETS as u64).unwrap_or_default();
        let admitted = self.budgets[place].fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok();
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
        let admitted = (0..PER_SECOND + 7).filter(|_| log.count(0, 3).0).count();
        assert_eq!(admitted as u64, PER_SECOND);
        assert_eq!(log.count(0, 5), (true, 7));
        assert_eq!(log.count(0, 6), (true, 0));
        assert_eq!(log.unlogged(), 7, "what was said is not forgotten");
    }

    #[test]
    fn s20_a_flood_from_one_source_hides_no_other() {
        let log = RefusalLog::default();
        let flood = (0..PER_SECOND * 10).filter(|_| log.count(1, 3).0).count();
        assert_eq!((flood as u64, log.count(2, 3).0, log.count(1, 3).0), (PER_SECOND, true, false));
        assert_eq!(log.unlogged(), PER_SECOND * 9 + 1);
    }
}
