//! Public keys of clients: from JWKs (RFC 7517) to the form that is kept, or why they cannot be; and what they check.

use super::hmac::HmacKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{AssertionAlg, Claims, ClientKey, KeyKind, SigningAlg, Value};
use josekit::jws::JwsVerifier;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Verifier};
use std::ops::RangeInclusive;

/// The sizes of RSA keys, in bits: with a longer one each check takes a core's time.
const RSA: RangeInclusive<i32> = 2048..=8192;
/// The longest public exponent of an RSA key, in bits, for the same reason.
const EXPONENT: i32 = 33;
/// The length of a coordinate of P-256, in bytes.
const COORDINATE: usize = 32;
/// The longest identifier.
const KID: usize = 256;
/// The members that a public key lacks (RFC 7518 section 6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// The keys of a JWK Set, or what is wrong with it: completes "`jwks` …".
pub fn client_keys(jwks: &Claims) -> Result<Vec<ClientKey>, String> {
    let Some(Value::List(given)) = jwks.get("keys") else {
        return Err("is no JWK Set: an object with the array `keys` (RFC 7517 section 5)".to_owned());
    };
    if !(1..=ClientKey::MOST).contains(&given.len()) {
        let most = ClientKey::MOST;
        return Err(format!("has {} keys; give 1 to {most}, or leave it out for none", given.len()));
    }
    let mut keys: Vec<ClientKey> = Vec::with_capacity(given.len());
    for (place, key) in (1..).zip(given) {
        let key = read(key).map_err(|why| format!("has a key (number {place}) that cannot be used: {why}"))?;
        if key.kid.is_some() && keys.iter().any(|other| other.kid == key.kid) {
            return Err(format!("has two keys of one kid (the second is number {place}): a kid names one key"));
        }
        keys.push(key);
    }
    Ok(keys)
}

fn read(jwk: &Value) -> Result<ClientKey, String> {
    let Value::Map(jwk) = jwk else { return Err("it is no object".to_owned()) };
    if let Some(name) = PRIVATE.into_iter().find(|name| jwk.get(name).is_some()) {
        return Err(format!("it is a private or a symmetric key (it has `{name}`): register the public key alone"));
    }
    let kind = match jwk.str("kty") {
        Some("RSA") => KeyKind::Rsa,
        Some("EC") => KeyKind::P256,
        _ => return Err("its kty must be RSA or EC".to_owned()),
    };
    if jwk.get("use").is_some_and(|given| given.as_str() != Some("sig")) {
        return Err("its use is not `sig`, which checks signatures".to_owned());
    }
    let alg = jwk.get("alg").map(|alg| alg.as_str().and_then(AssertionAlg::parse));
    let alg = match alg {
        None => None,
        Some(Some(known)) if known.key_kind() == Some(kind) => Some(known),
        Some(_) => return Err("its alg must be RS256 or PS256 of an RSA key, ES256 of an EC key".to_owned()),
    };
    let named = match jwk.get("kid") {
        None => None,
        Some(Value::Text(name)) if (1..=KID).contains(&name.len()) => Some(name.as_ref().into()),
        Some(_) => return Err(format!("its kid must be a text of 1 to {KID} bytes")),
    };
    let public = match kind {
        KeyKind::Rsa => rsa(jwk)?,
        KeyKind::P256 => p256(jwk)?,
    };
    let spki = public.public_key_to_der().map_err(|_| "it cannot be written down".to_owned())?;
    Ok(ClientKey { kid: named, alg, kind, spki, jwk: jwk.clone() })
}

fn member(jwk: &Claims, name: &str) -> Result<Vec<u8>, String> {
    let decoded = jwk.str(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    decoded.ok_or_else(|| format!("its `{name}` is missing, or no base64url without padding"))
}

fn rsa(jwk: &Claims) -> Result<PKey<Public>, String> {
    let number = |name| BigNum::from_slice(&member(jwk, name)?).map_err(|_| format!("its `{name}` is no number"));
    let (n, e) = (number("n")?, number("e")?);
    if !RSA.contains(&n.num_bits()) {
        return Err(format!("it has {} bits, and an RSA key has {} to {} here", n.num_bits(), RSA.start(), RSA.end()));
    }
    if !(2..=EXPONENT).contains(&e.num_bits()) || !e.is_bit_set(0) {
        return Err(format!("its `e` must be odd, 3 or more, and of {EXPONENT} bits at most"));
    }
    Rsa::from_public_components(n, e).and_then(PKey::from_rsa).map_err(|_| "`n` and `e` do not fit together".to_owned())
}

fn p256(jwk: &Claims) -> Result<PKey<Public>, String> {
    if jwk.str("crv") != Some("P-256") {
        return Err("its crv must be P-256, which ES256 wants".to_owned());
    }
    let coordinate = |name| match member(jwk, name)? {
        bytes if bytes.len() == COORDINATE => {
            BigNum::from_slice(&bytes).map_err(|_| format!("its `{name}` is no number"))
        }
        bytes => Err(format!("its `{name}` has {} bytes, and a coordinate of P-256 has {COORDINATE}", bytes.len())),
    };
    let (x, y) = (coordinate("x")?, coordinate("y")?);
    let key = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)
        .and_then(|group| EcKey::from_public_key_affine_coordinates(&group, &x, &y))
        .and_then(PKey::from_ec_key);
    key.map_err(|_| "`x` and `y` are no point of P-256".to_owned())
}

/// Whether a key made `signature` on `message` by that algorithm.
pub(crate) fn verifies(key: &ClientKey, alg: AssertionAlg, message: &[u8], signature: &[u8]) -> bool {
    alg.key_kind() == Some(key.kind)
        && key.alg.is_none_or(|only| only == alg)
        && verify(&key.spki, alg, message, signature).unwrap_or(false)
}

fn verify(spki: &[u8], alg: AssertionAlg, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
    let key = PKey::public_key_from_der(spki)?;
    let mut verifier = Verifier::new(MessageDigest::sha256(), &key)?;
    match alg {
        AssertionAlg::Rs256 => verifier.set_rsa_padding(Padding::PKCS1)?,
        AssertionAlg::Ps256 => {
            verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
            verifier.set_rsa_mgf1_md(MessageDigest::sha256())?;
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        AssertionAlg::Es256 => {
            // Both halves side by side (RFC 7518 section 3.4).
            if signature.len() != 2 * COORDINATE {
                return Ok(false);
            }
            let half = |bytes: &[u8]| BigNum::from_slice(bytes);
            let (r, s) = (half(&signature[..COORDINATE])?, half(&signature[COORDINATE..])?);
            let signature = EcdsaSig::from_private_components(r, s)?.to_der()?;
            return verifier.verify_oneshot(&signature, message);
        }
        AssertionAlg::Hs256 => return Ok(false),
    }
    verifier.verify_oneshot(signature, message)
}

/// Whether a secret made the MAC of `message`; one of less than 32 bytes makes none (RFC 7518 section 3.2).
pub(crate) fn is_mac_of(secret: &str, message: &[u8], mac: &[u8]) -> bool {
    HmacKey::new(SigningAlg::Hs256, secret.as_bytes()).is_some_and(|key| key.verify(message, mac).is_ok())
}

#[cfg(test)]
#[path = "client/tests.rs"]
mod tests;
