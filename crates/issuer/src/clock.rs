//! The clock that all minting and checking uses: the one place that reads the wall clock.

use crate::state::Moment;
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// How virtual time derives from real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockState {
    /// Real time plus this many milliseconds.
    Offset(i64),
    /// Standing still at this many milliseconds since the epoch.
    Frozen(i64),
}

/// A clock that can be shifted, frozen and advanced. Cheap to share.
#[derive(Debug)]
pub struct Clock(ArcSwap<ClockState>);

impl Default for Clock {
    fn default() -> Self {
        Self(ArcSwap::from_pointee(ClockState::Offset(0)))
    }
}

impl Clock {
    /// The latest moment that it can be set to: the end of the year 9999, in seconds since the epoch.
    pub const MAX_SECONDS: i64 = 253_402_300_799;

    /// The present.
    pub fn now(&self) -> Moment {
        let clock = **self.0.load();
        let millis = match clock {
            ClockState::Offset(0) => real_millis(),
            ClockState::Offset(offset) => real_millis().saturating_add(offset),
            ClockState::Frozen(millis) => millis,
        };
        Moment { millis, clock }
    }

    /// How the present derives from real time.
    pub fn state(&self) -> ClockState {
        **self.0.load()
    }

    /// Sets how it does.
    pub fn set(&self, state: ClockState) {
        self.0.store(Arc::new(state));
    }

    /// The state after `millis` more (or, negative, fewer) milliseconds have passed.
    pub const fn advanced(state: ClockState, millis: i64) -> ClockState {
        match state {
            ClockState::Offset(offset) => ClockState::Offset(offset.saturating_add(millis)),
            ClockState::Frozen(at) => ClockState::Frozen(at.saturating_add(millis)),
        }
    }
}

/// Real time in whole seconds since the epoch, for what no clock of the gateway's own moves: certificates.
pub fn real_seconds() -> i64 {
    real_millis().div_euclid(1000)
}

#[expect(clippy::disallowed_methods, reason = "this is the issuer's clock")]
fn real_millis() -> i64 {
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
        clock.set(Clock::advanced(clock.state(), 3_601_000));
        assert_eq!(clock.now().seconds(), 1_715_865_019);
    }

    #[test]
    fn a_shifted_clock_keeps_running() {
        let clock = Clock::default();
        let real = clock.now().millis;
        clock.set(ClockState::Offset(-86_400_000));
        let shifted = clock.now().millis + 86_400_000;
        assert!((0..60_000).contains(&(shifted - real)));
    }
}
