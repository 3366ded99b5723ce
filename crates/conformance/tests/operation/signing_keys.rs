//! Keys that the configuration file gives: the first signs, all are published, and a reload changes them at once.

use super::stop::wait_until;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use testkit::gateway::Gateway;
use testkit::http;

const SECRET: &str = "signing-keys-of-a-test-have-bytes";

/// A private key in PEM, of these arguments of `openssl genpkey`.
fn pem(arguments: &[&str]) -> Result<String> {
    let made = Command::new("openssl").arg("genpkey").args(arguments).output().context("openssl")?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(String::from_utf8(made.stdout)?)
}

fn rsa() -> Result<String> {
    pem(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
}

fn oct() -> String {
    json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(SECRET), "kid": "bits-1" }).to_string()
}

fn config(brighthr: &str, bits: &str) -> String {
    format!(
        r#"
[[mount]]
name = "brighthr"
dialect = "brighthr-connect"
signing_keys = [{brighthr}]
[[mount.client]]
id = "app"
secret = "app-secret"
scopes = ["company:read"]
[[mount]]
name = "bits"
dialect = "bits-basic-form"
signing_keys = [{bits}]
[[mount.client]]
id = "batch"
secret = "batch-secret"
scopes = ["application"]
claims = {{ customerId = "bits:customer::1" }}
"#
    )
}

fn order(gateway: &Gateway, mount: &str, client: &str, query: &str) -> Result<String> {
    let path = format!("/v1/mounts/{mount}/tokens{query}");
    let tokens = gateway.admin().call("POST", &path, Some(&json!({ "client_id": client })))?;
    Ok(tokens["access_token"].as_str().context("no token")?.to_owned())
}

fn header(token: &str) -> Result<Value> {
    let part = token.split('.').next().context("no header")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
}

fn verify(gateway: &Gateway, root: &str, mount: &str, token: &str) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
    let request = http::request("GET", &format!("{root}/_gateway/verify/{mount}"), &headers, b"");
    Ok(http::exchange(gateway.public(), &request)?.status)
}

fn kids(gateway: &Gateway, mount: &str) -> Result<Vec<(String, String)>> {
    let keys = gateway.admin().call("GET", &format!("/v1/mounts/{mount}/keys"), None)?;
    let text = |key: &Value, name: &str| key[name].as_str().unwrap_or_default().to_owned();
    Ok(keys.as_array().into_iter().flatten().map(|key| (text(key, "kid"), text(key, "status"))).collect())
}

/// The status of an admin call, and what it says.
fn call(gateway: &Gateway, method: &str, path: &str, body: &Value) -> Result<(u16, String)> {
    let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = if body.is_empty() { &headers[..1] } else { &headers[..] };
    let answer = http::exchange(gateway.admin_address(), &http::request(method, path, headers, body.as_bytes()))?;
    Ok((answer.status, answer.text()))
}

#[test]
fn the_first_signs_all_are_published_and_a_reload_changes_them() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (one, two) = (folder.path().join("one.pem"), folder.path().join("two.pem"));
    fs::write(&one, rsa()?)?;
    fs::write(&two, rsa()?)?;
    let file = |path: &std::path::Path, kid: &str| format!(r#"{{ pem_file = "{}", kid = "{kid}" }}"#, path.display());
    let (one, two) = (file(&one, "one"), file(&two, "two"));
    let bits = r#"{ jwk_env = "BITS_KEY" }"#;
    let environment = vec![("BITS_KEY".to_owned(), oct())];
    let gateway = Gateway::start_in(environment, &config(&format!("{one}, {two}"), bits))?;
    ensure!(
        kids(&gateway, "brighthr")? == [("one".into(), "signing".into()), ("two".into(), "upcoming".into())]
            || kids(&gateway, "brighthr")? == [("two".into(), "upcoming".into()), ("one".into(), "signing".into())]
    );
    let by_one = order(&gateway, "brighthr", "app", "")?;
    ensure!(header(&by_one)?["kid"] == "one" && verify(&gateway, "", "brighthr", &by_one)? == 200);
    let jwks = gateway.admin().call("GET", "/v1/mounts/brighthr/jwks", None)?;
    ensure!(jwks["keys"].as_array().map(Vec::len) == Some(2), "{jwks}");
    let jwks = gateway.admin().call("GET", "/v1/mounts/bits/jwks", None)?;
    ensure!(jwks["keys"][0]["k"] == URL_SAFE_NO_PAD.encode(SECRET) && jwks["keys"][0]["kid"] == "bits-1", "{jwks}");
    // A namespace has keys of its own.
    gateway.admin().call("POST", "/v1/namespaces", Some(&json!({ "name": "job" })))?;
    let of_job = order(&gateway, "bits", "batch", "?namespace=job")?;
    ensure!(verify(&gateway, "/~job", "bits", &of_job)? == 200 && verify(&gateway, "", "bits", &of_job)? == 401);
    // What the file says no call changes.
    for (method, path, body) in [
        ("POST", "/v1/mounts/brighthr/keys/rotate", json!({})),
        ("POST", "/v1/mounts/brighthr/keys", json!({ "pem": rsa()? })),
        ("DELETE", "/v1/mounts/brighthr/keys/one", Value::Null),
        ("DELETE", "/v1/mounts/brighthr/keys/two", Value::Null),
    ] {
        let (status, said) = call(&gateway, method, path, &body)?;
        ensure!(status == 409 && said.contains("signing_keys"), "{path}: {status} {said}");
    }
    // The second becomes the first: what the other signed holds as long as it is there.
    gateway.write_config(&config(&format!("{two}, {one}"), bits))?;
    gateway.signal("HUP")?;
    wait_until(|| Ok(header(&order(&gateway, "brighthr", "app", "")?)?["kid"] == "two"))?;
    let by_two = order(&gateway, "brighthr", "app", "")?;
    ensure!(verify(&gateway, "", "brighthr", &by_one)? == 200 && verify(&gateway, "", "brighthr", &by_two)? == 200);
    gateway.write_config(&config(&two, bits))?;
    gateway.signal("HUP")?;
    wait_until(|| Ok(verify(&gateway, "", "brighthr", &by_one)? == 401))?;
    ensure!(verify(&gateway, "", "brighthr", &by_two)? == 200);
    // Without any the mount keeps a key of its own.
    gateway.write_config(&config("", bits))?;
    gateway.signal("HUP")?;
    wait_until(|| Ok(verify(&gateway, "", "brighthr", &by_two)? == 401))?;
    let own = order(&gateway, "brighthr", "app", "")?;
    ensure!(
        verify(&gateway, "", "brighthr", &own)? == 200
            && call(&gateway, "POST", "/v1/mounts/brighthr/keys/rotate", &json!({ "lead_seconds": 0 }))?.0 == 200
    );
    let logs = gateway.logs()?;
    ensure!(!logs.contains("PRIVATE KEY") && !logs.contains(SECRET), "a key is in the log");
    Ok(())
}

#[test]
fn a_key_that_does_not_fit_is_refused_with_its_place() -> Result<()> {
    let small = pem(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"])?;
    let good = rsa()?;
    let toml = |pem: &str| format!("{{ pem = '''\n{pem}''' }}");
    let short = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode("short") }).to_string();
    for (brighthr, bits, words) in [
        (toml(&small), String::new(), "number 1: it has 1024 bits"),
        (format!("{}, {}", toml(&good), toml(&good)), String::new(), "number 2: it has the kid of number 1"),
        (String::new(), format!("{{ jwk = '{short}' }}"), "HS256 wants 32 or more"),
        (String::new(), toml(&good), "PEM holds no symmetric key"),
        ("{ kid = 'x' }".to_owned(), String::new(), "exactly one of"),
        ("{ pem_env = 'NO_SUCH_VARIABLE' }".to_owned(), String::new(), "NO_SUCH_VARIABLE"),
    ] {
        let error = Gateway::start(&config(&brighthr, &bits)).err().context("it started")?;
        let said = format!("{error:#}");
        ensure!(said.contains(words) && said.contains("signing_keys"), "{words}: {said}");
        ensure!(!said.contains("PRIVATE KEY") && !said.contains(&URL_SAFE_NO_PAD.encode("short")), "{said}");
    }
    Ok(())
}
