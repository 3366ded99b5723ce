//! The breaker: once Redis has failed several calls in a row, calls are refused at once until it answers again.

use crate::meter;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Calls that may fail in a row before the breaker opens: each costs its request the whole deadline.
const FAILURES: u32 = 5;

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: AtomicU32,
    is_open: AtomicBool,
    /// What failed last, for those who are refused.
    why: Mutex<String>,
    failed_at: Mutex<Option<Instant>>,
}

impl Breaker {
    /// Whether calls are refused, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.is_open.load(Ordering::Relaxed) { Err(self.why.lock().clone()) } else { Ok(()) }
    }

    /// Notes a call that Redis answered.
    pub(super) fn succeed(&self) {
        // Read first: a write on every call would move the line between cores.
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// Notes a call that it did not answer; whether this one opened the breaker, so that its caller starts the probe.
    pub(super) fn fail(&self, why: &str) -> bool {
        *self.failed_at.lock() = Some(Instant::now());
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if failures < FAILURES || self.is_open.swap(true, Ordering::Relaxed) {
            return false;
        }
        why.clone_into(&mut self.why.lock());
        meter::set_breaker(true);
        tracing::error!("Redis has failed {failures} calls in a row: calls are refused until it answers: {why}");
        true
    }

    /// Whether no call has failed for so long.
    pub(super) fn is_steady_for(&self, length: Duration) -> bool {
        self.failed_at.lock().is_none_or(|at| at.elapsed() >= length)
    }

    /// Admits calls again.
    pub(super) fn close(&self) {
        self.failures.store(0, Ordering::Relaxed);
        if self.is_open.swap(false, Ordering::Relaxed) {
            meter::set_breaker(false);
            tracing::info!("Redis answers again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_alone() {
        let breaker = Breaker::default();
        for _ in 0..3 {
            assert!((1..FAILURES).all(|_| !breaker.fail("silence")) && breaker.check().is_ok());
            breaker.succeed();
        }
        assert!((1..FAILURES).all(|_| !breaker.fail("silence")));
        assert!(breaker.fail("silence") && !breaker.fail("again"), "one caller is told");
        assert_eq!(breaker.check(), Err("silence".to_owned()));
        breaker.close();
        assert!(breaker.check().is_ok() && !breaker.fail("silence"));
    }
}
