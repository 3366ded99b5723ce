//! How often a client may be granted tokens.

use crate::Seconds;
use std::fmt;
use std::str::FromStr;

/// A rolling limit: at most `count` grants in any `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// No limit.
    Unlimited,
    /// At most `count` (1 to [`RateLimit::MAX_COUNT`]) in any `window`.
    Rolling {
        /// Grants allowed in a window.
        count: u32,
        /// The window's length.
        window: Seconds,
    },
}

impl RateLimit {
    /// The largest count, for a rolling log keeps one entry per grant.
    pub const MAX_COUNT: u32 = 10_000;
    /// The longest window: thirty days.
    pub const MAX_WINDOW: Seconds = Seconds(30 * Seconds::DAY.0);
}

/// Why a rate limit could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitError(String);

impl fmt::Display for RateLimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no rate limit: write `unlimited`, or a count of 1 to {} and a window of up to 30 days, \
             as in `100/1h`, `10/60s`, `5/1m` or `1000/1d`",
            self.0,
            RateLimit::MAX_COUNT
        )
    }
}

impl std::error::Error for RateLimitError {}

impl FromStr for RateLimit {
    type Err = RateLimitError;

    fn from_str(text: &str) -> Result<Self, RateLimitError> {
        if text == "unlimited" {
            return Ok(Self::Unlimited);
        }
        parse_rolling(text).ok_or_else(|| RateLimitError(text.to_owned()))
    }
}

fn parse_rolling(text: &str) -> Option<RateLimit> {
    let (count, window) = text.split_once('/')?;
    let digits = window.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &window[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let whole = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let count = whole(count)?;
    let window = whole(digits)?.checked_mul(unit)?.into();
    ((1..=RateLimit::MAX_COUNT).contains(&count) && (Seconds(1)..=RateLimit::MAX_WINDOW).contains(&window))
        .then_some(RateLimit::Rolling { count, window })
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("unlimited"),
            Self::Rolling { count, window } => {
                let (n, unit) = match window.0 {
                    w if w % 86_400 == 0 => (w / 86_400, 'd'),
                    w if w % 3600 == 0 => (w / 3600, 'h'),
                    w if w % 60 == 0 => (w / 60, 'm'),
                    w => (w, 's'),
                };
                write!(f, "{count}/{n}{unit}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_the_same_limit() {
        for text in ["100/1h", "10/30s", "5/1m", "10000/30d", "unlimited"] {
            assert_eq!(text.parse::<RateLimit>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_limit() {
        for text in ["", "0/1h", "10001/1h", "1/0s", "1/31d", "1/h", "+1/1h", "100", "100/1w", "1/99999999999s"] {
            assert!(text.parse::<RateLimit>().is_err(), "{text}");
        }
    }
}
