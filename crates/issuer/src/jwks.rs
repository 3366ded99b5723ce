//! The keys that a mount publishes.

use crate::At;
use crate::keys::SigningKey;
use grant::{Jwk, KeyFlaw, Refusal};
use std::sync::Arc;

impl At<'_> {
    /// The mount's public keys that have not retired, the one that signs first; it is made if there is none yet.
    pub async fn jwks(self) -> Result<Vec<Jwk>, Refusal> {
        let mut keys = self.live_keys().await?;
        match self.bend.and_then(|bend| bend.keys) {
            Some(KeyFlaw::Missing) => drop(keys.drain(..1)),
            Some(KeyFlaw::Stale) => {
                let oldest_first = self.mount.keys.live(self.store(), self.seconds()).await?;
                keys.retain(|key| oldest_first.last().is_none_or(|newest| newest.kid != key.kid));
            }
            None => {}
        }
        Ok(keys.iter().filter(|key| key.is_public()).map(|key| key.jwk().clone()).collect())
    }

    /// The same, and symmetric ones with their secret: for the admin API alone.
    pub async fn secret_jwks(self) -> Result<Vec<Jwk>, Refusal> {
        Ok(self.live_keys().await?.iter().map(|key| key.jwk().clone()).collect())
    }

    async fn live_keys(self) -> Result<Vec<Arc<SigningKey>>, Refusal> {
        let signing = self.signing_key().await?;
        let mut keys = self.mount.keys.live(self.store(), self.seconds()).await?;
        keys.sort_by_key(|key| key.kid != signing.kid);
        Ok(keys)
    }
}
