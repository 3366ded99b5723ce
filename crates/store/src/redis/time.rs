//! Redis's clock as this process knows it, for the deadlines of scripts.

use parking_lot::Mutex;
use tokio::time::Instant;

/// How fast two clocks may drift apart, microseconds for each that passes: one in a thousand is more than any does.
const DRIFT: i64 = 1_000;

/// How far Redis's clock is ahead of a clock of this process's own that nothing sets.
///
/// It is known by a lower bound: what an answer says was so at the latest when the answer came. So a moment is told to
/// Redis too early rather than too late, by the time that an answer takes to come back. A script that begins within that
/// time could not be answered in time.
#[derive(Debug)]
pub(super) struct RedisTime {
    origin: Instant,
    known: Mutex<Option<Bound>>,
}

/// All in microseconds.
#[derive(Clone, Copy, Debug)]
struct Bound {
    ahead: i64,
    /// When that was found, by the process's own clock.
    at: i64,
}

impl Bound {
    /// What still holds of it, whichever clock is faster.
    const fn then(self, at: i64) -> i64 {
        self.ahead.saturating_sub((at - self.at) / DRIFT)
    }
}

impl RedisTime {
    pub(super) fn new() -> Self {
        Self { origin: Instant::now(), known: Mutex::default() }
    }

    fn own(&self, instant: Instant) -> i64 {
        i64::try_from(instant.saturating_duration_since(self.origin).as_micros()).unwrap_or(i64::MAX)
    }

    /// That moment by Redis's clock or a little earlier, microseconds since the epoch. The beginning of time while
    /// nothing is known: Redis then refuses what is asked by it, and tells its time.
    pub(super) fn at(&self, instant: Instant) -> i64 {
        let (own, now) = (self.own(instant), self.own(Instant::now()));
        self.known.lock().map_or(0, |bound| own.saturating_add(bound.then(now)))
    }

    /// Learns that Redis's clock showed `told` between these two moments.
    pub(super) fn learn(&self, asked: Instant, answered: Instant, told: i64) {
        let (asked, answered) = (self.own(asked), self.own(answered));
        let (lowest, highest) = (told.saturating_sub(answered), told.saturating_sub(asked));
        let mut known = self.known.lock();
        // The closest bound stays, unless it cannot be true any more: Redis's clock was set back.
        if known.is_none_or(|bound| lowest >= bound.then(answered) || bound.then(answered) > highest) {
            *known = Some(Bound { ahead: lowest, at: answered });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// What is known after answers that each took so long to go and to come back, milliseconds, of a Redis that is so far
    /// ahead, microseconds.
    fn after(answers: &[(u64, u64, i64)]) -> (RedisTime, Instant) {
        let time = RedisTime::new();
        let mut now = time.origin;
        for (there, back, ahead) in answers {
            let read = now + Duration::from_millis(*there);
            let answered = read + Duration::from_millis(*back);
            time.learn(now, answered, time.own(read) + ahead);
            now = answered;
        }
        (time, now)
    }

    fn ahead(time: &RedisTime, now: Instant) -> i64 {
        time.known.lock().unwrap().then(time.own(now))
    }

    #[test]
    fn s06_a_deadline_is_never_told_too_late() {
        for (there, back) in [(0, 0), (90, 1), (1, 90), (40, 40)] {
            let (time, now) = after(&[(there, back, 7_000_000)]);
            let early = 7_000_000 - ahead(&time, now);
            assert_eq!(early, i64::try_from(back).unwrap() * 1000, "by the way back, and no more");
        }
        assert_eq!(RedisTime::new().at(Instant::now()), 0);
    }

    #[test]
    fn s06_the_closest_bound_stays_until_it_drifts_away() {
        let (time, now) = after(&[(1, 1, 5_000_000), (1, 150, 5_000_000)]);
        assert_eq!(5_000_000 - ahead(&time, now), 1_000 + 151, "a slow answer tells less");
        let (time, now) = after(&[(1, 1, 5_000_000), (100_000, 20, 5_000_000)]);
        assert_eq!(5_000_000 - ahead(&time, now), 20_000, "an old one less still");
    }

    #[test]
    fn s06_a_clock_that_is_set_is_followed() {
        for step in [-60_000_000, 60_000_000] {
            let (time, now) = after(&[(1, 1, 5_000_000), (2, 3, 5_000_000 + step)]);
            assert_eq!(5_000_000 + step - ahead(&time, now), 3_000);
        }
    }
}
