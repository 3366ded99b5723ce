//! Every call of the admin API over HTTP: what it answers, and what it refuses.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod console;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod patches;
#[cfg(test)]
mod pats;
#[cfg(test)]
mod state;
#[cfg(test)]
mod users;
#[cfg(test)]
mod verbs;
#[cfg(test)]
mod way;

use gateway::{Gateway, problem};

#[test]
fn mounts_are_shown_with_endpoints_settings_and_counts() {
    let gateway = Gateway::start();
    let mounts = gateway.ok("GET", "/v1/mounts", "");
    let names: Vec<_> = mounts.as_array().unwrap().iter().map(|mount| mount["name"].as_str().unwrap()).collect();
    let tables = configuration::sandbox::TEXT.split("[[mount]]\nname = \"").skip(1);
    assert_eq!(names, tables.filter_map(|table| table.split('"').next()).collect::<Vec<_>>());
    let bits = gateway.ok("GET", "/v1/mounts/bits", "");
    assert_eq!(bits, mounts[1]);
    assert_eq!((&bits["dialect"], &bits["clients"]), (&"bits-basic-form".into(), &13.into()));
    assert!(bits["endpoints"][0]["url"].as_str().unwrap().starts_with("http://localhost:8080/bits/"), "{bits}");
    let remedy = gateway.refused(404, "GET", "/v1/mounts/nowhere", "")["remedy"].to_string();
    assert!(remedy.contains("screeningeagle"), "{remedy}");
}

#[test]
fn a_path_or_method_that_is_not_there_is_refused_with_the_way() {
    let gateway = Gateway::start();
    for path in ["/metric", "/v1", "/v2/mounts", "/v1/mounts/bits/secrets"] {
        assert!(gateway.refused(404, "GET", path, "")["remedy"].to_string().contains("/openapi.json"), "{path}");
    }
    let reply = gateway.call("POST", "/v1/clock", "{}");
    problem(&reply, 405);
    assert!(reply.head.contains("\r\nallow: get, head, put, delete\r\n"), "{reply:?}");
    let head = gateway.call("HEAD", "/v1/mounts", "");
    assert_eq!((head.status, &*head.body), (200, ""));
    for (path, word) in [
        ("/v1/clock?namspace=a", "namspace"),
        ("/v1/clock?limit=1", "limit"),
        ("/v1/mounts/bits/clients?limit=0", "limit"),
    ] {
        assert!(gateway.refused(400, "GET", path, "")["detail"].to_string().contains(word), "{path}");
    }
    gateway.refused(400, "GET", "/v1/mounts/%zz", "");
    gateway.refused(400, "GET", "/v1/mounts/bits/clients?limit=1&limit=2", "");
}

#[test]
fn the_description_is_served_and_nothing_may_be_cached() {
    let gateway = Gateway::start();
    let reply = gateway.call("GET", "/openapi.json", "");
    assert_eq!(reply.status, 200);
    for header in ["content-type: application/json", "cache-control: no-store", "x-content-type-options: nosniff"] {
        assert!(reply.head.contains(&format!("\r\n{header}\r\n")), "{reply:?}");
    }
    let document = reply.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    assert!(document["paths"]["/v1/mounts/{mount}/codes"]["post"].is_object());
}

#[test]
fn keys_are_shown_with_their_secret_where_they_are_symmetric() {
    let gateway = Gateway::start();
    let keys = gateway.ok("GET", "/v1/mounts/bits/jwks", "");
    let key = &keys["keys"][0];
    assert_eq!((&key["kty"], &key["alg"]), (&"oct".into(), &"HS256".into()));
    assert_eq!(key["k"].as_str().unwrap().len(), 43, "32 bytes in base64url");
    gateway.refused(404, "GET", "/v1/mounts/nowhere/jwks", "");
}

#[test]
fn bodies_are_read_strictly() {
    let gateway = Gateway::start();
    let path = "/v1/mounts/bizzassure/clients/new";
    let wrong_type = gateway.call_with("PUT", path, "Content-Type: text/plain\r\n", "{}");
    problem(&wrong_type, 415);
    problem(&gateway.call_with("PUT", path, "", "{}"), 415);
    for (body, word) in [
        ("", "no body"),
        ("{", "line 1 column 1"),
        ("[]", "object"),
        (r#"{"scope":[]}"#, "unknown field `scope`"),
        (r#"{"id":"new","id":"new"}"#, "duplicate field `id`"),
        (r#"{"trusted":"canary"}"#, "expected true or false"),
    ] {
        let problem = gateway.refused(400, "PUT", path, body);
        assert!(problem["detail"].to_string().contains(word), "{body}: {problem}");
        assert!(!problem.to_string().contains("canary"));
    }
    gateway.refused(400, "POST", "/v1/reset", "{}");
    gateway.refused(400, "PATCH", "/v1/mounts/bits/settings", r#"{"access_ttl":1,"access_ttl":2}"#);
    gateway.refused(404, "GET", path, "");
}

#[test]
fn t08_a_body_that_is_too_long_is_refused_and_the_connection_kept() {
    let gateway = Gateway::start();
    let long = format!(r#"{{"id":"{}"}}"#, "a".repeat(3 * 1024 * 1024));
    let address = gateway.admin;
    let request = format!(
        "PUT /v1/mounts/bits/clients/a HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{long}GET /v1/clock HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n",
        long.len()
    );
    let replies = gateway::exchange(address, &request);
    assert_eq!(replies.status, 413);
    assert!(replies.body.contains("HTTP/1.1 200 OK"), "the second request was answered: {}", replies.body);
}

#[test]
fn the_documentation_has_every_call_and_its_examples_work() {
    let text = include_str!("../../../../docs/admin-api.md");
    let gateway = Gateway::start();
    let mut calls = 0;
    for command in text.replace("\\\n", "").lines().filter_map(|line| line.strip_prefix("curl -s ")) {
        let (head, body) = command.split_once("--json ").unwrap_or((command, ""));
        let method = head.split_once("-X ").map(|(_, rest)| rest.split(' ').next().unwrap());
        let method = method.unwrap_or(if body.is_empty() { "GET" } else { "POST" });
        let path = head.split_once("127.0.0.1:8081").unwrap().1.trim().trim_matches('\'');
        let reply = gateway.call(method, path, body.trim().trim_matches('\''));
        let wanted = if path.ends_with("/nowhere") { 404..=404 } else { 200..=204 };
        assert!(wanted.contains(&reply.status), "{command}: {reply:?}");
        calls += 1;
    }
    assert!(calls > 20, "{calls}");
    for kind in grant::RefusalKind::samples() {
        assert!(text.contains(kind.code()), "{}", kind.code());
    }
    for path in gateway.ok("GET", "/openapi.json", "")["paths"].as_object().unwrap().keys() {
        let short = path.split_once("{mount}/").map_or(path.as_str(), |(_, rest)| rest);
        assert!(text.contains(short), "{path}");
    }
}
