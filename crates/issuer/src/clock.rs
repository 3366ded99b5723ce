//! The clock that all minting and checking uses: the one place that reads the wall clock.

use arc_swap::ArcSwap;
use grant::Millis;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// How virtual time derives from real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockState {
    /// Real time, and so much more.
    Offset(Millis),
    /// Standing still at this many milliseconds since the epoch.
    Frozen(i64),
}

impl ClockState {
    /// Real time.
    pub const REAL: Self = Self::Offset(Millis(0));
}

/// The present moment of a namespace's clock, and how that clock derives it: a store that shares a clock of its own
/// among replicas (Redis TIME) derives it anew, any other takes `millis`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since the epoch.
    pub millis: i64,
    /// How the namespace's clock derives it from real time.
    pub clock: ClockState,
}

impl Moment {
    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.millis.div_euclid(1000)
    }
}

/// A clock that can be shifted, frozen and advanced. Cheap to share.
#[derive(Debug)]
pub struct Clock {
    state: ArcSwap<ClockState>,
    /// How far the clock that replicas share is ahead of this machine's, milliseconds.
    ahead: Arc<AtomicI64>,
}

/// Differences from the shared clock that an answer's way explains, milliseconds.
const NOISE: u64 = 100;

impl Default for Clock {
    fn default() -> Self {
        Self { state: ArcSwap::from_pointee(ClockState::REAL), ahead: Arc::default() }
    }
}

impl Clock {
    /// The latest moment that it can be set to: the end of the year 9999, in seconds since the epoch.
    pub const MAX_SECONDS: i64 = 253_402_300_799;

    /// A clock of its own at real time, which follows the same shared clock.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { ahead: Arc::clone(&self.ahead), ..Self::default() }
    }

    /// The present.
    pub fn now(&self) -> Moment {
        self.at(real_millis())
    }

    /// What it shows when this machine's clock shows `real`, milliseconds since the epoch.
    pub fn at(&self, real: i64) -> Moment {
        let clock = **self.state.load();
        let millis = match clock {
            ClockState::Offset(offset) => offset.after(self.shared(real)),
            ClockState::Frozen(millis) => millis,
        };
        Moment { millis, clock }
    }

    /// The present of real time, whatever the clock shows: for what protects the gateway itself.
    pub fn real_now(&self) -> Moment {
        Moment { millis: self.real(), clock: ClockState::REAL }
    }

    /// How the present derives from real time.
    pub fn state(&self) -> ClockState {
        **self.state.load()
    }

    /// Sets how it does.
    pub fn set(&self, state: ClockState) {
        self.state.store(Arc::new(state));
    }

    /// Real time, milliseconds since the epoch: this machine's, or that of the replicas' shared clock.
    fn real(&self) -> i64 {
        self.shared(real_millis())
    }

    /// What the replicas' shared clock shows when this machine's shows `real`, as far as is known.
    fn shared(&self, real: i64) -> i64 {
        real.saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    /// Follows a clock that replicas share, which shows `shared` milliseconds since the epoch now: machines' clocks
    /// differ, and a token that one replica issues must hold at another.
    pub fn follow(&self, shared: i64) {
        let ahead = shared.saturating_sub(real_millis());
        let known = self.ahead.load(Ordering::Relaxed);
        if ahead.abs_diff(known) >= NOISE {
            tracing::info!(ahead_ms = ahead, "this machine's clock is corrected by the one that replicas share");
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }

    /// The state once so much time has passed, or (negative) has not.
    pub const fn advanced(state: ClockState, by: Millis) -> ClockState {
        match state {
            ClockState::Offset(offset) => ClockState::Offset(Millis(by.after(offset.0))),
            ClockState::Frozen(at) => ClockState::Frozen(by.after(at)),
        }
    }
}

/// Real time in whole seconds since the epoch, for what no clock of the gateway's own moves: certificates.
pub fn real_seconds() -> i64 {
    real_millis().div_euclid(1000)
}

/// Real time in milliseconds since the epoch: when something really happened, for people.
#[expect(clippy::disallowed_methods, reason = "this is the issuer's clock")]
pub fn real_millis() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_advanced() {
        let clock = Clock::default();
        clock.set(ClockState::Frozen(1_715_861_418_000));
        assert_eq!(clock.now().seconds(), 1_715_861_418);
        clock.set(Clock::advanced(clock.state(), Millis(3_601_000)));
        assert_eq!(clock.now().seconds(), 1_715_865_019);
    }

    #[test]
    fn a_shared_clock_is_followed_beyond_noise() {
        let clock = Clock::default();
        clock.follow(real_millis() + 60_000);
        assert!((59_000..61_000).contains(&(clock.now().millis - real_millis())));
        let before = clock.ahead.load(Ordering::Relaxed);
        clock.follow(real_millis() + before + 5);
        assert_eq!(clock.ahead.load(Ordering::Relaxed), before);
        clock.follow(real_millis());
        assert!(clock.now().millis - real_millis() < 50);
    }

    #[test]
    fn a_shifted_clock_keeps_running() {
        let clock = Clock::default();
        let real = clock.now().millis;
        clock.set(ClockState::Offset(Millis(-86_400_000)));
        let shifted = clock.now().millis + 86_400_000;
        assert!((0..60_000).contains(&(shifted - real)));
    }
}
