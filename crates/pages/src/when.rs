//! Moments, shown in UTC.

#![allow(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]

use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

const WORDS: StaticFormatDescription =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");
const MACHINE: StaticFormatDescription = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// The last second that has a date of four-digit years.
const LAST: i64 = 253_402_300_799;

/// A moment as people read it: `25 Nov 2026, 09:07 UTC`.
pub(crate) fn words(seconds: &i64) -> String {
    shown(*seconds, WORDS)
}

/// A moment as HTML's `datetime` attribute has it: `2026-11-25T09:07:00Z`.
pub(crate) fn machine(seconds: &i64) -> String {
    shown(*seconds, MACHINE)
}

/// What is no moment of the years 1970 to 9999 is the nearest one that is.
fn shown(seconds: i64, format: StaticFormatDescription) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds.clamp(0, LAST)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_in_utc() {
        assert_eq!(words(&1_795_597_620), "25 Nov 2026, 09:07 UTC");
        assert_eq!(machine(&1_795_597_620), "2026-11-25T09:07:00Z");
        assert_eq!(words(&1_709_164_859), "29 Feb 2024, 00:00 UTC");
    }

    #[test]
    fn no_number_is_too_large() {
        assert_eq!(words(&i64::MIN), "1 Jan 1970, 00:00 UTC");
        assert_eq!(machine(&i64::MAX), "9999-12-31T23:59:59Z");
    }
}
