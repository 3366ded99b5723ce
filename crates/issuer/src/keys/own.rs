//! Keys of one's own: from PEM or JWK to the form that is kept, or why it cannot be.

use super::hmac::HmacKey;
use super::{KeyError, SigningKey};
use crate::state::{KeyPurpose, StoredKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::SigningAlg;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcKeyPair;
use josekit::jwk::alg::rsa::RsaKeyPair;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The sizes of RSA keys, in bits: a longer one takes a core's time with each token.
const RSA: RangeInclusive<u32> = 2048..=8192;
/// The longest identifier.
const KID: usize = 128;

/// A private key as it is given.
#[derive(Clone, Copy)]
pub enum OwnKey<'a> {
    /// PEM: PKCS #8, or the type's own form.
    Pem(&'a str),
    /// A JWK (RFC 7517) as JSON.
    Jwk(&'a str),
}

/// The keys that a configuration file gives a mount, each as it is kept elsewhere, and at work.
#[derive(Clone, Debug, Default)]
pub struct OwnKeys(Vec<(StoredKey, Arc<SigningKey>)>);

impl OwnKeys {
    /// These keys, the one that signs first.
    pub fn new(keys: Vec<StoredKey>) -> Result<Self, KeyError> {
        let read = |stored: StoredKey| Ok((stored.clone(), Arc::new(SigningKey::from_stored(&stored)?)));
        keys.into_iter().map(read).collect::<Result<_, KeyError>>().map(Self)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (&StoredKey, &Arc<SigningKey>)> {
        self.0.iter().map(|(stored, key)| (stored, key))
    }

    /// The one of that algorithm that signs.
    pub(super) fn of(&self, alg: SigningAlg) -> Option<&Arc<SigningKey>> {
        self.all().map(|(_, key)| key).find(|key| key.alg == alg)
    }
}

/// Whether both are the same keys under the same names, whenever they were read.
impl PartialEq for OwnKeys {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, other): (&StoredKey, &StoredKey)| one.kid == other.kid && one.material == other.material;
        let stored = |keys: &Self| keys.0.iter().map(|(stored, _)| stored.clone()).collect::<Vec<_>>();
        self.0.len() == other.0.len() && stored(self).iter().zip(&stored(other)).all(same)
    }
}

impl OwnKey<'_> {
    /// The key in its stored form, waiting, for a mount that signs with `alg`; or what is wrong with it. Without `kid`, and
    /// where a JWK has none, its identifier is its thumbprint (RFC 7638).
    pub fn read(self, alg: SigningAlg, kid: Option<&str>, now: i64) -> Result<StoredKey, String> {
        let (material, own_kid) = match self {
            Self::Pem(pem) => (of_pem(pem, alg)?, None),
            Self::Jwk(json) => of_jwk(json, alg)?,
        };
        let mut key = StoredKey {
            purpose: KeyPurpose::Sign,
            alg: alg.as_str().to_owned(),
            kid: String::new(),
            material,
            created_at: now,
            signs_from: None,
            retires_at: None,
        };
        let usable = SigningKey::from_stored(&key).map_err(|_| "it is no key that can sign".to_owned())?;
        key.kid = match kid.map(str::to_owned).or(own_kid) {
            Some(kid) => checked_kid(kid)?,
            None => thumbprint(usable.jwk()),
        };
        Ok(key)
    }
}

fn checked_kid(kid: String) -> Result<String, String> {
    let is_visible = kid.bytes().all(|byte| byte.is_ascii_graphic());
    // The key that handles are derived with has that name.
    if kid.is_empty() || kid.len() > KID || !is_visible || kid == "handle" {
        return Err(format!("its kid must be 1 to {KID} visible ASCII characters, and not `handle`"));
    }
    Ok(kid)
}

fn of_pem(pem: &str, alg: SigningAlg) -> Result<Zeroizing<Vec<u8>>, String> {
    if alg.is_symmetric() {
        let alg = alg.as_str();
        return Err(format!("the mount signs with {alg}, and PEM holds no symmetric key: send a JWK of the type oct"));
    }
    // Without a callback OpenSSL would ask at the terminal.
    let key = PKey::private_key_from_pem_callback(pem.as_bytes(), |_| Ok(0)).map_err(|_| {
        let why = if pem.contains("ENCRYPTED") {
            "it is encrypted: decrypt it first (openssl pkey -in FILE)"
        } else if pem.contains("PUBLIC KEY") || pem.contains("CERTIFICATE") {
            "it is a public key, which signs nothing: send the private one"
        } else {
            "it is no private key in PEM"
        };
        why.to_owned()
    })?;
    asymmetric(&key, alg)
}

fn of_jwk(json: &str, alg: SigningAlg) -> Result<(Zeroizing<Vec<u8>>, Option<String>), String> {
    let jwk = Jwk::from_bytes(json.as_bytes()).map_err(|_| "it is no JWK: an object with `kty`".to_owned())?;
    let text = |name| jwk.parameter(name).and_then(serde_json::Value::as_str);
    if let Some(other) = text("alg").filter(|other| *other != alg.as_str()) {
        return Err(format!("its alg is `{}`, and the mount signs with {}", other.escape_debug(), alg.as_str()));
    }
    if let Some(other) = text("use").filter(|other| *other != "sig") {
        return Err(format!("its use is `{}`, and a signing key's is `sig`", other.escape_debug()));
    }
    let kid = text("kid").map(str::to_owned);
    let wanted = match alg {
        SigningAlg::Hs256 | SigningAlg::Hs512 => "oct",
        SigningAlg::Rs256 | SigningAlg::Ps256 => "RSA",
        SigningAlg::Es256 => "EC",
    };
    if jwk.key_type() != wanted {
        let kty = jwk.key_type().escape_debug();
        return Err(format!("its kty is `{kty}`, and {}, with which the mount signs, wants {wanted}", alg.as_str()));
    }
    if alg.is_symmetric() {
        let (least, alg) = (HmacKey::least(alg), alg.as_str());
        let bytes = text("k").and_then(|k| URL_SAFE_NO_PAD.decode(k).ok()).map(Zeroizing::new);
        let bytes = bytes.ok_or("its `k` is no base64url without padding")?;
        return if bytes.len() < least {
            Err(format!("it has {} bytes, and {alg} wants {least} or more (RFC 7518 section 3.2)", bytes.len()))
        } else {
            Ok((bytes, kid))
        };
    }
    if text("d").is_none() {
        return Err("it is a public key, which signs nothing: send the private one".to_owned());
    }
    let members = if alg.is_rsa() { "n, e, d, p, q, dp, dq and qi" } else { "crv, x, y and d" };
    let broken = || format!("it has not all of {members}, or they do not fit together");
    let der = match alg {
        SigningAlg::Es256 => EcKeyPair::from_jwk(&jwk).map(|pair| pair.to_der_private_key()),
        _ => RsaKeyPair::from_jwk(&jwk).map(|pair| pair.to_der_private_key()),
    };
    let der = Zeroizing::new(der.map_err(|_| broken())?);
    let key = PKey::private_key_from_der(&der).map_err(|_| broken())?;
    Ok((asymmetric(&key, alg)?, kid))
}

/// The key as PKCS #8, where it is one of the algorithm and its parts fit together.
fn asymmetric(key: &PKey<Private>, alg: SigningAlg) -> Result<Zeroizing<Vec<u8>>, String> {
    let wanted = if alg.is_rsa() { Id::RSA } else { Id::EC };
    if key.id() != wanted {
        let (is, wants) = (name(key.id()), name(wanted));
        return Err(format!("it is {is}, and {}, with which the mount signs, wants {wants}", alg.as_str()));
    }
    let fits = if alg.is_rsa() {
        let rsa = key.rsa().map_err(|_| "it is no RSA key".to_owned())?;
        let bits = rsa.n().num_bits().cast_unsigned();
        if !RSA.contains(&bits) {
            return Err(format!("it has {bits} bits, and an RSA key has {} to {} here", RSA.start(), RSA.end()));
        }
        rsa.check_key().unwrap_or(false)
    } else {
        let ec = key.ec_key().map_err(|_| "it is no EC key".to_owned())?;
        if ec.group().curve_name() != Some(Nid::X9_62_PRIME256V1) {
            return Err("it is of another curve than P-256, which ES256 wants".to_owned());
        }
        ec.check_key().is_ok()
    };
    if !fits {
        return Err("its parts do not fit together".to_owned());
    }
    key.private_key_to_pkcs8().map(Zeroizing::new).map_err(|_| "it cannot be written as PKCS #8".to_owned())
}

const fn name(id: Id) -> &'static str {
    match id {
        Id::RSA => "an RSA key",
        Id::EC => "an EC key of P-256",
        _ => "a key of another type",
    }
}

/// The thumbprint of a key as published (RFC 7638 section 3).
fn thumbprint(jwk: &grant::Jwk) -> String {
    let required: BTreeMap<_, _> =
        jwk.params.iter().map(|(name, value)| (*name, value.as_str())).chain([("kty", jwk.kty)]).collect();
    let text = serde_json::to_string(&required).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::rsa::Rsa;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638_section_3_1() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF\
                 V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0\
                 zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csF\
                 Cur-kEgU8awapJzKnqDKgw";
        let params = vec![("e", "AQAB".to_owned()), ("n", n.to_owned())];
        let jwk = grant::Jwk { kty: "RSA", kid: String::new(), alg: "RS256", params };
        assert_eq!(thumbprint(&jwk), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    fn pem(key: &PKey<Private>) -> String {
        String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap()
    }

    fn rsa(bits: u32) -> PKey<Private> {
        PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
    }

    fn ec(curve: Nid) -> PKey<Private> {
        PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn a_key_that_fits_is_kept_and_one_that_does_not_says_why() {
        use SigningAlg::{Es256, Hs256, Hs512, Ps256, Rs256};
        let good = rsa(2048);
        let encrypted =
            good.private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_128_cbc(), b"canary").unwrap();
        let (encrypted, public) =
            [encrypted, good.public_key_to_pem().unwrap()].map(|pem| String::from_utf8(pem).unwrap()).into();
        let (good, p256) = (pem(&good), pem(&ec(Nid::X9_62_PRIME256V1)));
        for (alg, text) in [(Rs256, &good), (Ps256, &good), (Es256, &p256)] {
            let (one, again) = (OwnKey::Pem(text).read(alg, None, 7), OwnKey::Pem(text).read(alg, None, 8));
            let (one, again) = (one.unwrap(), again.unwrap());
            assert_eq!((one.kid.len(), one.signs_from), (43, None));
            assert_eq!(one.kid, again.kid);
            assert_eq!(OwnKey::Pem(text).read(alg, Some("mine"), 7).unwrap().kid, "mine");
        }
        let oct =
            |bytes: &[u8], more: &str| format!(r#"{{"kty":"oct","k":"{}"{more}}}"#, URL_SAFE_NO_PAD.encode(bytes));
        let own = oct(&[7; 32], r#","kid":"k1","alg":"HS256","use":"sig""#);
        assert_eq!(OwnKey::Jwk(&own).read(Hs256, None, 7).unwrap().kid, "k1");
        assert_eq!(OwnKey::Jwk(&own).read(Hs256, Some("k2"), 7).unwrap().kid, "k2");
        let (short, old, small) = (oct(&[7; 31], ""), pem(&rsa(1024)), pem(&ec(Nid::SECP384R1)));
        let encrypting = oct(&[7; 32], r#","use":"enc""#);
        for (key, alg, kid, word) in [
            (OwnKey::Pem(&old), Rs256, None, "1024 bits"),
            (OwnKey::Pem(&small), Es256, None, "P-256"),
            (OwnKey::Pem(&p256), Rs256, None, "wants an RSA key"),
            (OwnKey::Pem(&good), Es256, None, "wants an EC key"),
            (OwnKey::Pem(&good), Hs256, None, "JWK"),
            (OwnKey::Pem(&encrypted), Rs256, None, "encrypted"),
            (OwnKey::Pem(&public), Rs256, None, "public"),
            (OwnKey::Pem("canary"), Rs256, None, "PEM"),
            (OwnKey::Pem(&good), Rs256, Some("handle"), "kid"),
            (OwnKey::Pem(&good), Rs256, Some("a b"), "kid"),
            (OwnKey::Jwk(&short), Hs256, None, "31 bytes"),
            (OwnKey::Jwk(&oct(&[7; 63], "")), Hs512, None, "63 bytes"),
            (OwnKey::Pem(&p256), Ps256, None, "wants an RSA key"),
            (OwnKey::Jwk(&own), Rs256, None, "alg"),
            (OwnKey::Jwk(&encrypting), Hs256, None, "use"),
            (OwnKey::Jwk(r#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#), Rs256, None, "public"),
            (OwnKey::Jwk(r#"{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}"#), Rs256, None, "qi"),
            (OwnKey::Jwk(r#"{"kty":"EC"}"#), Rs256, None, "wants RSA"),
            (OwnKey::Jwk(r#"{"k":"canary"}"#), Hs256, None, "kty"),
        ] {
            let why = key.read(alg, kid, 7).unwrap_err();
            assert!(why.contains(word) && !why.contains("canary"), "{word}: {why}");
        }
    }
}
