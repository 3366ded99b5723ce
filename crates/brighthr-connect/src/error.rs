//! Writes errors: OAuth codes, and problems at forward auth.

use crate::encode::{code, uncached};
use crate::{introspect, userinfo};
use dialect::authorize::error_code;
use dialect::{Route, WireResponse, respond};
use grant::{Endpoint, RefusalKind, TokenFault};
use serde::Serialize;

/// Where a body that is no form is told from a form that is wrong.
const TAKES_FORMS_ALONE: [Endpoint; 4] =
    [Endpoint::Authorize, Endpoint::Introspect, Endpoint::Revoke, Endpoint::EndSession];

/// A problem of the vendor's API.
#[derive(Serialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
}

/// The answer to a refused request; `invalid_client_status` is the setting of that name.
pub(crate) fn encode(kind: &RefusalKind, endpoint: Endpoint, invalid_client_status: u16) -> WireResponse {
    let of_endpoint = || match endpoint {
        Endpoint::Authorize | Endpoint::EndSession => Some(code(400, error_code(kind))),
        Endpoint::UserInfo => userinfo::refusal(kind),
        Endpoint::Introspect => introspect::refusal(kind),
        Endpoint::Verify => problem(kind),
        Endpoint::Token | Endpoint::Revoke | Endpoint::Discovery | Endpoint::Jwks | Endpoint::DeviceAuthorization => {
            None
        }
    };
    everywhere(kind, endpoint).or_else(of_endpoint).unwrap_or_else(|| token(kind, invalid_client_status))
}

/// What is answered alike at every endpoint; the token endpoint alone does not tell method and media type apart from
/// other faults of a request.
fn everywhere(kind: &RefusalKind, endpoint: Endpoint) -> Option<WireResponse> {
    use RefusalKind as Kind;
    Some(match kind {
        Kind::MethodNotAllowed if endpoint != Endpoint::Token => Route::refuse_method(crate::ROUTES, endpoint),
        Kind::UnsupportedMediaType if TAKES_FORMS_ALONE.contains(&endpoint) => uncached(WireResponse::empty(415)),
        Kind::Internal => uncached(WireResponse::empty(500)),
        Kind::PayloadTooLarge => code(413, "invalid_request"),
        Kind::RequestTimeout => code(408, "invalid_request"),
        Kind::RateLimited { retry_after } => code(429, "slow_down").with("Retry-After", retry_after.to_string()),
        Kind::Unavailable { retry_after } => {
            code(503, "temporarily_unavailable").with("Retry-After", retry_after.to_string())
        }
        _ => return None,
    })
}

/// The answers of the token endpoint, and of any other that has none of its own.
fn token(kind: &RefusalKind, invalid_client_status: u16) -> WireResponse {
    use RefusalKind as Kind;
    match kind {
        Kind::InvalidClient | Kind::ClientDisabled => {
            let response = code(invalid_client_status, "invalid_client");
            match invalid_client_status {
                401 => response.with("WWW-Authenticate", "Basic realm=\"IdentityServer\""),
                _ => response,
            }
        }
        Kind::InvalidGrant | Kind::UserGone => code(400, "invalid_grant"),
        Kind::UnauthorizedClient => code(400, "unauthorized_client"),
        Kind::UnsupportedGrantType => code(400, "unsupported_grant_type"),
        Kind::UnsupportedTokenType => code(400, "unsupported_token_type"),
        Kind::InvalidScope(_) | Kind::ScopeNotPermitted { .. } | Kind::InsufficientScope { .. } => {
            code(400, "invalid_scope")
        }
        Kind::AccessDenied => code(400, "access_denied"),
        _ => code(400, "invalid_request"),
    }
}

/// Forward auth answers as the vendor's API; what the API documents no problem for has none.
fn problem(kind: &RefusalKind) -> Option<WireResponse> {
    use RefusalKind as Kind;
    let (status, kind, title) = match kind {
        Kind::InvalidToken(TokenFault::Missing) => {
            (401, "https://docs.bright.hr/problems#unauthorized", "Unauthorized")
        }
        Kind::InvalidToken(TokenFault::Expired) => {
            (401, "https://docs.bright.hr/problems#token-expired", "Token Expired")
        }
        Kind::InvalidToken(TokenFault::Invalid)
        | Kind::InvalidClient
        | Kind::ClientDisabled
        | Kind::InvalidGrant
        | Kind::UserGone => (401, "https://docs.bright.hr/problems#invalid-token", "Invalid Token"),
        Kind::UserRequired
        | Kind::InsufficientScope { .. }
        | Kind::ScopeNotPermitted { .. }
        | Kind::UnauthorizedClient
        | Kind::AccessDenied => (403, "https://docs.bright.hr/problems#forbidden", "Forbidden"),
        _ => return None,
    };
    Some(uncached(respond::json(status, "application/problem+json", &Problem { kind, title, status })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{context, dialect, refuse, stage};
    use dialect::Dialect;
    use grant::{PublicError, RequestFault, ScopeFault, Seconds};
    use serde_json::{Value, json};

    fn said(kind: &RefusalKind, endpoint: Endpoint) -> (u16, String) {
        let response = refuse(kind, endpoint);
        (response.status, String::from_utf8(response.body).unwrap())
    }

    #[test]
    fn refused_pairs_come_out_byte_for_byte() {
        use RefusalKind as Kind;
        for (pair, kind, endpoint) in [
            ("BH-12", Kind::InvalidGrant, Endpoint::Token),
            ("BH-19", Kind::InvalidRequest(RequestFault::Missing("refresh_token".into())), Endpoint::Token),
            ("BH-31", Kind::UserRequired, Endpoint::Verify),
            ("BH-32", Kind::InvalidToken(TokenFault::Missing), Endpoint::Verify),
            ("BH-34", Kind::InvalidToken(TokenFault::Invalid), Endpoint::Verify),
        ] {
            stage().assert_answer(pair, &refuse(&kind, endpoint));
        }
    }

    #[test]
    fn t65_every_kind_has_its_row_at_the_token_endpoint() {
        for kind in RefusalKind::samples() {
            let (status, body) = match kind.code() {
                "internal" => (500, None),
                "payload_too_large" => (413, Some("invalid_request")),
                "request_timeout" => (408, Some("invalid_request")),
                "rate_limited" => (429, Some("slow_down")),
                "unavailable" => (503, Some("temporarily_unavailable")),
                "client_disabled" => (400, Some("invalid_client")),
                "scope_not_permitted" | "insufficient_scope" => (400, Some("invalid_scope")),
                "user_gone" => (400, Some("invalid_grant")),
                "method_not_allowed"
                | "unsupported_media_type"
                | "unsupported_response_type"
                | "login_required"
                | "invalid_target"
                | "authorization_pending"
                | "slow_down"
                | "expired_token"
                | "consent_required"
                | "invalid_token"
                | "user_required" => (400, Some("invalid_request")),
                same => (400, Some(same)),
            };
            let body = body.map_or(String::new(), |code| json!({"error": code}).to_string());
            assert_eq!(said(&kind, Endpoint::Token), (status, body), "{kind:?}");
            let response = refuse(&kind, Endpoint::Token);
            assert_eq!(response.header("cache-control"), Some("no-store, no-cache, max-age=0"), "{kind:?}");
            assert_eq!(response.header("pragma"), Some("no-cache"), "{kind:?}");
            assert_eq!(response.header("retry-after").is_some(), [429, 503].contains(&status), "{kind:?}");
            assert_eq!(response.header("www-authenticate"), None, "{kind:?}");
        }
    }

    #[test]
    fn forward_auth_answers_the_tokens_faults_with_problems() {
        for kind in RefusalKind::samples() {
            let response = refuse(&kind, Endpoint::Verify);
            let is_problem = response.header("content-type") == Some("application/problem+json");
            assert_eq!(is_problem, [401, 403].contains(&response.status), "{kind:?}");
        }
        let expired = RefusalKind::InvalidToken(TokenFault::Expired);
        let body = r#"{"type":"https://docs.bright.hr/problems#token-expired","title":"Token Expired","status":401}"#;
        assert_eq!(said(&expired, Endpoint::Verify), (401, body.to_owned()));
        let scope = RefusalKind::InsufficientScope { scope: None };
        assert_eq!(said(&scope, Endpoint::Verify), said(&RefusalKind::UserRequired, Endpoint::Verify));
    }

    #[test]
    fn a_wrong_method_is_405_everywhere_but_at_the_token_endpoint() {
        for (endpoint, allow) in [
            (Endpoint::Authorize, "GET, POST"),
            (Endpoint::UserInfo, "GET, POST"),
            (Endpoint::Introspect, "POST"),
            (Endpoint::Revoke, "POST"),
            (Endpoint::EndSession, "GET, POST"),
            (Endpoint::Discovery, "GET"),
            (Endpoint::Jwks, "GET"),
            (Endpoint::Verify, "GET"),
        ] {
            let response = refuse(&RefusalKind::MethodNotAllowed, endpoint);
            assert_eq!(response, WireResponse::empty(405).with("Allow", allow));
        }
    }

    #[test]
    fn a_body_that_is_no_form_is_415_but_at_the_token_endpoint() {
        for endpoint in [Endpoint::Authorize, Endpoint::Introspect, Endpoint::Revoke, Endpoint::EndSession] {
            let response = refuse(&RefusalKind::UnsupportedMediaType, endpoint);
            assert_eq!((response.status, response.body.len()), (415, 0), "{endpoint:?}");
        }
    }

    #[test]
    fn in_the_browser_a_refusal_is_the_standards_code() {
        for endpoint in [Endpoint::Authorize, Endpoint::EndSession] {
            for kind in RefusalKind::samples() {
                let (status, body) = said(&kind, endpoint);
                match kind.code() {
                    "method_not_allowed" => assert_eq!((status, &*body), (405, "")),
                    "unsupported_media_type" => assert_eq!((status, &*body), (415, "")),
                    "internal" => assert_eq!((status, &*body), (500, "")),
                    "payload_too_large" | "request_timeout" | "rate_limited" | "unavailable" => {
                        assert_eq!((status, body), said(&kind, Endpoint::Token));
                    }
                    _ => {
                        let wanted = json!({"error": dialect::authorize::error_code(&kind)}).to_string();
                        assert_eq!((status, body), (400, wanted), "{kind:?} at {endpoint:?}");
                    }
                }
            }
        }
        let body = r#"{"error":"login_required"}"#;
        assert_eq!(said(&RefusalKind::LoginRequired, Endpoint::Authorize), (400, body.to_owned()));
    }

    #[test]
    fn invalid_client_may_be_401_with_a_challenge() {
        let dialect = dialect(json!({"invalid_client_status": 401}));
        let refuse = |kind: &RefusalKind, endpoint| dialect.encode_error(PublicError { kind }, &context(endpoint));
        for endpoint in [Endpoint::Token, Endpoint::Revoke] {
            for kind in [RefusalKind::InvalidClient, RefusalKind::ClientDisabled] {
                let response = refuse(&kind, endpoint);
                assert_eq!((response.status, &*response.body), (401, &br#"{"error":"invalid_client"}"#[..]));
                assert_eq!(response.header("www-authenticate"), Some("Basic realm=\"IdentityServer\""));
            }
            let response = refuse(&RefusalKind::InvalidGrant, endpoint);
            assert_eq!((response.status, response.header("www-authenticate")), (400, None));
        }
    }

    #[test]
    fn waits_are_told_in_seconds() {
        let response = refuse(&RefusalKind::Unavailable { retry_after: Seconds(17) }, Endpoint::UserInfo);
        assert_eq!((response.status, response.header("retry-after")), (503, Some("17")));
    }

    #[test]
    fn t64_no_error_repeats_what_the_request_held() {
        for endpoint in Endpoint::ALL {
            for kind in [
                RefusalKind::InvalidScope(ScopeFault::Unknown("hush".into())),
                RefusalKind::InvalidRequest(RequestFault::Malformed("hush".into())),
            ] {
                assert!(!said(&kind, endpoint).1.contains("hush"));
            }
        }
    }

    #[test]
    fn error_bodies_are_json() {
        for endpoint in Endpoint::ALL {
            for kind in RefusalKind::samples() {
                let response = refuse(&kind, endpoint);
                let parsed: Option<Value> = serde_json::from_slice(&response.body).ok();
                assert_eq!(parsed.is_some(), response.header("content-type").is_some(), "{kind:?} at {endpoint:?}");
            }
        }
    }
}
