//! Reads requests.

use crate::limits::{client, longer_than};
use crate::{authorize, userinfo};
use dialect::{Form, WireRequest, calls, check_method, proof};
use grant::{Call, Endpoint, GrantType, Proof, Refusal, RefusalKind, RequestFault, ScopeFault, Scopes, TokenRequest};

/// IdentityServer's limits, in characters.
const MAX_GRANT_TYPE: usize = 100;
const MAX_SCOPE: usize = 300;
const MAX_REDIRECT_URI: usize = 400;

/// The call that a request makes.
pub(crate) fn call(endpoint: Endpoint, request: &WireRequest<'_>, grants: &[GrantType]) -> Result<Call, Refusal> {
    match endpoint {
        Endpoint::Token => token(request, grants).map(Call::Token),
        Endpoint::Authorize => authorize::parse(request).map(Box::new).map(Call::Authorize),
        Endpoint::Introspect => calls::introspect(request, &crate::INTROSPECT, client).map(Call::Introspect),
        Endpoint::Revoke => calls::revoke(request, &crate::REVOCATION, client).map(Call::Revoke),
        Endpoint::EndSession => calls::end_session(request, &crate::END_SESSION).map(Call::EndSession),
        Endpoint::UserInfo => userinfo::parse(request).map(Call::UserInfo),
        Endpoint::Discovery => check_method(request, &crate::DISCOVERY).map(|()| Call::Discovery),
        Endpoint::Jwks => check_method(request, &crate::JWKS).map(|()| Call::Jwks),
        Endpoint::Verify | Endpoint::DeviceAuthorization => Err(Refusal::internal("the dialect has no such endpoint")),
    }
}

fn token(request: &WireRequest<'_>, grants: &[GrantType]) -> Result<TokenRequest, Refusal> {
    check_method(request, &crate::TOKEN)?;
    let form = Form::from_request(request)?;
    Ok(TokenRequest {
        client: client(request, &form)?,
        proof: proof(&form, grants),
        scopes: scopes(&form),
        extra: Vec::new(),
    })
}

/// What the request rests on. IdentityServer has limits, and an error of its own for each parameter that is missing.
fn proof(form: &Form<'_>, grants: &[GrantType]) -> Result<Proof, Refusal> {
    if form.get("grant_type").is_some_and(|name| longer_than(MAX_GRANT_TYPE, name)) {
        return Err(unsupported("grant_type is longer than 100 characters"));
    }
    match proof::read(form, grants).map_err(as_identity_server)? {
        Proof::Incomplete { grant_type, error } => {
            Ok(Proof::Incomplete { grant_type, error: as_identity_server(error) })
        }
        Proof::AuthorizationCode { redirect_uri, .. } if longer_than(MAX_REDIRECT_URI, &redirect_uri) => {
            let error = Refusal::invalid_grant("redirect_uri is longer than 400 characters");
            Ok(Proof::Incomplete { grant_type: GrantType::AuthorizationCode, error })
        }
        proof => Ok(proof),
    }
}

fn unsupported(cause: &'static str) -> Refusal {
    Refusal::new(RefusalKind::UnsupportedGrantType, cause)
}

/// The error of IdentityServer where the standard has `invalid_request` for a missing parameter.
fn as_identity_server(error: Refusal) -> Refusal {
    let RefusalKind::InvalidRequest(RequestFault::Missing(name)) = &error.kind else { return error };
    let kind = match name.as_str() {
        "grant_type" => RefusalKind::UnsupportedGrantType,
        "code" => RefusalKind::InvalidGrant,
        "redirect_uri" => RefusalKind::UnauthorizedClient,
        _ => return error,
    };
    Refusal { kind, ..error }
}

fn scopes(form: &Form<'_>) -> Result<Option<Scopes>, Refusal> {
    if form.get("scope").is_some_and(|text| longer_than(MAX_SCOPE, text)) {
        let kind = RefusalKind::InvalidScope(ScopeFault::NoneLeft);
        return Err(Refusal::new(kind, "scope is longer than 300 characters"));
    }
    form.scopes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::check_credentials;
    use crate::test_support::{FORM, post, stage, token_request};
    use grant::TokenFault;
    use grant::{Client, Remarks};
    use secrecy::ExposeSecret;

    fn bearer_at(endpoint: Endpoint, method: &str, header: &[u8]) -> Result<Call, Refusal> {
        let headers = [("authorization", header)];
        call(endpoint, &WireRequest { method, path: "/", query: None, headers: &headers, body: b"" }, &GrantType::USUAL)
    }

    fn pair(id: &str) -> TokenRequest {
        match stage().call(id) {
            Ok(Call::Token(request)) => request,
            other => panic!("{id}: {other:?}"),
        }
    }

    #[test]
    fn bh_01_bh_03_credentials_come_in_the_body_or_in_the_header() {
        for id in ["BH-01", "BH-03"] {
            let request = pair(id);
            let client = request.client.unwrap();
            assert_eq!(client.id.as_str(), "app-ok", "{id}");
            assert_eq!(client.secret.unwrap().expose_secret(), "app-ok-secret");
            assert!(matches!(request.proof, Ok(Proof::ClientCredentials)));
            assert!(request.scopes.unwrap().is_none());
        }
        assert_eq!(pair("BH-02").scopes.unwrap().unwrap().joined(), "company:read");
    }

    #[test]
    fn the_pairs_are_refused_as_they_say() {
        assert_eq!(pair("BH-07").client.unwrap_err().kind, RefusalKind::InvalidClient);
        assert_eq!(pair("BH-37").proof.unwrap_err().kind, RefusalKind::UnsupportedGrantType);
        assert_eq!(stage().call("BH-35").unwrap_err().kind, RefusalKind::MethodNotAllowed);
    }

    #[test]
    fn t15_t17_an_unknown_grant_is_unsupported() {
        for body in ["", "grant_type=", "grant_type=password", "grant_type=Client_Credentials"] {
            assert_eq!(token_request(body).proof.unwrap_err().kind, RefusalKind::UnsupportedGrantType, "{body}");
        }
    }

    #[test]
    fn what_a_grant_lacks_has_an_error_of_its_own() {
        let long = format!("code=c&redirect_uri={}", "u".repeat(401));
        let missing = Refusal::missing("refresh_token").kind;
        for (grant, rest, kind) in [
            ("authorization_code", "", RefusalKind::InvalidGrant),
            ("authorization_code", "code=&redirect_uri=u", RefusalKind::InvalidGrant),
            ("authorization_code", "code=c", RefusalKind::UnauthorizedClient),
            ("authorization_code", &long, RefusalKind::InvalidGrant),
            ("refresh_token", "", missing),
        ] {
            match token_request(&format!("grant_type={grant}&{rest}")).proof {
                Ok(Proof::Incomplete { grant_type, error }) => {
                    assert_eq!((grant_type.as_str(), error.kind), (grant, kind), "{rest}");
                }
                other => panic!("{rest}: {other:?}"),
            }
        }
    }

    #[test]
    fn t19_basic_parts_are_form_encoded() {
        let basic = ("authorization", &b"Basic Y2w6cyUzQSUyNSsl"[..]);
        let broken = post(&[basic, FORM], b"").unwrap();
        assert_eq!(broken.client.unwrap_err().kind, RefusalKind::InvalidClient);
        let basic = ("authorization", &b"Basic Y2wlM0E6cyUzQSUyNSs="[..]);
        let client = post(&[basic, FORM], b"").unwrap().client.unwrap();
        assert_eq!((client.id.as_str(), client.secret.unwrap().expose_secret()), ("cl:", "s:% "));
    }

    #[test]
    fn the_frameworks_length_limits_hold_to_the_character() {
        let long = |n: usize| "é".repeat(n);
        let client = |id: &str, secret: &str| token_request(&format!("client_id={id}&client_secret={secret}")).client;
        assert!(client(&long(100), &long(100)).is_ok());
        for refused in [client(&long(101), "s"), client("c", &long(101))] {
            assert_eq!(refused.unwrap_err().kind, RefusalKind::InvalidClient);
        }
        assert!(token_request(&format!("scope={}", "a".repeat(300))).scopes.is_ok());
        let refused = token_request(&format!("scope={}", "a".repeat(301))).scopes.unwrap_err();
        assert_eq!(refused.kind.code(), "invalid_scope");
        let refused = token_request(&format!("grant_type={}", long(101))).proof.unwrap_err();
        assert_eq!(
            refused,
            Refusal::new(RefusalKind::UnsupportedGrantType, "grant_type is longer than 100 characters")
        );
    }

    #[test]
    fn n46_a_client_that_no_request_can_be_of_is_refused_when_it_is_configured() {
        let faults = |id: usize, secret: usize| {
            let mut remarks = Remarks::default();
            check_credentials(&Client::new(&*"é".repeat(id)), Some(&"x".repeat(secret)), &mut remarks);
            remarks.faults.into_iter().map(|fault| fault.key).collect::<Vec<_>>()
        };
        assert_eq!(faults(100, 100), Vec::<&str>::new());
        assert_eq!((faults(101, 100), faults(1, 101)), (vec!["id"], vec!["secret"]));
    }

    #[test]
    fn scopes_keep_their_order_and_name_what_is_no_scope() {
        let scopes = |body: &str| token_request(body).scopes;
        assert_eq!(scopes("scope=b+a+b").unwrap().unwrap().joined(), "b a");
        assert!(scopes("scope=").unwrap().is_none() && scopes("scope=+").unwrap().is_none());
        let fault = ScopeFault::Unknown("a\\b".into());
        assert_eq!(scopes("scope=a%5Cb").unwrap_err().kind, RefusalKind::InvalidScope(fault));
    }

    #[test]
    fn t01_t20_t21_what_is_ambiguous_is_refused_before_any_credential() {
        let basic = ("authorization", &b"Basic Y2w6cw=="[..]);
        for body in ["scope=a&scope=b", "x=1&x=1", "x=%FF", "client_id=cl&client_secret=s", "client_id=other"] {
            let error = post(&[basic, FORM], body.as_bytes()).unwrap_err();
            assert_eq!(error.kind.code(), "invalid_request", "{body}");
        }
        assert_eq!(post(&[basic], b"").unwrap_err().kind, RefusalKind::UnsupportedMediaType);
    }

    #[test]
    fn userinfo_reads_a_bearer_of_any_case() {
        for method in ["GET", "POST"] {
            let read = |header: &[u8]| bearer_at(Endpoint::UserInfo, method, header);
            let Ok(Call::UserInfo(bearer)) = read(b"bEARER a.b.c") else { panic!() };
            assert_eq!(bearer.token.unwrap().expose_secret(), "a.b.c");
            let Ok(Call::UserInfo(bearer)) = read(b"Basic YTpi") else { panic!() };
            assert!(bearer.token.is_none());
            let refused = read(b"Bearer a b").unwrap_err().kind;
            assert_eq!(refused, RefusalKind::InvalidToken(TokenFault::Invalid));
        }
    }

    #[test]
    fn other_methods_are_refused() {
        for (endpoint, method) in
            [(Endpoint::UserInfo, "PUT"), (Endpoint::Discovery, "POST"), (Endpoint::Jwks, "DELETE")]
        {
            assert_eq!(bearer_at(endpoint, method, b"").unwrap_err().kind, RefusalKind::MethodNotAllowed);
        }
        assert!(matches!(bearer_at(Endpoint::Discovery, "GET", b""), Ok(Call::Discovery)));
        assert!(matches!(bearer_at(Endpoint::Jwks, "GET", b""), Ok(Call::Jwks)));
    }

    #[test]
    fn t64_debug_shows_no_secret() {
        let shown = format!("{:?}", token_request("client_id=cl&client_secret=hush&code=hush&refresh_token=hush"));
        assert!(shown.contains("\"cl\"") && !shown.contains("hush"), "{shown}");
        let shown = format!("{:?}", bearer_at(Endpoint::UserInfo, "GET", b"Bearer hush"));
        assert!(shown.contains("UserInfo") && !shown.contains("hush"), "{shown}");
    }
}
