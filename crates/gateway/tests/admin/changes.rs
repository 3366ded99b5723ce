//! Clients, users and settings.

use crate::gateway::Gateway;
use configuration::{Environment, Flags};
use serde_json::json;
use std::sync::Arc;
use store::Embedded;
use surface::app::App;

const CLIENT: &str = "/v1/mounts/bizzassure/clients/new";
const USERS: &str = "/v1/mounts/brighthr-sandbox/users";

#[test]
fn a_client_is_made_replaced_and_removed() {
    let gateway = Gateway::start();
    let body = r#"{"secret":"canary-secret","scopes":["employee.get"],"rate_limit":"2/1h"}"#;
    let made = gateway.ok("PUT", CLIENT, body);
    assert_eq!((&made["id"], &made["public"], &made["rate_limit"]), (&"new".into(), &false.into(), &"2/1h".into()));
    assert!(!made.to_string().contains("canary"), "{made}");
    assert_eq!(gateway.ok("GET", CLIENT, ""), made);
    assert_eq!(gateway.token("new", "canary-secret").status, 200);
    gateway.ok("PUT", CLIENT, r#"{"id":"new","secret":"another-secret","scopes":["employee.get"]}"#);
    assert_ne!(gateway.token("new", "canary-secret").status, 200, "the old secret is gone");
    assert_eq!(gateway.token("new", "another-secret").status, 200);
    gateway.done("DELETE", CLIENT);
    gateway.refused(404, "DELETE", CLIENT, "");
    gateway.refused(404, "GET", CLIENT, "");
    assert_ne!(gateway.token("new", "another-secret").status, 200);
    gateway.done("DELETE", "/v1/mounts/bizzassure/clients/bizzassure-demo");
    assert_ne!(gateway.token("bizzassure-demo", "bizzassure-demo-secret").status, 200);
}

#[test]
fn a_client_that_does_not_fit_is_refused_by_key() {
    let gateway = Gateway::start();
    for (body, word) in [
        (r#"{"secret_file":"/etc/passwd"}"#, "secret_file"),
        (r#"{"secret_env":"HOME"}"#, "secret_env"),
        (r#"{"secret":"a","secret_sha256":"b"}"#, "secret_sha256"),
        (r#"{"scopes":["no.such"]}"#, "no.such"),
        (r#"{"rate_limit":"often"}"#, "rate_limit"),
        (r#"{"redirect_uris":["not a uri"]}"#, "redirect_uris"),
        (r#"{"id":"other"}"#, "the path"),
    ] {
        let detail = gateway.refused(400, "PUT", CLIENT, body)["detail"].to_string();
        assert!(detail.contains(word), "{body}: {detail}");
    }
    gateway.refused(404, "GET", CLIENT, "");
    gateway.refused(404, "PUT", "/v1/mounts/nowhere/clients/new", "{}");
}

#[test]
fn clients_come_in_pages() {
    let gateway = Gateway::start();
    let path = "/v1/mounts/bizzassure/clients";
    let first = gateway.ok("GET", &format!("{path}?limit=2"), "");
    assert_eq!((&first["total"], &first["next"]), (&14.into(), &"bizzassure-limited".into()));
    let rest = gateway.ok("GET", &format!("{path}?limit=12&after=bizzassure-limited"), "");
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&"bizzassure-readonly".into(), &json!(null)));
    gateway.refused(404, "GET", "/v1/mounts/nowhere/clients", "");
}

#[test]
fn n31_no_user_is_found_by_anothers_name() {
    let gateway = Gateway::start();
    gateway.ok("PUT", &format!("{USERS}/2"), r#"{"username":"carol"}"#);
    for (sub, body) in [("alice", "{}"), ("carol", r#"{"username":"other"}"#), ("3", r#"{"username":"2"}"#)] {
        let taken = gateway.refused(409, "PUT", &format!("{USERS}/{sub}"), body);
        assert!(taken["remedy"].to_string().contains("another sub or username"), "{taken}");
        gateway.refused(404, "GET", &format!("{USERS}/{sub}"), "");
    }
    gateway.ok("PUT", &format!("{USERS}/2"), r#"{"username":"2"}"#);
    gateway.ok("PUT", &format!("{USERS}/carol"), "{}");
}

#[test]
fn n20_a_hash_that_no_sign_in_can_afford_is_refused() {
    let gateway = Gateway::start();
    for params in ["m=1073741824,t=2,p=1", "m=262144,t=9,p=1"] {
        let hash = format!("$argon2id$v=19${params}$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let body = format!(r#"{{"password_argon2":"{hash}"}}"#);
        let refused = gateway.refused(400, "PUT", &format!("{USERS}/2"), &body);
        assert!(refused["detail"].to_string().contains("hash-secret --password"), "{refused}");
    }
}

#[test]
fn a_user_is_made_replaced_and_removed() {
    let gateway = Gateway::start();
    let (path, body) = (format!("{USERS}/a%2F1"), r#"{"username":"carol","password":"canary-password"}"#);
    let made = gateway.ok("PUT", &path, body);
    assert_eq!((&made["sub"], &made["has_password"]), (&"a/1".into(), &true.into()));
    assert!(!made.to_string().contains("canary"), "{made}");
    assert_eq!(gateway.ok("GET", &path, ""), made);
    assert_eq!(gateway.ok("GET", USERS, "")["total"], 3);
    gateway.ok("PUT", &path, r#"{"username":"carol","claims":{"email":"carol@client.test"}}"#);
    let taken = gateway.refused(409, "PUT", &format!("{USERS}/2"), r#"{"username":"alice"}"#);
    assert!(taken["detail"].to_string().contains("6f1c2e0a"), "{taken}");
    gateway.refused(400, "PUT", &format!("{USERS}/2"), r#"{"password":"a","password_argon2":"b"}"#);
    gateway.refused(400, "PUT", &format!("{USERS}/2"), r#"{"sub":"3"}"#);
    gateway.done("DELETE", &path);
    gateway.refused(404, "DELETE", &path, "");
    gateway.refused(404, "GET", &path, "");
}

#[test]
fn settings_change_one_by_one_and_null_puts_back_the_files() {
    let gateway = Gateway::start();
    let path = "/v1/mounts/bizzassure/settings";
    let value = |settings: &serde_json::Value, name: &str| {
        let all = settings.as_array().unwrap();
        all.iter().find(|setting| setting["name"] == name).unwrap()["value"].clone()
    };
    gateway.ok("PATCH", path, r#"{"access_ttl":60}"#);
    let both = gateway.ok("PATCH", path, r#"{"code_ttl":61}"#);
    assert_eq!((value(&both, "access_ttl"), value(&both, "code_ttl")), (60.into(), 61.into()));
    let token = gateway.token("bizzassure-demo", "bizzassure-demo-secret").json();
    assert_eq!(token["payload"]["expires_in"], 60, "{token}");
    for (body, word) in [
        (r#"{"access_ttl":0}"#, "whole seconds"),
        (r#"{"acces_ttl":1}"#, "access_ttl"),
        (r#"{"acces_ttl":null}"#, "access_ttl"),
    ] {
        let detail = gateway.refused(400, "PATCH", path, body)["detail"].to_string();
        assert!(detail.contains(word) && detail.contains("acces"), "{body}: {detail}");
    }
    let back = gateway.ok("PATCH", path, r#"{"access_ttl":null}"#);
    assert_eq!((value(&back, "access_ttl"), value(&back, "code_ttl")), (3600.into(), 61.into()));
    gateway.refused(404, "PATCH", "/v1/mounts/nowhere/settings", "{}");
}

#[test]
fn n19_no_change_at_run_time_signs_users_in_without_a_password_beyond_loopback() {
    let text = |server: &str| {
        format!(
            "[server]\nlisten = \"0.0.0.0:8080\"\n{server}[[mount]]\nname = \"hr\"\ndialect = \"brighthr-connect\"\n"
        )
    };
    let app = |server: &str, store: &Arc<Embedded>| {
        let (environment, folder) = (Environment::default(), std::path::Path::new(""));
        let config = configuration::parse("f.toml", &text(server), folder, &environment, Flags::default()).unwrap();
        App::new(config, issuer::Issuer::new(Arc::clone(store) as _))
    };
    let store = Arc::new(Embedded::in_memory().unwrap());
    let is_on = |app: &App| app.world.mounts.all()[0].dialect().policy().sign_in.as_ref().unwrap().passwordless();
    actix_web::rt::System::new().block_on(async {
        let (closed, open) = (app("", &store), app("allow_passwordless = true\n", &store));
        for name in ["user_picker", "auto_approve"] {
            let change = serde_json::from_value(json!({ (name): true })).unwrap();
            let refused =
                admin::overrides::change_settings(&closed.world, &closed.world.mounts.all()[0], &change).await;
            assert!(refused.unwrap_err().to_string().contains("server.allow_passwordless"), "{name}");
            assert_eq!(is_on(&closed), None);
        }
        let change = serde_json::from_value(json!({ "auto_approve": true })).unwrap();
        admin::overrides::change_settings(&open.world, &open.world.mounts.all()[0], &change).await.unwrap();
        assert_eq!(is_on(&open), Some("auto_approve"));
        // What was kept where it was allowed is left out where it is not.
        admin::overrides::load(&closed.world).await.unwrap();
        assert_eq!(is_on(&closed), None);
    });
}

#[test]
fn changes_survive_a_restart_and_a_reset_takes_them_back() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(Arc::clone(&store), None);
    // The client's scope and the refused one depend on the settings, which must be in force first.
    gateway.ok("PATCH", "/v1/mounts/bizzassure/settings", r#"{"scopes":["employee.get","extra"],"access_ttl":60}"#);
    gateway.ok("PUT", CLIENT, r#"{"secret":"canary-secret","scopes":["employee.get","extra"]}"#);
    gateway.ok("PUT", &format!("{USERS}/9"), r#"{"username":"carol","password":"canary-password"}"#);
    gateway.done("DELETE", &format!("{USERS}/2b7a9d64-0c1e-4f3b-9e58-7d6c5b4a3f21"));
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":1715861418}"#);

    let again = Gateway::start_with(Arc::clone(&store), None);
    assert_eq!(again.ok("GET", "/v1/clock", ""), json!({ "now": 1_715_861_418, "freeze": 1_715_861_418 }));
    assert_eq!(again.token("new", "canary-secret").json()["payload"]["expires_in"], 60);
    assert_eq!(again.ok("GET", USERS, "")["total"], 2);
    assert_eq!(again.ok("GET", &format!("{USERS}/9"), "")["has_password"], true);
    again.done("POST", "/v1/reset");
    again.refused(404, "GET", CLIENT, "");
    assert_eq!(again.ok("GET", USERS, "")["total"], 2);
    again.refused(404, "GET", &format!("{USERS}/9"), "");
    assert_eq!(again.token("bizzassure-demo", "bizzassure-demo-secret").json()["payload"]["expires_in"], 3600);
    assert_eq!(again.ok("GET", "/v1/clock", "")["offset"], 0);

    let third = Gateway::start_with(store, None);
    third.refused(404, "GET", CLIENT, "");
    assert_eq!(third.ok("GET", "/v1/clock", "")["offset"], 0);
}

#[test]
fn t64_no_secret_reaches_the_store_in_the_clear() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(Arc::clone(&store), None);
    gateway.ok("PUT", CLIENT, r#"{"secret":"canary-secret","scopes":["employee.get"]}"#);
    gateway.ok("PUT", &format!("{USERS}/9"), r#"{"password":"canary-password"}"#);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let kept = runtime.block_on(issuer::state::OverrideStore::overrides(&*store)).unwrap();
    let bodies: String = kept.into_iter().filter_map(|change| change.body).collect();
    assert!(bodies.contains("secret_sha256") && bodies.contains("$argon2id$"), "{bodies}");
    assert!(!bodies.contains("canary"), "{bodies}");
}
