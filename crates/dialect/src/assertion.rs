//! Finds the client of a request that comes with an assertion (RFC 7521 section 4.2). Nothing of it is checked here: what it
//! says of its client is where its check begins.

use crate::basic::{self, Decoding};
use crate::{Form, WireRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{
    AuthMethod, Claims, ClientAuth, GrantType, Refusal, RefusalKind, RequestFault, Scope, Scopes, Secret, Value,
};
use std::sync::Arc;

/// The parameter that holds a client's assertion.
pub const CLIENT_ASSERTION: &str = "client_assertion";

/// The one type of assertions (RFC 7523 section 2.2).
pub const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest assertion that is read, in bytes.
const LONGEST: usize = 16 * 1024;

/// The client of a form with `client_assertion`, or of one that asks for a token by an `assertion` and has no credentials
/// beside it; `None` where the form has neither.
///
/// The outer error is an ambiguity, refused before any credential is looked at; the inner one is a finding for the
/// authentication phase.
pub fn client(request: &WireRequest<'_>, form: &Form<'_>) -> Result<Option<Result<ClientAuth, Refusal>>, Refusal> {
    client_by(request, form, "sub")
}

/// The same, where that claim of a `client_assertion` names the client.
pub fn client_by(
    request: &WireRequest<'_>,
    form: &Form<'_>,
    claim: &str,
) -> Result<Option<Result<ClientAuth, Refusal>>, Refusal> {
    let (kind, assertion) = (form.get("client_assertion_type"), form.get(CLIENT_ASSERTION));
    let others =
        !matches!(basic::read(request, Decoding::FormEncoded), Ok(None)) || form.get("client_secret").is_some();
    if kind.is_none() && assertion.is_none() {
        let is_bearer = form.get("grant_type") == Some(GrantType::JwtBearer.as_str()) && !others;
        let Some(bearer) = form.get("assertion").filter(|_| is_bearer) else { return Ok(None) };
        return named(form, bearer, "iss", |_| AuthMethod::Assertion).map(Some);
    }
    if others {
        return Err(twice("a client_assertion came beside a secret"));
    }
    let assertion = form.require(CLIENT_ASSERTION)?;
    if form.require("client_assertion_type")? != CLIENT_ASSERTION_TYPE {
        let cause = format!("client_assertion_type is not {CLIENT_ASSERTION_TYPE}, the only one that is served");
        return Ok(Some(Err(Refusal::invalid_client(cause))));
    }
    let method = |header: &Claims| match header.str("alg") {
        Some(alg) if alg.starts_with("HS") => AuthMethod::ClientSecretJwt,
        _ => AuthMethod::PrivateKeyJwt,
    };
    named(form, assertion, claim, method).map(Some)
}

/// The scopes that an assertion asks for: a text, or an array of texts; `None` where it asks for none, or is none. Nothing of
/// it is checked here: whoever authenticates its client does.
pub fn scopes(assertion: Option<&str>) -> Result<Option<Scopes>, Refusal> {
    let said = assertion.and_then(read).and_then(|(_, claims)| claims.get("scope").cloned());
    let malformed = || Refusal::malformed(CLIENT_ASSERTION, "has a scope that is neither a text nor an array of texts");
    let names: Vec<Arc<str>> = match said {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Text(text)) => text.split(' ').filter(|name| !name.is_empty()).map(Into::into).collect(),
        Some(Value::List(items)) => {
            let text = |item| if let Value::Text(text) = item { Some(text) } else { None };
            items.into_iter().map(text).collect::<Option<_>>().ok_or_else(malformed)?
        }
        Some(_) => return Err(malformed()),
    };
    let scope = |name: &Arc<str>| Scope::new(name).ok_or_else(|| Refusal::unknown_scope(name));
    let scopes = names.iter().map(scope).collect::<Result<Scopes, _>>()?;
    Ok(Some(scopes).filter(|scopes| !scopes.is_empty()))
}

/// The client that a claim of an assertion names.
fn named(
    form: &Form<'_>,
    assertion: &str,
    claim: &str,
    method: impl Fn(&Claims) -> AuthMethod,
) -> Result<Result<ClientAuth, Refusal>, Refusal> {
    let Some((header, claims)) = read(assertion) else {
        return Ok(Err(unreadable(method(&Claims::empty()), "the assertion is no JWT that can be read")));
    };
    let method = method(&header);
    let Some(id) = claims.str(claim).filter(|id| !id.is_empty()) else {
        return Ok(Err(unreadable(
            method,
            format!("the assertion's {claim} is missing or no text: it names the client"),
        )));
    };
    if form.get("client_id").is_some_and(|given| given != id) {
        return Err(twice("the client_id of the body is not the client that the assertion names"));
    }
    Ok(Ok(ClientAuth { id: id.into(), secret: Some(Secret::from(assertion)), method, hint: None }))
}

/// Of an assertion that authenticates a client, and of one that asks for a token (RFC 7521 sections 4.2.1 and 4.1.1).
fn unreadable(method: AuthMethod, cause: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    if method == AuthMethod::Assertion { Refusal::invalid_grant(cause) } else { Refusal::invalid_client(cause) }
}

fn twice(cause: &'static str) -> Refusal {
    Refusal::new(RefusalKind::InvalidRequest(RequestFault::CredentialsTwice), cause)
}

/// Header and claims of a JWT, unchecked.
fn read(jwt: &str) -> Option<(Claims, Claims)> {
    let mut parts = jwt.split('.').filter(|_| jwt.len() <= LONGEST);
    let mut part = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    let both = (part()?, part()?);
    (parts.count() == 1).then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(header: &str, claims: &str) -> String {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{claims}.AA")
    }

    fn read_form(header: Option<&str>, body: &str) -> Result<Option<Result<ClientAuth, Refusal>>, Refusal> {
        let headers: Vec<_> = header.iter().map(|value| ("authorization", value.as_bytes())).collect();
        let request = WireRequest { method: "POST", path: "/", query: None, headers: &headers, body: b"" };
        client(&request, &Form::read(body.as_bytes()).unwrap())
    }

    fn asserted(jwt: &str) -> String {
        format!("client_assertion_type={CLIENT_ASSERTION_TYPE}&client_assertion={jwt}")
    }

    #[test]
    fn o41_the_subject_of_a_client_assertion_is_the_client() {
        for (alg, method) in [("RS256", AuthMethod::PrivateKeyJwt), ("HS256", AuthMethod::ClientSecretJwt)] {
            let jwt = jwt(&format!(r#"{{"alg":"{alg}"}}"#), r#"{"iss":"b","sub":"a"}"#);
            let auth = read_form(None, &asserted(&jwt)).unwrap().unwrap().unwrap();
            assert_eq!((auth.id.as_str(), auth.method), ("a", method));
            assert!(read_form(None, &format!("{}&client_id=b", asserted(&jwt))).is_err(), "two ids");
            assert!(read_form(None, &format!("{}&client_secret=b", asserted(&jwt))).is_err(), "two ways");
            assert!(read_form(Some("Basic YTpi"), &asserted(&jwt)).is_err(), "two ways");
        }
    }

    #[test]
    fn o41_what_names_no_client_is_an_invalid_client() {
        let good = jwt(r#"{"alg":"RS256"}"#, r#"{"sub":"a"}"#);
        for body in [
            asserted("x"),
            asserted(&jwt("{}", "{}")),
            asserted(&jwt("{}", r#"{"sub":1}"#)),
            asserted(&format!("{good}.x")),
            format!("client_assertion_type=other&client_assertion={good}"),
        ] {
            let refusal = read_form(None, &body).unwrap().unwrap().unwrap_err();
            assert_eq!(refusal.kind, RefusalKind::InvalidClient, "{body}");
            assert!(!refusal.cause.contains(&good), "{body}");
        }
        assert!(read_form(None, &format!("client_assertion={good}")).is_err(), "the type is missing");
        assert!(read_form(None, "client_id=a").unwrap().is_none());
    }

    #[test]
    fn o42_an_assertion_that_asks_for_a_token_speaks_for_its_issuer() {
        let jwt = jwt("{}", r#"{"iss":"a","sub":"user"}"#);
        let body = format!("grant_type={}&assertion={jwt}", GrantType::JwtBearer.as_str());
        let auth = read_form(None, &body).unwrap().unwrap().unwrap();
        assert_eq!((auth.id.as_str(), auth.method), ("a", AuthMethod::Assertion));
        assert!(read_form(Some("Basic YTpi"), &body).unwrap().is_none(), "the client authenticates");
        assert!(read_form(None, &format!("{body}&client_id=b")).is_err());
        let nobody = read_form(None, &body.replace(&jwt, "x")).unwrap().unwrap().unwrap_err();
        assert_eq!(nobody.kind, RefusalKind::InvalidGrant);
    }
}
