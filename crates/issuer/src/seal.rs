//! Seals: what a browser brings back must be what it was given (HMAC-SHA-256 under the mount's handle key, which all
//! replicas share).

use crate::At;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::Refusal;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a seal is for: one for one purpose is none for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// A form belongs to the browser that it was sent to.
    Form,
    /// A browser in which a user has signed in before.
    KnownBrowser,
    /// A message for the error page.
    ErrorPage,
    /// The family of what a device is authorized to, which follows from its user code.
    UserCode,
}

impl At<'_> {
    /// The seal of `parts`, 43 base64url characters.
    pub async fn seal(self, purpose: Seal, parts: &[&str]) -> Result<String, Refusal> {
        let mac = self.mac(purpose, parts).await?;
        Ok(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// Whether `seal` is that of `parts`, compared in constant time.
    pub async fn is_sealed(self, purpose: Seal, parts: &[&str], seal: &str) -> Result<bool, Refusal> {
        let Ok(seal) = URL_SAFE_NO_PAD.decode(seal) else { return Ok(false) };
        Ok(self.mac(purpose, parts).await?.verify_slice(&seal).is_ok())
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    async fn mac(self, purpose: Seal, parts: &[&str]) -> Result<Hmac<Sha256>, Refusal> {
        let key = self.handle_key().await?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("an HMAC key of any length");
        // No handle that a successor derives from begins with a zero byte, and no generation of a chain.
        mac.update(&[0, purpose as u8]);
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Ok(mac)
    }
}
