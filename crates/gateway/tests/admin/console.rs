//! What the console asks for: who the gateway is, what a scenario will do, a request on trial, rates.

use crate::gateway::Gateway;
use serde_json::json;
use std::sync::Arc;
use store::Embedded;

#[test]
fn the_gateway_says_who_it_is_and_what_its_caller_may_do() {
    let gateway = Gateway::start();
    let about = gateway.ok("GET", "/v1/gateway", "");
    assert_eq!((&about["store"], &about["failed"], &about["journal"]), (&json!("embedded"), &json!([]), &json!(0)));
    assert_eq!(about["caller"], json!({ "name": "loopback", "rights": ["read", "metrics", "test", "all"] }));
    gateway.token("bits-demo", "bits-demo-secret");
    assert_eq!(gateway.ok("GET", "/v1/gateway", "")["journal"], 1);
}

#[test]
fn settings_of_the_process_say_where_they_come_from_and_no_secret() {
    let gateway = Gateway::start_with(Arc::new(Embedded::in_memory().unwrap()), Some("a-canary-of-a-token"));
    let sent = "Authorization: Bearer a-canary-of-a-token\r\n";
    let reply = gateway.call_with("GET", "/v1/settings", sent, "");
    let settings = reply.json();
    let named =
        |name: &str| settings.as_array().unwrap().iter().find(|setting| setting["name"] == name).unwrap().clone();
    assert_eq!(named("admin.token")["value"], "set");
    assert_eq!(
        (&named("admin.token")["from"], &named("server.listen")["from"]),
        (&json!("environment"), &json!("file"))
    );
    assert_eq!(
        (&named("server.body_limit")["value"], &named("server.body_limit")["from"]),
        (&json!("65536"), &json!("default"))
    );
    assert!(!reply.body.contains("canary"), "{}", reply.body);
}

#[test]
fn a_scenario_is_seen_in_the_vendors_bytes_and_not_added() {
    let gateway = Gateway::start();
    let see = |spec: serde_json::Value| gateway.ok("POST", "/v1/scenarios/preview", &spec.to_string());
    let limited = see(json!({ "mount": "bits", "endpoint": "token", "error": "rate_limited", "retry_after": 30 }));
    let answer = limited["steps"][0]["answer"].as_str().unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n") && answer.contains("\r\nretry-after: 30\r\n"),
        "{answer}"
    );
    let steps = see(json!({ "mount": "bizzassure", "steps": [
        { "truncate": 5, "delay_ms": 100 }, { "drop": "after_commit" }, { "malformed": "json" },
        { "answer": { "status": 502, "body": "<b>" } }, { "pass": true },
    ] }));
    let cut: Vec<_> = steps["steps"].as_array().unwrap().iter().map(|step| step["is_cut"] == true).collect();
    assert_eq!(cut, [true, true, false, false, false]);
    let whole = steps["steps"][4]["answer"].as_str().unwrap();
    let body = |at: usize| steps["steps"][at]["answer"].as_str().unwrap().split_once("\r\n\r\n").unwrap().1.to_owned();
    assert!(body(4).starts_with(&body(0)) && body(0).len() == 5 && whole.contains("eyJ…"), "{whole}");
    assert_eq!(format!("{}}}", body(2)), body(4));
    assert_eq!((body(3).as_str(), steps["steps"][1].get("answer")), ("<b>", None));
    let detail = gateway.refused(
        400,
        "POST",
        "/v1/scenarios/preview",
        r#"{"mount":"bits","endpoint":"login","error":"internal"}"#,
    );
    assert!(detail["detail"].to_string().contains("has no `login`"), "{detail}");
    assert_eq!(gateway.ok("GET", "/v1/scenarios", ""), json!([]));
}

#[test]
fn a_request_on_trial_shows_both_sides_and_its_entry() {
    let gateway = Gateway::start();
    let spec = json!({ "method": "POST", "path": "/v1/oauth2/token",
        "headers": [{ "name": "Content-Type", "value": "application/x-www-form-urlencoded" }], "body": "grant_type=client_credentials" });
    let trial = gateway.ok("POST", "/v1/mounts/bits/try", &spec.to_string());
    assert!(trial["request"].as_str().unwrap().starts_with("POST /bits/v1/oauth2/token HTTP/1.1\r\nHost: "), "{trial}");
    assert!(trial["answer"].as_str().unwrap().starts_with("HTTP/1.1 401 "), "{trial}");
    assert_eq!((&trial["ended"], &trial["number"]), (&json!("answered"), &json!(1)));
    let entry = gateway.ok("GET", "/v1/journal?limit=1", "")[0].clone();
    assert_eq!(entry["says"], "refused: the Authorization header has no Basic credentials");
    for odd in [
        json!({ "method": "get", "path": "/" }),
        json!({ "method": "GET", "path": "//evil.test\r\nHost: a" }),
        json!({ "method": "GET", "path": "/", "headers": [{ "name": "Host", "value": "evil.test" }] }),
    ] {
        gateway.refused(400, "POST", "/v1/mounts/bits/try", &odd.to_string());
    }
}

#[test]
fn rates_count_what_came_in_and_the_fullest_client() {
    let gateway = Gateway::start();
    for _ in 0..3 {
        assert_eq!(gateway.token("bizzassure-demo", "bizzassure-demo-secret").status, 200);
    }
    assert_eq!(gateway.token("bizzassure-demo", "not-its-secret").status, 401);
    assert_eq!(gateway.token("bizzassure-limited", "bizzassure-limited-secret").status, 200);
    let rates = gateway.ok("GET", "/v1/journal/rates", "");
    let of =
        |name: &str| rates["mounts"].as_array().unwrap().iter().find(|rates| rates["mount"] == name).unwrap().clone();
    let sum =
        |name: &str, what: &str| of(name)[what].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("bizzassure", "requests"), sum("bizzassure", "refused"), sum("bits", "requests")), (5, 1, 0));
    assert_eq!((of("bits")["p99_us"].as_array().unwrap().len(), &rates["whole_from"]), (90, &json!(0)));
    let fullest = json!({ "client_id": "bizzassure-limited", "used": 1, "of": 2, "window_seconds": 60 });
    assert_eq!((&of("bizzassure")["fullest"], of("bits").get("fullest")), (&fullest, None));
}
