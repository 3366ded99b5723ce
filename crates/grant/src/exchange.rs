//! Tokens that are exchanged for another (RFC 8693).

use crate::Secret;

/// What a request for an exchange rests on.
#[derive(Debug)]
pub struct TokenExchange {
    /// Whom the new token speaks for.
    pub subject: PresentedToken,
    /// Who acts for that party; `None` where nobody is named.
    pub actor: Option<PresentedToken>,
    /// Whom the new token is for, by name.
    pub audience: Option<String>,
}

/// A token, and what it is said to be.
#[derive(Debug)]
pub struct PresentedToken {
    /// The token.
    pub token: Secret,
    /// What it is said to be.
    pub kind: PresentedKind,
}

/// The kinds of tokens that can be exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresentedKind {
    /// An access token.
    Access,
    /// An ID token.
    Id,
}
