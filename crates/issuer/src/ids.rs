//! Random identifiers: token ids, handles, families.

use crate::state::{FamilyId, HandleHash};
use grant::TokenIdFormat;
use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// `N` random bytes of the thread's cryptographic generator (`ChaCha12`, seeded and reseeded by the operating system):
/// a system call for each identifier would cost as much as signing with HMAC.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A fresh token identifier of a family, so that the token is revoked with it, and of a generation, so that it is expired
/// by what comes after it alone.
pub(crate) fn token_id(format: TokenIdFormat, family: FamilyId, generation: u32) -> String {
    match format {
        TokenIdFormat::Uuid => {
            let mut uuid = sealed(family_uuid(family, random()), generation);
            uuid.make_ascii_lowercase();
            uuid
        }
        TokenIdFormat::Hex32 => {
            let tail = hex_upper(&random::<9>());
            sealed(format!("{:015X}{}", family.0, &tail[..HEX32 - FAMILY_DIGITS]), generation)
        }
    }
}

/// The digits of an identifier or handle that say its generation.
const SEAL: usize = 6;
/// The last generation that they can say.
pub(crate) const LAST_GENERATION: u32 = (1 << (4 * SEAL)) - 1;

/// The text with its generation in its last digits, which look like any others: what is before them is laid over them.
fn sealed(mut digits: String, generation: u32) -> String {
    digits.truncate(digits.len() - SEAL);
    let _ = write!(digits, "{:0SEAL$X}", generation ^ cover(&digits));
    digits
}

/// The generation of an access token's or ID token's identifier; `None` where it is none of ours.
pub(crate) fn generation_of_token_id(text: &str) -> Option<u32> {
    family_of_token_id(text)?;
    let (head, seal) = text.split_at_checked(text.len().checked_sub(SEAL)?)?;
    Some(u32::from_str_radix(seal, 16).ok()? ^ cover(head))
}

/// FNV-1a, whatever the case. It hides nothing: a token is signed.
fn cover(head: &str) -> u32 {
    let hash = head
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193));
    hash >> 24 ^ hash & LAST_GENERATION
}

/// The family of a token identifier; `None` where it is none of ours.
pub(crate) fn family_of_token_id(text: &str) -> Option<FamilyId> {
    if text.len() != HEX32 {
        return family_of_uuid(text);
    }
    text.bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| u64::from_str_radix(&text[..FAMILY_DIGITS], 16).ok())?
        .map(FamilyId)
}

/// A fresh family.
pub(crate) fn family() -> FamilyId {
    FamilyId::from_bits(u64::from_be_bytes(random()))
}

/// Upper-case hexadecimal.
pub(crate) fn hex_upper(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

fn uuid_of(bytes: [u8; 16]) -> String {
    uuid::Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string()
}

/// A version 4 UUID whose first three groups are the family: those of all refresh tokens that descend from it.
pub(crate) fn family_uuid(family: FamilyId, tail: [u8; 8]) -> String {
    // The version's digit stands between the family's first 12 digits and its last 3.
    let (head, last) = (family.0 >> 12, family.0 & 0xfff);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&(head << 16 | 0x4000 | last).to_be_bytes());
    bytes[8..].copy_from_slice(&tail);
    uuid_of(bytes)
}

/// The family of a refresh token's UUID.
pub(crate) fn family_of_uuid(text: &str) -> Option<FamilyId> {
    let uuid = uuid::Uuid::try_parse(text).ok().filter(|uuid| uuid.get_version_num() == 4)?;
    let head = uuid.as_u64_pair().0;
    Some(FamilyId::from_bits(head >> 16 << 12 | head & 0xfff))
}

/// A handle on the wire: 15 hexadecimal digits of family, 49 of secret (196 bits), and `-1`, in upper case.
/// Codes and opaque refresh tokens alike. The secret of a refresh token is 9 digits of its number in the chain, 6 of
/// the generation that the chain is of, and 34 of a code.
#[derive(Clone)]
pub(crate) struct Handle(String);

const FAMILY_DIGITS: usize = 15;
const NUMBER_DIGITS: usize = 9;
/// Bytes of a refresh token's code.
const CODE: usize = 17;
const DIGITS: usize = 64;
const HEX32: usize = 32;

impl Handle {
    pub(crate) fn fresh(family: FamilyId) -> Self {
        Self::new(family, random())
    }

    /// The handle that follows `predecessor` (a handle or a code) under the mount's handle key: the same each time.
    pub(crate) fn successor(family: FamilyId, predecessor: &str, key: &[u8]) -> Self {
        Self::new(family, derive(key, predecessor))
    }

    /// The handle of a place in a chain, with the beginning of the code that vouches for it.
    pub(crate) fn of_chain(family: FamilyId, number: u64, generation: u32, code: &[u8]) -> Self {
        Self(format!("{:015X}{number:09X}{generation:06X}{}-1", family.0, hex_upper(&code[..CODE])))
    }

    fn new(family: FamilyId, secret: [u8; 32]) -> Self {
        let secret = hex_upper(&secret);
        Self(format!("{:015X}{}-1", family.0, &secret[..DIGITS - FAMILY_DIGITS]))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> HandleHash {
        HandleHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

/// Reads a handle: its family, or `None` where it has not a handle's form.
pub(crate) fn parse_handle(text: &str) -> Option<(FamilyId, HandleHash)> {
    let digits = text.strip_suffix("-1").filter(|digits| digits.len() == DIGITS)?;
    if !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')) {
        return None;
    }
    let family = u64::from_str_radix(&digits[..FAMILY_DIGITS], 16).ok()?;
    Some((FamilyId(family), HandleHash(Sha256::digest(text.as_bytes()).into())))
}

/// What a refresh token says of its place in the chain and of its generation, with the code that is to vouch for both.
pub(crate) fn number_and_code(handle: &str) -> Option<(u64, u32, [u8; CODE])> {
    let (number, rest) = handle.get(FAMILY_DIGITS..DIGITS)?.split_at(NUMBER_DIGITS);
    let (generation, code) = rest.split_at(SEAL);
    let byte = |at: usize| u8::from_str_radix(code.get(2 * at..2 * at + 2)?, 16).ok();
    let mut bytes = [0; CODE];
    for (at, place) in bytes.iter_mut().enumerate() {
        *place = byte(at)?;
    }
    Some((u64::from_str_radix(number, 16).ok()?, u32::from_str_radix(generation, 16).ok()?, bytes))
}

/// HMAC-SHA-256 of `predecessor`: what a successor is made of.
#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn derive(key: &[u8], predecessor: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC key of any length");
    mac.update(predecessor.as_bytes());
    mac.finalize().into_bytes().into()
}

/// The last two groups of the UUID that follows `predecessor`.
pub(crate) fn tail(key: &[u8], predecessor: &str) -> [u8; 8] {
    let derived = derive(key, predecessor);
    std::array::from_fn(|n| derived[n])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_read_back_from_handle_and_uuid() {
        for family in [FamilyId(0), FamilyId::from_bits(u64::MAX), family(), family()] {
            let handle = Handle::fresh(family);
            assert_eq!(handle.as_str().len(), 66);
            assert_eq!(parse_handle(handle.as_str()).unwrap(), (family, handle.hash()));
            for (format, generation) in [(TokenIdFormat::Uuid, 0), (TokenIdFormat::Hex32, LAST_GENERATION)] {
                let id = token_id(format, family, generation);
                assert_eq!(family_of_token_id(&id), Some(family), "{id}");
                assert_eq!(generation_of_token_id(&id), Some(generation), "{id}");
                assert_ne!(id, token_id(format, family, generation), "it is fresh each time");
            }
            let id = token_id(TokenIdFormat::Uuid, family, 7);
            assert_eq!(family_of_uuid(&id), Some(family), "{id}");
            assert_eq!((id.as_bytes()[14], "89ab".contains(&id[19..20])), (b'4', true), "{id}");
        }
    }

    #[test]
    fn a_successor_is_the_same_each_time_and_needs_the_key() {
        let family = family();
        let next = |key: &[u8]| Handle::successor(family, "PREDECESSOR-1", key).as_str().to_owned();
        assert_eq!(next(b"key"), next(b"key"));
        assert_ne!(next(b"key"), next(b"other"));
    }

    #[test]
    fn what_is_no_handle_has_no_family() {
        let digits = "A".repeat(64);
        for bad in ["", "x", &digits, &format!("{digits}-2"), &format!("{}-1", "a".repeat(64)), &format!("{digits}A-1")]
        {
            assert!(parse_handle(bad).is_none(), "{bad}");
        }
    }
}
