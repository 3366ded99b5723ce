//! Reads the token request: a JSON object with `client_id`, `client_secret` and `scopes`.

use dialect::basic::{self, Decoding};
use dialect::{Json, JsonObject, WireRequest};
use grant::{AuthMethod, ClientAuth, Proof, Refusal, RefusalKind, RequestFault, Scope, Scopes, TokenRequest};

/// The token request in `request`. BizzAssure looks at fields and scope names before it looks at credentials, so what is found
/// in them, a scope outside `catalogue` too, stands in the place of the client: the first thing that is looked at once
/// scenarios have acted.
pub(crate) fn token(request: &WireRequest<'_>, catalogue: &Scopes) -> Result<TokenRequest, Refusal> {
    let body = JsonObject::from_request(request)?;
    if body.get("client_secret").is_some() && !matches!(basic::read(request, Decoding::Plain), Ok(None)) {
        return Err(Refusal::new(
            RefusalKind::InvalidRequest(RequestFault::CredentialsTwice),
            "credentials came in the Authorization header and in the body",
        ));
    }
    let asked = client(&body).and_then(|client| Ok((client, scopes(&body, catalogue)?)));
    let (client, scopes) = asked.map_or_else(|found| (Err(found), None), |(client, scopes)| (Ok(client), Some(scopes)));
    Ok(TokenRequest { client, proof: Ok(Proof::ClientCredentials), scopes: Ok(scopes), extra: Vec::new() })
}

fn client(body: &JsonObject) -> Result<ClientAuth, Refusal> {
    let (id, secret) = (text(body, "client_id")?, text(body, "client_secret")?);
    Ok(ClientAuth { id: id.into(), secret: Some(secret.into()), method: AuthMethod::Json, hint: None })
}

/// A required string; one that is mistyped, empty or holds a control character counts as missing.
fn text<'a>(body: &'a JsonObject, name: &'static str) -> Result<&'a str, Refusal> {
    body.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).ok_or_else(|| Refusal::missing(name))
}

/// The scopes in the order asked, each once. The array's type is checked before any name in it.
fn scopes(body: &JsonObject, catalogue: &Scopes) -> Result<Scopes, Refusal> {
    let malformed = || Refusal::malformed("scopes", "is not a non-empty array of strings");
    let Json::Array(items) = body.get("scopes").ok_or_else(|| Refusal::missing("scopes"))? else {
        return Err(malformed());
    };
    let names: Vec<&str> = items
        .iter()
        .map(|item| item.as_str().filter(|name| !name.is_empty()))
        .collect::<Option<_>>()
        .filter(|names: &Vec<_>| !names.is_empty())
        .ok_or_else(malformed)?;
    names
        .into_iter()
        .map(|name| {
            Scope::new(name)
                .filter(|scope| catalogue.contains(scope.as_str()))
                .ok_or_else(|| Refusal::unknown_scope(name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BizzassureJson;
    use dialect::{Dialect, SettingsMap};
    use grant::{Call, Endpoint, ScopeFault};
    use secrecy::ExposeSecret;

    const JSON: (&str, &[u8]) = ("content-type", b"application/json");

    fn parse(method: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Result<TokenRequest, RefusalKind> {
        let request = WireRequest { method, path: "/v1/auth/token", query: None, headers, body };
        match BizzassureJson::new(&SettingsMap::new()).unwrap().parse(Endpoint::Token, &request) {
            Ok(Call::Token(TokenRequest { client: Err(found), .. })) | Err(found) => Err(found.kind),
            Ok(Call::Token(token)) => Ok(token),
            Ok(call) => panic!("{call:?}"),
        }
    }

    fn refusal(body: &str) -> RefusalKind {
        parse("POST", &[JSON], body.as_bytes()).unwrap_err()
    }

    fn fault(fault: RequestFault) -> RefusalKind {
        RefusalKind::InvalidRequest(fault)
    }

    /// Everything a request came to, secrets included.
    fn outcome(body: &str) -> String {
        match parse("POST", &[JSON], body.as_bytes()) {
            Err(kind) => format!("{kind:?}"),
            Ok(token) => {
                let client = token.client.unwrap();
                let secret = client.secret.as_ref().unwrap().expose_secret();
                format!("{} {secret} {:?}", client.id, token.scopes.unwrap().unwrap())
            }
        }
    }

    #[test]
    fn reads_credentials_and_scopes_and_ignores_the_rest() {
        let body = r#"{"client_id":"a","client_secret":"s:%+é","scopes":["policy.list","policy.get","policy.list"],
            "grant_type":7,"more":{"client_id":"b"}}"#;
        assert_eq!(outcome(body), "a s:%+é [policy.list, policy.get]");
        let token = parse("POST", &[("content-type", b"Application/JSON; charset=utf-8")], body.as_bytes()).unwrap();
        assert!(matches!(token.proof, Ok(Proof::ClientCredentials)) && token.extra.is_empty());
    }

    #[test]
    fn t11_the_method_comes_before_everything() {
        assert_eq!(parse("GET", &[], b"").unwrap_err(), RefusalKind::MethodNotAllowed);
        assert_eq!(parse("post", &[JSON], b"{}").unwrap_err(), RefusalKind::MethodNotAllowed);
    }

    #[test]
    fn t06_t07_any_other_media_type_is_refused() {
        let form: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");
        for headers in [&[][..], &[form], &[("content-type", b"application/problem+json")], &[JSON, JSON]] {
            assert_eq!(parse("POST", headers, b"{}").unwrap_err(), RefusalKind::UnsupportedMediaType);
        }
    }

    #[test]
    fn t02_t09_what_cannot_be_read_one_way_is_unreadable() {
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        for body in ["", "[]", "{\"client_id\":", r#"{"client_id":"a","client_id":"a"}"#, r#"{"x":1,"x":1}"#, &deep] {
            assert_eq!(refusal(body), fault(RequestFault::Unreadable));
        }
    }

    #[test]
    fn t10_t17_strings_missing_mistyped_or_empty_are_missing() {
        for value in ["", r#""client_id":"","#, r#""client_id":1,"#, r#""client_id":null,"#, r#""client_id":["a"],"#] {
            let body = format!(r#"{{{value}"client_secret":"s","scopes":["policy.get"]}}"#);
            assert_eq!(refusal(&body), fault(RequestFault::Missing("client_id".into())), "{body}");
        }
        let control = r#"{"client_id":"a","client_secret":"\u0000","scopes":["policy.get"]}"#;
        assert_eq!(refusal(control), fault(RequestFault::Missing("client_secret".into())));
    }

    #[test]
    fn what_a_request_lacks_is_told_once_scenarios_have_acted() {
        let catalogue = Scopes::parse("policy.get").unwrap();
        let read = |body: &str| {
            let headers = [JSON];
            let request =
                WireRequest { method: "POST", path: "/", query: None, headers: &headers, body: body.as_bytes() };
            token(&request, &catalogue)
        };
        for lacking in ["{}", r#"{"client_id":"a","client_secret":"s","scopes":["unknown"]}"#] {
            assert!(read(lacking).is_ok_and(|asked| asked.client.is_err()), "{lacking}");
        }
        assert!(read("[]").is_err(), "what cannot be read asks for nothing");
    }

    #[test]
    fn fields_are_checked_in_the_order_of_the_documentation() {
        assert_eq!(refusal("{}"), fault(RequestFault::Missing("client_id".into())));
        assert_eq!(refusal(r#"{"client_id":"a","scopes":[]}"#), fault(RequestFault::Missing("client_secret".into())));
        let no_scopes = r#"{"client_id":"a","client_secret":"s"}"#;
        assert_eq!(refusal(no_scopes), fault(RequestFault::Missing("scopes".into())));
    }

    #[test]
    fn scopes_are_an_array_of_strings_before_they_are_names() {
        for scopes in ["[]", "null", r#""policy.get""#, "{}", r#"["nope",1]"#, r#"[""]"#, r#"["nope","\u0007"]"#] {
            let body = format!(r#"{{"client_id":"a","client_secret":"s","scopes":{scopes}}}"#);
            assert_eq!(refusal(&body), fault(RequestFault::Malformed("scopes".into())), "{scopes}");
        }
    }

    #[test]
    fn the_first_unknown_scope_is_named() {
        for (scopes, unknown) in [
            (r#"["policy.get","x","y"]"#, "x"),
            (r#"["policy.get policy.list"]"#, "policy.get policy.list"),
            (r#"["POLICY.GET"]"#, "POLICY.GET"),
            (r#"["a\"b"]"#, "a\"b"),
        ] {
            let body = format!(r#"{{"client_id":"a","client_secret":"s","scopes":{scopes}}}"#);
            assert_eq!(refusal(&body), RefusalKind::InvalidScope(ScopeFault::Unknown(unknown.to_owned().into())));
        }
    }

    #[test]
    fn t20_credentials_in_header_and_body_are_refused() {
        let body = br#"{"client_id":"a","client_secret":"b","scopes":["policy.get"]}"#;
        for header in ["Basic YTpi", "basic !!!"] {
            let refused = parse("POST", &[JSON, ("authorization", header.as_bytes())], body);
            assert_eq!(refused.unwrap_err(), fault(RequestFault::CredentialsTwice));
        }
        assert!(parse("POST", &[JSON, ("authorization", b"Bearer x")], body).is_ok());
    }

    #[test]
    fn an_endpoint_that_the_vendor_lacks_is_a_fault_of_ours() {
        let dialect = BizzassureJson::new(&SettingsMap::new()).unwrap();
        let request = WireRequest { method: "POST", path: "/", query: None, headers: &[JSON], body: b"{}" };
        for endpoint in Endpoint::ALL.into_iter().filter(|endpoint| *endpoint != Endpoint::Token) {
            assert_eq!(dialect.parse(endpoint, &request).unwrap_err().kind, RefusalKind::Internal);
        }
    }
}
