//! What the issuer answers, before its dialect writes it.

use crate::{AuthorizeReply, Claims, Client, GrantType, IssuedToken, Scopes, Seconds, SignedOut, TokenFacts, User};
use std::fmt;
use std::sync::Arc;

/// An answer in the neutral form.
#[derive(Debug)]
pub enum Reply {
    /// Tokens were issued.
    Token(TokenReply),
    /// What the client is told through the user's browser.
    Authorize(AuthorizeReply),
    /// Who a token speaks for.
    UserInfo(Identity),
    /// What a token is worth: `None` where it is worth nothing.
    Introspection(Option<Identity>),
    /// The token is no more, or never was.
    Revoked,
    /// The session is no more; `None` where the user must be asked first, or there is nowhere to go.
    EndSession(Option<SignedOut>),
    /// A device's codes.
    DeviceAuthorization(DeviceReply),
    /// The metadata to publish.
    Discovery,
    /// The keys to publish.
    Jwks(Vec<Jwk>),
}

/// The tokens of one grant.
#[derive(Debug)]
pub struct TokenReply {
    /// How they were granted.
    pub grant_type: GrantType,
    /// The access token.
    pub access_token: IssuedToken,
    /// Its lifetime.
    pub expires_in: Seconds,
    /// The ID token.
    pub id_token: Option<IssuedToken>,
    /// The refresh token.
    pub refresh_token: Option<IssuedToken>,
    /// The access token's scopes, in the order asked or granted.
    pub scopes: Scopes,
    /// Whether the request named its scopes.
    pub scope_requested: bool,
    /// To whom, when and on what request.
    pub facts: Granted,
}

/// The codes of a device (RFC 8628 section 3.2).
#[derive(Debug)]
pub struct DeviceReply {
    /// What the device polls with.
    pub device_code: IssuedToken,
    /// What its user types.
    pub user_code: String,
    /// How long both hold.
    pub expires_in: Seconds,
    /// How long the device waits between two polls.
    pub interval: Seconds,
}

/// What a vendor's answer may say of a grant beside its tokens.
#[derive(Debug, Default)]
pub struct Granted {
    /// When, seconds since the epoch.
    pub at: i64,
    /// To whom.
    pub client: Option<Arc<Client>>,
    /// For whom, where a user is involved.
    pub user: Option<Arc<User>>,
    /// Further parameters of the request ([`crate::TokenRequest::extra`]).
    pub extra: Vec<(&'static str, String)>,
}

/// A valid token with those it speaks for, all of them present and enabled.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What the token says in neutral terms.
    pub facts: TokenFacts,
    /// The client it was issued to; none where a user made it.
    pub client: Option<Arc<Client>>,
    /// The user it speaks for.
    pub user: Option<Arc<User>>,
    /// All of its claims, in order.
    pub claims: Claims,
}

/// A key as it is published (RFC 7517).
#[derive(Clone, PartialEq, Eq)]
pub struct Jwk {
    /// The key type: `RSA`, `EC` or, on the admin API alone, `oct`.
    pub kty: &'static str,
    /// The key's identifier.
    pub kid: String,
    /// The algorithm it signs with.
    pub alg: &'static str,
    /// The type's own members, in order: `e`,`n`, or `crv`,`x`,`y`, or `k`.
    pub params: Vec<(&'static str, String)>,
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk")
            .field("kty", &self.kty)
            .field("kid", &self.kid)
            .field("alg", &self.alg)
            .finish_non_exhaustive()
    }
}
