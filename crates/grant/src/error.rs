//! What can go wrong with a request, as data: each dialect makes its own sentence of it.

use crate::{Echo, Scope, Seconds};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A refusal: what the dialect may tell the client, and the cause, which only the log and the journal see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the client is told, in its dialect's words.
    pub kind: RefusalKind,
    /// Why, for the operator: never a credential.
    pub cause: Cow<'static, str>,
}

impl Refusal {
    /// A refusal with its cause.
    pub fn new(kind: RefusalKind, cause: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, cause: cause.into() }
    }

    /// The part of the error that a dialect may encode.
    pub fn public(&self) -> PublicError<'_> {
        PublicError { kind: &self.kind }
    }

    /// A request that lacks `field`.
    pub fn missing(field: impl Into<Cow<'static, str>>) -> Self {
        let field = field.into();
        let cause = format!("parameter `{field}` is missing or empty");
        Self::new(RefusalKind::InvalidRequest(RequestFault::Missing(field.into())), cause)
    }

    /// A request whose `field` is there but cannot be what it says; `why` completes "parameter `field` …".
    pub fn malformed(field: impl Into<Cow<'static, str>>, why: &str) -> Self {
        let field = field.into();
        let cause = format!("{} {why}", parameter(&field));
        Self::new(RefusalKind::InvalidRequest(RequestFault::Malformed(field.into())), cause)
    }

    /// A request that names `field` more than once.
    pub fn repeated(field: impl Into<Cow<'static, str>>) -> Self {
        let field = field.into();
        let cause = format!("{} is there more than once", parameter(&field));
        Self::new(RefusalKind::InvalidRequest(RequestFault::Repeated(field.into())), cause)
    }

    /// A body that cannot be read at all.
    pub fn unreadable(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RefusalKind::InvalidRequest(RequestFault::Unreadable), why)
    }

    /// A client that could not be authenticated.
    pub fn invalid_client(cause: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RefusalKind::InvalidClient, cause)
    }

    /// A code or refresh token that does not hold.
    pub fn invalid_grant(cause: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RefusalKind::InvalidGrant, cause)
    }

    /// A scope that the mount does not know.
    pub fn unknown_scope(scope: &str) -> Self {
        let scope = Echo::from(scope.to_owned());
        let cause = format!("scope `{scope}` is not in the mount's catalogue");
        Self::new(RefusalKind::InvalidScope(ScopeFault::Unknown(scope)), cause)
    }

    /// A fault of the gateway's own.
    pub fn internal(cause: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RefusalKind::Internal, cause)
    }
}

/// Whether a name looks like a parameter's, rather than like a secret that slipped out of a value.
pub fn is_usual_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphabetic() || b"_-.".contains(&b))
}

/// A parameter for the log: by its name if it looks like one, for a name may be a secret that slipped out of its value.
fn parameter(name: &str) -> String {
    if is_usual_name(name) {
        format!("parameter `{name}`")
    } else {
        format!("a parameter with an unusual name of {} bytes", name.len())
    }
}

/// What a dialect sees of an error: everything but the cause.
#[derive(Clone, Copy, Debug)]
pub struct PublicError<'a> {
    /// What happened.
    pub kind: &'a RefusalKind,
}

/// The kinds of refusal, with the data that a vendor's sentence may need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefusalKind {
    /// The path exists, the method does not; the route says which do.
    MethodNotAllowed,
    /// The body is not of the endpoint's media type.
    UnsupportedMediaType,
    /// The body is longer than the gateway reads.
    PayloadTooLarge,
    /// The body did not come in time.
    RequestTimeout,
    /// The request is ambiguous, incomplete or unreadable (RFC 6749 section 5.2).
    InvalidRequest(RequestFault),
    /// Unknown client, wrong secret, or none: one answer for all.
    InvalidClient,
    /// The right credentials of a client that is switched off.
    ClientDisabled,
    /// Code or refresh token invalid, expired, revoked, or another client's.
    InvalidGrant,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The endpoint does not offer this grant.
    UnsupportedGrantType,
    /// A scope that cannot be asked for.
    InvalidScope(ScopeFault),
    /// A known scope that the client is not entitled to.
    ScopeNotPermitted {
        /// The first such scope.
        scope: Scope,
    },
    /// The authorization endpoint does not answer in that way.
    UnsupportedResponseType,
    /// The revocation endpoint does not know that kind of token (RFC 7009 section 2.2.1).
    UnsupportedTokenType,
    /// The user must sign in, and no page may be shown (OpenID Connect Core section 3.1.2.6).
    LoginRequired,
    /// The user must consent, and no page may be shown.
    ConsentRequired,
    /// The user said no.
    AccessDenied,
    /// What a token is to be for is nothing that it may be for (RFC 8707 section 2).
    InvalidTarget,
    /// The user has not decided yet (RFC 8628 section 3.5).
    AuthorizationPending,
    /// The same, and the device asked again too soon: it is to wait 5 seconds longer from now on.
    SlowDown,
    /// The user did not decide in time.
    ExpiredToken,
    /// The user that the request acts for does not exist, or is disabled.
    UserGone,
    /// The bearer token is missing or does not hold.
    InvalidToken(TokenFault),
    /// The bearer token lacks a scope.
    InsufficientScope {
        /// The first scope it lacks, where one was asked for by name.
        scope: Option<Scope>,
    },
    /// The bearer token speaks for no user where one is needed.
    UserRequired,
    /// Too many grants in the client's window.
    RateLimited {
        /// How long until a grant is possible again, at least a second.
        retry_after: Seconds,
    },
    /// A part that the request needs does not answer.
    Unavailable {
        /// How long until trying again makes sense.
        retry_after: Seconds,
    },
    /// A fault of the gateway's own.
    Internal,
}

impl RefusalKind {
    /// The kind's name in logs, journal and scenarios.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::PayloadTooLarge => "payload_too_large",
            Self::RequestTimeout => "request_timeout",
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::ClientDisabled => "client_disabled",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope(_) => "invalid_scope",
            Self::ScopeNotPermitted { .. } => "scope_not_permitted",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::AccessDenied => "access_denied",
            Self::InvalidTarget => "invalid_target",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::UserGone => "user_gone",
            Self::InvalidToken(_) => "invalid_token",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::UserRequired => "user_required",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// One of every kind, with neutral data: what a scenario can force, and what every dialect must encode.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::MethodNotAllowed,
            Self::UnsupportedMediaType,
            Self::PayloadTooLarge,
            Self::RequestTimeout,
            Self::InvalidRequest(RequestFault::Unreadable),
            Self::InvalidClient,
            Self::ClientDisabled,
            Self::InvalidGrant,
            Self::UnauthorizedClient,
            Self::UnsupportedGrantType,
            Self::InvalidScope(ScopeFault::NoneLeft),
            Self::UnsupportedResponseType,
            Self::UnsupportedTokenType,
            Self::LoginRequired,
            Self::ConsentRequired,
            Self::AccessDenied,
            Self::InvalidTarget,
            Self::AuthorizationPending,
            Self::SlowDown,
            Self::ExpiredToken,
            Self::UserGone,
            Self::InvalidToken(TokenFault::Invalid),
            Self::InsufficientScope { scope: None },
            Self::UserRequired,
            Self::RateLimited { retry_after: Seconds::MINUTE },
            Self::Unavailable { retry_after: Seconds(1) },
            Self::Internal,
        ]
        .into_iter()
        .chain(Scope::new("scope").map(|scope| Self::ScopeNotPermitted { scope }))
        .collect()
    }

    /// The kind of that name, with neutral data.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::samples().into_iter().find(|kind| kind.code() == code)
    }
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestFault {
    /// The named field is absent or empty.
    Missing(Echo),
    /// The named field is there more than once.
    Repeated(Echo),
    /// The named field has the wrong type, encoding or form.
    Malformed(Echo),
    /// A claim that the scope requires is absent.
    MissingClaim(Echo),
    /// A claim that the scope requires has the wrong form.
    InvalidClaim(Echo),
    /// Credentials came in more than one way, or their ids differ.
    CredentialsTwice,
    /// The body is not of its media type's syntax.
    Unreadable,
}

/// What is wrong with the scopes asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScopeFault {
    /// Not in the mount's catalogue, or no scope token at all.
    Unknown(Echo),
    /// Known, but not to be asked for with this grant, or wider than granted.
    NotHere(Scope),
    /// A scope that stands alone was asked for with others.
    Exclusive(Scope),
    /// Nothing is left to grant.
    NoneLeft,
}

/// What is wrong with a bearer token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenFault {
    /// There is none.
    Missing,
    /// It is none of ours, altered, or revoked.
    Invalid,
    /// It was ours and its time is over.
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n54_a_cause_names_a_parameter_in_the_usual_spellings() {
        for name in ["redirect_uri", "countryCode", "X-Api-Key", "application.session"] {
            assert_eq!(Refusal::repeated(name).cause, format!("parameter `{name}` is there more than once"));
        }
        for secret in ["c4n4ry", "hush+hush", "a b", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"] {
            assert!(!Refusal::malformed(secret.to_owned(), "is odd").cause.contains(secret), "{secret}");
        }
    }
}
