//! Writes refusals: the standards' codes, each with a sentence that says what to change.

use crate::encode::json;
use dialect::{Route, WireResponse};
use grant::{Endpoint, RefusalKind, RequestFault, TokenFault};
use serde::Serialize;

#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
    error_description: &'static str,
}

/// A refusal in the words of a standard.
struct Told {
    status: u16,
    error: &'static str,
    description: &'static str,
}

const fn told(status: u16, error: &'static str, description: &'static str) -> Told {
    Told { status, error, description }
}

/// The answer to a refused request.
pub fn encode(kind: &RefusalKind, endpoint: Endpoint, routes: &[Route]) -> WireResponse {
    if *kind == RefusalKind::MethodNotAllowed {
        return Route::refuse_method(routes, endpoint);
    }
    let at_resource = matches!(endpoint, Endpoint::UserInfo | Endpoint::Verify);
    let told = if at_resource { resource(kind) } else { None };
    let Told { status, error, description } = told.unwrap_or_else(|| general(kind));
    let response = json(status, &ErrorBody { error, error_description: description });
    match (kind, status) {
        (RefusalKind::RateLimited { retry_after } | RefusalKind::Unavailable { retry_after }, _) => {
            response.with("Retry-After", retry_after.to_string())
        }
        // A request without a token is told how to send one, and no more (RFC 6750 section 3.1).
        (RefusalKind::InvalidToken(TokenFault::Missing), _) if at_resource => {
            response.with("WWW-Authenticate", "Bearer realm=\"openid\"")
        }
        (_, 401 | 403) if at_resource => response.with(
            "WWW-Authenticate",
            format!("Bearer realm=\"openid\", error=\"{error}\", error_description=\"{description}\""),
        ),
        (_, 401) => response.with("WWW-Authenticate", "Basic realm=\"openid\""),
        _ => response,
    }
}

/// What the client is told through the browser: the sentence beside the code (RFC 6749 section 4.1.2.1).
pub fn at_client(kind: &RefusalKind) -> &'static str {
    let RefusalKind::InvalidRequest(fault) = kind else { return general(kind).description };
    match fault {
        RequestFault::Missing(name) => match name.as_str() {
            "response_type" => "response_type is missing: send code",
            "code_challenge" => "code_challenge is missing: this client must use PKCE, with the method S256",
            _ => fault_sentence(fault),
        },
        RequestFault::Malformed(name) => match name.as_str() {
            "request" | "request_uri" | "registration" => {
                "request, request_uri and registration are not served: send what they stand for as plain parameters"
            }
            "response_mode" => "response_mode is none of query, fragment and form_post",
            "code_challenge" => "code_challenge is no SHA-256 in base64url without padding",
            "code_challenge_method" => "code_challenge_method is not S256, the only one that is served",
            "prompt" => "prompt is none beside other values",
            "max_age" => "max_age is no whole number of seconds",
            "id_token_hint" => {
                "id_token_hint is no ID token of this issuer, or is of another user than claims asks for"
            }
            _ => fault_sentence(fault),
        },
        _ => fault_sentence(fault),
    }
}

/// Refusals of a bearer token (RFC 6750 section 3.1).
fn resource(kind: &RefusalKind) -> Option<Told> {
    use RefusalKind as Kind;
    Some(match kind {
        Kind::InvalidToken(TokenFault::Missing) => told(
            401,
            "invalid_token",
            "The request has no access token: send it in the Authorization header, as Bearer",
        ),
        Kind::InvalidToken(TokenFault::Expired) => told(401, "invalid_token", "The access token has expired"),
        Kind::InvalidToken(TokenFault::Invalid)
        | Kind::InvalidClient
        | Kind::ClientDisabled
        | Kind::InvalidGrant
        | Kind::UserGone => told(401, "invalid_token", "The access token is none of this issuer, altered, or revoked"),
        Kind::UserRequired => told(403, "insufficient_scope", "The access token speaks for no user"),
        Kind::InsufficientScope { .. }
        | Kind::ScopeNotPermitted { .. }
        | Kind::UnauthorizedClient
        | Kind::LoginRequired
        | Kind::ConsentRequired
        | Kind::AccessDenied => told(403, "insufficient_scope", "The access token lacks a scope that is needed here"),
        _ => return None,
    })
}

/// Refusals everywhere else (RFC 6749 section 5.2, RFC 7009 section 2.2.1).
fn general(kind: &RefusalKind) -> Told {
    use RefusalKind as Kind;
    match kind {
        Kind::InvalidClient | Kind::ClientDisabled => {
            told(401, "invalid_client", "The client is unknown or disabled, or its credentials are wrong or missing")
        }
        Kind::InvalidGrant | Kind::UserGone => told(
            400,
            "invalid_grant",
            "The code, refresh token, assertion or password does not hold, or is another client's; or redirect_uri or \
             code_verifier is not the one that belongs to it",
        ),
        Kind::UnauthorizedClient => {
            told(400, "unauthorized_client", "The client is not registered for this grant type")
        }
        Kind::UnsupportedGrantType => told(400, "unsupported_grant_type", "The grant type is not one that is served"),
        Kind::UnsupportedTokenType => told(400, "unsupported_token_type", "Tokens of that kind cannot be revoked here"),
        Kind::UnsupportedResponseType => {
            told(400, "unsupported_response_type", "response_type is not code, the only one that is served")
        }
        Kind::InvalidScope(_) | Kind::ScopeNotPermitted { .. } | Kind::InsufficientScope { .. } => told(
            400,
            "invalid_scope",
            "A scope is unknown, not to be had with this grant type, more than was granted, or not the client's",
        ),
        Kind::InvalidToken(_) => told(401, "invalid_token", "The token does not hold"),
        Kind::LoginRequired => told(400, "login_required", "The user must sign in"),
        Kind::ConsentRequired => told(400, "consent_required", "The user must consent"),
        Kind::InvalidTarget => told(
            400,
            "invalid_target",
            "resource or audience is none that a token may be for here, or not the one that was granted",
        ),
        Kind::AuthorizationPending => {
            told(400, "authorization_pending", "The user has not decided yet: ask again once the interval is over")
        }
        Kind::SlowDown => {
            told(400, "slow_down", "The device asks too often: wait 5 seconds longer between two requests from now on")
        }
        Kind::ExpiredToken => told(400, "expired_token", "The device code has ended: ask for a new one"),
        Kind::AccessDenied | Kind::UserRequired => told(400, "access_denied", "The request was denied"),
        Kind::RateLimited { .. } => {
            told(429, "temporarily_unavailable", "Too many requests: wait as long as Retry-After says")
        }
        Kind::Unavailable { .. } => {
            told(503, "temporarily_unavailable", "The server cannot answer now: wait as long as Retry-After says")
        }
        Kind::Internal => told(500, "server_error", "A fault of the server"),
        Kind::PayloadTooLarge => told(413, "invalid_request", "The body is longer than any request of this endpoint"),
        Kind::RequestTimeout => told(408, "invalid_request", "The body did not come in time"),
        Kind::UnsupportedMediaType => {
            told(400, "invalid_request", "The body must be a form: application/x-www-form-urlencoded")
        }
        Kind::InvalidRequest(fault) => told(400, "invalid_request", fault_sentence(fault)),
        Kind::MethodNotAllowed => told(405, "invalid_request", "The method is not served here"),
    }
}

/// The parameters that a request may lack, each with the sentence that says so: nothing is told that a client sent.
macro_rules! missing {
    ($($name:literal),*) => {
        &[$(($name, concat!("The parameter ", $name, " is missing or empty"))),*]
    };
}

const MISSING: &[(&str, &str)] = missing![
    "actor_token_type",
    "assertion",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "code",
    "code_challenge",
    "device_code",
    "grant_type",
    "password",
    "redirect_uri",
    "refresh_token",
    "response_type",
    "subject_token",
    "subject_token_type",
    "token",
    "username"
];

fn fault_sentence(fault: &RequestFault) -> &'static str {
    match fault {
        RequestFault::Missing(name) => MISSING
            .iter()
            .find(|(known, _)| name == known)
            .map_or("A parameter that the request needs is missing or empty", |(_, sentence)| sentence),
        RequestFault::Repeated(_) => "A parameter is there more than once",
        RequestFault::CredentialsTwice => "Credentials came in more than one way: send them in one",
        RequestFault::Malformed(_) | RequestFault::MissingClaim(_) | RequestFault::InvalidClaim(_) => {
            "A parameter is not of the form that it must have"
        }
        RequestFault::Unreadable => "The request cannot be read",
    }
}
