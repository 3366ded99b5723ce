//! HS256 (RFC 7518 section 3.2) over a precomputed key: the hash of the padded key is done once, and the
//! comparison takes the same time wherever the MACs differ.

use hmac::{Hmac, KeyInit, Mac};
use josekit::JoseError;
use josekit::jws::alg::hmac::HmacJwsAlgorithm;
use josekit::jws::{JwsAlgorithm, JwsSigner, JwsVerifier};
use sha2::Sha256;

/// An HS256 key. Its clone is the precomputed state.
#[derive(Clone)]
pub(super) struct Hs256(Hmac<Sha256>);

impl Hs256 {
    /// The key of those bytes; 32 at least (RFC 7518 section 3.2).
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < 32 {
            return None;
        }
        Hmac::new_from_slice(bytes).ok().map(Self)
    }

    fn mac(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac
    }
}

impl std::fmt::Debug for Hs256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hs256(…)")
    }
}

impl JwsSigner for Hs256 {
    fn algorithm(&self) -> &dyn JwsAlgorithm {
        &HmacJwsAlgorithm::Hs256
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn signature_len(&self) -> usize {
        32
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        Ok(self.mac(message).finalize().into_bytes().to_vec())
    }

    fn box_clone(&self) -> Box<dyn JwsSigner> {
        Box::new(self.clone())
    }
}

impl JwsVerifier for Hs256 {
    fn algorithm(&self) -> &dyn JwsAlgorithm {
        &HmacJwsAlgorithm::Hs256
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        self.mac(message).verify_slice(signature).map_err(|error| JoseError::InvalidSignature(error.into()))
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
        let key = Hs256::new(&decode(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        ));
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
    fn a_short_key_is_none() {
        assert!(Hs256::new(&[1; 31]).is_none());
    }
}
