//! A limit of failed client authentications, for each client and source.
//!
//! It protects the gateway itself: it goes by real time, whatever the mount's clock says, and each process counts by
//! itself, in a table that does not grow.

use crate::At;
use grant::{ClientId, RateLimit, Refusal, RefusalKind};
use parking_lot::Mutex;
use quick_cache::unsync::Cache;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// Clients and sources that are remembered at a time; of more, the least asked for is forgotten.
const REMEMBERED: usize = 1 << 14;

/// The failures counted since the first of them.
#[derive(Clone, Copy)]
struct Window {
    began: Instant,
    failed: u32,
}

/// Failures by a keyed hash of mount, client and source, so that nobody can choose whose counter to fill.
pub(crate) struct Failures {
    windows: Mutex<Cache<u64, Window>>,
    hasher: RandomState,
}

impl Default for Failures {
    fn default() -> Self {
        Self { windows: Mutex::new(Cache::new(REMEMBERED)), hasher: RandomState::new() }
    }
}

impl fmt::Debug for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Failures(…)")
    }
}

impl Failures {
    /// Counts an attempt that has `failed` or not. Refused, whatever it proves, is one that comes after the mount's
    /// limit of failures, until the window that began with the first of them is over.
    pub(crate) fn count(&self, at: At<'_>, client: &ClientId, failed: bool) -> Result<(), Refusal> {
        let RateLimit::Rolling { count, window } = at.hooks.policy().auth_failures else { return Ok(()) };
        let key = self.hasher.hash_one((at.mount.realm.as_str(), client.as_str(), at.source));
        match self.attempt(key, Instant::now(), count, window.into(), failed) {
            None => Ok(()),
            Some(wait) => {
                let retry_after = u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX).into();
                let cause = format!("more than {count} authentications of this client from there failed");
                Err(Refusal::new(RefusalKind::RateLimited { retry_after }, cause))
            }
        }
    }

    /// How long is left of the window where `count` attempts have failed in it.
    fn attempt(&self, key: u64, now: Instant, count: u32, window: Duration, failed: bool) -> Option<Duration> {
        let mut windows = self.windows.lock();
        let known = windows.get(&key).copied();
        let current = known.filter(|known| now.saturating_duration_since(known.began) < window);
        if let Some(full) = current.filter(|current| current.failed >= count) {
            return Some((full.began + window).saturating_duration_since(now));
        }
        if failed {
            let Window { began, failed } = current.unwrap_or(Window { began: now, failed: 0 });
            windows.insert(key, Window { began, failed: failed + 1 });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_mins(1);

    #[test]
    fn n30_failures_are_counted_until_their_window_is_over() {
        let (failures, start) = (Failures::default(), Instant::now());
        let attempt = |key, after: u64, failed| {
            let now = start + Duration::from_secs(after);
            failures.attempt(key, now, 3, WINDOW, failed).map(|wait| wait.as_secs())
        };
        for (after, failed, wait) in [
            (0, false, None),
            (10, true, None),
            (20, true, None),
            (30, false, None),
            (40, true, None),
            (50, true, Some(20)),
            (50, false, Some(20)),
            (69, true, Some(1)),
            (70, true, None),
            (71, false, None),
        ] {
            assert_eq!(attempt(1, after, failed), wait, "after {after} s");
            assert_eq!(attempt(2, after, false), None, "another client or source");
        }
    }

    #[test]
    fn n30_the_table_does_not_grow() {
        let failures = Failures::default();
        for key in 0..4 * REMEMBERED as u64 {
            failures.attempt(key, Instant::now(), 3, WINDOW, true);
        }
        assert!(failures.windows.lock().len() <= REMEMBERED);
    }
}
