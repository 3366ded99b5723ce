//! Tokens, issued and read back.

use crate::{Claims, ClientId, Scopes};
use std::fmt;
use std::sync::Arc;

/// A token on its way to the client: never shown in Debug.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken(String);

impl IssuedToken {
    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for IssuedToken {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[TOKEN]")
    }
}

/// A JWT whose signature, issuer and lifetime have been checked: what a dialect reads its own claims from.
#[derive(Debug)]
pub struct TokenView<'a> {
    /// The header's `typ`.
    pub typ: Option<&'a str>,
    /// The claims.
    pub claims: &'a Claims,
}

/// What a token says, in neutral terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// The client it was issued to; none where a user made it.
    pub client_id: Option<ClientId>,
    /// Its `sub`.
    pub subject: Arc<str>,
    /// Whether the subject is a user rather than the client itself.
    pub is_user: bool,
    /// Its scopes.
    pub scopes: Scopes,
    /// Its own identifier (`jti`).
    pub token_id: Option<String>,
}
