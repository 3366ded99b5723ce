//! A part of a client or user changed, over what the file says.

use crate::gateway::Gateway;
use serde_json::json;
use std::sync::Arc;
use store::Embedded;

const DEMO: &str = "/v1/mounts/bizzassure/clients/bizzassure-demo";
const ALICE: &str = "/v1/mounts/brighthr-sandbox/users/6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69";

fn patch(gateway: &Gateway, path: &str, body: &str) -> serde_json::Value {
    let reply = gateway.call_with("PATCH", path, "Content-Type: application/merge-patch+json\r\n", body);
    assert_eq!(reply.status, 200, "{body}: {reply:?}");
    reply.json()
}

/// The store's own words on the client or user.
fn kept(store: &Embedded) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let all = runtime.block_on(issuer::state::OverrideStore::overrides(store)).unwrap();
    all.into_iter().filter_map(|change| change.body).collect()
}

#[test]
fn n43_a_patch_changes_what_it_names_and_the_patch_alone_is_kept() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(Arc::clone(&store), None);
    let before = gateway.ok("GET", DEMO, "");
    let after = patch(&gateway, DEMO, r#"{"rate_limit":"4/1m","claims":{"x":{"y":1}}}"#);
    assert_eq!((&after["public"], &after["scopes"]), (&false.into(), &before["scopes"]));
    assert_eq!((&after["rate_limit"], &after["claims"]["x"]), (&"4/1m".into(), &json!({ "y": 1 })));
    assert_eq!(gateway.token("bizzassure-demo", "bizzassure-demo-secret").status, 200, "its secret stays");
    patch(&gateway, DEMO, r#"{"rate_limit":null,"claims":{"x":{"z":2}}}"#);
    let both = r#"{"patches":[{"rate_limit":null,"claims":{"x":{"y":1,"z":2}}}]}"#;
    assert_eq!(kept(&store), [both], "nothing of what the file says");
    let again = Gateway::start_with(store, None).ok("GET", DEMO, "");
    assert_eq!((&again["claims"]["x"], &again["scopes"]), (&json!({ "y": 1, "z": 2 }), &before["scopes"]));
}

#[test]
fn n43_no_patch_makes_a_client_public_that_does_not_say_so() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(Arc::clone(&store), None);
    for (body, word) in [
        (r#"{"secret":null}"#, "public"),
        (r#"{"secret_sha256":null}"#, "public"),
        (r#"{"public":true}"#, "public"),
        (r#"{"secret":"a","secret_sha256":"b"}"#, "secret_sha256"),
        (r#"{"secret_env":"HOME"}"#, "secret_env"),
        (r#"{"id":"another"}"#, "renames"),
        (r#"{"scope":["a"]}"#, "unknown field `scope`"),
        (r#"{"trusted":"canary"}"#, "true or false"),
        (r#"{"scopes":["no.such"]}"#, "no.such"),
    ] {
        let problem = gateway.refused(400, "PATCH", DEMO, body);
        assert!(problem["detail"].to_string().contains(word), "{body}: {problem}");
        assert!(!problem.to_string().contains("canary"), "{problem}");
    }
    assert!(kept(&store).is_empty(), "nothing of a refused patch is kept");
    assert_eq!(patch(&gateway, DEMO, r#"{"secret":null,"public":true}"#)["public"], true);
    assert_eq!(patch(&gateway, DEMO, r#"{"secret":"another-secret"}"#)["public"], false);
    assert_eq!(gateway.token("bizzassure-demo", "another-secret").status, 200);
    assert_ne!(gateway.token("bizzassure-demo", "bizzassure-demo-secret").status, 200);
    assert!(!kept(&store).concat().contains("another-secret"));
    let again = Gateway::start_with(store, None);
    assert_eq!(again.token("bizzassure-demo", "another-secret").status, 200);
}

#[test]
fn n43_what_get_gave_can_be_put_and_the_secret_stays() {
    let gateway = Gateway::start();
    let client = gateway.ok("GET", DEMO, "");
    assert_eq!(gateway.ok("PUT", DEMO, &client.to_string()), client);
    assert_eq!(gateway.token("bizzassure-demo", "bizzassure-demo-secret").status, 200);
    let new = "/v1/mounts/bizzassure/clients/new";
    assert!(gateway.refused(400, "PUT", new, r#"{"public":false}"#)["detail"].to_string().contains("public"));
    assert_eq!(gateway.ok("PUT", new, "{}")["public"], true);
    gateway.refused(400, "PUT", new, r#"{"public":true,"secret":"a-long-enough-secret"}"#);

    let user = gateway.ok("GET", ALICE, "");
    assert_eq!((&user["has_password"], gateway.ok("PUT", ALICE, &user.to_string())), (&true.into(), user.clone()));
    let other = "/v1/mounts/brighthr-sandbox/users/9";
    gateway.refused(400, "PUT", other, r#"{"has_password":true}"#);
    assert_eq!(gateway.ok("PUT", other, r#"{"username":"carol"}"#)["has_password"], false);
}

#[test]
fn n43_a_user_is_patched_and_the_password_is_kept_as_its_hash() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(Arc::clone(&store), None);
    assert_eq!(patch(&gateway, ALICE, r#"{"disabled":true}"#)["has_password"], true);
    assert_eq!(kept(&store), [r#"{"patches":[{"disabled":true}]}"#], "the file's password is not copied");
    patch(&gateway, ALICE, r#"{"password":"canary-password"}"#);
    let text = kept(&store).concat();
    assert!(text.contains("$argon2id$") && !text.contains("canary"), "{text}");
    assert_eq!(patch(&gateway, ALICE, r#"{"password":null}"#)["has_password"], false);
    let taken = gateway.refused(409, "PATCH", ALICE, r#"{"username":"bob"}"#);
    assert!(taken["detail"].to_string().contains("2b7a9d64"), "{taken}");
    let again = Gateway::start_with(store, None).ok("GET", ALICE, "");
    assert_eq!(
        (&again["disabled"], &again["has_password"], &again["username"]),
        (&true.into(), &false.into(), &"alice".into())
    );
}

#[test]
fn n43_what_is_not_there_is_not_patched_and_what_was_put_stays_whole() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(Arc::clone(&store), None);
    let new = "/v1/mounts/bizzassure/clients/a%2Fb";
    gateway.refused(404, "PATCH", new, "{}");
    gateway.ok("PUT", new, r#"{"secret":"a-long-enough-secret","scopes":["employee.get"]}"#);
    assert_eq!(patch(&gateway, new, r#"{"disabled":true}"#)["id"], "a/b");
    assert!(kept(&store).concat().contains("secret_sha256"), "the whole, for no file has it");
    gateway.done("DELETE", DEMO);
    gateway.refused(404, "PATCH", DEMO, "{}");
    for body in ["[]", "1", r#""a""#, "null", r#"{"claims":{"a":1,"a":2}}"#, ""] {
        gateway.refused(400, "PATCH", new, body);
    }
    crate::gateway::problem(&gateway.call_with("PATCH", new, "Content-Type: text/plain\r\n", "{}"), 415);
    let put = gateway.call_with("PUT", new, "Content-Type: application/merge-patch+json\r\n", "{}");
    crate::gateway::problem(&put, 415);
}

#[test]
fn n43_patches_at_the_same_time_lose_nothing() {
    let gateway = Gateway::start();
    std::thread::scope(|scope| {
        for n in 0..16 {
            let gateway = &gateway;
            scope.spawn(move || patch(gateway, DEMO, &format!(r#"{{"claims":{{"c{n}":{n}}}}}"#)));
        }
    });
    let claims = gateway.ok("GET", DEMO, "")["claims"].clone();
    for n in 0..16 {
        assert_eq!(claims[format!("c{n}")], n, "{claims}");
    }
}
