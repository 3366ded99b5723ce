//! Reads requests.

use dialect::basic::Decoding;
use dialect::credentials::{self, InBody};
use dialect::{Form, WireRequest, authorize, check_method, proof};
use grant::{Call, Endpoint, GrantType, Refusal, TokenRequest};

/// The call that a request makes.
pub(crate) fn call(endpoint: Endpoint, request: &WireRequest<'_>, grants: &[GrantType]) -> Result<Call, Refusal> {
    match endpoint {
        Endpoint::Token => token(request, grants).map(Call::Token),
        Endpoint::Authorize => {
            check_method(request, &crate::AUTHORIZE)?;
            authorize::form(request).map(|form| Call::Authorize(Box::new(authorize::request(&form))))
        }
        _ => Err(Refusal::internal("the dialect has no such endpoint")),
    }
}

fn token(request: &WireRequest<'_>, grants: &[GrantType]) -> Result<TokenRequest, Refusal> {
    check_method(request, &crate::TOKEN_ROUTE)?;
    let form = Form::from_request(request)?;
    Ok(TokenRequest {
        client: credentials::read(request, &form, Decoding::Plain, InBody::Ignored)?,
        proof: proof::read(&form, grants),
        scopes: form.scopes(),
        extra: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::stage;
    use grant::{Proof, RefusalKind, RequestFault, ScopeFault};
    use secrecy::ExposeSecret;

    const BASIC: (&str, &[u8]) = ("authorization", b"Basic Y2w6czolKw==");
    const FORM: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");

    fn post(headers: &[(&str, &[u8])], body: &[u8]) -> Result<TokenRequest, Refusal> {
        let request = WireRequest { method: "POST", path: "/", query: None, headers, body };
        token(&request, &GrantType::COMMON)
    }

    fn form(body: &str) -> TokenRequest {
        post(&[BASIC, FORM], body.as_bytes()).unwrap()
    }

    fn refusal(body: &str) -> RefusalKind {
        finding(form(body))
    }

    fn finding(request: TokenRequest) -> RefusalKind {
        match request.proof {
            Err(error) | Ok(Proof::Incomplete { error, .. }) => error.kind,
            Ok(proof) => panic!("{proof:?}"),
        }
    }

    #[test]
    fn se_01_reads_the_documented_example() {
        let Call::Token(request) = stage().call("SE-01").unwrap() else { panic!() };
        let client = request.client.unwrap();
        assert_eq!(client.id.as_str(), "integration-dev-VNZQqDt4Hv");
        assert_eq!(client.secret.unwrap().expose_secret(), "se-secret");
        assert!(matches!(request.proof, Ok(Proof::ClientCredentials)));
        assert_eq!(request.scopes.unwrap().unwrap().joined(), "openid email profile inspect");
    }

    #[test]
    fn the_pairs_are_read_or_refused_as_they_say() {
        let stage = stage();
        assert_eq!(stage.call("SE-14").unwrap_err().kind, RefusalKind::UnsupportedMediaType);
        assert_eq!(stage.call("SE-28").unwrap_err().kind, RefusalKind::MethodNotAllowed);
        for id in ["SE-15", "SE-18"] {
            let Ok(Call::Token(request)) = stage.call(id) else { panic!("{id}") };
            assert_eq!(request.client.unwrap_err().kind, RefusalKind::InvalidClient, "{id}");
        }
        for (id, wanted) in [
            ("SE-09", RefusalKind::InvalidRequest(RequestFault::Missing("grant_type".into()))),
            ("SE-11", RefusalKind::UnsupportedGrantType),
            ("SE-12", RefusalKind::UnsupportedGrantType),
            ("SE-26", RefusalKind::InvalidRequest(RequestFault::Missing("redirect_uri".into()))),
        ] {
            let Ok(Call::Token(request)) = stage.call(id) else { panic!("{id}") };
            assert_eq!(finding(request), wanted, "{id}");
        }
    }

    #[test]
    fn t19_a_secret_is_plain_whatever_it_holds() {
        assert_eq!(form("grant_type=x").client.unwrap().secret.unwrap().expose_secret(), "s:%+");
    }

    #[test]
    fn a_code_brings_its_redirect_uri_and_perhaps_a_verifier() {
        let Ok(Proof::AuthorizationCode { code, redirect_uri, verifier }) =
            form("grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fa%2Fcb&code_verifier=v").proof
        else {
            panic!()
        };
        assert_eq!((code.expose_secret(), redirect_uri.as_str()), ("c", "https://a/cb"));
        assert_eq!(verifier.unwrap().expose_secret(), "v");
        let without = form("grant_type=authorization_code&code=c&redirect_uri=u&code_verifier=").proof;
        assert!(matches!(without, Ok(Proof::AuthorizationCode { verifier: None, .. })));
    }

    #[test]
    fn t17_what_a_grant_needs_is_named_when_missing_or_empty() {
        for (body, field) in [
            ("", "grant_type"),
            ("grant_type=", "grant_type"),
            ("grant_type=authorization_code&redirect_uri=u", "code"),
            ("grant_type=authorization_code&code=c&redirect_uri=", "redirect_uri"),
            ("grant_type=refresh_token", "refresh_token"),
        ] {
            assert_eq!(refusal(body), RefusalKind::InvalidRequest(RequestFault::Missing(field.into())), "{body}");
        }
    }

    #[test]
    fn scopes_keep_their_order_and_name_what_is_no_scope() {
        let scopes = |body: &str| form(body).scopes;
        assert_eq!(scopes("scope=inspect+openid+inspect").unwrap().unwrap().joined(), "inspect openid");
        assert!(scopes("").unwrap().is_none() && scopes("scope=").unwrap().is_none());
        assert!(scopes("scope=+").unwrap().is_none());
        let fault = ScopeFault::Unknown("a\"b".into());
        assert_eq!(scopes("scope=ok+a%22b").unwrap_err().kind, RefusalKind::InvalidScope(fault));
    }

    #[test]
    fn t01_t20_t21_what_is_ambiguous_is_refused_before_any_credential() {
        for body in [
            "scope=a&scope=b",
            "x=1&x=1",
            "grant_type=%FF",
            "grant_type=client_credentials&client_secret=s",
            "client_id=other",
        ] {
            let error = post(&[BASIC, FORM], body.as_bytes()).unwrap_err();
            assert_eq!(error.kind.code(), "invalid_request", "{body}");
        }
        assert_eq!(post(&[BASIC], b"").unwrap_err().kind, RefusalKind::UnsupportedMediaType);
    }

    #[test]
    fn t64_debug_shows_no_secret() {
        let basic = ("authorization", &b"Basic Y2w6aHVzaA=="[..]);
        let body = b"grant_type=authorization_code&code=hush&redirect_uri=u&code_verifier=hush";
        let shown = format!("{:?}", post(&[basic, FORM], body).unwrap());
        assert!(shown.contains("\"cl\"") && !shown.contains("hush"), "{shown}");
        let shown = format!("{:?}", post(&[basic, FORM], b"grant_type=refresh_token&refresh_token=hush").unwrap());
        assert!(shown.contains("Refresh") && !shown.contains("hush"), "{shown}");
    }

    #[test]
    fn the_gateways_own_authorize_reads_the_standards_parameters() {
        let text = "client_id=cl&redirect_uri=https%3A%2F%2Fa%2Fcb&response_type=code&state=%0D%0A&scope=openid+email";
        let read = |method, query, body: &str| {
            let headers = [FORM];
            let request = WireRequest { method, path: "/", query, headers: &headers, body: body.as_bytes() };
            call(Endpoint::Authorize, &request, &GrantType::COMMON)
        };
        for outcome in [read("GET", Some(text), ""), read("POST", None, text)] {
            let Ok(Call::Authorize(request)) = outcome else { panic!("{outcome:?}") };
            assert_eq!((request.client_id.as_deref(), request.state.as_deref()), (Some("cl"), Some("\r\n")));
            assert_eq!(request.scopes.unwrap().unwrap().joined(), "openid email");
            assert_eq!(request.challenge, None);
        }
        assert_eq!(read("PUT", Some(text), "").unwrap_err().kind, RefusalKind::MethodNotAllowed);
        assert_eq!(read("GET", Some("x=1&x=1"), "").unwrap_err().kind.code(), "invalid_request");
    }
}
