//! Takes compact JWTs apart and checks their signatures with a mount's keys.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jws::{ES256, HS256, HS512, JwsVerifier, PS256, RS256};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A token whose signature holds: its parts as they were signed.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    /// The bytes of the header's JSON.
    pub header: Vec<u8>,
    /// The bytes of the payload's JSON.
    pub payload: Vec<u8>,
}

/// Checks the signature of `token` with the keys that the header's `kid` names, or with all where it names none. The
/// algorithm is the key's own: a header that says another finds no key.
pub fn verify(token: &str, keys: &[Map<String, Value>]) -> Result<Verified> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { bail!("{} parts where a JWT has three", parts.len()) };
    let signed = &token[..header.len() + 1 + payload.len()];
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).context("a part that is not base64url");
    let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
    let claims: Map<String, Value> = serde_json::from_slice(&header).context("the header is no JSON object")?;
    let alg = claims.get("alg").and_then(Value::as_str).context("the header has no alg")?;
    let kid = claims.get("kid").and_then(Value::as_str);
    let named = |key: &&Map<String, Value>| kid.is_none_or(|kid| text(key, "kid") == Some(kid));
    // Without a kid any of the mount's keys of that algorithm may have signed, as right after a rotation.
    let fits = |key: &&Map<String, Value>| named(key) && text(key, "alg") == Some(alg);
    let candidates: Vec<_> = keys.iter().filter(fits).collect();
    ensure!(!candidates.is_empty(), "the mount has no key for alg {alg}, kid {kid:?}");
    for key in candidates {
        if verifier(key)?.verify(signed.as_bytes(), &signature).is_ok() {
            return Ok(Verified { header, payload });
        }
    }
    bail!("the signature does not hold")
}

/// Left half of the SHA-256 of a token, base64url (OpenID Connect Core section 3.1.3.6).
pub fn access_token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(token.as_bytes())[..16])
}

fn text<'a>(key: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    key.get(name)?.as_str()
}

fn verifier(key: &Map<String, Value>) -> Result<Box<dyn JwsVerifier>> {
    let jwk = Jwk::from_map(key.clone())?;
    Ok(match (text(key, "kty"), text(key, "alg")) {
        (Some("RSA"), Some("RS256")) => Box::new(RS256.verifier_from_jwk(&jwk)?),
        (Some("RSA"), Some("PS256")) => Box::new(PS256.verifier_from_jwk(&jwk)?),
        (Some("oct"), Some("HS512")) => Box::new(HS512.verifier_from_jwk(&jwk)?),
        (Some("oct"), Some("HS256")) => Box::new(HS256.verifier_from_jwk(&jwk)?),
        (Some("EC"), Some("ES256")) => Box::new(ES256.verifier_from_jwk(&jwk)?),
        (kty, alg) => bail!("a key of type {kty:?} for {alg:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use josekit::jws::JwsSigner;

    fn token(header: &str, payload: &str, signer: &dyn JwsSigner) -> String {
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = signer.sign(input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn published(mut jwk: Jwk, alg: &str, kid: &str) -> Map<String, Value> {
        jwk.set_algorithm(alg);
        jwk.set_key_id(kid);
        jwk.as_ref().clone()
    }

    fn secret(byte: u8) -> Jwk {
        let mut jwk = Jwk::new("oct");
        jwk.set_parameter("k", Some(URL_SAFE_NO_PAD.encode([byte; 32]).into())).unwrap();
        jwk
    }

    #[test]
    fn a_token_of_each_algorithm_holds_and_an_altered_one_does_not() {
        let (rsa, ec) = (Jwk::generate_rsa_key(2048).unwrap(), Jwk::generate_ec_key(josekit::jwk::P_256).unwrap());
        let oct = secret(7);
        let signers: [(&str, Box<dyn JwsSigner>, Jwk); 3] = [
            ("RS256", Box::new(RS256.signer_from_jwk(&rsa).unwrap()), rsa.to_public_key().unwrap()),
            ("ES256", Box::new(ES256.signer_from_jwk(&ec).unwrap()), ec.to_public_key().unwrap()),
            ("HS256", Box::new(HS256.signer_from_jwk(&oct).unwrap()), oct.clone()),
        ];
        for (alg, signer, public) in signers {
            let header = format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#);
            let good = token(&header, r#"{"b":1,"a":2}"#, &*signer);
            let keys = [published(public, alg, "k1")];
            let verified = verify(&good, &keys).unwrap();
            assert_eq!((verified.header, verified.payload), (header.into_bytes(), br#"{"b":1,"a":2}"#.to_vec()));
            let (first, last) = good.rsplit_once('.').unwrap();
            let other = if last.starts_with('A') { "B" } else { "A" };
            assert!(verify(&format!("{first}.{other}{}", &last[1..]), &keys).is_err(), "{alg}");
            assert!(verify(&good, &[]).is_err() && verify("a.b", &keys).is_err());
        }
    }

    #[test]
    fn the_key_pins_the_algorithm() {
        let oct = secret(7);
        let signer = HS256.signer_from_jwk(&oct).unwrap();
        let keys = [published(oct.clone(), "HS256", "k1")];
        for header in [r#"{"alg":"none","kid":"k1"}"#, r#"{"alg":"RS256","kid":"k1"}"#, r#"{"alg":"HS256","kid":"k2"}"#]
        {
            assert!(verify(&token(header, "{}", &signer), &keys).is_err(), "{header}");
        }
        assert!(verify(&token(r#"{"alg":"HS256","kid":"k1"}"#, "{}", &signer), &keys).is_ok());
    }

    #[test]
    fn without_a_kid_every_key_of_the_algorithm_counts() {
        let (old, new) = (secret(1), secret(2));
        let good = token(r#"{"alg":"HS256"}"#, "{}", &HS256.signer_from_jwk(&old).unwrap());
        let keys = [published(new.clone(), "HS256", "k2"), published(old, "HS256", "k1")];
        assert!(verify(&good, &keys).is_ok());
        assert!(verify(&good, &keys[..1]).is_err());
    }

    #[test]
    fn the_hash_is_that_of_the_specification() {
        // The example of OpenID Connect Core, appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(access_token_hash(token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
