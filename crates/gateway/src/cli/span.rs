//! Lengths of time and moments, as people write them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The milliseconds of `250ms`, `3s`, `10m`, `1h30m`, `2d`; a number alone is seconds.
pub(super) fn millis(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no length of time; write it as 250ms, 3s, 10m, 1h30m or 2d");
    let (mut rest, mut sum) = (text, 0_u64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        let one: u64 = match &rest[digits..unit] {
            "ms" => 1,
            "s" => 1000,
            "" if digits == text.len() => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        sum = number.checked_mul(one).and_then(|more| sum.checked_add(more)).ok_or_else(wrong)?;
        rest = &rest[unit..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(sum) }
}

/// The whole seconds of a length of time.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    let millis = millis(text)?;
    if !millis.is_multiple_of(1000) {
        return Err(format!("`{text}` is no whole number of seconds"));
    }
    u32::try_from(millis / 1000).map_err(|_| format!("`{text}` is too long"))
}

/// The whole seconds of a length of time that may be negative: `-30m`, `+1h`.
pub(super) fn offset(text: &str) -> Result<i64, String> {
    match text.strip_prefix('-') {
        Some(behind) => Ok(-i64::from(seconds(behind)?)),
        None => Ok(seconds(text.strip_prefix('+').unwrap_or(text))?.into()),
    }
}

/// The seconds since the epoch of a moment in RFC 3339, or of their number.
pub(super) fn moment(text: &str) -> Result<i64, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let moment = OffsetDateTime::parse(text, &Rfc3339);
    moment
        .map(OffsetDateTime::unix_timestamp)
        .map_err(|_| format!("`{text}` is no moment; write it as 2026-01-31T12:00:00Z, or in seconds since the epoch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_with_and_without_units() {
        for (text, wanted) in [
            ("250ms", 250),
            ("3s", 3000),
            ("600", 600_000),
            ("10m", 600_000),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
        ] {
            assert_eq!(millis(text), Ok(wanted), "{text}");
        }
        for text in ["", "s", "3x", "3 s", "-3s", "1h30", "1.5s", "99999999999999999999d", "3é"] {
            assert!(millis(text).unwrap_err().contains("1h30m"), "{text}");
        }
        assert_eq!((seconds("1m"), offset("-30m"), offset("+1h")), (Ok(60), Ok(-1800), Ok(3600)));
        assert!(seconds("250ms").is_err() && seconds("999999d").is_err());
    }

    #[test]
    fn moments_are_read_in_two_forms() {
        assert_eq!(moment("1715861418"), Ok(1_715_861_418));
        assert_eq!(moment("2024-05-16T14:10:18+02:00"), Ok(1_715_861_418));
        assert!(moment("tomorrow").unwrap_err().contains("2026-01-31"));
    }
}
