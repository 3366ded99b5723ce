//! The journal says what became of every request that is one, and why.

use crate::gateway::{Gateway, Reply, exchange};
use serde_json::{Value, json};

fn get(gateway: &Gateway, path: &str) -> Reply {
    exchange(gateway.public, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
}

/// The newest entry.
fn last(gateway: &Gateway) -> Value {
    gateway.ok("GET", "/v1/journal?limit=1", "")[0].clone()
}

#[test]
fn n33_what_leads_nowhere_is_an_entry_with_the_nearest_path() {
    let gateway = Gateway::start();
    for (path, mount, nearest) in [
        ("/nosuch/connect/token", None, "/brighthr/connect/token"),
        ("/bits/v1/oauth/token", Some("bits"), "/bits/v1/oauth2/token"),
        ("/v1/auth/tokens", None, "/bizzassure/v1/auth/token"),
    ] {
        assert_eq!(gateway.post_form(&format!("{path}?secret=canary"), "a=b").status, 404, "{path}");
        let entry = last(&gateway);
        assert_eq!((&entry["method"], &entry["path"], &entry["status"]), (&json!("POST"), &json!(path), &json!(404)));
        assert_eq!((entry["mount"].as_str(), &entry["error"]), (mount, &json!("not_found")), "{entry}");
        assert_eq!(entry["hint"], json!(format!("did you mean {nearest}?")), "{entry}");
        assert!(entry["cause"].is_string() && !entry.to_string().contains("canary"), "{entry}");
    }
}

#[test]
fn n33_the_gateways_own_refusals_and_keys_are_entries() {
    let gateway = Gateway::start();
    let long = "x".repeat(70_000);
    assert_eq!(gateway.post_form("/brighthr-sandbox/account/login", &long).status, 413);
    let entry = last(&gateway);
    assert_eq!((&entry["endpoint"], &entry["error"]), (&json!("login"), &json!("payload_too_large")), "{entry}");
    assert_eq!(get(&gateway, "/_gateway/verify/bits?user=yes").status, 400);
    let entry = last(&gateway);
    assert_eq!((&entry["mount"], &entry["endpoint"]), (&json!("bits"), &json!("verify")), "{entry}");
    assert!(entry["cause"].as_str().is_some_and(|cause| cause.contains("`required`")), "{entry}");
    assert_eq!(get(&gateway, "/_gateway/jwks/bizzassure").status, 200);
    assert_eq!((&last(&gateway)["endpoint"], &last(&gateway)["status"]), (&json!("jwks"), &json!(200)));
    assert_eq!(get(&gateway, "/_gateway/nothing").status, 404);
    assert_eq!(last(&gateway)["error"], "not_found");
    let count = last(&gateway)["number"].clone();
    assert_eq!(get(&gateway, "/_gateway/health/live").status, 200);
    assert_eq!(last(&gateway)["number"], count, "probes are no entries");
}

#[test]
fn n34_what_is_told_by_redirect_has_its_cause() {
    let gateway = Gateway::start();
    let path = "/brighthr-sandbox/connect/authorize?client_id=brighthr-sandbox-web&redirect_uri=https://client.test/cb&\
                response_type=code&scope=openid&state=st&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&\
                code_challenge_method=S256&prompt=none";
    let reply = get(&gateway, path);
    assert!(reply.status == 302 && reply.head.contains("error=login_required"), "{reply:?}");
    let entry = last(&gateway);
    assert_eq!((&entry["endpoint"], &entry["error"]), (&json!("authorize"), &json!("login_required")), "{entry}");
    assert_eq!(entry["client_id"], "brighthr-sandbox-web");
    assert!(entry["cause"].as_str().is_some_and(|cause| cause.contains("no session")), "{entry}");
}

#[test]
fn n35_a_scenario_knows_the_client_of_a_token() {
    let gateway = Gateway::start();
    let reply = gateway.token("bizzassure-demo", "bizzassure-demo-secret");
    let token = reply.json()["payload"]["access_token"].as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned();
    let path = "/_gateway/verify/bizzassure";
    assert_eq!(gateway.get_with(path, &token).status, 200);
    assert_eq!(last(&gateway)["client_id"], "bizzassure-demo");
    let spec = |id| format!(r#"{{"mount":"bizzassure","endpoint":"verify","client_id":"{id}","error":"unavailable"}}"#);
    gateway.ok("POST", "/v1/scenarios", &spec("bizzassure-limited"));
    assert_eq!(gateway.get_with(path, &token).status, 200, "another client's");
    gateway.ok("POST", "/v1/scenarios", &spec("bizzassure-demo"));
    assert_eq!(gateway.get_with(path, &token).status, 503);
    let entry = last(&gateway);
    assert_eq!((&entry["forced"], &entry["client_id"]), (&json!(true), &json!("bizzassure-demo")), "{entry}");
    assert_eq!(gateway.get_with(path, "none of ours").status, 401, "no token, no client");
}

#[test]
fn n35_what_can_match_nothing_is_refused() {
    let gateway = Gateway::start();
    for (matcher, word) in [
        (r#""endpoint":"verify","client_id":"nobody""#, "register the client"),
        (r#""endpoint":"userinfo","client_id":"nobody""#, "register the client"),
        (r#""mount":"bits","endpoint":"verify","client_id":"bizzassure-demo""#, "register the client"),
        (r#""endpoint":"jwks","client_id":"bits-demo""#, "leave `client_id` out"),
        (r#""endpoint":"userinfo","grant":"client_credentials""#, "leave `grant` out"),
    ] {
        let body = format!(r#"{{"error":"internal",{matcher}}}"#);
        let remedy = gateway.refused(400, "POST", "/v1/scenarios", &body)["remedy"].to_string();
        assert!(remedy.contains(word), "{body}: {remedy}");
    }
    gateway.ok("POST", "/v1/scenarios", r#"{"error":"internal","endpoint":"token","client_id":"nobody"}"#);
    assert_eq!(gateway.token("nobody", "secret").status, 500, "a request names whom it wants");
    for query in ["mount=nowhere", "endpoint=tokens", "client=x"] {
        gateway.refused(400, "GET", &format!("/v1/journal?{query}"), "");
    }
}

#[test]
fn n37_an_entry_has_both_times_and_a_duration() {
    let gateway = Gateway::start();
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":1700000000}"#);
    assert_eq!(gateway.token("bizzassure-demo", "bizzassure-demo-secret").status, 200);
    let entry = last(&gateway);
    assert_eq!((&entry["clock"], &entry["at_ms"]), (&json!("2023-11-14T22:13:20.000Z"), &json!(1_700_000_000_000_i64)));
    let at = entry["at"].as_str().unwrap();
    assert!(at.len() == 24 && at.ends_with('Z') && at > "2024", "{entry}");
    assert!(entry["duration_us"].as_u64().is_some_and(|micros| micros > 0), "{entry}");
    assert_eq!((&entry["auth"], entry["id"].as_str().map(str::len)), (&json!("json"), Some(36)));
    assert_eq!(gateway.ok("GET", &format!("/v1/journal?id={}", entry["id"].as_str().unwrap()), "")[0], entry);
}

#[test]
fn n38_scenarios_are_numbered_anew_after_a_reset() {
    let gateway = Gateway::start();
    let add = || gateway.ok("POST", "/v1/scenarios", r#"{"error":"internal"}"#)["id"].clone();
    let first = add();
    assert_ne!(add(), first);
    gateway.done("POST", "/v1/reset");
    assert_eq!(add(), first);
}
