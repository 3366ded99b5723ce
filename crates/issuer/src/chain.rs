//! Chains of refresh tokens. A token is made of its family, its generation and the mount's handle key: so a successor is
//! the same each time, and of any token the generation is known, and what the others of its chain are called. What was
//! issued is told from what somebody made up, though the store has forgotten it.
//!
//! Of an earlier version are tokens that were made of their predecessor. Their successors are made so too.

use crate::ids::{self, Handle};
use crate::state::{FamilyId, HandleHash, Link};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// For how many generations a use is remembered: with that of the first token, 32 are.
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

/// Bits of a generation: one in a nanosecond for a minute.
const GENERATION: u32 = 36;
/// Bits of a `jti` after its family: generation and code.
const TAIL: u32 = 62;
const CODE: u32 = TAIL - GENERATION;

impl<'a> Chain<'a> {
    pub(crate) const fn new(family: FamilyId, key: &'a [u8]) -> Self {
        Self { family, key }
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn mac(self, form: Form, generation: u64) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key).expect("an HMAC key of any length");
        mac.update(&[form as u8]);
        mac.update(&self.family.0.to_be_bytes());
        mac.update(&generation.to_be_bytes());
        mac
    }

    /// The handle of a generation.
    pub(crate) fn handle(self, generation: u64) -> Handle {
        let code = self.mac(Form::Handle, generation).finalize().into_bytes();
        Handle::of_generation(self.family, generation, &code)
    }

    /// The generation of a handle of the family; `None` where it is none of the chain.
    pub(crate) fn generation(self, handle: &str) -> Option<u64> {
        let (generation, code) = ids::generation_and_code(handle)?;
        self.mac(Form::Handle, generation).verify_truncated_left(&code).is_ok().then_some(generation)
    }

    /// Where a handle of the family stands.
    pub(crate) fn link(self, handle: &str) -> Option<Link<HandleHash>> {
        let generation = self.generation(handle)?;
        Some(link(generation, |generation| self.handle(generation).hash()))
    }

    /// The handle that follows one of the family.
    pub(crate) fn successor(self, handle: &str) -> Handle {
        match self.generation(handle) {
            Some(generation) => self.handle(generation + 1),
            None => Handle::successor(self.family, handle, self.key),
        }
    }

    /// The `jti` of a generation.
    pub(crate) fn jti(self, generation: u64) -> String {
        let code = self.mac(Form::Jti, generation).finalize().into_bytes();
        let code = u64::from_be_bytes(std::array::from_fn(|n| code[n])) & ((1 << CODE) - 1);
        ids::family_uuid(self.family, (generation << CODE | code).to_be_bytes())
    }

    /// The generation of a `jti` of the family; `None` where it is none of the chain.
    pub(crate) fn generation_of_jti(self, jti: &str) -> Option<u64> {
        let tail = uuid::Uuid::try_parse(jti).ok()?.as_u64_pair().1 & ((1 << TAIL) - 1);
        Some(tail >> CODE).filter(|generation| self.jti(*generation) == jti)
    }

    /// Where the token of a `jti` of the family stands, and the `jti` that follows it.
    pub(crate) fn follow(self, jti: &str) -> (Option<Link<String>>, String) {
        match self.generation_of_jti(jti) {
            Some(generation) => (Some(link(generation, |generation| self.jti(generation))), self.jti(generation + 1)),
            None => (None, ids::family_uuid(self.family, ids::tail(self.key, jti))),
        }
    }
}

fn link<T>(generation: u64, name: impl Fn(u64) -> T) -> Link<T> {
    let forgotten = generation.checked_sub(KEPT).filter(|generation| *generation > 1);
    Link { generation, first: name(1), kept: KEPT, forgotten: forgotten.map(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: Chain<'_> = Chain::new(FamilyId(0x0123_4567_89ab_cdef >> 4), b"key");

    #[test]
    fn s12_a_token_tells_its_generation_under_the_key_alone() {
        for generation in [1, 2, 33, 10_000, (1 << GENERATION) - 1] {
            let (handle, jti) = (CHAIN.handle(generation), CHAIN.jti(generation));
            assert_eq!(ids::parse_handle(handle.as_str()), Some((CHAIN.family, handle.hash())));
            assert_eq!(ids::family_of_uuid(&jti), Some(CHAIN.family));
            assert_eq!(CHAIN.generation(handle.as_str()), Some(generation));
            assert_eq!(CHAIN.generation_of_jti(&jti), Some(generation));
            for other in [Chain::new(CHAIN.family, b"other"), Chain::new(FamilyId(1), b"key")] {
                assert_eq!((other.generation(handle.as_str()), other.generation_of_jti(&jti)), (None, None));
            }
        }
    }

    #[test]
    fn s12_no_digit_of_a_handle_can_be_another() {
        let handle = CHAIN.handle(7).as_str().to_owned();
        for at in 15..64 {
            let other = if &handle[at..=at] == "0" { "1" } else { "0" };
            let forged = [&handle[..at], other, &handle[at + 1..]].concat();
            assert_eq!(CHAIN.generation(&forged), None, "digit {at}");
        }
    }

    #[test]
    fn s12_what_is_of_an_earlier_version_goes_on_as_it_did() {
        let old = Handle::fresh(CHAIN.family);
        let next = CHAIN.successor(old.as_str());
        assert_eq!(next.as_str(), Handle::successor(CHAIN.family, old.as_str(), b"key").as_str());
        assert_eq!((CHAIN.link(old.as_str()), CHAIN.link(next.as_str())), (None, None));
        let old = ids::family_uuid(CHAIN.family, [7; 8]);
        let (link, next) = CHAIN.follow(&old);
        assert_eq!((link, next), (None, ids::family_uuid(CHAIN.family, ids::tail(b"key", &old))));
    }

    #[test]
    fn s12_a_link_names_the_first_and_the_forgotten() {
        assert_eq!(CHAIN.successor(CHAIN.handle(40).as_str()).as_str(), CHAIN.handle(41).as_str());
        let (link, next) = CHAIN.follow(&CHAIN.jti(40));
        let due = Link { generation: 40, first: CHAIN.jti(1), kept: KEPT, forgotten: Some(CHAIN.jti(9)) };
        assert_eq!((link, next), (Some(due), CHAIN.jti(41)));
        let forgotten = |generation| CHAIN.link(CHAIN.handle(generation).as_str()).unwrap().forgotten;
        assert_eq!((forgotten(1), forgotten(32), forgotten(33)), (None, None, Some(CHAIN.handle(2).hash())));
    }
}
