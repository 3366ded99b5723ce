//! The authorization endpoint (RFC 6749 section 3.1) as IdentityServer has it.

use crate::encode::uncached;
use crate::limits::longer_than;
use dialect::authorize::{error_code, form, request, tell};
use dialect::{WireRequest, WireResponse, check_method};
use grant::{AuthorizeOutcome, AuthorizeReply, AuthorizeRequest, Client, Refusal, Remarks};

/// IdentityServer's limits, in characters; it has none for `state`.
const LIMITS: [(&str, usize); 5] =
    [("client_id", 100), ("redirect_uri", MAX_REDIRECT_URI), ("scope", 300), ("nonce", 300), ("login_hint", 100)];
const MAX_REDIRECT_URI: usize = 400;

/// Refuses a client with a redirect URI that no request may name.
pub(crate) fn check_redirect_uris(client: &Client, remarks: &mut Remarks) {
    for uri in client.redirect_uris.iter().filter(|uri| longer_than(MAX_REDIRECT_URI, uri)) {
        let message = format!("`{uri:.40}…` has more than {MAX_REDIRECT_URI} characters, and no request may name it");
        remarks.refuse("redirect_uris", message);
    }
}

/// Reads an authorization request, from the query or from a form.
pub(crate) fn parse(wire: &WireRequest<'_>) -> Result<AuthorizeRequest, Refusal> {
    check_method(wire, &crate::AUTHORIZE)?;
    let form = form(wire)?;
    let too_long = |(name, limit): &(&str, usize)| form.get(name).is_some_and(|value| longer_than(*limit, value));
    if let Some((name, limit)) = LIMITS.into_iter().find(too_long) {
        return Err(Refusal::malformed(name, &format!("is longer than {limit} characters")));
    }
    Ok(request(&form))
}

/// What the client is told through the user's browser. A refusal names its issuer (RFC 9207) only with
/// `iss_on_refusal`; its fragment keeps the browser from handing on the one of the request.
pub(crate) fn answer(reply: &AuthorizeReply, issuer: &str, iss_on_refusal: bool) -> WireResponse {
    let state = ("state", reply.state.as_deref());
    let session = ("session_state", reply.session_state.as_deref());
    let response = match &reply.outcome {
        AuthorizeOutcome::Code { code, scopes } => {
            let (code, scope) = (Some(code.as_str()), scopes.joined());
            let parameters = [("code", code), ("scope", Some(&*scope)), state, session, ("iss", Some(issuer))];
            tell(reply, &parameters, "")
        }
        AuthorizeOutcome::Refused(kind) => {
            let iss = ("iss", iss_on_refusal.then_some(issuer));
            tell(reply, &[("error", Some(error_code(kind))), state, session, iss], "#_=_")
        }
    };
    uncached(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{FORM, ISSUER, context, dialect, got, sent};
    use dialect::Dialect;
    use grant::{Call, Endpoint, IssuedToken, RefusalKind, Reply, RequestFault, ResponseMode, Scopes};
    use serde_json::json;

    fn asked(query: &str) -> Result<AuthorizeRequest, Refusal> {
        match got(Endpoint::Authorize, query)? {
            Call::Authorize(request) => Ok(*request),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_comes_in_the_query_or_in_a_form() {
        let body = "client_id=web&scope=openid+email&code_challenge=c&login_hint=alice";
        let Ok(Call::Authorize(posted)) = sent(Endpoint::Authorize, "POST", &[FORM], body) else { panic!() };
        for request in [asked(body).unwrap(), *posted] {
            assert_eq!((request.client_id.as_deref(), request.challenge.as_deref()), (Some("web"), Some("c")));
            assert_eq!(request.scopes.unwrap().unwrap().joined(), "openid email");
            assert_eq!(request.login_hint.as_deref(), Some("alice"));
        }
        let refused = sent(Endpoint::Authorize, "PUT", &[FORM], body).unwrap_err();
        assert_eq!(refused.kind, RefusalKind::MethodNotAllowed);
        let refused = sent(Endpoint::Authorize, "POST", &[], body).unwrap_err();
        assert_eq!(refused.kind, RefusalKind::UnsupportedMediaType);
    }

    #[test]
    fn the_frameworks_length_limits_hold_to_the_character() {
        for (name, limit) in
            [("client_id", 100), ("redirect_uri", 400), ("scope", 300), ("nonce", 300), ("login_hint", 100)]
        {
            let of = |length: usize| asked(&format!("{name}={}", "a".repeat(length)));
            assert!(of(limit).is_ok(), "{name}");
            let fault = RequestFault::Malformed(name.into());
            assert_eq!(of(limit + 1).unwrap_err().kind, RefusalKind::InvalidRequest(fault));
        }
    }

    #[test]
    fn t34_a_state_of_any_length_and_content_is_kept() {
        let state = "%0D%0A%3Cb%3E".repeat(2_000);
        let kept = asked(&format!("state={state}")).unwrap().state.unwrap();
        assert_eq!((kept.len(), &kept[..5]), (10_000, "\r\n<b>"));
    }

    #[test]
    fn t32_what_is_there_twice_is_refused() {
        for twice in ["state=a&state=a", "x=1&x=1", "client_id=web&scope=a&client_id=web"] {
            assert_eq!(asked(twice).unwrap_err().kind.code(), "invalid_request", "{twice}");
        }
    }

    fn told(outcome: AuthorizeOutcome, session_state: Option<&str>, settings: serde_json::Value) -> String {
        let reply = Reply::Authorize(AuthorizeReply {
            redirect_uri: "https://client.test/cb?a=1".into(),
            mode: ResponseMode::Query,
            state: Some("a b\r\n".into()),
            session_state: session_state.map(Into::into),
            client: None,
            user: None,
            outcome,
        });
        let response = dialect(settings).encode(&reply, &context(Endpoint::Authorize));
        assert_eq!((response.status, response.body.len()), (302, 0));
        assert_eq!(response.header("cache-control"), Some("no-store, no-cache, max-age=0"));
        assert_eq!(response.header("pragma"), Some("no-cache"));
        response.header("location").unwrap().to_owned()
    }

    #[test]
    fn t35_a_code_comes_in_the_frameworks_order_and_names_its_issuer() {
        let code = || AuthorizeOutcome::Code {
            code: IssuedToken::from("C".to_owned()),
            scopes: Scopes::parse("openid a:read").unwrap(),
        };
        let iss = "iss=https%3A%2F%2Fsandbox-login.brighthr.com";
        let before = "https://client.test/cb?a=1&code=C&scope=openid%20a%3Aread&state=a%20b%0D%0A";
        assert_eq!(told(code(), None, json!({})), format!("{before}&{iss}"));
        let with = told(code(), Some("s.t"), json!({"advertise_iss": true}));
        assert_eq!(with, format!("{before}&session_state=s.t&{iss}"));
        assert_eq!(ISSUER, "https://sandbox-login.brighthr.com");
    }

    #[test]
    fn a_refusal_names_its_issuer_only_where_that_is_advertised() {
        let refused = || AuthorizeOutcome::Refused(RefusalKind::AccessDenied);
        let before = "https://client.test/cb?a=1&error=access_denied&state=a%20b%0D%0A";
        assert_eq!(told(refused(), None, json!({})), format!("{before}#_=_"));
        assert_eq!(told(refused(), Some("s.t"), json!({})), format!("{before}&session_state=s.t#_=_"));
        let advertised = told(refused(), Some("s.t"), json!({"advertise_iss": true}));
        let wanted = format!("{before}&session_state=s.t&iss=https%3A%2F%2Fsandbox-login.brighthr.com#_=_");
        assert_eq!(advertised, wanted);
    }
}
