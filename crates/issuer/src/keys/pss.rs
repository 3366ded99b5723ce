//! PS256 (RFC 7518 section 3.5) by plain RSA keys, which sign RS256 as well: the salt is as long as the hash.

use josekit::JoseError;
use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm;
use josekit::jws::{JwsAlgorithm, JwsSigner, JwsVerifier};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{HasPublic, PKey, Private, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer, Verifier};

/// A key that signs (`Private`) or checks (`Public`).
pub(super) struct Pss<T>(PKey<T>);

impl<T> Clone for Pss<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> std::fmt::Debug for Pss<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pss(…)")
    }
}

impl Pss<Private> {
    /// The key of that DER.
    pub(super) fn private(der: &[u8]) -> Result<Self, JoseError> {
        PKey::private_key_from_der(der).map(Self).map_err(|error| JoseError::InvalidKeyFormat(error.into()))
    }

    fn made(&self, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.0)?;
        signer.set_rsa_padding(Padding::PKCS1_PSS)?;
        signer.set_rsa_mgf1_md(MessageDigest::sha256())?;
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        signer.sign_oneshot_to_vec(message)
    }
}

impl Pss<Public> {
    /// The key of that DER.
    pub(super) fn public(der: &[u8]) -> Result<Self, JoseError> {
        PKey::public_key_from_der(der).map(Self).map_err(|error| JoseError::InvalidKeyFormat(error.into()))
    }
}

impl<T: HasPublic> Pss<T> {
    fn holds(&self, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        let mut verifier = Verifier::new(MessageDigest::sha256(), &self.0)?;
        verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
        verifier.set_rsa_mgf1_md(MessageDigest::sha256())?;
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        verifier.verify_oneshot(signature, message)
    }
}

impl JwsSigner for Pss<Private> {
    fn algorithm(&self) -> &dyn JwsAlgorithm {
        &RsassaPssJwsAlgorithm::Ps256
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn signature_len(&self) -> usize {
        self.0.size()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        self.made(message).map_err(|error| JoseError::InvalidSignature(error.into()))
    }

    fn box_clone(&self) -> Box<dyn JwsSigner> {
        Box::new(self.clone())
    }
}

impl JwsVerifier for Pss<Public> {
    fn algorithm(&self) -> &dyn JwsAlgorithm {
        &RsassaPssJwsAlgorithm::Ps256
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        match self.holds(message, signature) {
            Ok(true) => Ok(()),
            Ok(false) => Err(JoseError::InvalidSignature(std::io::Error::other("another signature").into())),
            Err(error) => Err(JoseError::InvalidSignature(error.into())),
        }
    }

    fn box_clone(&self) -> Box<dyn JwsVerifier> {
        Box::new(self.clone())
    }
}
