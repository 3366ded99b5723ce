//! Moments for people.

use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

const MINUTE: StaticFormatDescription = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");

/// A moment in seconds since the epoch as `2026-11-25 09:07 UTC`; the number where it has no date.
pub fn minute(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    moment.and_then(|moment| moment.format(MINUTE).ok()).unwrap_or_else(|| seconds.to_string())
}

const SECOND: StaticFormatDescription = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// A moment in seconds since the epoch as RFC 3339 in UTC; the number where it has no date.
pub fn second(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    moment.and_then(|moment| moment.format(SECOND).ok()).unwrap_or_else(|| seconds.to_string())
}

const MILLISECOND: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A moment in milliseconds since the epoch as RFC 3339 in UTC; the number where it has no date.
pub fn millisecond(millis: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok();
    moment.and_then(|moment| moment.format(MILLISECOND).ok()).unwrap_or_else(|| millis.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_utc() {
        assert_eq!(minute(1_795_597_620), "2026-11-25 09:07 UTC");
        assert_eq!(minute(i64::MAX), i64::MAX.to_string());
        assert_eq!(millisecond(1_795_597_620_007), "2026-11-25T09:07:00.007Z");
        assert_eq!(millisecond(i64::MAX), i64::MAX.to_string());
    }
}
