//! An empty pack over the standard dialect is the standard dialect, and what departs from it departs in that alone.
#![allow(clippy::unwrap_used, reason = "a test's own values")]

use dialect::{Context, Dialect, DialectKind, Nothing, SettingsMap, WireRequest, WireResponse};
use grant::{
    AuthorizeOutcome, AuthorizeReply, Call, Client, Endpoint, GrantType, Refusal, RefusalKind, Reply, ResponseMode,
    Scopes, Seconds, TokenReply, User,
};
use pack::Pack;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::sync::Arc;

fn build(kind: &DialectKind) -> Arc<dyn Dialect> {
    kind.build(&SettingsMap::new()).unwrap()
}

fn pack(text: &str) -> Arc<dyn Dialect> {
    let text = format!("vendor = \"Acme\"\nfrom = \"openid-connect\"\n{text}");
    build(&Pack::read("acme", "acme.toml", &text).unwrap_or_else(|errors| panic!("{errors}")).kind())
}

fn context(endpoint: Endpoint) -> Context<'static> {
    Context {
        endpoint,
        path: "/",
        issuer: "https://acme.test/login",
        back_channel: None,
        request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
        asked: &Nothing,
    }
}

fn told(response: &WireResponse) -> (u16, BTreeMap<String, String>, String) {
    let headers = response.headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
    (response.status, headers, String::from_utf8(response.body.clone()).unwrap())
}

#[test]
fn every_refusal_is_the_standards() {
    let (own, standard) = (pack(""), build(&openid_connect::KIND));
    for endpoint in Endpoint::ALL {
        let missing = ["grant_type", "code", "refresh_token", "subject_token_type", "token"]
            .map(|name| RefusalKind::InvalidRequest(grant::RequestFault::Missing(name.into())));
        for kind in RefusalKind::samples().into_iter().chain(missing) {
            let error = Refusal::new(kind, "");
            let of = |dialect: &dyn Dialect| told(&dialect.encode_error(error.public(), &context(endpoint)));
            assert_eq!(of(&*own), of(&*standard), "{endpoint:?} {:?}", error.kind);
        }
    }
}

fn token_reply() -> Reply {
    Reply::Token(TokenReply {
        grant_type: GrantType::AuthorizationCode,
        access_token: "a.b.c".to_owned().into(),
        expires_in: Seconds(3600),
        id_token: Some("d.e.f".to_owned().into()),
        refresh_token: Some("r".to_owned().into()),
        scopes: Scopes::parse("openid api").unwrap(),
        scope_requested: true,
        facts: grant::Granted::default(),
    })
}

fn code(client: Client, user: User) -> Reply {
    Reply::Authorize(AuthorizeReply {
        redirect_uri: "https://client.test/cb".to_owned(),
        mode: ResponseMode::Query,
        state: Some("s".to_owned()),
        session_state: None,
        client: Some(client.into()),
        user: Some(user.into()),
        outcome: AuthorizeOutcome::Code {
            code: "c0de".to_owned().into(),
            scopes: Scopes::parse("user.info video").unwrap(),
        },
    })
}

fn jane() -> User {
    let mut claims = grant::Claims::empty();
    claims.set("company", "913".into());
    User { sub: "jane".into(), username: "jane".into(), password: None, disabled: false, denies_consent: false, claims }
}

#[test]
fn every_answer_is_the_standards() {
    let (own, standard) = (pack(""), build(&openid_connect::KIND));
    for (endpoint, reply) in [
        (Endpoint::Token, token_reply()),
        (Endpoint::Authorize, code(Client::new("web"), jane())),
        (Endpoint::Introspect, Reply::Introspection(None)),
        (Endpoint::Revoke, Reply::Revoked),
        (Endpoint::EndSession, Reply::EndSession(None)),
        (Endpoint::Discovery, Reply::Discovery),
        (Endpoint::Jwks, Reply::Jwks(Vec::new())),
    ] {
        let of = |dialect: &dyn Dialect| told(&dialect.encode(&reply, &context(endpoint)));
        assert_eq!(of(&*own), of(&*standard), "{endpoint:?}");
    }
    let settings = |dialect: &dyn Dialect| dialect.settings().iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(settings(&*own), settings(&*standard));
    let known = |dialect: &dyn Dialect| dialect.known_claims().user.len();
    assert_eq!((own.routes().len(), known(&*own)), (standard.routes().len(), known(&*standard)));
}

fn ask(dialect: &dyn Dialect, query: &str) -> Result<grant::AuthorizeRequest, Refusal> {
    let request = WireRequest { method: "GET", path: "/authorize", query: Some(query), headers: &[], body: b"" };
    match dialect.parse(Endpoint::Authorize, &request)? {
        Call::Authorize(asked) => Ok(*asked),
        other => panic!("{other:?}"),
    }
}

const DEPARTS: &str = r#"
[authorize]
path = "/v2/auth/authorize/"
scope_separator = ","
pkce = "ignored"
response_type_optional = true
[authorize.names]
client_id = "client_key"
[authorize.callback]
code = "auth_code"
iss = ""
members = { scopes = "{{scopes|join:,}}", realmId = "{{user.company}}", location = "{{client.location}}" }
error_members = { error_type = "oauth" }
[introspect]
path = "/inspect"
answer.body = '{"valid":true,"owner":"{{sub}}"}'
inactive.body = '{"valid":false}'
[revoke]
path = "/v2/oauth/revoke/"
names = { token = "access_token" }
answer.body = '{"ok":true}'
[discovery]
without = ["claims_supported"]
members = { tenant = "acme", issuer = "https://{{host?}}acme.test", mtls = false }
[jwks]
path = []
"#;

#[test]
fn the_request_to_authorize_has_the_vendors_names() {
    let dialect = pack(DEPARTS);
    let query = "client_key=web&redirect_uri=https%3A%2F%2Fclient.test%2Fcb&scope=openid,api&code_challenge=x";
    let asked = ask(&*dialect, query).unwrap();
    assert_eq!((asked.client_id.as_deref(), asked.response_type.as_deref()), (Some("web"), Some("code")));
    assert_eq!(asked.scopes.unwrap().unwrap().joined(), "openid api");
    assert_eq!(asked.challenge, None, "PKCE counts for nothing");
    let missing = ask(&*dialect, "client_id=web").unwrap_err();
    assert!(missing.cause.contains("`client_key`"), "{}", missing.cause);
    let refuses = pack("[authorize]\npkce = \"refused\"\n");
    assert_eq!(ask(&*refuses, "client_id=web&code_challenge=x").unwrap().unserved, Some("code_challenge"));
    let required = pack("[authorize]\npkce = \"required\"\n");
    assert!(required.policy().sign_in.as_ref().unwrap().pkce_required);
}

#[test]
fn the_callback_says_what_the_vendor_says() {
    let dialect = pack(DEPARTS);
    let mut web = Client::new("web");
    web.claims.set("location", "eu&x=1".into());
    let answer = dialect.encode(&code(web, jane()), &context(Endpoint::Authorize));
    assert_eq!(
        answer.header("location"),
        Some("https://client.test/cb?auth_code=c0de&state=s&scopes=user.info%2Cvideo&realmId=913&location=eu%26x%3D1")
    );
    let Reply::Authorize(reply) = code(Client::new("web"), jane()) else { unreachable!() };
    let refused = AuthorizeReply { outcome: AuthorizeOutcome::Refused(RefusalKind::AccessDenied), user: None, ..reply };
    let answer = dialect.encode(&Reply::Authorize(refused), &context(Endpoint::Authorize));
    assert_eq!(answer.header("location"), Some("https://client.test/cb?error=access_denied&state=s&error_type=oauth"));
}

#[test]
fn endpoints_are_moved_renamed_templated_and_switched_off() {
    let dialect = pack(DEPARTS);
    let has = |endpoint| dialect.routes().iter().any(|route| route.endpoint == endpoint);
    assert!(!has(Endpoint::Jwks) && has(Endpoint::UserInfo));
    let body = |endpoint, reply| told(&dialect.encode(&reply, &context(endpoint))).2;
    assert_eq!(body(Endpoint::Introspect, Reply::Introspection(None)), r#"{"valid":false}"#);
    assert_eq!(body(Endpoint::Revoke, Reply::Revoked), r#"{"ok":true}"#);
    let metadata: serde_json::Value = serde_json::from_str(&body(Endpoint::Discovery, Reply::Discovery)).unwrap();
    assert_eq!(metadata["introspection_endpoint"], "https://acme.test/login/inspect");
    assert!(metadata.get("jwks_uri").is_none() && metadata.get("claims_supported").is_none(), "{metadata}");
    assert_eq!((&metadata["tenant"], &metadata["mtls"]), (&"acme".into(), &false.into()));
    let form: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
    let asked = b"client_id=web&client_secret=s&access_token=t&token=x";
    let request = WireRequest { method: "POST", path: "/v2/oauth/revoke/", query: None, headers: &form, body: asked };
    let Ok(Call::Revoke(asked)) = dialect.parse(Endpoint::Revoke, &request) else { panic!("no revocation") };
    assert!(asked.client.is_ok() && asked.token.is_some());
}

#[test]
fn a_token_that_is_revoked_by_json_has_the_vendors_name() {
    let json: [(&str, &[u8]); 2] =
        [("content-type", b"application/json"), ("authorization", b"Basic d2ViOnNlY3JldA==")];
    for (name, body) in [
        ("access_token", r#"{"access_token":"t","token":"x"}"#),
        ("token", r#"{"token":"t","access_token":"x"}"#),
        ("data.token", r#"{"data":{"token":"t"},"token":"x"}"#),
    ] {
        let dialect = pack(&format!("[revoke]\nbody = [\"json\", \"form\"]\nnames = {{ token = {name:?} }}\n"));
        let body = body.as_bytes();
        let request = WireRequest { method: "POST", path: "/revoke", query: None, headers: &json, body };
        let Ok(Call::Revoke(asked)) = dialect.parse(Endpoint::Revoke, &request) else { panic!("no revocation") };
        assert_eq!(asked.token.as_ref().map(ExposeSecret::expose_secret), Some("t"), "{name}");
        let request = WireRequest { body: br#"{"access_token":1,"token":1,"data":{"token":1}}"#, ..request };
        let why = dialect.parse(Endpoint::Revoke, &request).unwrap_err();
        assert!(why.cause.contains(&format!("`{name}`")), "{}", why.cause);
    }
}

#[test]
fn a_token_that_is_missing_has_the_vendors_name() {
    let dialect = pack(DEPARTS);
    let missing = Refusal::missing("token");
    for (endpoint, name) in [(Endpoint::Revoke, " access_token "), (Endpoint::Introspect, " token ")] {
        let answer = dialect.encode_error(missing.public(), &context(endpoint));
        assert!(told(&answer).2.contains(name), "{endpoint:?}: {}", told(&answer).2);
    }
}

#[test]
fn tokens_of_the_packs_own_are_told_from_those_of_the_base() {
    let error = Pack::read(
        "acme",
        "acme.toml",
        "vendor = \"Acme\"\nfrom = \"openid-connect\"\n[authorize]\nnames = { client = \"x\" }\n",
    );
    assert!(error.unwrap_err().to_string().contains("client_id"));
    let error = Pack::read("acme", "acme.toml", "vendor = \"Acme\"\n[end_session]\npath = \"/bye\"\n").unwrap_err();
    assert!(error.to_string().contains("openid-connect"), "{error}");
}
