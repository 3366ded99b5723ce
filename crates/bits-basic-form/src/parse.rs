//! Reads the token request: Basic credentials and a form.

use crate::session;
use dialect::basic::Decoding;
use dialect::credentials::{self, InBody};
use dialect::{Form, WireRequest};
use grant::{ClientAuth, GrantType, Proof, Refusal, RefusalKind, Scope, ScopeFault, Scopes, TokenRequest};

/// The token request in `request`. What is ambiguous is refused here; the rest is kept for the phase that owns it.
pub(crate) fn token(request: &WireRequest<'_>, catalogue: &Scopes) -> Result<TokenRequest, Refusal> {
    let form = Form::from_request(request)?;
    let client = credentials::read(request, &form, Decoding::Plain, InBody::Ignored)?;
    let claim = |name: &'static str| form.get(name).map(|value| (name, value.to_owned()));
    Ok(TokenRequest {
        client: client.and_then(with_secret),
        proof: proof(&form),
        scopes: scopes(&form, catalogue),
        extra: session::CLAIMS.iter().filter_map(|(name, _)| claim(name)).collect(),
    })
}

/// Bits knows no public clients: an empty secret is a malformed header.
fn with_secret(client: ClientAuth) -> Result<ClientAuth, Refusal> {
    if client.secret.is_some() {
        return Ok(client);
    }
    Err(Refusal::invalid_client("Basic: the client's secret is empty"))
}

fn proof(form: &Form<'_>) -> Result<Proof, Refusal> {
    if form.require("grant_type")? == GrantType::ClientCredentials.as_str() {
        return Ok(Proof::ClientCredentials);
    }
    Err(Refusal::new(RefusalKind::UnsupportedGrantType, "grant_type is not client_credentials"))
}

/// The scopes in the order asked, each once. Names outside `catalogue` are found here, so that a long list of them
/// is never gathered.
fn scopes(form: &Form<'_>, catalogue: &Scopes) -> Result<Option<Scopes>, Refusal> {
    let Some(text) = form.get("scope") else { return Ok(None) };
    let known = |name: &str| Scope::new(name).filter(|_| catalogue.contains(name));
    let scopes = text
        .split(' ')
        .filter(|name| !name.is_empty())
        .map(|name| known(name).ok_or_else(|| Refusal::unknown_scope(name)))
        .collect::<Result<Scopes, _>>()?;
    if scopes.is_empty() {
        let kind = RefusalKind::InvalidScope(ScopeFault::NoneLeft);
        return Err(Refusal::new(kind, "parameter `scope` holds spaces alone"));
    }
    Ok(Some(scopes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BitsBasicForm;
    use dialect::{Dialect, SettingsMap};
    use grant::{Call, Endpoint, RequestFault, TokenFault};
    use secrecy::ExposeSecret;

    type Header<'a> = (&'a str, &'a [u8]);
    const FORM: Header<'_> = ("content-type", b"application/x-www-form-urlencoded");
    /// `a:b`.
    const BASIC: Header<'_> = ("authorization", b"Basic YTpi");

    fn call(endpoint: Endpoint, method: &str, headers: &[Header<'_>], body: &[u8]) -> Result<Call, RefusalKind> {
        let request = WireRequest { method, path: "/", query: None, headers, body };
        let dialect = BitsBasicForm::new(&SettingsMap::new()).unwrap();
        dialect.parse(endpoint, &request).map_err(|error| error.kind)
    }

    fn parse(headers: &[Header<'_>], body: &str) -> Result<TokenRequest, RefusalKind> {
        match call(Endpoint::Token, "POST", headers, body.as_bytes())? {
            Call::Token(token) => Ok(token),
            other => panic!("{other:?}"),
        }
    }

    fn scopes_of(body: &str) -> Result<Option<String>, RefusalKind> {
        let scopes = parse(&[FORM, BASIC], body).unwrap().scopes.map_err(|error| error.kind)?;
        Ok(scopes.map(|scopes| scopes.joined()))
    }

    fn unknown(name: &str) -> RefusalKind {
        RefusalKind::InvalidScope(ScopeFault::Unknown(name.to_owned().into()))
    }

    #[test]
    fn t19_reads_plain_credentials_split_at_the_first_colon() {
        // bits-colon:se:cret%3A
        let header: Header<'_> = ("authorization", b"Basic Yml0cy1jb2xvbjpzZTpjcmV0JTNB");
        let client = parse(&[FORM, header], "grant_type=client_credentials").unwrap().client.unwrap();
        assert_eq!(client.id.as_str(), "bits-colon");
        assert_eq!(client.secret.unwrap().expose_secret(), "se:cret%3A");
    }

    #[test]
    fn t18_credentials_that_cannot_be_read_are_found_and_not_raised() {
        for header in ["", "Basic", "Basic !!!", "Basic YQ==", "Basic OmI=", "Basic YTo=", "Bearer x"] {
            let token = parse(&[FORM, ("authorization", header.as_bytes())], "").unwrap();
            assert_eq!(token.client.unwrap_err().kind, RefusalKind::InvalidClient, "{header}");
            assert_eq!(token.proof.unwrap_err().kind, Refusal::missing("grant_type").kind);
        }
    }

    #[test]
    fn credentials_of_the_body_count_for_nothing() {
        let token = parse(&[FORM], "grant_type=client_credentials&client_id=a&client_secret=b").unwrap();
        assert_eq!(token.client.unwrap_err().kind, RefusalKind::InvalidClient);
        assert!(parse(&[FORM, BASIC], "client_id=a").unwrap().client.is_ok());
    }

    #[test]
    fn t20_t21_credentials_twice_or_two_ids_are_refused() {
        for body in ["client_secret=b", "client_id=a&client_secret=b", "client_id=other"] {
            let twice = RefusalKind::InvalidRequest(RequestFault::CredentialsTwice);
            assert_eq!(parse(&[FORM, BASIC], body).unwrap_err(), twice);
        }
    }

    #[test]
    fn t01_t03_t04_t05_ambiguous_parameters_are_refused_before_any_credential() {
        let repeated = RefusalKind::InvalidRequest(RequestFault::Repeated("x".into()));
        let malformed = RefusalKind::InvalidRequest(RequestFault::Malformed("x".into()));
        assert_eq!(parse(&[FORM], "x=1&x=1").unwrap_err(), repeated);
        for body in ["x=%FF", "x=%00", "x=%zz", "x=%0a"] {
            assert_eq!(parse(&[FORM], body).unwrap_err(), malformed, "{body}");
        }
    }

    #[test]
    fn t06_t07_any_other_media_type_is_refused() {
        for headers in [&[BASIC][..], &[("content-type", b"application/json"), BASIC], &[FORM, FORM, BASIC]] {
            let refused = parse(headers, "grant_type=client_credentials").unwrap_err();
            assert_eq!(refused, RefusalKind::UnsupportedMediaType);
        }
        let charset: Header<'_> = ("content-type", b"application/x-www-form-urlencoded; charset=utf-8");
        assert!(parse(&[charset, BASIC], "grant_type=client_credentials").unwrap().proof.is_ok());
    }

    #[test]
    fn t11_each_endpoint_has_its_method() {
        for (endpoint, method) in [(Endpoint::Token, "GET"), (Endpoint::UserInfo, "POST"), (Endpoint::UserInfo, "HEAD")]
        {
            let refused = call(endpoint, method, &[FORM, BASIC], b"grant_type=client_credentials").unwrap_err();
            assert_eq!(refused, RefusalKind::MethodNotAllowed);
        }
    }

    #[test]
    fn t15_t17_the_grant_type_is_client_credentials() {
        let proof = |body| parse(&[FORM, BASIC], body).unwrap().proof.map_err(|error| error.kind);
        assert!(matches!(proof("grant_type=client_credentials"), Ok(Proof::ClientCredentials)));
        for body in ["", "scope=application", "grant_type=", "grant_type"] {
            assert_eq!(proof(body).unwrap_err(), Refusal::missing("grant_type").kind);
        }
        for body in ["grant_type=refresh_token&refresh_token=x", "grant_type=authorization_code", "grant_type=x"] {
            assert_eq!(proof(body).unwrap_err(), RefusalKind::UnsupportedGrantType);
        }
    }

    #[test]
    fn scopes_keep_their_order_and_collapse() {
        assert_eq!(
            scopes_of("scope=application.read+application++application.read").unwrap().unwrap(),
            "application.read application"
        );
        for body in ["", "scope=", "scope"] {
            assert_eq!(scopes_of(body), Ok(None));
        }
        assert_eq!(scopes_of("scope=application+x+y").unwrap_err(), unknown("x"));
        assert_eq!(scopes_of("scope=a%22b").unwrap_err(), unknown("a\"b"));
        assert_eq!(scopes_of("scope=++").unwrap_err(), RefusalKind::InvalidScope(ScopeFault::NoneLeft));
    }

    #[test]
    fn session_claims_come_in_the_vendors_order() {
        let body = "redirect_url=https%3A%2F%2Fa.b&other=1&workflow_id=w&application_id=";
        let extra = parse(&[FORM, BASIC], body).unwrap().extra;
        assert_eq!(extra, [("workflow_id", "w".to_owned()), ("redirect_url", "https://a.b".to_owned())]);
    }

    #[test]
    fn userinfo_takes_a_bearer_of_any_case() {
        let bearer = |value: &str| call(Endpoint::UserInfo, "GET", &[("authorization", value.as_bytes())], b"");
        for scheme in ["bearer", "Bearer"] {
            let Ok(Call::UserInfo(bearer)) = bearer(&format!("{scheme} t.o-k")) else { panic!("no bearer") };
            assert_eq!(bearer.token.unwrap().expose_secret(), "t.o-k");
        }
        let Ok(Call::UserInfo(none)) = bearer("Basic YTpi") else { panic!("no userinfo") };
        assert!(none.token.is_none());
        assert_eq!(bearer("Bearer").unwrap_err(), RefusalKind::InvalidToken(TokenFault::Invalid));
    }

    #[test]
    fn an_endpoint_that_the_vendor_lacks_is_a_fault_of_ours() {
        for endpoint in Endpoint::ALL.into_iter().filter(|e| !matches!(e, Endpoint::Token | Endpoint::UserInfo)) {
            assert_eq!(call(endpoint, "POST", &[FORM, BASIC], b"").unwrap_err(), RefusalKind::Internal);
        }
    }
}
