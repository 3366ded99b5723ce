//! The journal says how far each request came: what it asked for, what it was given, which tokens it brought and took,
//! and what each phase decided.

use crate::gateway::{Gateway, Reply, exchange};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ALICE: &str = "6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69";

/// Posts a form as a client, and returns the answer with the entry.
fn post(gateway: &Gateway, path: &str, client: &str, secret: &str, form: &str) -> (Value, Value) {
    let basic = STANDARD.encode(format!("{client}:{secret}"));
    let reply = exchange(
        gateway.public,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic {basic}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    );
    let body = if reply.body.is_empty() { Value::Null } else { reply.json() };
    (body, entry(gateway))
}

/// The newest entry.
fn entry(gateway: &Gateway) -> Value {
    gateway.ok("GET", "/v1/journal?limit=1", "")[0].clone()
}

fn get(gateway: &Gateway, path: &str) -> Reply {
    exchange(gateway.public, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
}

/// The phases of an entry, with `!` before one that refused.
fn phases(entry: &Value) -> String {
    let decision = |decision: &Value| {
        let mark = if decision["decision"] == "passed" { "" } else { "!" };
        format!("{mark}{}", decision["phase"].as_str().unwrap())
    };
    entry["phases"].as_array().into_iter().flatten().map(decision).collect::<Vec<_>>().join(" ")
}

/// The `jti` of a JWT.
fn jti(token: &Value) -> Value {
    let payload = token.as_str().and_then(|token| token.split('.').nth(1)).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert!(payload["jti"].is_string(), "{payload}");
    payload["jti"].clone()
}

#[test]
fn a_token_of_a_clients_own_has_its_scopes_and_its_id() {
    let gateway = Gateway::start();
    let bits = |secret, form| post(&gateway, "/bits/v1/oauth2/token", "bits-demo", secret, form);
    let (reply, entry) = bits("bits-demo-secret", "grant_type=client_credentials&scope=application.read");
    assert_eq!(phases(&entry), "client grant scopes entitlement rate_limit proof");
    assert_eq!((&entry["auth"], &entry["grant"]), (&json!("basic"), &json!("client_credentials")));
    assert_eq!((&entry["scope_asked"], &entry["scope"]), (&json!("application.read"), &json!("application.read")));
    assert_eq!(entry["issued"], json!({ "access_token": jti(&reply["access_token"]) }));
    for absent in ["user", "pkce", "presented"] {
        assert!(entry.get(absent).is_none(), "{entry}");
    }

    let (_, entry) = bits("wrong", "grant_type=client_credentials");
    assert_eq!((phases(&entry), entry.get("issued")), ("!client".to_owned(), None));
    let (_, entry) = bits("bits-demo-secret", "grant_type=password");
    assert_eq!(phases(&entry), "client !grant");
    let form = "grant_type=client_credentials&scope=nothing";
    let (_, entry) = post(&gateway, "/brighthr/connect/token", "brighthr-app", "brighthr-app-secret", form);
    assert_eq!((phases(&entry), &entry["scope_asked"]), ("client grant !scopes".to_owned(), &json!("nothing")));
}

#[test]
fn a_refusal_says_which_phase_refused_in_each_dialect() {
    let gateway = Gateway::start();
    assert_eq!(gateway.token("bizzassure-limited", "bizzassure-limited-secret").status, 200);
    let first = entry(&gateway);
    assert_eq!((&first["auth"], &first["scope"]), (&json!("json"), &json!("employee.get")));
    for _ in 0..2 {
        gateway.token("bizzassure-limited", "bizzassure-limited-secret");
    }
    assert_eq!(phases(&entry(&gateway)), "client grant scopes entitlement !rate_limit");
    let path = "/screeningeagle/api/id/v1/auth/token";
    let disabled = ("screeningeagle-disabled", "screeningeagle-disabled-secret");
    let (_, refused) = post(&gateway, path, disabled.0, disabled.1, "grant_type=client_credentials");
    assert_eq!((phases(&refused), &refused["auth"]), ("!client".to_owned(), &json!("basic")), "{refused}");
    let form = "grant_type=authorization_code&code=none&redirect_uri=https://client.test/cb";
    let client = ("brighthr-sandbox-web", "brighthr-sandbox-web-secret");
    let (_, refused) = post(&gateway, "/brighthr-sandbox/connect/token", client.0, client.1, form);
    assert_eq!(phases(&refused), "client grant scopes entitlement rate_limit !proof");
}

#[test]
fn a_code_and_what_comes_of_it_have_user_challenge_and_ids() {
    let gateway = Gateway::start();
    let client = ("brighthr-sandbox-web", "brighthr-sandbox-web-secret");
    let order = json!({
        "client_id": client.0, "user": ALICE, "redirect_uri": "https://client.test/cb", "code_challenge": CHALLENGE,
        "scope": "openid profile offline_access",
    });
    let code = gateway.ok("POST", "/v1/mounts/brighthr-sandbox/codes", &order.to_string())["code"].clone();
    let form = format!(
        "grant_type=authorization_code&code={}&redirect_uri=https://client.test/cb&code_verifier={VERIFIER}",
        code.as_str().unwrap()
    );
    let path = "/brighthr-sandbox/connect/token";
    let (tokens, granted) = post(&gateway, path, client.0, client.1, &form);
    assert_eq!(phases(&granted), "client grant scopes entitlement rate_limit proof");
    assert_eq!((&granted["user"], &granted["pkce"]), (&json!(ALICE), &json!("S256")), "{granted}");
    assert_eq!(granted["scope"], "openid profile offline_access");
    let access = jti(&tokens["access_token"]);
    assert_eq!(granted["issued"]["access_token"], access, "{granted}");
    assert!(granted["issued"].get("refresh_token").is_none(), "a handle has no id: {granted}");

    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(gateway.get_with("/brighthr-sandbox/connect/userinfo", token).status, 200);
    let shown = entry(&gateway);
    assert_eq!((phases(&shown), &shown["user"]), ("token entitlement".to_owned(), &json!(ALICE)), "{shown}");
    assert_eq!((&shown["presented"], &shown["scope"]), (&json!({ "access_token": access }), &granted["scope"]));
    gateway.get_with("/brighthr-sandbox/connect/userinfo", "none.of.ours");
    assert_eq!(phases(&entry(&gateway)), "!token");
    let demand = "/_gateway/verify/brighthr-sandbox?scope=company:read";
    assert_eq!(gateway.get_with(demand, token).status, 403);
    assert_eq!(phases(&entry(&gateway)), "token !entitlement");
    for (asked, expected) in [(token, "client token"), ("none", "client !token")] {
        let form = format!("token={asked}");
        let (_, told) = post(&gateway, "/brighthr-sandbox/connect/introspect", client.0, client.1, &form);
        assert_eq!((phases(&told).as_str(), &told["client_id"]), (expected, &json!(client.0)), "{told}");
    }

    let refresh = format!("grant_type=refresh_token&refresh_token={}", tokens["refresh_token"].as_str().unwrap());
    let (_, refreshed) = post(&gateway, path, client.0, client.1, &refresh);
    assert_eq!((&refreshed["user"], &refreshed["scope"]), (&json!(ALICE), &granted["scope"]), "{refreshed}");
}

#[test]
fn a_refresh_token_that_is_a_jwt_is_issued_and_presented_by_its_id() {
    let gateway = Gateway::start();
    let client = ("screeningeagle-demo", "screeningeagle-demo-secret");
    let order = json!({
        "client_id": client.0, "user": "1302", "redirect_uri": "https://client.test/cb", "scope": "openid offline",
    });
    let code = gateway.ok("POST", "/v1/mounts/screeningeagle/codes", &order.to_string())["code"].clone();
    let ask = |form: &str| post(&gateway, "/screeningeagle/api/id/v1/auth/token", client.0, client.1, form);
    let code = code.as_str().unwrap();
    let (tokens, granted) =
        ask(&format!("grant_type=authorization_code&redirect_uri=https://client.test/cb&code={code}"));
    let id = jti(&tokens["refresh_token"]);
    assert_eq!(granted["issued"]["refresh_token"], id, "{granted}");
    let token = tokens["refresh_token"].as_str().unwrap();
    let (_, refreshed) = ask(&format!("grant_type=refresh_token&refresh_token={token}"));
    assert_eq!(refreshed["presented"], json!({ "refresh_token": id }), "{refreshed}");
    assert_eq!((&refreshed["user"], phases(&refreshed).ends_with(" proof")), (&json!("1302"), true), "{refreshed}");
}

#[test]
fn an_authorization_request_says_how_far_it_came() {
    let gateway = Gateway::start();
    let ask = |query: &str| {
        get(
            &gateway,
            &format!("/brighthr-sandbox/connect/authorize?client_id=brighthr-sandbox-web&response_type=code&{query}"),
        );
        entry(&gateway)
    };
    let uri = "redirect_uri=https://client.test/cb";
    let pkce = format!("code_challenge={CHALLENGE}&code_challenge_method");
    let silent = ask(&format!("{uri}&scope=openid&{pkce}=S256&prompt=none"));
    assert_eq!(phases(&silent), "client redirect_uri grant scopes entitlement !sign_in");
    assert_eq!((&silent["pkce"], &silent["scope_asked"]), (&json!("S256"), &json!("openid")), "{silent}");
    assert!(silent.get("scope").is_none(), "nothing was granted: {silent}");
    let plain = ask(&format!("{uri}&scope=openid&{pkce}=plain"));
    assert_eq!((phases(&plain).as_str(), &plain["pkce"]), ("client redirect_uri !grant", &json!("plain")));
    assert_eq!(phases(&ask("redirect_uri=https://evil.test/")), "client !redirect_uri");
    let unknown = ask(&format!("{uri}&scope=openid+nothing&{pkce}=S256"));
    assert_eq!(phases(&unknown), "client redirect_uri grant !scopes", "{unknown}");
    let waiting = ask(&format!("{uri}&scope=openid&{pkce}=S256"));
    assert_eq!(phases(&waiting), "client redirect_uri grant scopes entitlement", "a page is shown: {waiting}");
}
