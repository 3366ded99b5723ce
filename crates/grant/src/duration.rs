//! Lengths of time, each with its unit. Wherever one is written it is a bare number.

use crate::Value;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// A length of time in whole seconds; negative where it leads back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub i64);

/// A length of time in milliseconds; negative where it leads back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Seconds {
    /// A minute.
    pub const MINUTE: Self = Self(60);
    /// An hour.
    pub const HOUR: Self = Self(3600);
    /// A day.
    pub const DAY: Self = Self(86_400);

    /// How long it is from one moment to another, both in seconds since the epoch.
    pub const fn between(from: i64, to: i64) -> Self {
        Self(to.saturating_sub(from))
    }

    /// The moment that comes so long after another, both in seconds since the epoch.
    pub const fn after(self, moment: i64) -> i64 {
        moment.saturating_add(self.0)
    }
}

impl Millis {
    /// The moment that comes so long after another, both in milliseconds since the epoch.
    pub const fn after(self, moment: i64) -> i64 {
        moment.saturating_add(self.0)
    }

    /// The whole seconds in it: what is left over is dropped.
    pub const fn whole_seconds(self) -> Seconds {
        Seconds(self.0.div_euclid(1000))
    }

    /// As whoever has to wait so long is told it: seconds, rounded up, at least 1.
    pub fn told(self) -> Seconds {
        Seconds(self.0.max(1).saturating_add(999) / 1000)
    }
}

impl Add for Seconds {
    type Output = Self;

    /// Stops at the longest there is.
    fn add(self, more: Self) -> Self {
        Self(more.after(self.0))
    }
}

impl From<u32> for Seconds {
    fn from(seconds: u32) -> Self {
        Self(seconds.into())
    }
}

impl From<Seconds> for Millis {
    fn from(length: Seconds) -> Self {
        Self(length.0.saturating_mul(1000))
    }
}

impl From<Seconds> for Duration {
    /// What leads back is no time at all.
    fn from(length: Seconds) -> Self {
        Self::from_secs(length.0.try_into().unwrap_or_default())
    }
}

impl From<Seconds> for Value {
    fn from(length: Seconds) -> Self {
        Self::Int(length.0)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_seconds_that_suffice() {
        for (wait, told) in [(i64::MIN, 1), (0, 1), (1, 1), (1000, 1), (1001, 2), (i64::MAX, i64::MAX / 1000)] {
            assert_eq!(Millis(wait).told(), Seconds(told), "{wait} ms");
        }
        assert_eq!(Millis(-1).whole_seconds(), Seconds(-1));
    }

    #[test]
    fn the_longest_is_never_passed() {
        assert_eq!(Seconds(1).after(i64::MAX), i64::MAX);
        assert_eq!(Seconds::between(i64::MAX, i64::MIN), Seconds(i64::MIN));
        assert_eq!(Millis::from(Seconds(i64::MAX)), Millis(i64::MAX));
        assert_eq!(Duration::from(Seconds(-1)), Duration::ZERO);
    }
}
