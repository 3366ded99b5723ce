//! Keys of a mount.

use super::{Realm, StoreError};
use std::fmt;
use zeroize::Zeroizing;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyPurpose {
    /// Signs tokens.
    Sign,
    /// Derives the successors of refresh tokens.
    Handle,
}

impl KeyPurpose {
    /// The name it is stored under.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Handle => "handle",
        }
    }
}

/// A key as it is kept.
#[derive(Clone)]
pub struct StoredKey {
    /// What it is for.
    pub purpose: KeyPurpose,
    /// The algorithm (`RS256`, `ES256`, `HS256`).
    pub alg: String,
    /// Its identifier.
    pub kid: String,
    /// The private key in PKCS #8 DER, or the bytes of a symmetric one.
    pub material: Zeroizing<Vec<u8>>,
    /// When it was made, seconds since the epoch.
    pub created_at: i64,
    /// When it begins to sign, seconds since the epoch; `None` while it waits to be told.
    pub signs_from: Option<i64>,
    /// When nothing that it signed is alive any more, seconds since the epoch; `None` while none succeeds it.
    pub retires_at: Option<i64>,
}

/// The step by which a key succeeds the others of its purpose and algorithm.
#[derive(Clone, Copy, Debug)]
pub struct Activation<'a> {
    /// The key.
    pub kid: &'a str,
    /// When it begins to sign. A key with an earlier start keeps it.
    pub signs_from: i64,
    /// When the others retire, unless they have a retirement time already.
    pub retires_at: i64,
    /// Others that retired at or before this are forgotten.
    pub forget_until: i64,
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKey").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Keeps keys.
#[async_trait::async_trait]
pub trait KeyStore: Send + Sync {
    /// All keys of the realm, oldest first.
    async fn keys(&self, realm: &Realm) -> Result<Vec<StoredKey>, StoreError>;

    /// Keeps `key` unless the realm has any of its purpose and algorithm already; then one that is kept. So two
    /// replicas that make a key at once end with the same one.
    async fn key_or_insert(&self, realm: &Realm, key: StoredKey) -> Result<StoredKey, StoreError>;

    /// Keeps `key` beside those of its purpose and algorithm; one of its identifier stays as it is.
    async fn add_key(&self, realm: &Realm, key: StoredKey) -> Result<(), StoreError>;

    /// Has a key succeed the others; `false` where there is no such key.
    async fn activate_key(&self, realm: &Realm, activation: Activation<'_>) -> Result<bool, StoreError>;

    /// Forgets a signing key.
    async fn forget_key(&self, realm: &Realm, kid: &str) -> Result<(), StoreError>;
}
