//! Which pages of other origins may read answers, and how a path and a host lead to a mount.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http::{self, Connection, Response};

const MOUNTS: &str = concat!(
    r#"
[[mount]]
name = "hr"
dialect = "brighthr-connect"
hosts = ["login.test"]
settings = { allowed_origins = ["https://mount.test"] }
[[mount.client]]
id = "app"
secret = "app-secret"
scopes = ["company:read"]
allowed_origins = ["https://app.test:3000"]
"#,
    testkit::mounts!(bits)
);
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// What pages of other origins may ask.
const SHARED: [(&str, &str); 6] = [
    ("POST", "/hr/connect/token"),
    ("GET", "/hr/connect/userinfo"),
    ("POST", "/hr/connect/revocation"),
    ("GET", "/hr/.well-known/openid-configuration"),
    ("GET", "/hr/.well-known/openid-configuration/jwks"),
    ("GET", "/_gateway/jwks/hr"),
];
const OWN: [(&str, &str); 5] = [
    ("GET", "/hr/connect/authorize"),
    ("POST", "/hr/connect/introspect"),
    ("GET", "/hr/account/login"),
    ("GET", "/_gateway/verify/hr"),
    ("GET", "/_gateway/health/live"),
];

fn ask(gateway: &Gateway, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Response> {
    let headers = [&[("Host", "localhost")], headers].concat();
    http::exchange(gateway.public(), &http::request(method, path, &headers, body.as_bytes()))
}

fn preflight(gateway: &Gateway, method: &str, path: &str, origin: &str) -> Result<Response> {
    let asks = [("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", "authorization,x-a")];
    ask(gateway, "OPTIONS", path, &[&asks[..], &[("Origin", origin)]].concat(), "")
}

fn allowed(response: &Response) -> Option<&str> {
    response.header("Access-Control-Allow-Origin")
}

#[test]
fn n29_pages_of_the_origins_named_may_read_answers_and_errors() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    for (method, path) in SHARED {
        for origin in ["https://mount.test", "https://app.test:3000"] {
            let asked = preflight(&gateway, method, path, origin)?;
            ensure!(asked.status == 204 && allowed(&asked) == Some(origin), "{path}: {asked:?}");
            let methods = asked.header("Access-Control-Allow-Methods").unwrap_or_default();
            ensure!(methods.split(", ").any(|served| served == method), "{path}: {asked:?}");
            ensure!(asked.header("Access-Control-Allow-Headers") == Some("authorization,x-a"), "{path}: {asked:?}");
            // An answer or a refusal, alike.
            let answer = ask(&gateway, method, path, &[("Origin", origin)], "")?;
            ensure!(allowed(&answer) == Some(origin) && answer.header("Vary") == Some("Origin"), "{path}: {answer:?}");
            let exposed = answer.header("Access-Control-Expose-Headers").unwrap_or_default();
            ensure!(["WWW-Authenticate", "Retry-After", "Request-Id"].iter().all(|name| exposed.contains(name)));
            ensure!(answer.header("Access-Control-Allow-Credentials").is_none(), "{path}: {answer:?}");
        }
        for origin in ["https://other.test", "null", "http://mount.test", "https://mount.test:8443"] {
            ensure!(allowed(&preflight(&gateway, method, path, origin)?).is_none(), "{path} from {origin}");
            let answer = ask(&gateway, method, path, &[("Origin", origin)], "")?;
            ensure!(allowed(&answer).is_none() && answer.header("Vary") == Some("Origin"), "{path}: {answer:?}");
        }
        ensure!(ask(&gateway, method, path, &[], "")?.header("Vary") == Some("Origin"), "{path}: no Vary");
    }
    Ok(())
}

#[test]
fn n29_an_error_before_the_request_is_read_can_be_read_too() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let origin = ("Origin", "https://mount.test");
    let long = ask(&gateway, "POST", "/hr/connect/token", &[origin, FORM], &"a".repeat(2 << 20))?;
    ensure!(long.status == 413 && allowed(&long).is_some(), "{long:?}");
    let fault = json!({ "mount": "hr", "endpoint": "token", "error": "unavailable" });
    gateway.admin().call("POST", "/v1/scenarios", Some(&fault))?;
    let forced = ask(&gateway, "POST", "/hr/connect/token", &[origin, FORM], "grant_type=client_credentials")?;
    ensure!(forced.status == 503 && allowed(&forced).is_some(), "{forced:?}");
    Ok(())
}

#[test]
fn n29_what_users_see_and_the_admin_api_are_for_no_other_origin() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    for (method, path) in OWN {
        for response in [
            preflight(&gateway, method, path, "https://mount.test")?,
            ask(&gateway, method, path, &[("Origin", "https://mount.test")], "")?,
        ] {
            ensure!(allowed(&response).is_none(), "{path}: {response:?}");
        }
    }
    let request = http::request("GET", "/v1/mounts", &[("Host", "localhost"), ("Origin", "https://mount.test")], b"");
    ensure!(allowed(&http::exchange(gateway.admin_address(), &request)?).is_none());
    // A mount that names no origin answers as if there were none.
    let plain = ask(&gateway, "GET", "/bits/oauth2/userinfo", &[("Origin", "https://mount.test")], "")?;
    ensure!(allowed(&plain).is_none() && plain.header("Vary").is_none(), "{plain:?}");
    Ok(())
}

#[test]
fn n29_origins_change_at_run_time_and_refusals_are_in_the_journal() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let admits = |origin: &str| -> Result<bool> {
        Ok(allowed(&preflight(&gateway, "POST", "/bits/v1/oauth2/token", origin)?).is_some())
    };
    ensure!(!admits("http://localhost:5173")?);
    let newest = |gateway: &Gateway| -> Result<Value> {
        let journal = gateway.admin().call("GET", "/v1/journal?mount=bits", None)?;
        let entries = journal["entries"].as_array().or_else(|| journal.as_array()).context("entries")?;
        entries.iter().max_by_key(|entry| entry["number"].as_u64()).cloned().context("an entry")
    };
    let entry = newest(&gateway)?;
    ensure!(entry["endpoint"] == "token" && entry["error"] == "access_denied", "{entry}");
    ensure!(entry["cause"].as_str().is_some_and(|cause| cause.contains("http://localhost:5173")), "{entry}");
    ask(&gateway, "POST", "/bits/v1/oauth2/token", &[("Origin", "http://localhost:5173")], "")?;

    gateway.admin().call("PATCH", "/v1/mounts/bits/settings", Some(&json!({ "allowed_origins": ["loopback"] })))?;
    ensure!(admits("http://localhost:5173")? && !admits("https://spa.test")?);
    let client = json!({
        "secret": "s3cret-of-a-client", "scopes": ["application"], "allowed_origins": ["https://spa.test"],
        "claims": { "customerId": "bits:customer::1" },
    });
    let kept = gateway.admin().call("PUT", "/v1/mounts/bits/clients/spa", Some(&client))?;
    ensure!(kept["allowed_origins"] == json!(["https://spa.test"]), "{kept}");
    ensure!(admits("https://spa.test")?);
    gateway.admin().call("DELETE", "/v1/mounts/bits/clients/spa", None)?;
    ensure!(!admits("https://spa.test")?);
    Ok(())
}

#[test]
fn n08_a_host_is_one_name_or_a_bad_request() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let discovery = "/.well-known/openid-configuration/jwks";
    let at = |target: &str, host: &str| -> Result<u16> {
        let mut connection = Connection::open(gateway.public())?;
        connection.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())?;
        Ok(connection.receive()?.status)
    };
    // At the other mount's path the name decides.
    for host in ["login.test", "LOGIN.test.", "login.test.:8080"] {
        ensure!(at(discovery, host)? == 200 && at("/oauth2/userinfo", host)? == 404, "{host}");
    }
    for host in ["login.test, b", "a,login.test", "user@login.test", "login.test:x", "login test", "."] {
        ensure!(at(discovery, host)? == 400, "{host}");
    }
    // An absolute target's host counts, not the field.
    ensure!(at("http://login.test/oauth2/userinfo", "bits.localhost")? == 404);
    ensure!(at("http://bits.localhost/oauth2/userinfo", "login.test")? == 401);
    ensure!(at("http://bits.localhost/oauth2/userinfo", "a, b")? == 400);
    ensure!(at("http://user@bits.localhost/oauth2/userinfo", "login.test")? == 400);
    Ok(())
}

#[test]
fn n08_a_forwarded_host_is_read_alike() -> Result<()> {
    let gateway = Gateway::start(&format!("[server]\ntrusted_proxies = [\"127.0.0.1\"]\n{MOUNTS}"))?;
    let at =
        |name, value| Ok::<_, anyhow::Error>(ask(&gateway, "GET", "/oauth2/userinfo", &[(name, value)], "")?.status);
    for (name, value) in [("X-Forwarded-Host", "login.test."), ("Forwarded", "host=\"login.test.:80\"")] {
        ensure!(at(name, value)? == 404, "{name}: {value}");
    }
    for (name, value) in [("X-Forwarded-Host", "user@login.test"), ("Forwarded", "host=\"login.test/\"")] {
        ensure!(at(name, value)? == 400, "{name}: {value}");
    }
    Ok(())
}

#[test]
fn n09_a_path_is_compared_as_its_vendor_does() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let form = "grant_type=client_credentials&client_id=app&client_secret=app-secret";
    for path in ["/hr/Connect/Token", "/hr/connect/%74oken", "/%68r/CONNECT/TOKEN", "/Connect/Token"] {
        let response = ask(&gateway, "POST", path, &[FORM], form)?;
        ensure!(response.status == 200, "{path}: {response:?}");
    }
    ensure!(ask(&gateway, "GET", "/bits/oauth2/userinf%6F", &[], "")?.status == 401);
    ensure!(ask(&gateway, "GET", "/bits/OAuth2/userinfo", &[], "")?.status == 404);
    ensure!(ask(&gateway, "GET", "/bits/oauth2%2Fuserinfo", &[], "")?.status == 404);
    ensure!(ask(&gateway, "GET", "/%5Fgateway/health/liv%65", &[], "")?.status == 200);
    gateway.admin().call("PATCH", "/v1/mounts/hr/settings", Some(&json!({ "case_sensitive_paths": true })))?;
    ensure!(ask(&gateway, "POST", "/hr/Connect/Token", &[FORM], form)?.status == 404);
    Ok(())
}
