//! Who is let in.

use crate::gateway::{Gateway, exchange, problem};
use std::sync::Arc;
use store::Embedded;

#[test]
fn t67_a_rebound_host_or_a_page_of_another_origin_gets_nothing() {
    let gateway = Gateway::start();
    let rebound = "GET /v1/mounts HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n";
    problem(&exchange(gateway.admin, rebound), 403);
    let no_host = exchange(gateway.admin, "GET /v1/mounts HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(no_host.status, 400);
    for path in ["/v1/mounts", "/openapi.json", "/nowhere"] {
        problem(&gateway.call_with("GET", path, "Origin: http://evil.test\r\n", ""), 403);
    }
    let change = gateway.call_with("POST", "/v1/reset", "Origin: http://localhost:8080\r\n", "");
    problem(&change, 403);
    assert!(!change.head.contains("access-control"), "{change:?}");
    let own = format!("Origin: http://{}\r\n", gateway.admin);
    assert_eq!(gateway.call_with("GET", "/v1/mounts", &own, "").status, 200);
}

#[test]
fn t67_with_a_token_no_call_goes_without_it() {
    let store = Arc::new(Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(store, Some("a-token-of-some-length"));
    for (headers, challenge) in [
        ("", "bearer"),
        ("Authorization: Bearer wrong\r\n", "bearer error=\"invalid_token\""),
        ("Authorization: Basic YTpi\r\n", "bearer"),
    ] {
        for (method, path) in
            [("GET", "/v1/mounts"), ("POST", "/v1/reset"), ("GET", "/nowhere"), ("GET", "/openapi.json")]
        {
            let reply = gateway.call_with(method, path, headers, "");
            problem(&reply, 401);
            assert!(reply.head.contains(&format!("\r\nwww-authenticate: {challenge}\r\n")), "{reply:?}");
            assert!(!reply.body.contains("wrong"));
        }
    }
    let good = gateway.call_with("GET", "/v1/mounts", "Authorization: Bearer a-token-of-some-length\r\n", "");
    assert_eq!(good.status, 200);
}
