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

    /// Keeps `key` unless the realm has one of its purpose and algorithm already; then the one that is kept. So two
    /// replicas that make a key at once end with the same one.
    async fn key_or_insert(&self, realm: &Realm, key: StoredKey) -> Result<StoredKey, StoreError>;
}
