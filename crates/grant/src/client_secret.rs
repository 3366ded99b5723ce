//! The secrets of a client: digests, each for as long as it holds.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// SHA-256 of a client's secret: all that is kept of it.
#[derive(Clone, Copy)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// Wraps a digest computed elsewhere.
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest in lowercase hexadecimal.
    pub fn hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
        self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }

    /// The digest's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest([REDACTED])")
    }
}

/// One of a client's secrets.
#[derive(Clone, Copy, Debug)]
pub struct ClientSecret {
    /// Its digest.
    pub digest: SecretDigest,
    /// The last moment at which it holds, by real time; `None` is for ever.
    pub not_after: Option<NotAfter>,
}

impl ClientSecret {
    /// How many a client may have at a time.
    pub const MOST: usize = 8;

    /// Whether it has ended by `now`, seconds since the epoch.
    pub fn has_ended(&self, now: i64) -> bool {
        self.not_after.is_some_and(|last| now > last.seconds())
    }
}

impl From<SecretDigest> for ClientSecret {
    fn from(digest: SecretDigest) -> Self {
        Self { digest, not_after: None }
    }
}

/// The last second at which something holds: RFC 3339 in text, shown in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotAfter(OffsetDateTime);

impl NotAfter {
    /// Seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0.unix_timestamp()
    }
}

impl FromStr for NotAfter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "must be a moment as RFC 3339 writes it, in quotes, such as \"2027-01-01T00:00:00Z\"";
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| WANTED)?;
        let seconds = OffsetDateTime::from_unix_timestamp(moment.unix_timestamp());
        seconds.ok().filter(|moment| (0..=9999).contains(&moment.year())).map(Self).ok_or(WANTED)
    }
}

impl fmt::Display for NotAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for NotAfter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NotAfter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_holds_through_its_last_second() {
        let last: NotAfter = "2027-01-01T01:00:00.7+01:00".parse().unwrap();
        assert_eq!((last.to_string().as_str(), last.seconds()), ("2027-01-01T00:00:00Z", 1_798_761_600));
        let secret = ClientSecret { not_after: Some(last), ..SecretDigest::new([0; 32]).into() };
        assert!(!secret.has_ended(last.seconds()) && secret.has_ended(last.seconds() + 1));
        for wrong in ["", "2027-01-01", "2027-01-01 00:00", "2027-13-01T00:00:00Z", "1798761600"] {
            assert!(wrong.parse::<NotAfter>().is_err(), "{wrong}");
        }
    }
}
