//! Access tokens that say nothing to whoever has them: a JWT of the mount's own under a veil. The veil hides the form and
//! keeps no secret; what vouches for the token is the signature below.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Bytes that the veil begins with: of the token's own digest, so that each veil is another.
const SEED: usize = 8;

/// The token of that JWT, which begins with `prefix`.
pub(crate) fn veil(prefix: &str, jwt: &str) -> String {
    let digest = Sha256::digest(jwt.as_bytes());
    let seed = &digest[..SEED];
    let mut bytes = Vec::with_capacity(SEED + jwt.len());
    bytes.extend_from_slice(seed);
    bytes.extend(jwt.bytes().zip(stream(seed)).map(|(byte, mask)| byte ^ mask));
    let mut token = String::with_capacity(prefix.len() + bytes.len().div_ceil(3) * 4);
    token.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(bytes, &mut token);
    token
}

/// The JWT below the veil of a token; the token itself where there is none.
pub(crate) fn unveil<'t>(prefix: Option<&str>, token: &'t str) -> Cow<'t, str> {
    let veiled = prefix.and_then(|prefix| token.strip_prefix(prefix));
    veiled.and_then(lifted).map_or(Cow::Borrowed(token), Cow::Owned)
}

fn lifted(veiled: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(veiled).ok()?;
    let (seed, masked) = bytes.split_at_checked(SEED)?;
    let jwt = masked.iter().zip(stream(seed)).map(|(byte, mask)| byte ^ mask).collect();
    let jwt = String::from_utf8(jwt).ok()?;
    Sha256::digest(jwt.as_bytes()).starts_with(seed).then_some(jwt)
}

fn stream(seed: &[u8]) -> impl Iterator<Item = u8> {
    let seed = seed.to_vec();
    (0_u32..).flat_map(move |block| {
        let mut hash = Sha256::new();
        hash.update(&seed);
        hash.update(block.to_be_bytes());
        hash.finalize().into_iter().collect::<Vec<u8>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_veiled_is_found_again_and_says_nothing() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
        let token = veil("ya29.", jwt);
        assert!(token.starts_with("ya29.") && !token.contains("eyJ"), "{token}");
        assert_eq!(unveil(Some("ya29."), &token), jwt);
        assert_eq!(unveil(None, jwt), jwt);
    }

    #[test]
    fn what_is_no_veil_stays_what_it_is() {
        let token = veil("x", "a.b.c");
        for other in ["", "x", "x!", "a.b.c", "xAAAA", &token[..token.len() - 2]] {
            assert_eq!(unveil(Some("x"), other), other);
        }
        assert_eq!(unveil(Some("y"), &token), token);
    }
}
