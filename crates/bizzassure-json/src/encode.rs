//! Writes replies and errors. Every error body has the keys `type`, `title`, `detail` and `instance`; it looks like
//! RFC 9457 but is sent as `application/json`, as the vendor does.

use crate::ROUTES;
use dialect::{Context, Route, WireResponse, respond};
use grant::{Endpoint, RefusalKind, Reply, RequestFault, ScopeFault, Seconds};
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct Success<'a> {
    payload: Payload<'a>,
}

#[derive(Serialize)]
struct Payload<'a> {
    access_token: &'a str,
    expires_in: Seconds,
    token_type: &'static str,
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    detail: &'a str,
    instance: &'a str,
}

/// One row of the vendor's error table.
struct Row {
    status: u16,
    code: &'static str,
    title: &'static str,
}

const VALIDATION: Row = Row { status: 400, code: "VALIDATION_ERROR", title: "Validation Failed" };
const CREDENTIALS: Row = Row { status: 401, code: "A4001", title: "Invalid Authentication Credentials" };
const FORBIDDEN: Row = Row { status: 403, code: "FORBIDDEN", title: "Forbidden" };
const RATE_LIMIT: Row = Row { status: 429, code: "A4290", title: "Rate Limit Exceeded" };
const UNEXPECTED: Row = Row { status: 500, code: "E5000", title: "An unexpected error occurred" };

const NOT_JSON: &str = "Request body is not valid JSON";
const SCOPES_TYPE: &str = "scopes must be a non-empty array of strings";
const WRONG_CREDENTIALS: &str = "The provided client_id or client_secret is invalid";
const WRONG_TOKEN: &str = "The access token is missing, invalid or expired";

/// The token reply; any other is for an endpoint that the vendor lacks.
pub(crate) fn reply(reply: &Reply) -> WireResponse {
    let Reply::Token(token) = reply else { return WireResponse::empty(404) };
    let payload =
        Payload { access_token: token.access_token.as_str(), expires_in: token.expires_in, token_type: "Bearer" };
    json(200, &Success { payload })
}

/// The row of `kind`. Kinds that no grant of this vendor can end in take the nearest row, for a scenario may force
/// any of them.
pub(crate) fn error(kind: &RefusalKind, context: &Context<'_>) -> WireResponse {
    use RefusalKind as K;
    let (row, detail): (Row, Cow<'_, str>) = match kind {
        K::MethodNotAllowed => return Route::refuse_method(ROUTES, context.endpoint),
        K::UnsupportedMediaType => (VALIDATION, NOT_JSON.into()),
        K::UnsupportedResponseType | K::UnsupportedTokenType | K::InvalidTarget => (VALIDATION, "Not supported".into()),
        K::PayloadTooLarge => (Row { status: 413, ..VALIDATION }, "Request body is too large".into()),
        K::RequestTimeout => (Row { status: 408, ..VALIDATION }, "Request body did not arrive in time".into()),
        K::InvalidRequest(fault) => (VALIDATION, request_detail(fault)),
        K::AuthorizationPending | K::SlowDown | K::ExpiredToken => (VALIDATION, "Not authorized".into()),
        K::UnsupportedGrantType => (VALIDATION, "Unsupported grant type".into()),
        K::InvalidScope(fault) => (VALIDATION, scope_detail(fault)),
        // At the token endpoint these speak of the client; at a resource all that can be wrong is the token.
        K::InvalidClient | K::ClientDisabled | K::InvalidGrant | K::UserGone
            if context.endpoint != Endpoint::Verify =>
        {
            (CREDENTIALS, WRONG_CREDENTIALS.into())
        }
        K::InvalidClient | K::ClientDisabled | K::InvalidGrant | K::UserGone | K::InvalidToken(_) => {
            (CREDENTIALS, WRONG_TOKEN.into())
        }
        K::ScopeNotPermitted { scope } | K::InsufficientScope { scope: Some(scope) } => {
            (FORBIDDEN, format!("Scope not permitted: {scope}").into())
        }
        K::InsufficientScope { scope: None } => (FORBIDDEN, "Scope not permitted".into()),
        K::UnauthorizedClient => (FORBIDDEN, "Grant type not permitted".into()),
        K::AccessDenied | K::ConsentRequired | K::LoginRequired => (FORBIDDEN, "Access denied".into()),
        K::UserRequired => (FORBIDDEN, "User context required".into()),
        K::RateLimited { .. } => (RATE_LIMIT, "Too many token requests. Please try again in 60 seconds".into()),
        K::Unavailable { .. } => (Row { status: 503, ..UNEXPECTED }, "".into()),
        K::Internal => (UNEXPECTED, "".into()),
    };
    let problem = Problem { r#type: row.code, title: row.title, detail: &detail, instance: context.path };
    let response = json(row.status, &problem);
    match kind {
        // The vendor's sentence says 60 seconds whatever is left of the window, and the header repeats it.
        K::RateLimited { .. } => response.with("Retry-After", "60"),
        K::Unavailable { retry_after } => response.with("Retry-After", retry_after.to_string()),
        _ => response,
    }
}

fn request_detail(fault: &RequestFault) -> Cow<'static, str> {
    match fault {
        RequestFault::Malformed(field) if field == "scopes" => SCOPES_TYPE.into(),
        RequestFault::Missing(field)
        | RequestFault::Malformed(field)
        | RequestFault::MissingClaim(field)
        | RequestFault::InvalidClaim(field) => format!("{field} is required").into(),
        RequestFault::CredentialsTwice => "Credentials must be in the request body only".into(),
        RequestFault::Repeated(_) | RequestFault::Unreadable => NOT_JSON.into(),
    }
}

fn scope_detail(fault: &ScopeFault) -> Cow<'static, str> {
    match fault {
        ScopeFault::Unknown(name) => format!("Invalid scope: {name}").into(),
        ScopeFault::NotHere(scope) | ScopeFault::Exclusive(scope) => format!("Invalid scope: {scope}").into(),
        ScopeFault::NoneLeft => SCOPES_TYPE.into(),
    }
}

fn json(status: u16, body: &impl Serialize) -> WireResponse {
    respond::uncached(respond::json(status, "application/json", body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::{Scope, TokenFault};

    fn answer(kind: &RefusalKind, endpoint: Endpoint) -> (u16, String) {
        let context = Context {
            endpoint,
            path: "/v1/auth/token",
            issuer: "https://bizzassure.test",
            back_channel: None,
            request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
            asked: &dialect::Nothing,
        };
        let response = error(kind, &context);
        (response.status, String::from_utf8(response.body).unwrap())
    }

    fn problem(code: &str, title: &str, detail: &str) -> String {
        format!(r#"{{"type":"{code}","title":"{title}","detail":"{detail}","instance":"/v1/auth/token"}}"#)
    }

    fn invalid(detail: &str) -> String {
        problem("VALIDATION_ERROR", "Validation Failed", detail)
    }

    #[test]
    fn every_kind_has_its_row() {
        let credentials = problem("A4001", "Invalid Authentication Credentials", WRONG_CREDENTIALS);
        let token = problem("A4001", "Invalid Authentication Credentials", WRONG_TOKEN);
        let forbidden = |detail| problem("FORBIDDEN", "Forbidden", detail);
        let limited = "Too many token requests. Please try again in 60 seconds";
        let unexpected = problem("E5000", "An unexpected error occurred", "");
        for kind in RefusalKind::samples() {
            let expected = match kind.code() {
                "method_not_allowed" => (405, String::new()),
                "unsupported_media_type" | "invalid_request" => (400, invalid("Request body is not valid JSON")),
                "payload_too_large" => (413, invalid("Request body is too large")),
                "request_timeout" => (408, invalid("Request body did not arrive in time")),
                "invalid_client" | "client_disabled" | "invalid_grant" | "user_gone" => (401, credentials.clone()),
                "invalid_token" => (401, token.clone()),
                "unsupported_grant_type" => (400, invalid("Unsupported grant type")),
                "invalid_scope" => (400, invalid("scopes must be a non-empty array of strings")),
                "scope_not_permitted" => (403, forbidden("Scope not permitted: scope")),
                "insufficient_scope" => (403, forbidden("Scope not permitted")),
                "unauthorized_client" => (403, forbidden("Grant type not permitted")),
                "access_denied" | "consent_required" | "login_required" => (403, forbidden("Access denied")),
                "unsupported_response_type" | "unsupported_token_type" | "invalid_target" => {
                    (400, invalid("Not supported"))
                }
                "authorization_pending" | "slow_down" | "expired_token" => (400, invalid("Not authorized")),
                "user_required" => (403, forbidden("User context required")),
                "rate_limited" => (429, problem("A4290", "Rate Limit Exceeded", limited)),
                "unavailable" => (503, unexpected.clone()),
                "internal" => (500, unexpected.clone()),
                code => panic!("{code} has no row"),
            };
            assert_eq!(answer(&kind, Endpoint::Token), expected, "{kind:?}");
        }
    }

    #[test]
    fn faults_of_a_request_have_their_sentences() {
        let scope = Scope::new("policy.get").unwrap();
        for (kind, detail) in [
            (RefusalKind::InvalidRequest(RequestFault::Missing("client_id".into())), "client_id is required"),
            (RefusalKind::InvalidRequest(RequestFault::Malformed("scopes".into())), SCOPES_TYPE),
            (RefusalKind::InvalidRequest(RequestFault::Malformed("client_id".into())), "client_id is required"),
            (RefusalKind::InvalidRequest(RequestFault::Repeated("hush".into())), NOT_JSON),
            (
                RefusalKind::InvalidRequest(RequestFault::CredentialsTwice),
                "Credentials must be in the request body only",
            ),
            (RefusalKind::InvalidScope(ScopeFault::Unknown("a\"b\n".into())), "Invalid scope: a?b?"),
            (RefusalKind::InvalidScope(ScopeFault::NotHere(scope)), "Invalid scope: policy.get"),
        ] {
            assert_eq!(answer(&kind, Endpoint::Token), (400, invalid(detail)));
        }
    }

    #[test]
    fn forward_auth_answers_as_the_vendors_api() {
        let token = problem("A4001", "Invalid Authentication Credentials", WRONG_TOKEN);
        for kind in [
            RefusalKind::InvalidToken(TokenFault::Missing),
            RefusalKind::InvalidToken(TokenFault::Expired),
            RefusalKind::ClientDisabled,
            RefusalKind::InvalidClient,
            RefusalKind::UserGone,
        ] {
            assert_eq!(answer(&kind, Endpoint::Verify), (401, token.clone()));
        }
        let scope = Scope::new("policy.get");
        let forbidden = problem("FORBIDDEN", "Forbidden", "Scope not permitted: policy.get");
        assert_eq!(answer(&RefusalKind::InsufficientScope { scope }, Endpoint::Verify), (403, forbidden));
    }

    #[test]
    fn the_wait_is_literal_when_limited_and_true_when_unavailable() {
        let context = Context {
            endpoint: Endpoint::Token,
            path: "/v1/auth/token",
            issuer: "",
            back_channel: None,
            request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
            asked: &dialect::Nothing,
        };
        let limited = error(&RefusalKind::RateLimited { retry_after: Seconds(3599) }, &context);
        assert_eq!(limited.header("retry-after"), Some("60"));
        let unavailable = error(&RefusalKind::Unavailable { retry_after: Seconds(7) }, &context);
        assert_eq!(unavailable.header("retry-after"), Some("7"));
    }

    #[test]
    fn a_reply_that_the_vendor_lacks_is_not_found() {
        for lacking in [Reply::Revoked, Reply::Introspection(None), Reply::Jwks(Vec::new())] {
            assert_eq!(reply(&lacking), WireResponse::empty(404));
        }
    }
}
