//! From a granted request to the tokens it yields: what the issuer knows, and what the dialect plans.

use crate::{AskedClaims, Client, GrantType, Scopes, User, Value};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything a dialect may build tokens from, once a request has been granted.
#[derive(Debug)]
pub struct Grant<'a> {
    /// The mount's issuer identifier.
    pub issuer: &'a Arc<str>,
    /// The time of issue, seconds since the epoch.
    pub now: i64,
    /// How it was granted.
    pub grant_type: GrantType,
    /// To whom.
    pub client: &'a Client,
    /// For whom, where a user is involved.
    pub user: Option<&'a User>,
    /// The access token's scopes.
    pub scopes: &'a Scopes,
    /// The sign-in that the grant rests on, where there was one.
    pub login: Option<&'a Login>,
    /// The terms of the refresh token to issue, where one is.
    pub refresh: Option<RefreshTerms<'a>>,
    /// Further parameters of the request ([`crate::TokenRequest::extra`]).
    pub extra: &'a [(&'static str, String)],
    /// What the access token is for, where that was asked for (RFC 8707).
    pub audience: Option<&'a str>,
    /// Who acts for the user (`act`, RFC 8693 section 4.1).
    pub act: Option<&'a Value>,
}

/// What a refresh token promises.
#[derive(Clone, Copy, Debug)]
pub struct RefreshTerms<'a> {
    /// The scopes first granted, whatever the access token was narrowed to.
    pub scopes: &'a Scopes,
    /// When it ends, seconds since the epoch; rotation keeps it.
    pub expires_at: i64,
}

/// A user's sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// The session's public identifier (`sid`).
    pub sid: String,
    /// When the user proved who they are, seconds since the epoch.
    pub auth_time: i64,
    /// The `nonce` of the authorization request.
    pub nonce: Option<String>,
    /// The issuer that the sign-in was begun at, where each request may reach the mount by another name.
    pub issuer: Option<Arc<str>>,
    /// The authentication context class that was asked for and is satisfied (`acr`).
    pub acr: Option<String>,
    /// The claims that the authorization request asked for by name.
    pub claims: AskedClaims,
    /// What the access token is to be for, as the authorization request has it (`resource`, RFC 8707).
    pub resource: Option<Arc<str>>,
}

/// The tokens of one grant, in the order in which they are minted.
#[derive(Debug)]
pub struct TokenPlan {
    /// A token may refer to those before it (`at_hash`).
    pub tokens: Vec<PlannedToken>,
}

/// A member of a JWT's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderMember {
    /// `alg`: the algorithm.
    Alg,
    /// `kid`: the key that signs.
    Kid,
    /// `typ`: what it is.
    Typ,
}

/// The members of a JWT's header, in order: `alg` and `typ` once each, and `kid` at most once.
pub type HeaderOrder = &'static [HeaderMember];

impl HeaderMember {
    /// The usual order, of tokens that name their key.
    pub const WITH_KID: HeaderOrder = &[Self::Alg, Self::Kid, Self::Typ];
    /// The usual order, of tokens that do not.
    pub const WITHOUT_KID: HeaderOrder = &[Self::Alg, Self::Typ];

    /// The member of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "alg" => Self::Alg,
            "kid" => Self::Kid,
            "typ" => Self::Typ,
            _ => return None,
        })
    }
}

/// One JWT to mint: its header and its claims, each in order.
#[derive(Debug)]
pub struct PlannedToken {
    /// What it is.
    pub kind: TokenKind,
    /// The header's `typ`.
    pub typ: &'static str,
    /// The header's members.
    pub header: HeaderOrder,
    /// The claims in the vendor's order.
    pub claims: Vec<(&'static str, ClaimSource)>,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenKind {
    /// Opens resources.
    Access,
    /// Tells the client who signed in.
    Id,
    /// Buys the next tokens.
    Refresh,
}

/// Where a claim's value comes from: the dialect's data, or what only the issuer knows.
#[derive(Debug)]
pub enum ClaimSource {
    /// This value.
    Value(Value),
    /// A fresh identifier; a refresh token's continues its family.
    TokenId(TokenIdFormat),
    /// Left half of the access token's hash, base64url (OpenID Connect Core section 3.1.3.6).
    AccessTokenHash,
}

impl<T: Into<Value>> From<T> for ClaimSource {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// How a token's identifier is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenIdFormat {
    /// A lowercase version 4 UUID.
    Uuid,
    /// 32 uppercase hexadecimal digits.
    Hex32,
}
