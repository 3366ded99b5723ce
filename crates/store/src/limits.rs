//! Rolling rate limits in memory: per active key a log of the grants in its window, four bytes each.

use grant::{Millis, RateLimit, Seconds};
use issuer::state::Realm;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// Entries outlive their window by this many milliseconds: a request reads the clock before it gets the lock, and must
/// see what counts at its own time.
const LATE: i64 = 1_000;

/// Locks, so that clients on several cores seldom wait for each other.
const SHARDS: usize = 64;

/// The logs of all keys.
///
/// A grant at `t` counts at `now` while the two are less than a window apart. After a clock was set back `t` may lie
/// ahead of `now`: grants less than a window ahead count, and those further ahead are forgotten, so that a clock
/// taken back from next year does not shut a client out for a year.
pub(crate) struct Limits {
    shards: Vec<Mutex<HashMap<Realm, Logs>>>,
    hasher: RandomState,
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(SHARDS)
    }
}

impl Limits {
    /// Those of one of many namespaces.
    pub(crate) fn small() -> Self {
        Self::of(1)
    }

    fn of(shards: usize) -> Self {
        Self { shards: (0..shards).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }

    fn shard(&self, realm: &Realm, key: &str) -> &Mutex<HashMap<Realm, Logs>> {
        let hash = self.hasher.hash_one((realm, key));
        #[expect(clippy::cast_possible_truncation, reason = "any bits of the hash will do")]
        let index = hash as usize % self.shards.len();
        &self.shards[index]
    }

    /// Takes a place if fewer than `count` are taken: when it was taken, or how long until one is free. Times in
    /// milliseconds since the epoch.
    pub(crate) fn hit(&self, realm: &Realm, key: &str, count: u32, window: Seconds, now: i64) -> Result<i64, Millis> {
        let mut shard = self.shard(realm, key).lock();
        let logs = shard.entry(realm.clone()).or_default();
        logs.sweep(now);
        let window = Millis::from(window.min(RateLimit::MAX_WINDOW)).0;
        let full = |wait: i64| Err(Millis(wait.max(1)));
        let log = match logs.by_key.get_mut(key) {
            Some(log) => log,
            None if count == 0 => return full(window),
            None => logs.begin(key, now),
        };
        log.window = window;
        log.prune(now);
        let first = log.first(now);
        let over = (log.offsets.len() - first).checked_sub(count as usize);
        match over.map(|over| log.offsets.get(first + over)) {
            None => {
                log.insert(now);
                Ok(now)
            }
            // A place is free once so many have gone that fewer than `count` are left.
            Some(Some(&offset)) => full(log.at(offset).saturating_add(window).saturating_sub(now)),
            Some(None) => full(window),
        }
    }

    /// Gives a place back.
    pub(crate) fn undo(&self, realm: &Realm, key: &str, at: i64) {
        let mut shard = self.shard(realm, key).lock();
        if let Some(log) = shard.get_mut(realm).and_then(|logs| logs.by_key.get_mut(key)) {
            log.remove(at);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            shard.lock().clear();
        }
    }

    /// How many keys have a log.
    #[cfg(test)]
    fn keys(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().values().map(|logs| logs.by_key.len()).sum::<usize>()).sum()
    }
}

/// The logs of a realm, whose keys share a clock.
#[derive(Default)]
struct Logs {
    by_key: HashMap<Arc<str>, Log>,
    /// Every key once, in the order in which they are looked at for what is over.
    round: VecDeque<Arc<str>>,
}

impl Logs {
    fn begin(&mut self, key: &str, now: i64) -> &mut Log {
        let key: Arc<str> = key.into();
        self.round.push_back(Arc::clone(&key));
        self.by_key.entry(key).or_insert(Log { base: now, offsets: VecDeque::new(), window: 0 })
    }

    /// Looks at two keys of the round and drops those with nothing left. A hit adds one key at most, so that keys
    /// go faster than they come.
    fn sweep(&mut self, now: i64) {
        for _ in 0..2 {
            let Some(key) = self.round.pop_front() else { return };
            let Some(log) = self.by_key.get_mut(&key) else { continue };
            log.prune(now);
            if log.offsets.is_empty() {
                self.by_key.remove(&key);
            } else {
                if log.offsets.capacity() > 4 * log.offsets.len() + 16 {
                    log.offsets.shrink_to(2 * log.offsets.len());
                }
                self.round.push_back(key);
            }
        }
    }
}

/// The grants of one key within a window, and for a moment longer.
struct Log {
    /// What the offsets count from, milliseconds since the epoch.
    base: i64,
    /// Milliseconds, in order.
    offsets: VecDeque<u32>,
    /// The window of the last hit, milliseconds.
    window: i64,
}

impl Log {
    fn at(&self, offset: u32) -> i64 {
        self.base.saturating_add(i64::from(offset))
    }

    /// The place of the first grant that counts at `now`.
    fn first(&self, now: i64) -> usize {
        self.offsets.partition_point(|&offset| now.saturating_sub(self.at(offset)) >= self.window)
    }

    /// Forgets what counts neither at `now` nor for whoever is late.
    fn prune(&mut self, now: i64) {
        let past = self.window.saturating_add(LATE);
        while self.offsets.front().is_some_and(|&first| now.saturating_sub(self.at(first)) >= past) {
            self.offsets.pop_front();
        }
        while self.offsets.back().is_some_and(|&last| self.at(last).saturating_sub(now) >= self.window) {
            self.offsets.pop_back();
        }
    }

    /// Notes a grant. All others are little more than a window from it.
    fn insert(&mut self, now: i64) {
        if now < self.base || u32::try_from(now.saturating_sub(self.base)).is_err() {
            self.rebase(self.offsets.front().map_or(now, |&first| self.at(first).min(now)));
        }
        // Windows are shorter than the offsets' reach of 49 days.
        if let Ok(offset) = u32::try_from(now.saturating_sub(self.base)) {
            let place = self.offsets.partition_point(|&other| other <= offset);
            self.offsets.insert(place, offset);
        }
    }

    /// Counts from `base` on. Where a clock was set back, what is then beyond the offsets' reach is forgotten.
    fn rebase(&mut self, base: i64) {
        let shift = self.base.saturating_sub(base);
        let shifted = |&offset: &u32| u32::try_from(i64::from(offset).saturating_add(shift)).ok();
        self.offsets = self.offsets.iter().map_while(shifted).collect();
        self.base = base;
    }

    fn remove(&mut self, at: i64) {
        if let Ok(offset) = u32::try_from(at.saturating_sub(self.base))
            && let Ok(place) = self.offsets.binary_search(&offset)
        {
            self.offsets.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn realm() -> Realm {
        Realm::of_mount("mount")
    }

    /// The same rule without offsets: forget what is a window away and more, count what is within.
    fn naive(log: &mut Vec<i64>, count: u32, Millis(window): Millis, now: i64) -> Result<i64, Millis> {
        let ago = |t: i64| i128::from(now) - i128::from(t);
        log.retain(|&t| ago(t) < i128::from(window + LATE) && -ago(t) < i128::from(window));
        log.sort_unstable();
        let within: Vec<_> = log.iter().copied().filter(|&t| ago(t) < i128::from(window)).collect();
        match within.len().checked_sub(count as usize) {
            None => {
                log.push(now);
                Ok(now)
            }
            Some(over) => Err(Millis((within[over] + window - now).max(1))),
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Hit(i64),
        Undo,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => Just(Step::Hit(0)),
            8 => (0_i64..1500).prop_map(Step::Hit),
            1 => (-6000_i64..6000).prop_map(Step::Hit),
            // Years away, beyond the reach of the offsets.
            1 => (-90_000_000_000_i64..90_000_000_000).prop_map(Step::Hit),
            1 => Just(Step::Undo),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_naive_log_whatever_the_clock_does(
            count in 1_u32..8, window in 1_u32..4, steps in steps(),
        ) {
            let (limits, mut log, mut now, mut last) = (Limits::default(), Vec::new(), 1_715_861_418_000_i64, None);
            for step in steps {
                match step {
                    Step::Hit(by) => {
                        now += by;
                        let outcome = limits.hit(&realm(), "web", count, window.into(), now);
                        prop_assert_eq!(outcome, naive(&mut log, count, Seconds::from(window).into(), now));
                        if let Ok(at) = outcome {
                            last = Some(at);
                        }
                    }
                    Step::Undo => if let Some(at) = last.take() {
                        limits.undo(&realm(), "web", at);
                        if let Some(place) = log.iter().rposition(|&t| t == at) {
                            log.remove(place);
                        }
                    }
                }
            }
        }

        #[test]
        fn no_window_ever_holds_more_than_the_count(
            count in 1_u32..8, steps in prop::collection::vec(0_i64..700, 0..300),
        ) {
            let (limits, mut now, mut taken) = (Limits::default(), 0_i64, Vec::new());
            for step in steps {
                now += step;
                if let Ok(at) = limits.hit(&realm(), "web", count, Seconds(2), now) {
                    taken.push(at);
                }
            }
            for &start in &taken {
                let within = taken.iter().filter(|&&t| (start..start + 2000).contains(&t)).count();
                prop_assert!(within <= count as usize, "{} from {}", within, start);
            }
        }

        #[test]
        fn it_never_panics(
            hits in prop::collection::vec((any::<i64>(), any::<u32>(), 0_u32..20_000), 0..50),
        ) {
            let limits = Limits::default();
            for (now, window, count) in hits {
                if let Ok(at) = limits.hit(&realm(), "web", count, window.into(), now) {
                    limits.undo(&realm(), "web", at.wrapping_neg());
                }
            }
        }
    }

    #[test]
    fn the_longest_window_holds_the_largest_count() {
        let limits = Limits::default();
        let window = Millis::from(RateLimit::MAX_WINDOW).0;
        let hit = |at| limits.hit(&realm(), "web", RateLimit::MAX_COUNT, RateLimit::MAX_WINDOW, at);
        for n in 0..3 * i64::from(RateLimit::MAX_COUNT) {
            // Just as fast as the limit allows, over three windows.
            let at = n * window / i64::from(RateLimit::MAX_COUNT);
            assert_eq!(hit(at), Ok(at));
        }
        let last = 3 * window - window / i64::from(RateLimit::MAX_COUNT);
        assert!(hit(last).is_err());
    }

    #[test]
    fn keys_are_freed_after_their_window() {
        let limits = Limits::default();
        for n in 0..100_000_i64 {
            let _ = limits.hit(&realm(), &format!("client {n}"), 10, Seconds(1), n * 10);
        }
        // A hundred a second are active.
        let kept = limits.keys();
        assert!(kept < 20_000, "{kept} logs");
        for n in 0..100_000_i64 {
            let _ = limits.hit(&realm(), &format!("client {}", n % 100), 10, Seconds(1), 2_000_000 + n * 10);
        }
        let kept = limits.keys();
        assert!((100..=200).contains(&kept), "{kept} logs");
    }
}
