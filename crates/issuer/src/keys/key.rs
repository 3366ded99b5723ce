//! One signing key, from its stored form to a signer and a checker.

use super::hmac::HmacKey;
use super::pss::Pss;
use super::ring::broken;
use crate::ids::{hex_upper, random};
use crate::meter::Stopwatch;
use crate::state::{KeyPurpose, StoredKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{Jwk, Refusal, SigningAlg};
use josekit::JoseError;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jws::{ES256, JwsSigner, JwsVerifier, RS256};
use openssl::pkey::{Id, PKey};
use std::time::Instant;
use zeroize::Zeroizing;

/// Size of RSA keys in bits.
const RSA_BITS: u32 = 2048;

/// A key ready to sign and to check with its one algorithm.
#[derive(Debug)]
pub struct SigningKey {
    /// Its identifier.
    pub kid: String,
    /// The one algorithm it is used with.
    pub alg: SigningAlg,
    /// When it was made, seconds since the epoch.
    pub created_at: i64,
    /// When it begins to sign; `None` while it waits to be told.
    pub signs_from: Option<i64>,
    /// When nothing that it signed is alive any more; `None` while none succeeds it.
    pub retires_at: Option<i64>,
    signer: Box<dyn JwsSigner>,
    verifier: Box<dyn JwsVerifier>,
    jwk: Jwk,
    stopwatch: Stopwatch,
}

/// A key that cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library says why.
    #[error("{0}")]
    Jose(#[from] JoseError),
    /// The stored form is not a key of its algorithm.
    #[error("key {kid} is not a key for {alg}")]
    Malformed {
        /// The key.
        kid: String,
        /// The algorithm it says it is for.
        alg: String,
    },
}

impl SigningKey {
    /// Makes a new key in its stored form. RSA takes some 50 to 300 ms of one core: not for an async worker.
    pub fn generate(alg: SigningAlg, created_at: i64) -> Result<StoredKey, KeyError> {
        let material = match alg {
            SigningAlg::Hs256 => random::<32>().to_vec(),
            SigningAlg::Hs512 => random::<64>().to_vec(),
            SigningAlg::Rs256 | SigningAlg::Ps256 => RsaKeyPair::generate(RSA_BITS)?.to_der_private_key(),
            SigningAlg::Es256 => EcKeyPair::generate(EcCurve::P256)?.to_der_private_key(),
        };
        Ok(StoredKey {
            purpose: KeyPurpose::Sign,
            alg: alg.as_str().to_owned(),
            kid: hex_upper(&random::<16>()),
            material: Zeroizing::new(material),
            created_at,
            signs_from: Some(created_at),
            retires_at: None,
        })
    }

    /// The same on a thread for what takes its time.
    pub(crate) async fn make(alg: SigningAlg, created_at: i64) -> Result<StoredKey, Refusal> {
        tokio::task::spawn_blocking(move || Self::generate(alg, created_at))
            .await
            .map_err(|error| Refusal::internal(format!("making a key: {error}")))?
            .map_err(|error| broken(&error))
    }

    /// Reads a stored key.
    pub fn from_stored(stored: &StoredKey) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed { kid: stored.kid.clone(), alg: stored.alg.clone() };
        let alg = SigningAlg::parse(&stored.alg).ok_or_else(malformed)?;
        let material = &*stored.material;
        if !is_key_of(alg, material) {
            return Err(malformed());
        }
        let (signer, verifier, kty, params): (Box<dyn JwsSigner>, Box<dyn JwsVerifier>, _, _) = match alg {
            SigningAlg::Hs256 | SigningAlg::Hs512 => {
                let key = HmacKey::new(alg, material).ok_or_else(malformed)?;
                (Box::new(key.clone()), Box::new(key), "oct", vec![("k", URL_SAFE_NO_PAD.encode(material))])
            }
            SigningAlg::Rs256 | SigningAlg::Ps256 => {
                let pair = RsaKeyPair::from_der(material)?;
                let params = public_params(&pair, &["e", "n"]).ok_or_else(malformed)?;
                let public = pair.to_der_public_key();
                if alg == SigningAlg::Ps256 {
                    (Box::new(Pss::private(material)?), Box::new(Pss::public(&public)?), "RSA", params)
                } else {
                    (
                        Box::new(RS256.signer_from_der(material)?),
                        Box::new(RS256.verifier_from_der(public)?),
                        "RSA",
                        params,
                    )
                }
            }
            SigningAlg::Es256 => {
                let pair = EcKeyPair::from_der(material, Some(EcCurve::P256))?;
                let params = public_params(&pair, &["crv", "x", "y"]).ok_or_else(malformed)?;
                let verifier = ES256.verifier_from_der(pair.to_der_public_key())?;
                (Box::new(ES256.signer_from_der(material)?), Box::new(verifier), "EC", params)
            }
        };
        let jwk = Jwk { kty, kid: stored.kid.clone(), alg: alg.as_str(), params };
        let stopwatch = Stopwatch::of_signatures(alg.as_str());
        let StoredKey { created_at, signs_from, retires_at, .. } = *stored;
        Ok(Self { kid: stored.kid.clone(), alg, created_at, signs_from, retires_at, signer, verifier, jwk, stopwatch })
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let started = Instant::now();
        let span = tracing::trace_span!(target: "trace", "sign", algorithm = self.alg.as_str());
        let signature = span.in_scope(|| self.signer.sign(message))?;
        self.stopwatch.stop(started);
        Ok(signature)
    }

    /// Whether `signature` is this key's on `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify(message, signature).is_ok()
    }

    /// The key as published; a symmetric one (`oct`) with its secret, for the admin API alone.
    pub const fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Whether nothing that it signed is alive any more.
    pub fn is_retired(&self, now: i64) -> bool {
        self.retires_at.is_some_and(|at| at <= now)
    }

    /// Whether the key may be published.
    pub fn is_public(&self) -> bool {
        !self.alg.is_symmetric()
    }
}

/// Whether the material is a key of the algorithm's kind. OpenSSL looks first: josekit's own reader of DER asks for as much
/// memory as a damaged length says, which ends the process.
fn is_key_of(alg: SigningAlg, material: &[u8]) -> bool {
    let is = |kind: Id| PKey::private_key_from_der(material).is_ok_and(|key| key.id() == kind);
    match alg {
        SigningAlg::Hs256 | SigningAlg::Hs512 => true,
        SigningAlg::Rs256 | SigningAlg::Ps256 => is(Id::RSA),
        SigningAlg::Es256 => is(Id::EC),
    }
}

fn public_params(pair: &impl KeyPair, names: &[&'static str]) -> Option<Vec<(&'static str, String)>> {
    let jwk = pair.to_jwk_public_key();
    names.iter().map(|name| Some((*name, jwk.parameter(name)?.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_signs_and_checks_what_it_stored() {
        for alg in SigningAlg::ALL {
            let stored = SigningKey::generate(alg, 7).unwrap();
            let (key, again) = (SigningKey::from_stored(&stored).unwrap(), SigningKey::from_stored(&stored).unwrap());
            let signature = key.sign(b"message").unwrap();
            assert!(again.verifies(b"message", &signature), "{alg:?}");
            assert!(!again.verifies(b"massage", &signature), "{alg:?}");
            assert_eq!(key.jwk(), again.jwk());
            assert!(!format!("{key:?} {stored:?}").contains(&key.jwk().params.last().unwrap().1));
        }
    }

    #[test]
    fn a_key_of_another_type_is_refused() {
        let mut stored = SigningKey::generate(SigningAlg::Hs256, 7).unwrap();
        stored.alg = "RS256".into();
        assert!(SigningKey::from_stored(&stored).is_err());
        stored.alg = "none".into();
        assert!(SigningKey::from_stored(&stored).is_err());
    }

    #[test]
    fn s11_damaged_material_is_refused_and_its_lengths_are_not_believed() {
        // An integer of 2^63 bytes, in a sequence.
        let huge = [0x30, 0x0a, 0x02, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        for alg in [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::Ps256] {
            let mut stored = SigningKey::generate(alg, 7).unwrap();
            let whole = stored.material.clone();
            for material in [huge.to_vec(), whole[..whole.len() / 2].to_vec(), Vec::new()] {
                stored.material = Zeroizing::new(material);
                assert!(SigningKey::from_stored(&stored).is_err(), "{alg:?}");
            }
        }
    }
}
