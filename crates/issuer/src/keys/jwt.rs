//! JSON Web Tokens (RFC 7519) in JWS compact form (RFC 7515 section 7.1), their bytes in the planned order.

use super::{KeyError, SigningKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{Claims, HeaderMember, Refusal, RefusalKind, SigningAlg, TokenFault};
use serde::de::{Deserialize, Deserializer, IgnoredAny};
use serde::ser::{Serialize, SerializeMap, Serializer};
use sha2::{Digest, Sha256, Sha512};
use std::sync::Arc;

/// What claims take, in bytes: space that is there at once need not grow.
const USUAL: usize = 512;

/// Longer tokens are refused unread, in bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// The cause where none of the keys made a token's signature.
pub(crate) const NO_KEY: &str = "no key of this mount made the token's signature";

/// The cause where the key that made it vouches for nothing any more.
pub(crate) const RETIRED: &str = "the key that made the token's signature has retired";

/// Signs `claims`, which serialise in their order, as do the members of the header.
pub(crate) fn sign(
    key: &SigningKey,
    typ: &str,
    order: &[HeaderMember],
    claims: &impl Serialize,
) -> Result<String, KeyError> {
    let header = Header { alg: key.alg.as_str(), kid: &key.kid, typ, order };
    let mut token = String::with_capacity(2 * USUAL);
    append_json(&mut token, &header)?;
    token.push('.');
    append_json(&mut token, claims)?;
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

pub(super) fn append_json(token: &mut String, value: &impl Serialize) -> Result<(), KeyError> {
    let mut json = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut json, value).map_err(|error| josekit::JoseError::InvalidClaim(error.into()))?;
    URL_SAFE_NO_PAD.encode_string(json, token);
    Ok(())
}

pub(super) struct Header<'a> {
    pub(super) alg: &'a str,
    pub(super) kid: &'a str,
    pub(super) typ: &'a str,
    /// The members that it has, in their order.
    pub(super) order: &'a [HeaderMember],
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for member in self.order {
            match member {
                HeaderMember::Alg => map.serialize_entry("alg", self.alg)?,
                HeaderMember::Kid => map.serialize_entry("kid", self.kid)?,
                HeaderMember::Typ => map.serialize_entry("typ", self.typ)?,
            }
        }
        map.end()
    }
}

/// What is read of a token's header. Whatever else it says (`jwk`, `jku`, `x5u`, …) is ignored.
#[derive(serde::Deserialize)]
struct ReadHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    /// Whether it has a member that changes what the rest means: `crit` (RFC 7515 section 4.1.11), `b64` (RFC 7797),
    /// `enc` or `zip` (RFC 7516 section 4.1). None of them is understood here.
    #[serde(rename = "crit", alias = "b64", alias = "enc", alias = "zip", default, deserialize_with = "is_there")]
    changes_meaning: bool,
}

/// `true` for whatever value.
fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// A token whose signature holds.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) typ: Option<String>,
    pub(crate) claims: Claims,
    /// The key that made its signature.
    pub(crate) key: Arc<SigningKey>,
}

impl Verified {
    /// Checks `exp` (required) and `nbf`.
    pub(crate) fn check_lifetime(&self, now: i64) -> Result<(), Refusal> {
        let claims = &self.claims;
        let expires_at = claims.int("exp").ok_or_else(|| invalid("the token's exp is not a whole number"))?;
        if claims.get("nbf").is_some_and(|nbf| nbf.as_int().is_none_or(|nbf| now < nbf)) {
            return Err(invalid("the token is not valid yet"));
        }
        if now >= expires_at {
            let kind = RefusalKind::InvalidToken(TokenFault::Expired);
            return Err(Refusal::new(kind, format!("the token expired {} s ago", now.saturating_sub(expires_at))));
        }
        Ok(())
    }
}

pub(crate) fn invalid(cause: &'static str) -> Refusal {
    Refusal::new(RefusalKind::InvalidToken(TokenFault::Invalid), cause)
}

/// What an `iss` may be that names an issuer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Iss<'a> {
    /// The issuer.
    pub(crate) issuer: &'a str,
    /// Whether its path alone counts.
    pub(crate) any_authority: bool,
}

impl<'a> From<&'a str> for Iss<'a> {
    fn from(issuer: &'a str) -> Self {
        Self { issuer, any_authority: false }
    }
}

impl Iss<'_> {
    pub(crate) fn admits(self, iss: Option<&str>) -> bool {
        let same_path = |iss| path_of(iss).is_some_and(|path| path_of(self.issuer) == Some(path));
        iss.is_some_and(|iss| iss == self.issuer || self.any_authority && same_path(iss))
    }
}

/// The path of an issuer that is a URL: what follows its authority.
pub fn path_of(issuer: &str) -> Option<&str> {
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| issuer.strip_prefix(scheme))?;
    Some(rest.find('/').map_or("", |at| &rest[at..]))
}

/// Checks signature and `iss`, which hold for ever: the key is found by `kid` among `keys`, or tried by algorithm where
/// the token has none, and is used with its own algorithm alone.
pub(crate) fn verify(token: &str, keys: &[Arc<SigningKey>], issuer: Iss<'_>) -> Result<Verified, Refusal> {
    if token.len() > MAX_LENGTH {
        return Err(invalid("the token is longer than 16 KiB"));
    }
    let (message, signature) = token.rsplit_once('.').ok_or_else(|| invalid("the token is no JWT"))?;
    let (header, payload) = message.split_once('.').ok_or_else(|| invalid("the token is no JWT"))?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let header: ReadHeader = decode(header)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| invalid("the token's header cannot be read"))?;
    if header.changes_meaning {
        return Err(invalid("the token's header has crit, b64, enc or zip, which change what it means"));
    }
    let signature = decode(signature).ok_or_else(|| invalid("the token's signature is not base64url"))?;
    let alg = SigningAlg::parse(&header.alg).ok_or_else(|| invalid("the token's alg is none that this mount uses"))?;
    let key = keys
        .iter()
        .filter(|key| key.alg == alg && header.kid.as_ref().is_none_or(|kid| *kid == key.kid))
        .find(|key| key.verifies(message.as_bytes(), &signature))
        .ok_or_else(|| invalid(NO_KEY))?;
    let claims: Claims = decode(payload)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| invalid("the token's claims cannot be read"))?;
    if !issuer.admits(claims.str("iss")) {
        return Err(invalid("the token's iss is another issuer"));
    }
    Ok(Verified { typ: header.typ, claims, key: Arc::clone(key) })
}

/// What a token says, whoever signed it.
#[derive(Debug)]
pub(crate) struct Unchecked {
    pub(crate) header: Claims,
    pub(crate) claims: Claims,
}

/// Reads a token without any check; `None` where it is no JWT.
pub(crate) fn unchecked(token: &str) -> Option<Unchecked> {
    let mut parts = token.split('.').filter(|_| token.len() <= MAX_LENGTH);
    let mut read = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    let (header, claims) = (read()?, read()?);
    (parts.count() == 1).then_some(Unchecked { header, claims })
}

/// Whether a key made a token's signature.
pub(crate) fn is_of(token: &str, key: &SigningKey) -> bool {
    let signed = token.rsplit_once('.').and_then(|(message, signature)| {
        Some((message, URL_SAFE_NO_PAD.decode(signature).ok().filter(|signature| !signature.is_empty())?))
    });
    let is_its_alg = || unchecked(token).is_some_and(|read| read.header.str("alg") == Some(key.alg.as_str()));
    signed.is_some_and(|(message, signature)| is_its_alg() && key.verifies(message.as_bytes(), &signature))
}

/// Left half of a token's hash, base64url, by the hash of the algorithm that signs (OpenID Connect Core section 3.1.3.6).
pub(crate) fn left_half_hash(token: &str, alg: SigningAlg) -> String {
    match alg {
        SigningAlg::Hs512 => URL_SAFE_NO_PAD.encode(&Sha512::digest(token.as_bytes())[..32]),
        _ => URL_SAFE_NO_PAD.encode(&Sha256::digest(token.as_bytes())[..16]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::Value;

    const ISS: &str = "https://issuer.test";

    fn verify(token: &str, keys: &[Arc<SigningKey>], issuer: &str, now: i64) -> Result<Verified, Refusal> {
        let verified = super::verify(token, keys, issuer.into())?;
        verified.check_lifetime(now).map(|()| verified)
    }

    fn key(alg: SigningAlg) -> Arc<SigningKey> {
        Arc::new(SigningKey::from_stored(&SigningKey::generate(alg, 0).unwrap()).unwrap())
    }

    fn claims(exp: Value) -> Claims {
        let mut claims = Claims::empty();
        claims.set("iss", ISS.into());
        claims.set("exp", exp);
        claims
    }

    fn fault(token: &str, keys: &[Arc<SigningKey>], now: i64) -> TokenFault {
        match verify(token, keys, ISS, now).unwrap_err().kind {
            RefusalKind::InvalidToken(fault) => fault,
            kind => panic!("{kind:?}"),
        }
    }

    #[test]
    fn header_and_claims_stand_in_their_order() {
        let key = key(SigningAlg::Hs256);
        let token = sign(&key, "at+jwt", HeaderMember::WITH_KID, &claims(100.into())).unwrap();
        let part =
            |n: usize| String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap();
        assert_eq!(part(0), format!(r#"{{"alg":"HS256","kid":"{}","typ":"at+jwt"}}"#, key.kid));
        assert_eq!(part(1), r#"{"iss":"https://issuer.test","exp":100}"#);
        let other = [HeaderMember::Kid, HeaderMember::Typ, HeaderMember::Alg];
        let other = sign(&key, "JWT", &other, &claims(100.into())).unwrap();
        let header = URL_SAFE_NO_PAD.decode(other.split('.').next().unwrap()).unwrap();
        assert_eq!(header, format!(r#"{{"kid":"{}","typ":"JWT","alg":"HS256"}}"#, key.kid).into_bytes());
        assert!(verify(&other, &[Arc::clone(&key)], ISS, 99).is_ok());
        let verified = verify(&token, &[key], ISS, 99).unwrap();
        assert_eq!((verified.typ.as_deref(), verified.claims.int("exp")), (Some("at+jwt"), Some(100)));
    }

    #[test]
    fn a_token_is_expired_at_exp_with_no_skew() {
        let key = key(SigningAlg::Hs256);
        let token = sign(&key, "JWT", HeaderMember::WITHOUT_KID, &claims(100.into())).unwrap();
        assert!(verify(&token, &[Arc::clone(&key)], ISS, 99).is_ok());
        assert_eq!(fault(&token, &[key], 100), TokenFault::Expired);
    }

    #[test]
    fn t52_exp_that_is_no_whole_number_and_nbf_ahead_are_refused() {
        let key = key(SigningAlg::Hs256);
        for exp in [Value::Null, "100".into(), Value::Float(1e300), Value::Float(100.5)] {
            let token = sign(&key, "JWT", HeaderMember::WITHOUT_KID, &claims(exp)).unwrap();
            assert_eq!(fault(&token, &[Arc::clone(&key)], 0), TokenFault::Invalid);
        }
        for nbf in [Value::Int(51), "0".into()] {
            let mut claims = claims(100.into());
            claims.set("nbf", nbf);
            let token = sign(&key, "JWT", HeaderMember::WITHOUT_KID, &claims).unwrap();
            assert_eq!(fault(&token, &[Arc::clone(&key)], 50), TokenFault::Invalid);
        }
    }

    #[test]
    fn t50_t51_alg_and_key_are_the_mounts_own() {
        let rsa = key(SigningAlg::Rs256);
        let keys = [Arc::clone(&rsa)];
        let good = sign(&rsa, "JWT", HeaderMember::WITH_KID, &claims(100.into())).unwrap();
        assert!(verify(&good, &keys, ISS, 0).is_ok());
        let payload = good.split('.').nth(1).unwrap();
        let public = rsa.jwk().params.iter().map(|(_, value)| value.clone()).collect::<String>();
        let forged = SigningKey::from_stored(&crate::state::StoredKey {
            purpose: crate::state::KeyPurpose::Sign,
            alg: "HS256".into(),
            kid: rsa.kid.clone(),
            material: zeroize::Zeroizing::new(public.into_bytes()),
            created_at: 0,
            signs_from: Some(0),
            retires_at: None,
        })
        .unwrap();
        let hmac = sign(&forged, "JWT", HeaderMember::WITH_KID, &claims(100.into())).unwrap();
        assert_eq!(fault(&hmac, &keys, 0), TokenFault::Invalid, "HS256 under the RSA public key");
        for header in [
            r#"{"alg":"none"}"#.to_owned(),
            r#"{"alg":"NoNe"}"#.to_owned(),
            format!(r#"{{"alg":"RS256","kid":"../../{}"}}"#, rsa.kid),
            format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(9000)),
            r#"{"alg":"RS256","jwk":{"kty":"RSA","n":"AQ","e":"AQAB"}}"#.to_owned(),
            r#"{"alg":"RS256","jku":"https://evil.test","x5u":"https://evil.test"}"#.to_owned(),
        ] {
            let header = URL_SAFE_NO_PAD.encode(header);
            for signature in ["", "AA", good.rsplit_once('.').unwrap().1] {
                assert_eq!(fault(&format!("{header}.{payload}.{signature}"), &keys, 0), TokenFault::Invalid);
            }
        }
    }

    #[test]
    fn n26_header_members_that_change_the_meaning_are_refused() {
        let key = key(SigningAlg::Hs256);
        let keys = [Arc::clone(&key)];
        let signed = |members: &str| {
            let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"HS256","typ":"JWT"{members}}}"#));
            let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"iss":"{ISS}","exp":100}}"#));
            let message = format!("{header}.{payload}");
            let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()).unwrap());
            format!("{message}.{signature}")
        };
        for members in [
            r#","crit":["exp"],"exp":1"#,
            r#","crit":["b64"],"b64":false"#,
            r#","crit":[]"#,
            r#","crit":null"#,
            r#","b64":false"#,
            r#","b64":true"#,
            r#","zip":"DEF""#,
            r#","enc":"A128GCM""#,
        ] {
            assert_eq!(fault(&signed(members), &keys, 0), TokenFault::Invalid, "{members}");
        }
        for members in ["", r#","x5t":"AQ","Crit":["exp"]"#] {
            assert!(verify(&signed(members), &keys, ISS, 0).is_ok(), "{members}");
        }
    }

    #[test]
    fn where_any_authority_will_do_the_path_alone_is_the_issuers() {
        let admits =
            |any_authority, iss| Iss { issuer: "http://localhost:8080/~a/hr", any_authority }.admits(Some(iss));
        assert!(admits(false, "http://localhost:8080/~a/hr") && !admits(false, "http://idp:8080/~a/hr"));
        for iss in ["http://idp:8080/~a/hr", "https://idp/~a/hr", "http://localhost:8080/~a/hr"] {
            assert!(admits(true, iss), "{iss}");
        }
        for iss in ["http://idp:8080/hr", "http://idp:8080/~b/hr", "http://idp:8080/~a/hr/", "/~a/hr", "urn:~a/hr", "x"]
        {
            assert!(!admits(true, iss), "{iss}");
        }
        assert!(!Iss { issuer: "A name", any_authority: true }.admits(Some("http://idp")), "a name has no path");
    }

    #[test]
    fn t54_another_issuer_or_key_is_refused() {
        let (ours, theirs) = (key(SigningAlg::Hs256), key(SigningAlg::Hs256));
        let token = sign(&theirs, "JWT", HeaderMember::WITHOUT_KID, &claims(100.into())).unwrap();
        assert_eq!(fault(&token, &[Arc::clone(&ours)], 0), TokenFault::Invalid);
        let mut other = claims(100.into());
        other.set("iss", "https://other.test".into());
        assert_eq!(
            fault(&sign(&ours, "JWT", HeaderMember::WITHOUT_KID, &other).unwrap(), &[ours], 0),
            TokenFault::Invalid
        );
    }
}
