//! Writes replies and errors: OAuth 2.0's error body at the token endpoint, `message` where a bearer token is refused.

use crate::ROUTES;
use dialect::{Route, WireResponse, respond};
use grant::{Endpoint, RefusalKind, Reply, RequestFault, ScopeFault, Seconds, TokenFault};
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct Success<'a> {
    r#type: &'static str,
    access_token: &'a str,
    expires_in: Seconds,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserInfo<'a> {
    customer_id: &'a str,
}

#[derive(Serialize)]
struct OauthError<'a> {
    error: &'static str,
    error_description: &'a str,
}

#[derive(Serialize)]
struct Refused {
    message: &'static str,
}

/// The token and userinfo replies; any other is for an endpoint that the vendor lacks.
pub(crate) fn reply(reply: &Reply, also_token_type: bool) -> WireResponse {
    match reply {
        Reply::Token(token) => json(
            200,
            &Success {
                r#type: "Bearer",
                access_token: token.access_token.as_str(),
                expires_in: token.expires_in,
                scope: token.scopes.joined(),
                token_type: also_token_type.then_some("Bearer"),
            },
        ),
        Reply::UserInfo(identity) => json(200, &UserInfo { customer_id: &identity.facts.subject }),
        _ => WireResponse::empty(404),
    }
}

/// The row of `kind`. Kinds that no request to this vendor can end in take the nearest row, for a scenario may force
/// any of them.
pub(crate) fn error(kind: &RefusalKind, endpoint: Endpoint) -> WireResponse {
    use RefusalKind as K;
    let at_resource = matches!(endpoint, Endpoint::UserInfo | Endpoint::Verify);
    match kind {
        K::MethodNotAllowed => Route::refuse_method(ROUTES, endpoint),
        K::InvalidToken(TokenFault::Missing) => unauthorized("Bearer realm=\"Bits\""),
        K::InvalidToken(TokenFault::Invalid | TokenFault::Expired) => invalid_token(),
        // At a resource all that can be wrong with the client or the grant is the token that stands for them.
        K::InvalidClient | K::ClientDisabled | K::InvalidGrant | K::UserGone if at_resource => invalid_token(),
        K::InvalidClient | K::ClientDisabled => oauth(401, "invalid_client", "Client authentication failed")
            .with("WWW-Authenticate", "Basic realm=\"Bits\""),
        K::InsufficientScope { .. } | K::UserRequired => forbidden(),
        K::ScopeNotPermitted { .. }
        | K::AccessDenied
        | K::ConsentRequired
        | K::LoginRequired
        | K::UnauthorizedClient
            if at_resource =>
        {
            forbidden()
        }
        K::UnsupportedMediaType => {
            oauth(400, "invalid_request", "Content-Type must be application/x-www-form-urlencoded")
        }
        K::PayloadTooLarge => oauth(413, "invalid_request", "Request body too large"),
        K::RequestTimeout => oauth(408, "invalid_request", "Request timed out"),
        K::InvalidRequest(fault) => oauth(400, "invalid_request", &request_detail(fault)),
        K::InvalidGrant | K::UserGone | K::AuthorizationPending | K::SlowDown | K::ExpiredToken => {
            oauth(400, "invalid_grant", "Invalid grant")
        }
        K::UnauthorizedClient => oauth(400, "unauthorized_client", "Grant type not permitted"),
        K::UnsupportedGrantType => oauth(400, "unsupported_grant_type", "Unsupported grant type"),
        K::InvalidScope(fault) => oauth(400, "invalid_scope", &scope_detail(fault)),
        K::ScopeNotPermitted { scope } => oauth(400, "invalid_scope", &format!("Invalid scope: {scope}")),
        K::AccessDenied | K::ConsentRequired | K::LoginRequired => oauth(400, "access_denied", "Access denied"),
        K::UnsupportedResponseType | K::UnsupportedTokenType | K::InvalidTarget => {
            oauth(400, "invalid_request", "Not supported")
        }
        K::RateLimited { retry_after } => {
            oauth(429, "slow_down", "Too many requests").with("Retry-After", retry_after.to_string())
        }
        K::Unavailable { retry_after } => oauth(503, "temporarily_unavailable", "Service temporarily unavailable")
            .with("Retry-After", retry_after.to_string()),
        K::Internal => oauth(500, "server_error", "Internal server error"),
    }
}

fn request_detail(fault: &RequestFault) -> Cow<'static, str> {
    match fault {
        RequestFault::Missing(name) => format!("Missing parameter: {name}").into(),
        RequestFault::Repeated(name) => format!("Repeated parameter: {name}").into(),
        RequestFault::Malformed(name) => format!("Malformed parameter: {name}").into(),
        RequestFault::MissingClaim(claim) => format!("Missing claim: {claim}").into(),
        RequestFault::InvalidClaim(claim) => format!("Invalid claim: {claim}").into(),
        RequestFault::CredentialsTwice => "Multiple client credentials".into(),
        RequestFault::Unreadable => "Malformed request body".into(),
    }
}

fn scope_detail(fault: &ScopeFault) -> Cow<'static, str> {
    match fault {
        ScopeFault::Unknown(name) => format!("Invalid scope: {name}").into(),
        ScopeFault::NotHere(scope) => format!("Invalid scope: {scope}").into(),
        ScopeFault::Exclusive(scope) => format!("{scope} cannot be combined").into(),
        ScopeFault::NoneLeft => "No scope to grant".into(),
    }
}

fn oauth(status: u16, error: &'static str, error_description: &str) -> WireResponse {
    json(status, &OauthError { error, error_description })
}

fn invalid_token() -> WireResponse {
    unauthorized("Bearer realm=\"Bits\", error=\"invalid_token\"")
}

fn unauthorized(challenge: &'static str) -> WireResponse {
    json(401, &Refused { message: "Unauthorized" }).with("WWW-Authenticate", challenge)
}

fn forbidden() -> WireResponse {
    json(403, &Refused { message: "Forbidden" })
}

fn json(status: u16, body: &impl Serialize) -> WireResponse {
    respond::uncached(respond::json(status, "application/json", body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::{GrantType, Scope, Scopes, TokenReply};

    fn answer(kind: &RefusalKind, endpoint: Endpoint) -> (u16, String) {
        let response = error(kind, endpoint);
        (response.status, String::from_utf8(response.body).unwrap())
    }

    fn oauth_body(code: &str, description: &str) -> String {
        format!(r#"{{"error":"{code}","error_description":"{description}"}}"#)
    }

    fn message(text: &str) -> String {
        format!(r#"{{"message":"{text}"}}"#)
    }

    #[test]
    fn every_kind_has_its_row_at_the_token_endpoint() {
        let media = "Content-Type must be application/x-www-form-urlencoded";
        for kind in RefusalKind::samples() {
            let (status, code, description) = match kind.code() {
                "method_not_allowed" => {
                    assert_eq!(error(&kind, Endpoint::Token), WireResponse::empty(405).with("Allow", "POST"));
                    continue;
                }
                "invalid_token" => {
                    assert_eq!(answer(&kind, Endpoint::Token), (401, message("Unauthorized")));
                    continue;
                }
                "insufficient_scope" | "user_required" => {
                    assert_eq!(answer(&kind, Endpoint::Token), (403, message("Forbidden")));
                    continue;
                }
                "unsupported_media_type" => (400, "invalid_request", media),
                "payload_too_large" => (413, "invalid_request", "Request body too large"),
                "request_timeout" => (408, "invalid_request", "Request timed out"),
                "invalid_request" => (400, "invalid_request", "Malformed request body"),
                "invalid_client" | "client_disabled" => (401, "invalid_client", "Client authentication failed"),
                "invalid_grant" | "user_gone" | "authorization_pending" | "slow_down" | "expired_token" => {
                    (400, "invalid_grant", "Invalid grant")
                }
                "unauthorized_client" => (400, "unauthorized_client", "Grant type not permitted"),
                "unsupported_grant_type" => (400, "unsupported_grant_type", "Unsupported grant type"),
                "invalid_scope" => (400, "invalid_scope", "No scope to grant"),
                "scope_not_permitted" => (400, "invalid_scope", "Invalid scope: scope"),
                "access_denied" | "consent_required" | "login_required" => (400, "access_denied", "Access denied"),
                "unsupported_response_type" | "unsupported_token_type" | "invalid_target" => {
                    (400, "invalid_request", "Not supported")
                }
                "rate_limited" => (429, "slow_down", "Too many requests"),
                "unavailable" => (503, "temporarily_unavailable", "Service temporarily unavailable"),
                "internal" => (500, "server_error", "Internal server error"),
                code => panic!("{code} has no row"),
            };
            assert_eq!(answer(&kind, Endpoint::Token), (status, oauth_body(code, description)), "{kind:?}");
        }
    }

    #[test]
    fn faults_of_a_request_have_their_sentences() {
        let invalid = |fault| answer(&RefusalKind::InvalidRequest(fault), Endpoint::Token);
        for (fault, description) in [
            (RequestFault::Missing("grant_type".into()), "Missing parameter: grant_type"),
            (RequestFault::Repeated("a\"b".into()), "Repeated parameter: a?b"),
            (RequestFault::Malformed("scope".into()), "Malformed parameter: scope"),
            (RequestFault::MissingClaim("redirect_url".into()), "Missing claim: redirect_url"),
            (RequestFault::InvalidClaim("workflow_id".into()), "Invalid claim: workflow_id"),
            (RequestFault::CredentialsTwice, "Multiple client credentials"),
        ] {
            assert_eq!(invalid(fault), (400, oauth_body("invalid_request", description)));
        }
        let session = Scope::new("application.session").unwrap();
        let exclusive = RefusalKind::InvalidScope(ScopeFault::Exclusive(session));
        let combined = oauth_body("invalid_scope", "application.session cannot be combined");
        assert_eq!(answer(&exclusive, Endpoint::Token), (400, combined));
    }

    #[test]
    fn the_challenge_fits_the_credential() {
        let challenge = |kind: &RefusalKind, endpoint| {
            let response = error(kind, endpoint);
            assert_eq!(response.status, 401);
            response.header("www-authenticate").unwrap().to_owned()
        };
        for kind in [RefusalKind::InvalidClient, RefusalKind::ClientDisabled] {
            assert_eq!(challenge(&kind, Endpoint::Token), r#"Basic realm="Bits""#);
            assert_eq!(challenge(&kind, Endpoint::UserInfo), r#"Bearer realm="Bits", error="invalid_token""#);
        }
        for endpoint in [Endpoint::UserInfo, Endpoint::Verify] {
            let missing = RefusalKind::InvalidToken(TokenFault::Missing);
            assert_eq!(challenge(&missing, endpoint), r#"Bearer realm="Bits""#);
            for fault in [TokenFault::Invalid, TokenFault::Expired] {
                let invalid = challenge(&RefusalKind::InvalidToken(fault), endpoint);
                assert_eq!(invalid, r#"Bearer realm="Bits", error="invalid_token""#);
            }
        }
    }

    #[test]
    fn a_resource_refuses_with_a_message() {
        for kind in RefusalKind::samples() {
            let expected = match kind.code() {
                "invalid_client" | "client_disabled" | "invalid_grant" | "user_gone" | "invalid_token" => {
                    (401, message("Unauthorized"))
                }
                "scope_not_permitted"
                | "insufficient_scope"
                | "user_required"
                | "access_denied"
                | "consent_required"
                | "login_required"
                | "unauthorized_client" => (403, message("Forbidden")),
                "method_not_allowed" => continue,
                _ => answer(&kind, Endpoint::Token),
            };
            assert_eq!(answer(&kind, Endpoint::UserInfo), expected, "{kind:?}");
            assert_eq!(answer(&kind, Endpoint::Verify), expected, "{kind:?}");
        }
        assert_eq!(error(&RefusalKind::MethodNotAllowed, Endpoint::UserInfo).header("allow"), Some("GET"));
    }

    #[test]
    fn waits_are_told() {
        for kind in
            [RefusalKind::RateLimited { retry_after: Seconds(7) }, RefusalKind::Unavailable { retry_after: Seconds(7) }]
        {
            assert_eq!(error(&kind, Endpoint::Token).header("retry-after"), Some("7"));
        }
    }

    #[test]
    fn the_standards_token_type_is_appended_where_it_is_switched_on() {
        let token = Reply::Token(TokenReply {
            grant_type: GrantType::ClientCredentials,
            access_token: "t".to_owned().into(),
            expires_in: Seconds(60),
            id_token: None,
            refresh_token: None,
            scopes: Scopes::parse("application.read application").unwrap(),
            scope_requested: true,
            facts: grant::Granted::default(),
        });
        let four = r#"{"type":"Bearer","access_token":"t","expires_in":60,"scope":"application.read application""#;
        assert_eq!(reply(&token, false).body, format!("{four}}}").into_bytes());
        assert_eq!(reply(&token, true).body, format!(r#"{four},"token_type":"Bearer"}}"#).into_bytes());
    }

    #[test]
    fn a_reply_that_the_vendor_lacks_is_not_found() {
        for lacking in [Reply::Revoked, Reply::Introspection(None), Reply::Jwks(Vec::new())] {
            assert_eq!(reply(&lacking, false), WireResponse::empty(404));
        }
    }
}
