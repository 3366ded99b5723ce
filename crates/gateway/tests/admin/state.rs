//! Codes, the clock, scenarios and the reset.

use crate::gateway::Gateway;
use issuer::state::ScenarioStore;
use serde_json::json;
use std::sync::Arc;
use store::Embedded;

#[test]
fn a_code_is_issued_for_what_the_client_may_ask() {
    let gateway = Gateway::start();
    let path = "/v1/mounts/screeningeagle/codes";
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":1000}"#);
    let order =
        r#"{"client_id":"screeningeagle-demo","user":"test","redirect_uri":"https://client.test/cb","scope":"openid"}"#;
    let code = gateway.ok("POST", path, order);
    assert!(code["code"].as_str().unwrap().len() > 30);
    assert_eq!(code["expires_at"], 1300);
    for (was, becomes, word) in [
        ("screeningeagle-demo", "nobody", "nobody"),
        ("\"test\"", "\"nobody\"", "nobody"),
        ("/cb", "/cb2", "redirect_uri"),
        ("\"openid\"", "\"admin\"", "admin"),
        ("\"openid\"", "\"\"", "scope"),
        ("\"openid\"", "\"openid\",\"code_challenge\":\"short\"", "code_challenge"),
    ] {
        let detail = gateway.refused(400, "POST", path, &order.replace(was, becomes))["detail"].to_string();
        assert!(detail.contains(word), "{becomes}: {detail}");
    }
    let other = gateway.refused(400, "POST", "/v1/mounts/bits/codes", order);
    assert!(other["detail"].to_string().contains("authorization_code"), "{other}");
}

#[test]
fn the_clock_is_frozen_shifted_advanced_and_put_back() {
    let gateway = Gateway::start();
    let real = gateway.ok("GET", "/v1/clock", "");
    assert_eq!(real["offset"], 0);
    assert_eq!(gateway.ok("PUT", "/v1/clock", r#"{"freeze":1000}"#), json!({ "now": 1000, "freeze": 1000 }));
    let later = gateway.ok("POST", "/v1/clock/advance", r#"{"seconds":60}"#);
    assert_eq!(later, json!({ "now": 1060, "freeze": 1060 }));
    let behind = gateway.ok("PUT", "/v1/clock", r#"{"offset":-86400}"#);
    assert_eq!(behind["offset"], -86_400);
    assert_eq!(gateway.ok("POST", "/v1/clock/advance", r#"{"seconds":400}"#)["offset"], -86_000);
    for (method, path, body) in [
        ("PUT", "/v1/clock", r#"{"freeze":-1}"#),
        ("PUT", "/v1/clock", r#"{"freeze":253402300800}"#),
        ("PUT", "/v1/clock", r#"{"freeze":9223372036854775807}"#),
        ("PUT", "/v1/clock", r#"{"offset":253402300800}"#),
        ("PUT", "/v1/clock", r#"{"offset":-9223372036854775808}"#),
        ("PUT", "/v1/clock", r#"{"freeze":1,"offset":1}"#),
        ("POST", "/v1/clock/advance", r#"{"seconds":-1}"#),
        ("POST", "/v1/clock/advance", r#"{"seconds":253402300800}"#),
    ] {
        gateway.refused(400, method, path, body);
    }
    assert_eq!(gateway.ok("GET", "/v1/clock", "")["offset"], -86_000, "a refused change changes nothing");
    gateway.done("DELETE", "/v1/clock");
    let now = gateway.ok("GET", "/v1/clock", "");
    assert_eq!(now["offset"], 0);
    assert!((0..60).contains(&(now["now"].as_i64().unwrap() - real["now"].as_i64().unwrap())));
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":0}"#);
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":253402300799}"#);
}

#[test]
fn a_scenario_acts_as_often_as_it_says() {
    let gateway = Gateway::start();
    let token = || gateway.token("bizzassure-demo", "bizzassure-demo-secret").status;
    let spec = r#"{"mount":"bizzassure","endpoint":"token","error":"unavailable","times":2}"#;
    let made = gateway.ok("POST", "/v1/scenarios", spec);
    assert_eq!((&made["times"], &made["remaining"]), (&2.into(), &2.into()));
    assert_eq!(token(), 503);
    let listed = gateway.ok("GET", "/v1/scenarios", "");
    assert_eq!((&listed[0]["times"], &listed[0]["remaining"]), (&2.into(), &1.into()));
    assert_eq!((token(), token()), (503, 200));
    let path = format!("/v1/scenarios/{}", made["id"].as_str().unwrap());
    gateway.done("DELETE", &path);
    gateway.refused(404, "DELETE", &path, "");
    gateway.refused(404, "DELETE", "/v1/scenarios/x", "");

    let endless = gateway.ok("POST", "/v1/scenarios", r#"{"error":"internal"}"#);
    assert_eq!((&endless["times"], &endless["remaining"]), (&json!(null), &json!(null)));
    assert_eq!(token(), 500);
    gateway.done("DELETE", "/v1/scenarios");
    assert_eq!((token(), gateway.ok("GET", "/v1/scenarios", "")), (200, json!([])));
}

#[test]
fn a_scenario_that_has_ended_by_itself_makes_room() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(Arc::clone(&store), None);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let kept = || runtime.block_on(ScenarioStore::scenarios(&*store)).unwrap().len();
    gateway.ok("POST", "/v1/scenarios", r#"{"error":"internal","ttl":1}"#);
    while gateway.ok("GET", "/v1/scenarios", "") != json!([]) {
        std::thread::yield_now();
    }
    assert_eq!(kept(), 1, "nothing has looked at it since");
    gateway.ok("POST", "/v1/scenarios", r#"{"error":"internal"}"#);
    assert_eq!(kept(), 1);
}

#[test]
fn a_scenario_that_could_never_act_is_refused() {
    let gateway = Gateway::start();
    for (body, word) in [
        (r#"{"error":"no_such"}"#, "rate_limited"),
        (r#"{"error":"internal","endpoint":"tokens"}"#, "end_session"),
        (r#"{"error":"internal","grant":"pasword"}"#, "client_credentials"),
        (r#"{"error":"internal","mount":"nowhere"}"#, "screeningeagle"),
        (r#"{"error":"internal","mount":"bizzassure","endpoint":"userinfo"}"#, "token"),
        (r#"{"error":"internal","times":0}"#, "1 or more"),
        (r#"{"error":"internal","ttl":0}"#, "1 or more"),
        (r#"{"mount":"bits"}"#, "truncate"),
        (r#"{"error":"internal","hang":true}"#, "two steps"),
        (r#"{"hang":false}"#, "true"),
        (r#"{"drop":"now"}"#, "after_commit"),
        (r#"{"delay_ms":600001}"#, "600000"),
        (r#"{"error":"internal","retry_after":1}"#, "rate_limited"),
        (r#"{"error":"unavailable","retry_after":0}"#, "1 or more"),
        (r#"{"error":"internal","probability":1.5}"#, "0.25"),
        (r#"{"error":"internal","seed":1}"#, "both"),
        (r#"{"steps":[]}"#, "1 to 100"),
        (r#"{"steps":[{"pass":true}],"times":2}"#, "its own"),
        (r#"{"steps":[{"pass":true}],"delay_ms":2}"#, "into a step"),
        (r#"{"steps":[{"times":null,"pass":true},{"hang":true}]}"#, "a number"),
        (r#"{"answer":{"status":199}}"#, "599"),
        (r#"{"answer":{"status":200,"headers":{"date":"x"}}}"#, "leave it out"),
        (r#"{"answer":{"status":200,"headers":{"a b":"x"}}}"#, "hyphens"),
        (r#"{"answer":{"status":200,"body":"a","body_base64":"YQ=="}}"#, "one of them"),
        (r#"{"answer":{"status":200,"body_base64":"?"}}"#, "encode"),
        (r#"{"endpoint":"revoke","malformed":"json"}"#, "truncate"),
        (r#"{"endpoint":"login","malformed":"json"}"#, "truncate"),
        (r#"{"endpoint":"login","error":"invalid_client"}"#, "internal"),
        (r#"{"endpoint":"login","mount":"bits","error":"internal"}"#, "token"),
        (r#"{"endpoint":"login","client_id":"a","error":"internal"}"#, "leave"),
        (r#"{"endpoint":"jwks","user":"alice","error":"internal"}"#, "userinfo"),
    ] {
        let remedy = gateway.refused(400, "POST", "/v1/scenarios", body)["remedy"].to_string();
        assert!(remedy.contains(word), "{body}: {remedy}");
    }
    gateway.refused(400, "POST", "/v1/scenarios", r#"{"error":"internal","times":-1}"#);
    gateway.ok("POST", "/v1/scenarios", r#"{"error":"internal","mount":"bizzassure","endpoint":"verify","times":1}"#);
}

#[test]
fn a_reset_forgets_scenarios_and_counters() {
    let gateway = Gateway::start();
    let token = || gateway.token("bizzassure-limited", "bizzassure-limited-secret").status;
    assert_eq!([token(), token(), token()], [200, 200, 429]);
    gateway.ok("POST", "/v1/scenarios", r#"{"error":"internal"}"#);
    gateway.done("POST", "/v1/reset");
    assert_eq!(token(), 200);
    assert_eq!(gateway.ok("GET", "/v1/scenarios", ""), json!([]));
}

#[test]
fn the_journal_says_what_became_of_requests_and_why() {
    let gateway = Gateway::start();
    assert_eq!(gateway.token("bizzassure-demo", "bizzassure-demo-secret").status, 200);
    assert_eq!(gateway.token("bizzassure-demo", "canary-secret").status, 401);
    let all = gateway.ok("GET", "/v1/journal", "");
    assert_eq!(all.as_array().unwrap().len(), 2);
    let refused = &all[0];
    assert_eq!(
        (&refused["number"], &refused["status"], &refused["error"]),
        (&json!(2), &json!(401), &json!("invalid_client"))
    );
    assert_eq!((&refused["client_id"], &all[1]["status"]), (&json!("bizzassure-demo"), &json!(200)));
    assert!(refused["cause"].as_str().unwrap().contains("is wrong") && !all.to_string().contains("canary"), "{all}");
    assert_eq!(gateway.ok("GET", "/v1/journal?mount=bits", ""), json!([]));
    assert_eq!(
        gateway.ok("GET", "/v1/journal?limit=1&mount=bizzassure&endpoint=token", "").as_array().unwrap().len(),
        1
    );
    gateway.refused(400, "GET", "/v1/journal?limit=0", "");
    gateway.refused(400, "GET", "/v1/journal?state=401", "");
    gateway.done("DELETE", "/v1/journal");
    assert_eq!(gateway.ok("GET", "/v1/journal", ""), json!([]));
}
