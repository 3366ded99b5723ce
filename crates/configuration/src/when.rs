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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_utc() {
        assert_eq!(minute(1_795_597_620), "2026-11-25 09:07 UTC");
        assert_eq!(minute(i64::MAX), i64::MAX.to_string());
    }
}
