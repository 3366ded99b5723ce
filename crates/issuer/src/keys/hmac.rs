//! HS256 and HS512 (RFC 7518 section 3.2) over a precomputed key: the hash of the padded key is done once, and the
//! comparison takes the same time wherever the MACs differ.

use grant::SigningAlg;
use hmac::{Hmac, KeyInit, Mac};
use josekit::JoseError;
use josekit::jws::alg::hmac::HmacJwsAlgorithm;
use josekit::jws::{JwsAlgorithm, JwsSigner, JwsVerifier};
use sha2::{Sha256, Sha512};

/// A symmetric key. Its clone is the precomputed state.
#[derive(Clone)]
pub(super) enum HmacKey {
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl HmacKey {
    /// The fewest bytes that a key of that algorithm has: as many as its hash (RFC 7518 section 3.2).
    pub(super) const fn least(alg: SigningAlg) -> usize {
        if matches!(alg, SigningAlg::Hs512) { 64 } else { 32 }
    }

    /// The key of those bytes for HS512, or else for HS256.
    pub(super) fn new(alg: SigningAlg, bytes: &[u8]) -> Option<Self> {
        if bytes.len() < Self::least(alg) {
            return None;
        }
        match alg {
            SigningAlg::Hs512 => Hmac::new_from_slice(bytes).ok().map(Self::Sha512),
            _ => Hmac::new_from_slice(bytes).ok().map(Self::Sha256),
        }
    }

    const fn name(&self) -> &HmacJwsAlgorithm {
        match self {
            Self::Sha256(_) => &HmacJwsAlgorithm::Hs256,
            Self::Sha512(_) => &HmacJwsAlgorithm::Hs512,
        }
    }
}

impl std::fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HmacKey(…)")
    }
}

impl JwsSigner for HmacKey {
    fn algorithm(&self) -> &dyn JwsAlgorithm {
        self.name()
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn signature_len(&self) -> usize {
        match self {
            Self::Sha256(_) => 32,
            Self::Sha512(_) => 64,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        Ok(match self {
            Self::Sha256(key) => key.clone().chain_update(message).finalize().into_bytes().to_vec(),
            Self::Sha512(key) => key.clone().chain_update(message).finalize().into_bytes().to_vec(),
        })
    }

    fn box_clone(&self) -> Box<dyn JwsSigner> {
        Box::new(self.clone())
    }
}

impl JwsVerifier for HmacKey {
    fn algorithm(&self) -> &dyn JwsAlgorithm {
        self.name()
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        let checked = match self {
            Self::Sha256(key) => key.clone().chain_update(message).verify_slice(signature),
            Self::Sha512(key) => key.clone().chain_update(message).verify_slice(signature),
        };
        checked.map_err(|error| JoseError::InvalidSignature(error.into()))
    }

    fn box_clone(&self) -> Box<dyn JwsVerifier> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn agrees_with_the_example_of_rfc_7515_appendix_a_1() {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let key = HmacKey::new(
            SigningAlg::Hs256,
            &decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
        );
        let message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0\
                       dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = decode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let key = key.unwrap();
        assert_eq!(key.sign(message.as_bytes()).unwrap(), signature);
        key.verify(message.as_bytes(), &signature).unwrap();
        assert!(key.verify(message.as_bytes(), &signature[..31]).is_err());
        assert!(key.verify(b"other", &signature).is_err());
    }

    #[test]
    fn agrees_with_the_fourth_case_of_rfc_4231_by_sha_512() {
        // The case's key is shorter than HS512 admits: zeros after it change nothing, for the key is padded with them.
        let mut bytes: Vec<u8> = (1..=25).collect();
        bytes.resize(64, 0);
        let key = HmacKey::new(SigningAlg::Hs512, &bytes).unwrap();
        let mac = key.sign(&[0xcd; 50]).unwrap();
        assert_eq!((mac.len(), &mac[..8]), (64, &[0xb0, 0xba, 0x46, 0x56, 0x37, 0x45, 0x8c, 0x69][..]));
        key.verify(&[0xcd; 50], &mac).unwrap();
        assert!(key.verify(&[0xcd; 50], &mac[..32]).is_err());
    }

    #[test]
    fn a_short_key_is_none() {
        assert!(HmacKey::new(SigningAlg::Hs256, &[1; 31]).is_none());
        assert!(HmacKey::new(SigningAlg::Hs512, &[1; 63]).is_none());
    }
}
