//! The introspection endpoint (RFC 7662) as IdentityServer has it.

use crate::encode::{code, json, uncached};
use dialect::WireResponse;
use grant::{Claims, Identity, RefusalKind, RequestFault};

/// What a token is worth: all of its claims but the scopes, which come last and as one string.
pub(crate) fn answer(identity: Option<&Identity>) -> WireResponse {
    let mut body = Claims::empty();
    for (name, value) in
        identity.iter().flat_map(|identity| identity.claims.iter()).filter(|(name, _)| *name != "scope")
    {
        body.set(name, value.clone());
    }
    body.set("active", identity.is_some().into());
    if let Some(identity) = identity {
        body.set("scope", identity.facts.scopes.joined().into());
    }
    json(200, &body)
}

/// The refusals that are this endpoint's own: a caller that is not authenticated, and a request without a token.
pub(crate) fn refusal(kind: &RefusalKind) -> Option<WireResponse> {
    match kind {
        RefusalKind::InvalidClient | RefusalKind::ClientDisabled => Some(uncached(WireResponse::empty(401))),
        RefusalKind::InvalidRequest(RequestFault::Missing(name)) if name == "token" => Some(code(400, "missing_token")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{FORM, alice, app, context, dialect, refuse, sent};
    use dialect::Dialect;
    use grant::{Call, Endpoint, IntrospectRequest, Refusal, Reply};
    use secrecy::ExposeSecret;
    use serde_json::json;

    fn asked(headers: &[(&str, &[u8])], body: &str) -> Result<IntrospectRequest, Refusal> {
        match sent(Endpoint::Introspect, "POST", headers, body)? {
            Call::Introspect(request) => Ok(request),
            other => panic!("{other:?}"),
        }
    }

    const BASIC: (&str, &[u8]) = ("authorization", b"Basic Y2wlM0E6cyUzQSUyNSs=");

    #[test]
    fn the_caller_comes_in_the_header_or_in_the_body() {
        let request = asked(&[BASIC, FORM], "token=t&token_type_hint=access_token").unwrap();
        let client = request.client.unwrap();
        assert_eq!((client.id.as_str(), client.secret.unwrap().expose_secret()), ("cl:", "s:% "));
        assert_eq!(request.token.unwrap().expose_secret(), "t");
        let client = asked(&[FORM], "token=t&client_id=c&client_secret=s").unwrap().client.unwrap();
        assert_eq!((client.id.as_str(), client.secret.unwrap().expose_secret()), ("c", "s"));
    }

    #[test]
    fn findings_are_kept_and_what_is_ambiguous_is_refused() {
        let request = asked(&[FORM], "token=").unwrap();
        assert_eq!(request.client.unwrap_err().kind, RefusalKind::InvalidClient);
        assert!(request.token.is_none());
        let long = format!("token=t&client_secret=s&client_id={}", "c".repeat(101));
        assert_eq!(asked(&[FORM], &long).unwrap().client.unwrap_err().kind, RefusalKind::InvalidClient);
        for body in ["token=a&token=b", "token=t&client_id=cl:&client_secret=s"] {
            assert_eq!(asked(&[BASIC, FORM], body).unwrap_err().kind.code(), "invalid_request", "{body}");
        }
        assert_eq!(asked(&[BASIC], "token=t").unwrap_err().kind, RefusalKind::UnsupportedMediaType);
        let refused = sent(Endpoint::Introspect, "GET", &[], "").unwrap_err();
        assert_eq!(refused.kind, RefusalKind::MethodNotAllowed);
    }

    fn told(identity: Option<Identity>) -> String {
        let response = dialect(json!({})).encode(&Reply::Introspection(identity), &context(Endpoint::Introspect));
        assert_eq!((response.status, response.header("pragma")), (200, Some("no-cache")));
        assert_eq!(response.header("content-type"), Some("application/json; charset=UTF-8"));
        assert_eq!(response.header("cache-control"), Some("no-store, no-cache, max-age=0"));
        String::from_utf8(response.body).unwrap()
    }

    #[test]
    fn a_live_token_tells_its_claims_then_that_it_lives_then_its_scopes() {
        let dialect = dialect(json!({}));
        let told_of_app = told(Some(app("company:read employee:read").identity(&dialect)));
        let wanted = concat!(
            r#"{"iss":"https://sandbox-login.brighthr.com","nbf":1715861418,"iat":1715861418,"exp":1715865018,"#,
            r#""client_id":"app-ok","jti":"0123456789ABCDEF0123456789ABCDEF","#,
            r#""active":true,"scope":"company:read employee:read"}"#,
        );
        assert_eq!(told_of_app, wanted);
        let told_of_user = told(Some(alice("openid email").identity(&dialect)));
        let (start, end) = (r#""exp":1715865018,"amr":["pwd"],"client_id":"web","sub":"#, r#""active":true,"scope":"#);
        assert!(told_of_user.contains(start) && told_of_user.contains(r#""permissions":["employee.read"]"#));
        assert!(told_of_user.ends_with(&format!(r#"{end}"openid email"}}"#)), "{told_of_user}");
    }

    #[test]
    fn a_token_without_a_claim_of_its_scopes_tells_them_too() {
        let mut identity = alice("openid email").identity(&dialect(json!({})));
        identity.claims = serde_json::from_value(json!({"sub": "u"})).unwrap();
        identity.client = None;
        assert_eq!(told(Some(identity)), r#"{"sub":"u","active":true,"scope":"openid email"}"#);
    }

    #[test]
    fn a_dead_token_tells_nothing_else() {
        assert_eq!(told(None), r#"{"active":false}"#);
    }

    #[test]
    fn a_caller_that_is_not_known_is_told_nothing() {
        for kind in [RefusalKind::InvalidClient, RefusalKind::ClientDisabled] {
            let response = refuse(&kind, Endpoint::Introspect);
            assert_eq!((response.status, response.body.len()), (401, 0));
            assert_eq!(response.header("www-authenticate"), None);
        }
    }

    #[test]
    fn a_missing_token_has_a_code_of_its_own() {
        let response = refuse(&Refusal::missing("token").kind, Endpoint::Introspect);
        assert_eq!((response.status, &*response.body), (400, &br#"{"error":"missing_token"}"#[..]));
        assert_eq!(response.header("cache-control"), Some("no-store, no-cache, max-age=0"));
        let response = refuse(&Refusal::repeated("token").kind, Endpoint::Introspect);
        assert_eq!((response.status, &*response.body), (400, &br#"{"error":"invalid_request"}"#[..]));
        let response = refuse(&Refusal::missing("token").kind, Endpoint::Revoke);
        assert_eq!((response.status, &*response.body), (400, &br#"{"error":"invalid_request"}"#[..]));
    }
}
