//! A vendor that is read by its query alone, answers JSON as plain text and has no PKCE: none of that is a client's fault.

use super::pack;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

const PACK: &str = r#"
vendor = "Acme"
[defaults]
scopes = ["base"]
[authorize]
path = "/authorize"
pkce = "ignored"
[token]
path = "/token"
methods = ["GET"]
body = ["query"]
client = { in = ["body"], id = "appid", secret = "secret" }
grants = ["client_credentials", "authorization_code"]
client_credentials.is = "client_credential"
[token.answer]
content_type = "text/plain"
body = '''{"token":"{{access_token}}","sex":{{user.sex}},"union":"{{user.union?}}"}'''
[refresh_token]
issue = "never"
[errors]
content_type = "text/plain"
body = '''{"code":{{code}},"client":"{{client.id}}"}'''
words = { code = 40001 }
"#;

const CLIENTS: &str = r#"
[[mount.client]]
id = "app"
secret = "app-secret"
grants = ["client_credentials", "authorization_code"]
scopes = ["base"]
redirect_uris = ["https://client.test/cb"]
[[mount.client]]
id = "installed"
public = true
grants = ["authorization_code"]
scopes = ["base"]
redirect_uris = ["https://client.test/cb"]
[[mount.user]]
sub = "1"
username = "alice"
password = "alice-password"
"#;

fn site(packs: &[(&str, &str)]) -> Result<Gateway> {
    let mut text = vec!["[admin]\ntest_features = true\n".to_owned()];
    let folder = tempfile::tempdir()?;
    for (name, pack_text) in packs {
        pack(&folder.path().join(name), pack_text)?;
        let place = folder.path().join(name).join("acme").display().to_string();
        text.push(format!("[[mount]]\nname = {name:?}\ndialect = \"pack\"\npack = {place:?}\n{CLIENTS}"));
    }
    Gateway::start(&text.concat())
}

fn ask(gateway: &Gateway, method: &str, target: &str, form: &str) -> Result<Response> {
    let mut headers = vec![("Host", "localhost")];
    if !form.is_empty() {
        headers.push(("Content-Type", "application/x-www-form-urlencoded"));
    }
    http::exchange(gateway.public(), &http::request(method, target, &headers, form.as_bytes()))
}

fn admin(gateway: &Gateway, path: &str) -> Result<Value> {
    let request = http::request("GET", path, &[("Host", "localhost")], b"");
    http::exchange(gateway.admin_address(), &request)?.json()
}

fn misuse(gateway: &Gateway) -> Result<Vec<String>> {
    let report = admin(gateway, "/v1/journal/misuse")?;
    let rules = report.as_array().context("an array")?.iter();
    Ok(rules.filter_map(|one| one["rule"].as_str().map(str::to_owned)).collect())
}

#[test]
fn a_vendor_without_bodies_and_pkce_has_clients_without_fault() -> Result<()> {
    let gateway = site(&[("acme", PACK)])?;
    let granted = "/acme/token?appid=app&secret=app-secret&grant_type=client_credential";
    let answer = ask(&gateway, "GET", granted, "")?;
    ensure!(answer.status == 200 && answer.header("content-type") == Some("text/plain"), "{}", answer.text());
    let body: Value = serde_json::from_str(&answer.text()).with_context(|| answer.text())?;
    ensure!(body["sex"].is_null() && body.get("union").is_none(), "{body}");
    let refused = ask(&gateway, "GET", "/acme/token?appid=a%22b%3Cc&secret=x&grant_type=client_credential", "")?;
    let body: Value = serde_json::from_str(&refused.text()).with_context(|| refused.text())?;
    ensure!(body["client"] == "a?b<c" || body["client"] == "a\"b<c", "{body}");
    ensure!(ask(&gateway, "GET", "/acme/token?appid=app&secret=app-secret&grant_type=password", "")?.status == 400);
    let hint = admin(&gateway, "/v1/journal?limit=1")?[0]["hint"].clone();
    ensure!(hint == "send grant_type as one of client_credential, authorization_code", "{hint}");
    for client in ["app", "installed"] {
        let query =
            format!("client_id={client}&response_type=code&state=s&redirect_uri=https://client.test/cb&scope=base");
        let asked = ask(&gateway, "GET", &format!("/acme/authorize?{query}"), "")?;
        let to = asked.header("location").unwrap_or_default().to_owned();
        ensure!(asked.status == 302 && !to.contains("error="), "{client}: {} {to}", asked.status);
    }
    ensure!(misuse(&gateway)?.is_empty(), "{:?}", misuse(&gateway)?);
    Ok(())
}

#[test]
fn a_secret_in_a_url_is_told_by_the_vendors_name_and_pkce_is_missed_where_there_is_one() -> Result<()> {
    let form = PACK
        .replace("methods = [\"GET\"]", "methods = [\"POST\"]")
        .replace("body = [\"query\"]", "body = [\"form\"]")
        .replace("pkce = \"ignored\"", "pkce = \"optional\"");
    let gateway = site(&[("acme", &form)])?;
    ask(&gateway, "POST", "/acme/token?secret=app-secret", "appid=app&secret=app-secret&grant_type=client_credential")?;
    ask(
        &gateway,
        "GET",
        "/acme/authorize?client_id=app&response_type=code&state=s&redirect_uri=https://client.test/cb&scope=base",
        "",
    )?;
    ensure!(misuse(&gateway)? == ["no_pkce", "secret_in_query"], "{:?}", misuse(&gateway)?);
    let public =
        "/acme/authorize?client_id=installed&response_type=code&redirect_uri=https://client.test/cb&scope=base";
    let told = ask(&gateway, "GET", public, "")?;
    ensure!(
        told.header("location").is_some_and(|to| to.contains("error=invalid_request")),
        "{:?}",
        told.header("location")
    );
    Ok(())
}
