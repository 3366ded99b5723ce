//! What every answer may say of its exchange: time, request, path, and values that are made once for it.

use crate::template::Values;
use crate::template::names::{Random, Source};
use crate::template::value::Filling;
use dialect::{Context, PathPattern};
use sha2::{Digest, Sha256};

/// An exchange, and the paths that its parts are taken of.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) patterns: &'a [PathPattern],
}

impl<'a> Place<'a> {
    /// What stands for a name of the exchange.
    pub(crate) fn value(&self, source: &Source) -> Filling<'a> {
        let context = self.context;
        match source {
            Source::Now => Filling::Int(context.asked.now()),
            Source::Issuer => context.issuer.into(),
            Source::RequestId => context.request_id.into(),
            Source::Path => context.path.into(),
            Source::Host => context.asked.header("host").map(without_port).into(),
            Source::Part(name) => self.part(name).into(),
            Source::Random(kind, name) => random(*kind, name, context.request_id).into(),
            _ => Filling::Absent,
        }
    }

    /// The parts of the path that vary, as the request has them.
    pub(crate) fn parts(&self) -> Vec<(&'static str, &'a str)> {
        self.patterns.iter().find_map(|pattern| pattern.values(self.context.path)).unwrap_or_default()
    }

    fn part(&self, name: &str) -> Option<&'a str> {
        self.parts().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl Values for Place<'_> {
    fn value(&self, source: &Source) -> Filling<'_> {
        Self::value(self, source)
    }

    fn has_scope(&self, _: &str) -> bool {
        false
    }
}

/// A host that came from outside, if it is one.
fn without_port(host: &str) -> &str {
    let end = host.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.').unwrap_or(host.len());
    &host[..end]
}

/// A value that is made of the exchange's id and a name: the same in body and headers, another in each exchange.
fn random(kind: Random, name: &str, id: &str) -> String {
    const DIGITS: &[u8] = b"0123456789abcdef";
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let block = |number: usize| Sha256::digest(format!("{id}/{name}/{number}"));
    let bytes = (0_usize..).flat_map(|number| block(number).into_iter().collect::<Vec<u8>>());
    let of = |size: usize, letters: &'static [u8]| -> String {
        bytes.take(size).map(|byte| char::from(letters[usize::from(byte) % letters.len()])).collect()
    };
    match kind {
        Random::Hex(size) => of(size, DIGITS),
        Random::Digits(size) => of(size, &DIGITS[..10]),
        Random::Text(size) => of(size, LETTERS),
        Random::Uuid => {
            let hex = of(32, DIGITS);
            let variant = ["8", "9", "a", "b"][usize::from(hex.as_bytes()[16]) % 4];
            format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_an_exchange_is_the_same_and_another_in_the_next() {
        let of = |name, id| random(Random::Uuid, name, id);
        assert_eq!(of("trace", "1"), of("trace", "1"));
        assert_ne!(of("trace", "1"), of("trace", "2"));
        assert_ne!(of("trace", "1"), of("correlation", "1"));
        let uuid = of("trace", "1");
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
        assert_eq!(random(Random::Hex(70), "a", "1").len(), 70);
        assert!(random(Random::Digits(9), "a", "1").bytes().all(|b| b.is_ascii_digit()));
    }

    #[test]
    fn a_host_is_said_without_its_port() {
        assert_eq!((without_port("acme.test:80"), without_port("a\"b")), ("acme.test", "a"));
    }
}
