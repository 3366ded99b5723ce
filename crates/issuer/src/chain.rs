//! Chains of refresh tokens. A token is made of its family, its place in the chain and the mount's handle key: so a successor
//! is the same each time, and of any token the place is known, and what the others of its chain are called. What was
//! issued is told from what somebody made up, though the store has forgotten it. All tokens of a chain say under which
//! generation of their mount it began ([`crate::expiry`]).
//!
//! Of an earlier version are tokens that were made of their predecessor. Their successors are made so too.

use crate::ids::{self, Handle};
use crate::state::{FamilyId, HandleHash, Link};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// For how many successors a use is remembered: with that of the first token, 32 are.
const KEPT: u64 = 31;

/// What is made, in the first byte of what a code is made of: no handle begins so, and no seal.
#[derive(Clone, Copy)]
enum Form {
    Handle = 1,
    Jti = 2,
}

/// The chain of a family under the mount's handle key.
#[derive(Clone, Copy)]
pub(crate) struct Chain<'a> {
    family: FamilyId,
    key: &'a [u8],
}

/// A token's place in its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// From 1.
    number: u64,
    /// Under which generation of the mount the chain began.
    generation: u32,
}

/// Bits of a `jti` after its family: number, generation and code.
const TAIL: u32 = 62;
/// Bits of a number: one token a minute for half a year. A longer chain goes on as those of an earlier version do.
const NUMBER: u32 = 18;
const GENERATION: u32 = 24;
/// They tell a chain's `jti` from those of an earlier version. Nobody makes one up: the token is signed.
const CODE: u32 = TAIL - NUMBER - GENERATION;

impl<'a> Chain<'a> {
    pub(crate) const fn new(family: FamilyId, key: &'a [u8]) -> Self {
        Self { family, key }
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn mac(self, form: Form, at: Place) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key).expect("an HMAC key of any length");
        mac.update(&[form as u8]);
        mac.update(&self.family.0.to_be_bytes());
        mac.update(&at.number.to_be_bytes());
        mac.update(&at.generation.to_be_bytes());
        mac
    }

    /// The first handle of a chain that begins under that generation.
    pub(crate) fn first_handle(self, generation: u32) -> Handle {
        self.handle(Place { number: 1, generation })
    }

    fn handle(self, at: Place) -> Handle {
        let code = self.mac(Form::Handle, at).finalize().into_bytes();
        Handle::of_chain(self.family, at.number, at.generation, &code)
    }

    fn place_of_handle(self, handle: &str) -> Option<Place> {
        let (number, generation, code) = ids::number_and_code(handle)?;
        let at = Place { number, generation };
        self.mac(Form::Handle, at).verify_truncated_left(&code).is_ok().then_some(at)
    }

    /// Where a handle of the family stands; `None` where it is none of the chain.
    pub(crate) fn link(self, handle: &str) -> Option<Link<HandleHash>> {
        let at = self.place_of_handle(handle)?;
        Some(link(at.number, |number| self.handle(Place { number, ..at }).hash()))
    }

    /// The handle that follows one of the family.
    pub(crate) fn successor(self, handle: &str) -> Handle {
        match self.place_of_handle(handle) {
            Some(at) => self.handle(at.next()),
            None => Handle::successor(self.family, handle, self.key),
        }
    }

    /// Under which generation the chain of a handle or `jti` began: 0, before all, where it is of an earlier version.
    pub(crate) fn generation(self, token: &str) -> u32 {
        self.place_of_handle(token).or_else(|| self.place_of_jti(token)).map_or(0, |at| at.generation)
    }

    /// The first `jti` of a chain that begins under that generation.
    pub(crate) fn first_jti(self, generation: u32) -> String {
        self.jti(Place { number: 1, generation })
    }

    fn jti(self, at: Place) -> String {
        let code = self.mac(Form::Jti, at).finalize().into_bytes();
        let code = u64::from_be_bytes(std::array::from_fn(|n| code[n])) & ((1 << CODE) - 1);
        let tail = (at.number << GENERATION | u64::from(at.generation)) << CODE | code;
        ids::family_uuid(self.family, tail.to_be_bytes())
    }

    fn place_of_jti(self, jti: &str) -> Option<Place> {
        let place = uuid::Uuid::try_parse(jti).ok()?.as_u64_pair().1 >> CODE;
        let generation = u32::try_from(place & ((1 << GENERATION) - 1)).ok()?;
        let at = Place { number: place >> GENERATION & ((1 << NUMBER) - 1), generation };
        (self.jti(at) == jti).then_some(at)
    }

    /// Where the token of a `jti` of the family stands, and the `jti` that follows it.
    pub(crate) fn follow(self, jti: &str) -> (Option<Link<String>>, String) {
        let at = self.place_of_jti(jti).filter(|at| at.next().number < 1 << NUMBER);
        match at {
            Some(at) => (Some(link(at.number, |number| self.jti(Place { number, ..at }))), self.jti(at.next())),
            None => (None, ids::family_uuid(self.family, ids::tail(self.key, jti))),
        }
    }
}

impl Place {
    const fn next(self) -> Self {
        Self { number: self.number + 1, ..self }
    }
}

fn link<T>(number: u64, name: impl Fn(u64) -> T) -> Link<T> {
    let forgotten = number.checked_sub(KEPT).filter(|number| *number > 1);
    Link { number, first: name(1), kept: KEPT, forgotten: forgotten.map(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: Chain<'_> = Chain::new(FamilyId(0x0123_4567_89ab_cdef >> 4), b"key");

    const fn at(number: u64) -> Place {
        Place { number, generation: 7 }
    }

    #[test]
    fn s12_a_token_tells_its_place_under_the_key_alone() {
        for at in
            [at(1), at(2), at(33), at(10_000), Place { number: (1 << NUMBER) - 1, generation: ids::LAST_GENERATION }]
        {
            let (handle, jti) = (CHAIN.handle(at), CHAIN.jti(at));
            assert_eq!(ids::parse_handle(handle.as_str()), Some((CHAIN.family, handle.hash())));
            assert_eq!(ids::family_of_uuid(&jti), Some(CHAIN.family));
            assert_eq!((CHAIN.place_of_handle(handle.as_str()), CHAIN.place_of_jti(&jti)), (Some(at), Some(at)));
            assert_eq!((CHAIN.generation(handle.as_str()), CHAIN.generation(&jti)), (at.generation, at.generation));
            for other in [Chain::new(CHAIN.family, b"other"), Chain::new(FamilyId(1), b"key")] {
                assert_eq!((other.place_of_handle(handle.as_str()), other.place_of_jti(&jti)), (None, None));
            }
        }
    }

    #[test]
    fn s12_no_digit_of_a_handle_can_be_another() {
        let handle = CHAIN.handle(at(7)).as_str().to_owned();
        for digit in 15..64 {
            let other = if &handle[digit..=digit] == "0" { "1" } else { "0" };
            let forged = [&handle[..digit], other, &handle[digit + 1..]].concat();
            assert_eq!(CHAIN.place_of_handle(&forged), None, "digit {digit}");
        }
    }

    #[test]
    fn s12_what_is_of_an_earlier_version_goes_on_as_it_did() {
        let old = Handle::fresh(CHAIN.family);
        let next = CHAIN.successor(old.as_str());
        assert_eq!(next.as_str(), Handle::successor(CHAIN.family, old.as_str(), b"key").as_str());
        assert_eq!(
            (CHAIN.link(old.as_str()), CHAIN.link(next.as_str()), CHAIN.generation(next.as_str())),
            (None, None, 0)
        );
        let old = ids::family_uuid(CHAIN.family, [7; 8]);
        let (link, next) = CHAIN.follow(&old);
        assert_eq!((link, next), (None, ids::family_uuid(CHAIN.family, ids::tail(b"key", &old))));
        let last = CHAIN.jti(at((1 << NUMBER) - 1));
        assert_eq!(CHAIN.follow(&last), (None, ids::family_uuid(CHAIN.family, ids::tail(b"key", &last))));
    }

    #[test]
    fn s12_a_link_names_the_first_and_the_forgotten() {
        assert_eq!(CHAIN.successor(CHAIN.handle(at(40)).as_str()).as_str(), CHAIN.handle(at(41)).as_str());
        let (link, next) = CHAIN.follow(&CHAIN.jti(at(40)));
        let due = Link { number: 40, first: CHAIN.jti(at(1)), kept: KEPT, forgotten: Some(CHAIN.jti(at(9))) };
        assert_eq!((link, next), (Some(due), CHAIN.jti(at(41))));
        let forgotten = |number| CHAIN.link(CHAIN.handle(at(number)).as_str()).unwrap().forgotten;
        assert_eq!((forgotten(1), forgotten(32), forgotten(33)), (None, None, Some(CHAIN.handle(at(2)).hash())));
    }
}
