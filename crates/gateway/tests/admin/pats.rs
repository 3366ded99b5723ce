//! Personal access tokens: made, listed, used and revoked.

use crate::gateway::{Gateway, Reply};
use serde_json::json;

const SUB: &str = "6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69";
const ALICE: &str = "/v1/mounts/brighthr-sandbox/users/alice/pats";
const USERINFO: &str = "/brighthr-sandbox/connect/userinfo";
const VERIFY: &str = "/_gateway/verify/brighthr-sandbox";

fn introspect(gateway: &Gateway, token: &str) -> Reply {
    let body = format!("client_id=brighthr-sandbox-app&client_secret=brighthr-sandbox-app-secret&token={token}");
    gateway.post_form("/brighthr-sandbox/connect/introspect", &body)
}

#[test]
fn a_token_acts_for_its_user_with_its_scopes_until_it_is_revoked() {
    let gateway = Gateway::start();
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":1000000}"#);
    let made = gateway.ok("POST", ALICE, r#"{"name":"ci","scope":"openid profile company:read","ttl":3600}"#);
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert!(token.starts_with("bhr_pat_"), "{made}");
    let expected = json!({ "id": id, "name": "ci", "scope": "openid profile company:read",
        "created_at": 1_000_000, "expires_at": 1_003_600, "token": token });
    assert_eq!(made, expected);
    let by_sub = format!("/v1/mounts/brighthr-sandbox/users/{SUB}/pats");
    let mut row = json!({ "id": id, "name": "ci", "scope": "openid profile company:read", "created_at": 1_000_000,
        "expires_at": 1_003_600, "last_used": null, "expired": false });
    assert_eq!(gateway.ok("GET", &by_sub, ""), json!([row]));

    assert_eq!(gateway.get_with(USERINFO, token).json()["sub"], SUB);
    let active = introspect(&gateway, token).json();
    assert_eq!((&active["active"], &active["sub"]), (&true.into(), &SUB.into()), "{active}");
    let allowed = gateway.get_with(&format!("{VERIFY}?user=required&scope=company:read"), token);
    assert_eq!(allowed.status, 200, "{allowed:?}");
    assert!(allowed.head.contains(&format!("\r\nx-auth-subject: {SUB}\r\n")), "{allowed:?}");
    assert_eq!(gateway.get_with(&format!("{VERIFY}?scope=employee:read"), token).status, 403);
    row["last_used"] = 1_000_000.into();
    assert_eq!(gateway.ok("GET", ALICE, ""), json!([row]));

    gateway.done("DELETE", &format!("{ALICE}/{id}"));
    for path in [USERINFO, VERIFY] {
        assert_eq!(gateway.get_with(path, token).status, 401, "{path}");
    }
    assert_eq!(introspect(&gateway, token).json(), json!({ "active": false }));
    gateway.refused(404, "DELETE", &format!("{ALICE}/{id}"), "");
    assert_eq!(gateway.ok("GET", ALICE, ""), json!([]));
}

#[test]
fn one_that_has_ended_is_listed_as_such() {
    let gateway = Gateway::start();
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":1000000}"#);
    let token = gateway.ok("POST", ALICE, r#"{"name":"short","ttl":1}"#)["token"].as_str().unwrap().to_owned();
    assert_eq!(gateway.get_with(USERINFO, &token).status, 200);
    gateway.ok("POST", "/v1/clock/advance", r#"{"seconds":1}"#);
    assert_eq!(gateway.get_with(USERINFO, &token).status, 401);
    assert_eq!(gateway.ok("GET", ALICE, "")[0]["expired"], true);
}

#[test]
fn what_no_token_can_be_is_refused_with_a_remedy() {
    let gateway = Gateway::start();
    for (body, word) in [
        (r#"{"name":" "}"#, "name"),
        (r#"{"name":"a\u0007"}"#, "name"),
        (r#"{"name":"a","scope":"nowhere"}"#, "company:read"),
        (r#"{"name":"a","scope":"openid offline_access"}"#, "company:read"),
        (r#"{"name":"a","scope":""}"#, "scope"),
        (r#"{"name":"a","ttl":0}"#, "31536000"),
        (r#"{"name":"a","ttl":31536001}"#, "31536000"),
        (r#"{"name":"a","days":1}"#, "days"),
    ] {
        let detail = gateway.refused(400, "POST", ALICE, body)["detail"].to_string();
        assert!(detail.contains(word), "{body}: {detail}");
    }
    for (method, path) in [("GET", ""), ("POST", ""), ("DELETE", "/1")] {
        let body = if method == "POST" { r#"{"name":"a"}"# } else { "" };
        let path = |user: &str| format!("/v1/mounts/{user}/pats{path}");
        let none = gateway.refused(400, method, &path("screeningeagle/users/test"), body);
        assert!(none["remedy"].to_string().contains("brighthr-sandbox, brighthr"), "{none}");
        let nobody = gateway.refused(404, method, &path("brighthr-sandbox/users/nobody"), body);
        assert!(nobody["detail"].to_string().contains("nobody"), "{nobody}");
    }
    gateway.refused(404, "GET", "/v1/mounts/nowhere/users/alice/pats", "");
    assert_eq!(gateway.ok("GET", ALICE, ""), json!([]), "nothing was made");
}

#[test]
fn a_disabled_user_gets_none_and_those_there_are_can_be_revoked() {
    let gateway = Gateway::start();
    let user = format!("/v1/mounts/brighthr-sandbox/users/{SUB}");
    let made = gateway.ok("POST", ALICE, r#"{"name":"ci"}"#);
    gateway.ok("PUT", &user, r#"{"username":"alice","disabled":true}"#);
    gateway.refused(404, "POST", ALICE, r#"{"name":"more"}"#);
    assert_eq!(gateway.get_with(USERINFO, made["token"].as_str().unwrap()).status, 401);
    assert_eq!(gateway.ok("GET", ALICE, "")[0]["id"], made["id"]);
    gateway.done("DELETE", &format!("{ALICE}/{}", made["id"].as_str().unwrap()));
}

#[test]
fn a_hundred_are_enough_for_one_user() {
    let gateway = Gateway::start();
    for _ in 0..100 {
        gateway.ok("POST", ALICE, r#"{"name":"ci"}"#);
    }
    let full = gateway.refused(409, "POST", ALICE, r#"{"name":"ci"}"#);
    assert!(full["remedy"].to_string().contains("DELETE"), "{full}");
    let one = gateway.ok("GET", ALICE, "")[0]["id"].as_str().unwrap().to_owned();
    gateway.refused(404, "DELETE", &format!("/v1/mounts/brighthr-sandbox/users/bob/pats/{one}"), "");
    gateway.done("DELETE", &format!("{ALICE}/{one}"));
    gateway.ok("POST", ALICE, r#"{"name":"ci"}"#);
}
