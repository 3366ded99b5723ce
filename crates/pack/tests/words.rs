//! Devices, exchanges and faults of grants in a vendor's own words.
#![allow(clippy::unwrap_used, reason = "a test's own values")]

use dialect::{Asked, Context, Dialect, SettingsMap, WireRequest, WireResponse};
use grant::{
    Call, DeviceReply, Endpoint, Fault, GrantType, PresentedKind, Proof, Refusal, RefusalKind, Reply, Seconds,
};
use pack::Pack;
use secrecy::ExposeSecret;
use std::borrow::Cow;
use std::sync::Arc;

fn pack(text: &str) -> Arc<dyn Dialect> {
    let pack = Pack::read("acme", "acme.toml", text).unwrap_or_else(|errors| panic!("{errors}"));
    pack.kind().build(&SettingsMap::new()).unwrap()
}

/// A refused request of which that much is known.
#[derive(Debug, Default)]
struct Refused {
    grant: Option<GrantType>,
    fault: Option<Fault>,
    interval: Option<Seconds>,
}

impl Asked for Refused {
    fn now(&self) -> i64 {
        0
    }

    fn header(&self, _: &str) -> Option<&str> {
        None
    }

    fn client(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn is_client_known(&self) -> bool {
        true
    }

    fn grant(&self) -> Option<GrantType> {
        self.grant
    }

    fn fault(&self) -> Option<Fault> {
        self.fault
    }

    fn interval(&self) -> Option<Seconds> {
        self.interval
    }
}

fn context(endpoint: Endpoint, asked: &dyn Asked) -> Context<'_> {
    let issuer = "https://acme.test/login";
    let request_id = "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10";
    Context { endpoint, path: "/", issuer, back_channel: None, request_id, asked }
}

fn body(response: &WireResponse) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

fn proof(dialect: &dyn Dialect, form: &str) -> Result<Proof, Refusal> {
    let headers: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
    let path = "/token";
    let wire = WireRequest { method: "POST", path, query: None, headers: &headers, body: form.as_bytes() };
    match dialect.parse(Endpoint::Token, &wire)? {
        Call::Token(request) => request.proof,
        other => panic!("{other:?}"),
    }
}

/// A scenario acts between reading and looking at credentials, so that what is lacking is told where credentials are.
#[test]
fn what_a_request_lacks_is_told_first_and_is_no_fault_of_reading_it() {
    let first = "[token]\nbody = [\"json\"]\nchecks = \"request_first\"\ngrants = [\"client_credentials\"]\n\
                 client.in = [\"body\"]\nscope.missing = \"refused\"\nparameters.site.required = true\n";
    let dialect = pack(first);
    let headers: [(&str, &[u8]); 1] = [("content-type", b"application/json")];
    let mut members = String::new();
    for (member, lacking) in [
        ("", "client_id"),
        (r#""client_id":"a""#, "client_secret"),
        (r#","client_secret":"b""#, "grant_type"),
        (r#","grant_type":"client_credentials""#, "scope"),
        (r#","scope":"api""#, "site"),
    ] {
        members.push_str(member);
        let body = format!("{{{members}}}");
        let wire =
            WireRequest { method: "POST", path: "/token", query: None, headers: &headers, body: body.as_bytes() };
        let Ok(Call::Token(asked)) = dialect.parse(Endpoint::Token, &wire) else { panic!("{body} is not read") };
        let Err(why) = asked.client else { panic!("{body} lacks nothing") };
        assert!(why.cause.contains(&format!("`{lacking}`")), "{body}: {}", why.cause);
    }
    let broken = WireRequest { method: "POST", path: "/token", query: None, headers: &headers, body: b"{" };
    assert!(dialect.parse(Endpoint::Token, &broken).is_err());
}

#[test]
fn client_credentials_are_meant_where_nothing_stands_for_another_grant() {
    let dialect = pack(
        "[token]\ngrants = [\"client_credentials\", \"authorization_code\", \"refresh_token\"]\ngrant_field = \"\"\n\
         client_credentials.implied = true\nauthorization_code = { implied = true, redirect_uri_optional = true }\n\
         refresh_token.implied = true\n",
    );
    for (form, expected) in [
        ("client_id=a", GrantType::ClientCredentials),
        ("client_id=a&code=c", GrantType::AuthorizationCode),
        ("client_id=a&refresh_token=r", GrantType::RefreshToken),
    ] {
        assert_eq!(proof(&*dialect, form).unwrap().grant_type(), expected, "{form}");
    }
}

const DEVICES: &str = r#"
[token]
grants = ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]
device_code = { is = ["device_code", "urn:ietf:params:oauth:grant-type:device_code"], code = "code" }
[device_authorization]
path = "/devicecode"
page = "/devicelogin"
names = { scope = "resource" }
answer.body = '{"user_code":"{{user_code}}","device_code":"{{device_code}}","wait":"{{interval}}","message":"Go to {{verification_uri}} and enter {{user_code}}."}'
[errors.authorization_pending]
words = { error = "waiting" }
[errors.slow_down]
body = '{"error":"{{error}}","interval":{{interval?}}}'
"#;

#[test]
fn a_device_is_served_in_the_vendors_words_over_either_base() {
    for base in ["oauth2", "openid-connect"] {
        let dialect = pack(&format!("from = \"{base}\"\n{DEVICES}"));
        assert_eq!(dialect.pages().unwrap().device, Some("/devicelogin"), "{base}");
        assert!(dialect.policy().device.is_some_and(|terms| terms.interval == Seconds(5)), "{base}");
        for name in ["device_code", "urn:ietf:params:oauth:grant-type:device_code"] {
            match proof(&*dialect, &format!("grant_type={name}&code=x&client_id=c")).unwrap() {
                Proof::DeviceCode { code } => assert_eq!(code.expose_secret(), "x"),
                other => panic!("{base}: {other:?}"),
            }
        }
        let headers: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
        let asked = b"client_id=tv&resource=api";
        let wire = WireRequest { method: "POST", path: "/devicecode", query: None, headers: &headers, body: asked };
        let Call::DeviceAuthorization(asked) = dialect.parse(Endpoint::DeviceAuthorization, &wire).unwrap() else {
            panic!("no device")
        };
        assert_eq!(asked.client.unwrap().id.as_str(), "tv");
        assert_eq!(asked.scopes.unwrap().unwrap().joined(), "api");
        let reply = Reply::DeviceAuthorization(DeviceReply {
            device_code: "d".to_owned().into(),
            user_code: "BCDF-GHJK".to_owned(),
            expires_in: Seconds(600),
            interval: Seconds(5),
        });
        let told = dialect.encode(&reply, &context(Endpoint::DeviceAuthorization, &Refused::default()));
        let message = "Go to https://acme.test/login/devicelogin and enter BCDF-GHJK.";
        let expected = format!(r#"{{"user_code":"BCDF-GHJK","device_code":"d","wait":"5","message":"{message}"}}"#);
        assert_eq!(body(&told), expected);
    }
}

fn refused(dialect: &dyn Dialect, kind: RefusalKind, asked: &Refused) -> String {
    let error = Refusal::new(kind, "");
    body(&dialect.encode_error(error.public(), &context(Endpoint::Token, asked))).to_owned()
}

#[test]
fn a_device_that_polls_is_never_told_that_its_code_is_dead() {
    let dialect = pack(&format!("{DEVICES}\n[errors.invalid_grant]\nwords = {{ error = \"bad_code\" }}\n"));
    let pending = refused(&*dialect, RefusalKind::AuthorizationPending, &Refused::default());
    assert!(pending.starts_with(r#"{"error":"waiting""#), "{pending}");
    let expired = refused(&*dialect, RefusalKind::ExpiredToken, &Refused::default());
    assert!(expired.starts_with(r#"{"error":"expired_token""#), "{expired}");
    let early = Refused { interval: Some(Seconds(10)), ..Refused::default() };
    assert_eq!(refused(&*dialect, RefusalKind::SlowDown, &early), r#"{"error":"slow_down","interval":10}"#);
    assert_eq!(refused(&*dialect, RefusalKind::SlowDown, &Refused::default()), r#"{"error":"slow_down"}"#);
}

#[test]
fn a_pack_tells_which_fault_a_grant_has_where_it_says_so() {
    let dialect = pack(
        r#"
[errors]
body = '{"error":"{{error}}"}'
[errors.invalid_grant]
words = { error = "dead" }
device_code.words = { error = "no_device" }
assertion.words = { error = "no_assertion" }
assertion.signature.words = { error = "no_key" }
"#,
    );
    for (grant, fault, told) in [
        (None, None, "dead"),
        (Some(GrantType::AuthorizationCode), Some(Fault::Spent), "dead"),
        (Some(GrantType::DeviceCode), None, "no_device"),
        (Some(GrantType::JwtBearer), Some(Fault::Audience), "no_assertion"),
        (Some(GrantType::JwtBearer), Some(Fault::Signature), "no_key"),
        (Some(GrantType::RefreshToken), Some(Fault::Signature), "dead"),
    ] {
        let asked = Refused { grant, fault, interval: None };
        assert_eq!(
            refused(&*dialect, RefusalKind::InvalidGrant, &asked),
            format!(r#"{{"error":"{told}"}}"#),
            "{asked:?}"
        );
    }
}

#[test]
fn an_exchange_has_the_vendors_names_and_types() {
    let dialect = pack(
        r#"
[token]
grants = ["urn:ietf:params:oauth:grant-type:token-exchange"]
[token.token_exchange]
is = "swap"
subject_token = "session"
subject_token_type = "session_type"
requested_token_type = "wanted"
access_token = []
id_token = ["session-token"]
issued = ["online", "offline"]
"#,
    );
    let Proof::TokenExchange(exchange) =
        proof(&*dialect, "grant_type=swap&session=s&session_type=session-token&wanted=offline").unwrap()
    else {
        panic!("no exchange")
    };
    assert_eq!((exchange.subject.token.expose_secret(), exchange.subject.kind), ("s", PresentedKind::Id));
    assert!(exchange.actor.is_none() && exchange.audience.is_none());
    for (form, field) in [
        ("grant_type=swap&session_type=session-token", "session"),
        ("grant_type=swap&session=s&session_type=urn:ietf:params:oauth:token-type:access_token", "session_type"),
        ("grant_type=swap&session=s&session_type=session-token&wanted=forever", "wanted"),
    ] {
        let Proof::Incomplete { error, .. } = proof(&*dialect, form).unwrap() else { panic!("{form}") };
        assert!(error.cause.contains(&format!("`{field}`")), "{form}: {}", error.cause);
    }
}
