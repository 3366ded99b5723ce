//! Writes replies and errors.

use crate::Errors;
use dialect::{Route, WireResponse, authorize, respond};
use grant::{Endpoint, RefusalKind, Reply, Seconds, TokenReply};
use serde::Serialize;

const JSON: &str = "application/json";

#[derive(Serialize)]
struct TokenBody<'a> {
    scope: String,
    token_type: &'static str,
    access_token: &'a str,
    expires_in: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    error: &'static str,
    error_description: &'static str,
}

/// The answer to a request that was granted, or at authorize refused; any other reply has no path to be asked for.
pub(crate) fn reply(reply: &Reply, issuer: &str) -> WireResponse {
    match reply {
        Reply::Token(reply) => token(reply),
        Reply::Authorize(reply) => authorize::answer(reply, issuer, |_| None),
        _ => WireResponse::empty(404),
    }
}

fn token(reply: &TokenReply) -> WireResponse {
    let TokenReply { access_token, expires_in, id_token, refresh_token, scopes, .. } = reply;
    let body = TokenBody {
        scope: scopes.joined(),
        token_type: "Bearer",
        access_token: access_token.as_str(),
        expires_in: *expires_in,
        id_token: id_token.as_ref().map(grant::IssuedToken::as_str),
        refresh_token: refresh_token.as_ref().map(grant::IssuedToken::as_str),
    };
    respond::uncached(respond::json(200, JSON, &body))
}

/// The answer to a refused request, at the token endpoint, the gateway's own authorize, or forward auth.
pub(crate) fn error(kind: &RefusalKind, endpoint: Endpoint, errors: Errors) -> WireResponse {
    if !matches!(endpoint, Endpoint::Token | Endpoint::Authorize | Endpoint::Verify) {
        return WireResponse::empty(404);
    }
    let (status, sentence) = row(kind);
    if status == 405 {
        return Route::refuse_method(&[crate::TOKEN_ROUTE, crate::AUTHORIZE], endpoint);
    }
    let body = match errors {
        Errors::Literal => ErrorBody { error: "Forbidden", error_description: "permission denied" },
        Errors::Realistic => ErrorBody { error: respond::reason_phrase(status), error_description: sentence },
    };
    let response = respond::uncached(respond::json(status, JSON, &body));
    match kind {
        _ if status == 401 && endpoint == Endpoint::Verify => {
            response.with("WWW-Authenticate", "Bearer realm=\"Screening Eagle ID\"")
        }
        // At authorize a browser would ask the user for what only the client has.
        _ if status == 401 && endpoint == Endpoint::Token => {
            response.with("WWW-Authenticate", "Basic realm=\"Screening Eagle ID\"")
        }
        RefusalKind::RateLimited { retry_after } | RefusalKind::Unavailable { retry_after } => {
            response.with("Retry-After", retry_after.to_string())
        }
        _ => response,
    }
}

/// Status, and what the realistic mode says of it.
const fn row(kind: &RefusalKind) -> (u16, &'static str) {
    use RefusalKind as Kind;
    match kind {
        Kind::UnsupportedMediaType => (400, "The body must be application/x-www-form-urlencoded."),
        Kind::InvalidRequest(_) => (400, "A parameter is missing, repeated or malformed."),
        Kind::InvalidGrant => (400, "The code or refresh token is invalid, expired or already used."),
        Kind::AuthorizationPending => (400, "The user has not decided yet."),
        Kind::SlowDown => (400, "The user has not decided yet, and is asked about too often."),
        Kind::ExpiredToken => (400, "The user did not decide in time."),
        Kind::UnsupportedResponseType => (400, "The response_type is not supported."),
        Kind::InvalidTarget => (400, "What the token is to be for is not known."),
        Kind::UnsupportedTokenType => (400, "The token_type_hint is not supported."),
        Kind::UnsupportedGrantType => (400, "The grant_type is not supported."),
        Kind::InvalidScope(_) => (400, "A requested scope is unknown or cannot be granted."),
        Kind::InvalidClient => (401, "The client credentials are missing or wrong."),
        Kind::InvalidToken(_) => (401, "The access token is missing, invalid or expired."),
        Kind::ClientDisabled => (403, "The client is disabled."),
        Kind::UnauthorizedClient => (403, "The client may not use this grant."),
        Kind::ScopeNotPermitted { .. } => (403, "The client may not be granted a requested scope."),
        Kind::InsufficientScope { .. } => (403, "The access token lacks a required scope."),
        Kind::UserRequired => (403, "The access token acts for no user."),
        Kind::AccessDenied => (403, "The user denied the request."),
        Kind::LoginRequired => (403, "The user must sign in."),
        Kind::ConsentRequired => (403, "The user must consent."),
        Kind::UserGone => (404, "The user that the client acts for does not exist."),
        Kind::MethodNotAllowed => (405, ""),
        Kind::RequestTimeout => (408, "The request body did not arrive in time."),
        Kind::PayloadTooLarge => (413, "The request body is too large."),
        Kind::RateLimited { .. } => (429, "Too many token requests."),
        Kind::Internal => (500, "An internal error occurred."),
        Kind::Unavailable { .. } => (503, "The service is temporarily unavailable."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{context, dialect};
    use dialect::Dialect;
    use grant::{AuthorizeOutcome, AuthorizeReply, PublicError, RequestFault, ResponseMode, ScopeFault, Scopes};
    use serde_json::{Value, json};
    use std::collections::HashSet;

    const LITERAL: &str = r#"{"error":"Forbidden","errorDescription":"permission denied"}"#;

    fn refuse(kind: &RefusalKind, endpoint: Endpoint, settings: Value) -> WireResponse {
        dialect(settings).encode_error(PublicError { kind }, &context(endpoint))
    }

    fn expected(kind: &RefusalKind) -> u16 {
        match kind.code() {
            "invalid_client" | "invalid_token" => 401,
            "client_disabled"
            | "unauthorized_client"
            | "scope_not_permitted"
            | "insufficient_scope"
            | "user_required"
            | "access_denied"
            | "login_required"
            | "consent_required" => 403,
            "user_gone" => 404,
            "method_not_allowed" => 405,
            "request_timeout" => 408,
            "payload_too_large" => 413,
            "rate_limited" => 429,
            "internal" => 500,
            "unavailable" => 503,
            _ => 400,
        }
    }

    #[test]
    fn se_27_realistic_says_the_reason_phrase_and_a_sentence() {
        let realistic = json!({"errors": "realistic"});
        let response = refuse(&RefusalKind::InvalidClient, Endpoint::Token, realistic.clone());
        let body = r#"{"error":"Unauthorized","errorDescription":"The client credentials are missing or wrong."}"#;
        assert_eq!((response.status, std::str::from_utf8(&response.body).unwrap()), (401, body));
        let mut sentences = HashSet::new();
        for kind in RefusalKind::samples().iter().filter(|kind| **kind != RefusalKind::MethodNotAllowed) {
            let response = refuse(kind, Endpoint::Token, realistic.clone());
            let body: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!(body["error"], respond::reason_phrase(response.status), "{kind:?}");
            assert_ne!(body["error"], "");
            assert!(sentences.insert(body["errorDescription"].to_string()), "{kind:?} has a sentence of its own");
        }
    }

    #[test]
    fn t65_every_kind_has_its_status_and_literal_body() {
        for (endpoint, scheme) in
            [(Endpoint::Token, Some("Basic")), (Endpoint::Verify, Some("Bearer")), (Endpoint::Authorize, None)]
        {
            for kind in RefusalKind::samples() {
                let response = refuse(&kind, endpoint, json!({}));
                assert_eq!(response.status, expected(&kind), "{kind:?}");
                if response.status == 405 {
                    assert!(response.body.is_empty() && response.header("allow").is_some());
                    continue;
                }
                assert_eq!(std::str::from_utf8(&response.body).unwrap(), LITERAL, "{kind:?}");
                assert_eq!(response.header("content-type"), Some("application/json"));
                assert_eq!(response.header("cache-control"), Some("no-store"), "{kind:?}");
                let scheme = scheme.filter(|_| response.status == 401);
                let challenge = scheme.map(|scheme| format!("{scheme} realm=\"Screening Eagle ID\""));
                assert_eq!(response.header("www-authenticate"), challenge.as_deref(), "{kind:?} at {endpoint:?}");
                let waits = [429, 503].contains(&response.status);
                assert_eq!(response.header("retry-after").is_some(), waits, "{kind:?}");
            }
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        for (endpoint, allow) in
            [(Endpoint::Token, "POST"), (Endpoint::Authorize, "GET, POST"), (Endpoint::Verify, "GET")]
        {
            let response = refuse(&RefusalKind::MethodNotAllowed, endpoint, json!({}));
            assert_eq!(response, WireResponse::empty(405).with("Allow", allow));
        }
    }

    #[test]
    fn t35_authorize_answers_as_the_standard_does_and_names_its_issuer() {
        let told = |outcome| {
            let redirect_uri = "https://client.test/cb".to_owned();
            let (state, mode) = (Some("s t".into()), ResponseMode::Query);
            let (session_state, client, user) = (None, None, None);
            let reply = AuthorizeReply { redirect_uri, mode, state, session_state, client, user, outcome };
            let response = dialect(json!({})).encode(&Reply::Authorize(reply), &context(Endpoint::Authorize));
            assert_eq!((response.status, response.header("cache-control")), (302, Some("no-store")));
            response.header("location").unwrap().to_owned()
        };
        let code = AuthorizeOutcome::Code { code: "C".to_owned().into(), scopes: Scopes::empty() };
        let end = "state=s%20t&iss=Screening%20Eagle%20ID";
        assert_eq!(told(code), format!("https://client.test/cb?code=C&{end}"));
        let refused = AuthorizeOutcome::Refused(RefusalKind::InvalidScope(ScopeFault::NoneLeft));
        assert_eq!(told(refused), format!("https://client.test/cb?error=invalid_scope&{end}"));
    }

    #[test]
    fn retry_after_tells_the_wait() {
        let response = refuse(&RefusalKind::RateLimited { retry_after: Seconds(17) }, Endpoint::Token, json!({}));
        assert_eq!(response.header("retry-after"), Some("17"));
    }

    #[test]
    fn t64_no_error_repeats_what_the_request_held() {
        for mode in ["literal", "realistic"] {
            for kind in [
                RefusalKind::InvalidScope(ScopeFault::Unknown("hush".into())),
                RefusalKind::InvalidRequest(RequestFault::Malformed("hush".into())),
            ] {
                let response = refuse(&kind, Endpoint::Token, json!({"errors": mode}));
                assert!(!String::from_utf8(response.body).unwrap().contains("hush"));
            }
        }
    }

    #[test]
    fn what_the_vendor_does_not_have_is_an_empty_404() {
        let context = context(Endpoint::UserInfo);
        for reply in [Reply::Introspection(None), Reply::Revoked, Reply::Jwks(Vec::new())] {
            assert_eq!(dialect(json!({})).encode(&reply, &context), WireResponse::empty(404));
        }
        let refused = refuse(&RefusalKind::InvalidClient, Endpoint::UserInfo, json!({}));
        assert_eq!(refused, WireResponse::empty(404));
    }
}
