//! Rotation of the key that a mount signs with.
//!
//! In two steps, so that no replica meets a token of a key that it does not know: the new key is kept first and waits;
//! once every replica has it, it is told from when it signs. The key before it verifies until what it signed has ended.

use crate::At;
use crate::keys::{OwnKey, SigningKey, say_made};
use crate::state::{Activation, StoredKey};
use grant::{Refusal, Seconds};
use std::sync::Arc;

/// How many keys of one algorithm a mount keeps.
pub const MAX_KEYS: usize = 32;

/// What a signing key is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// It is published, and does not sign yet.
    Upcoming,
    /// It signs.
    Signing,
    /// It signs no more; what it signed is alive.
    Retiring,
    /// Nothing that it signed is alive.
    Retired,
    /// It is of an algorithm that the mount does not sign with at present.
    Idle,
}

/// Why keys are not changed.
#[derive(Debug)]
pub enum RotationError {
    /// There are [`MAX_KEYS`] already.
    Full,
    /// The mount has no such key.
    Unknown,
    /// The mount has a key of that identifier.
    Taken,
    /// The key cannot be the mount's: why.
    Unfit(String),
    /// The configuration file says which keys the mount signs with.
    OfFile,
    /// It is the one that signs.
    Signing,
    /// The store does not answer, or a fault of the gateway's own.
    Failed(Refusal),
}

impl From<Refusal> for RotationError {
    fn from(error: Refusal) -> Self {
        Self::Failed(error)
    }
}

impl At<'_> {
    /// The signing keys of a mount, as the store has them now, each with what it is doing, in the order in
    /// which they begin to sign. The first is made if there is none yet.
    pub async fn signing_keys(self) -> Result<Vec<(Arc<SigningKey>, KeyStatus)>, Refusal> {
        let (alg, now) = (self.hooks.policy().alg, self.seconds());
        self.refresh_keys().await?;
        let signing = self.signing_key().await?;
        let status = |key: &SigningKey| match key {
            key if key.kid == signing.kid => KeyStatus::Signing,
            key if key.is_retired(now) => KeyStatus::Retired,
            key if key.alg != alg => KeyStatus::Idle,
            key if self.mount.keys.is_own(&key.kid) => KeyStatus::Upcoming,
            // One that another has overtaken, and so given an end, will never sign.
            key if key.retires_at.is_none() && key.signs_from.is_none_or(|from| from > now) => KeyStatus::Upcoming,
            _ => KeyStatus::Retiring,
        };
        let mut keys = self.mount.keys.all(self.store()).await?;
        keys.sort_by_key(|key| (key.signs_from.unwrap_or(i64::MAX), key.created_at));
        Ok(keys.into_iter().map(|key| (Arc::clone(&key), status(&key))).collect())
    }

    /// Keeps a new key that waits, or finds the one that a rotation broken off has left; its identifier.
    pub async fn stage_key(self) -> Result<String, RotationError> {
        let alg = self.hooks.policy().alg;
        self.check_file()?;
        let keys = self.signing_keys().await?;
        if let Some((waiting, _)) = keys.iter().find(|(key, _)| key.alg == alg && key.signs_from.is_none()) {
            return Ok(waiting.kid.clone());
        }
        self.check_room(&keys)?;
        let mut key = SigningKey::make(alg, self.seconds()).await?;
        key.signs_from = None;
        self.stage(key).await
    }

    /// Keeps a key of somebody's own, which waits; its identifier.
    pub async fn stage_own_key(self, own: OwnKey<'_>, kid: Option<&str>) -> Result<String, RotationError> {
        self.check_file()?;
        let keys = self.signing_keys().await?;
        let key = own.read(self.hooks.policy().alg, kid, self.seconds()).map_err(RotationError::Unfit)?;
        if keys.iter().any(|(known, _)| known.kid == key.kid) {
            return Err(RotationError::Taken);
        }
        self.check_room(&keys)?;
        self.stage(key).await
    }

    /// A key that would never sign is not taken.
    fn check_file(self) -> Result<(), RotationError> {
        if self.mount.keys.has_own(self.hooks.policy().alg) { Err(RotationError::OfFile) } else { Ok(()) }
    }

    fn check_room(self, keys: &[(Arc<SigningKey>, KeyStatus)]) -> Result<(), RotationError> {
        let alg = self.hooks.policy().alg;
        let alive = keys.iter().filter(|(key, status)| key.alg == alg && *status != KeyStatus::Retired).count();
        if alive >= MAX_KEYS { Err(RotationError::Full) } else { Ok(()) }
    }

    async fn stage(self, key: StoredKey) -> Result<String, RotationError> {
        let kid = key.kid.clone();
        self.store().add_key(self.realm(), key.clone()).await.map_err(Refusal::from)?;
        say_made(self.realm(), &key);
        self.refresh_keys().await?;
        Ok(kid)
    }

    /// Has the key of that identifier sign after `lead` from now, and those before it retire when the longest
    /// that they can have signed has ended.
    pub async fn activate_key(self, kid: &str, lead: Seconds) -> Result<(), RotationError> {
        let now = self.seconds();
        let signs_from = lead.after(now);
        let activation = Activation {
            kid,
            signs_from,
            retires_at: self.hooks.policy().longest_signed().after(signs_from),
            // What has retired by a clock ahead alone is wanted again when the clock is set back.
            forget_until: now.min(crate::clock::real_seconds()),
        };
        let is_known = self.store().activate_key(self.realm(), activation).await.map_err(Refusal::from)?;
        self.refresh_keys().await?;
        if is_known { Ok(()) } else { Err(RotationError::Unknown) }
    }

    /// Forgets a key, and with it refuses everything that it signed: for one that others have come to know.
    pub async fn forget_key(self, kid: &str) -> Result<(), RotationError> {
        let keys = self.signing_keys().await?;
        match keys.iter().find(|(key, _)| key.kid == kid) {
            None => Err(RotationError::Unknown),
            Some((key, _)) if self.mount.keys.is_own(&key.kid) => Err(RotationError::OfFile),
            Some((_, KeyStatus::Signing)) => Err(RotationError::Signing),
            Some(_) => {
                self.store().forget_key(self.realm(), kid).await.map_err(Refusal::from)?;
                Ok(self.refresh_keys().await?)
            }
        }
    }

    async fn refresh_keys(self) -> Result<(), Refusal> {
        self.issuer.refresh_keys(self.mount).await
    }
}
