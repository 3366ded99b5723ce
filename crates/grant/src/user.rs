//! Users of a mount.

use crate::{Claims, Secret};
use std::fmt;
use std::sync::Arc;

/// How a user's password is known.
#[derive(Clone)]
pub enum Password {
    /// As the configuration file says it; hashed before it reaches any store.
    Plain(Secret),
    /// An Argon2id hash in PHC string form.
    Argon2(String),
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([REDACTED])")
    }
}

/// A user of one mount.
#[derive(Clone, Debug)]
pub struct User {
    /// The subject identifier: stable, unique in the mount.
    pub sub: Arc<str>,
    /// The name the user signs in with.
    pub username: Arc<str>,
    /// The password; `None` means that no password is right.
    pub password: Option<Password>,
    /// Whether the user is refused everywhere, live tokens included.
    pub disabled: bool,
    /// Whether an automatic approval is answered as a denial.
    pub denies_consent: bool,
    /// Facts of the user, typed as in the tokens.
    pub claims: Claims,
}
