//! Users sign in at packs whose vendors call things otherwise: through the pages, back to the vendor's endpoint, to the client.

use anyhow::{Context, Result, ensure};
use hmac::{Hmac, KeyInit, Mac};
use pack::shipped;
use serde_json::Value;
use sha2::Sha256;
use std::fmt::Write;
use testkit::agent::{Agent, form};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::vendor::{call, param};

const CALLBACK: &str = "https://client.test/cb";

fn site() -> Result<Gateway> {
    let mount = |name| shipped::mount(name).context("a shipped pack");
    Gateway::start(&format!("[server]\npublic_url = \"http://localhost\"\n{}\n{}", mount("tiktok")?, mount("intuit")?))
}

/// What the client is told once Alice has signed in and consented.
fn signed_in(gateway: &Gateway, authorize: &str, query: &[(&str, &str)], password: &str) -> Result<Response> {
    let mut browser = Agent::new(gateway.public());
    let asked = browser.get(&format!("{authorize}?{}", serde_urlencoded::to_string(query)?))?;
    let login = browser.follow(asked)?;
    let filled = form(&login, "password")?.with("username", "alice").with("password", password);
    let after = browser.submit(&filled)?;
    let consent = browser.follow(after)?;
    browser.submit(&form(&consent, "scope")?.with("decision", "allow"))
}

fn userinfo(gateway: &Gateway, path: &str, token: &str) -> Result<Value> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
    let answer = http::exchange(gateway.public(), &http::request("GET", path, &headers, b""))?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    answer.json()
}

#[test]
fn a_user_signs_in_where_the_client_is_called_client_key() -> Result<()> {
    let gateway = site()?;
    let query = [
        ("client_key", "tiktok-demo"),
        ("scope", "user.info.basic,video.list"),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("state", "st1"),
    ];
    let told = signed_in(&gateway, "/tiktok/v2/auth/authorize/", &query, "tiktok-demo-password")?;
    ensure!(param(&told, "scopes")?.as_deref() == Some("user.info.basic,video.list"), "{:?}", told.header("location"));
    ensure!(param(&told, "state")?.as_deref() == Some("st1") && param(&told, "iss")?.is_none());
    let code = param(&told, "code")?.context("no code")?;
    let form = format!(
        "client_key=tiktok-demo&client_secret=tiktok-demo-secret&grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}"
    );
    let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let request = http::request("POST", "/tiktok/v2/oauth/token/", &headers, form.as_bytes());
    let tokens = http::exchange(gateway.public(), &request)?.json()?;
    let access = tokens["access_token"].as_str().with_context(|| tokens.to_string())?;
    let user = userinfo(&gateway, "/tiktok/v2/user/info/", access)?;
    ensure!(user["data"]["user"]["display_name"] == "Alice", "{user}");
    Ok(())
}

#[test]
fn a_user_signs_in_at_a_pack_over_the_standard_dialect() -> Result<()> {
    let gateway = site()?;
    let metadata = http::exchange(
        gateway.public(),
        &http::request("GET", "/intuit/.well-known/openid_configuration", &[("Host", "localhost")], b""),
    )?
    .json()?;
    ensure!(metadata["authorization_endpoint"] == "http://localhost/intuit/connect/oauth2", "{metadata}");
    ensure!(metadata.get("introspection_endpoint").is_none() && metadata.get("end_session_endpoint").is_none());
    ensure!(metadata["token_endpoint_auth_methods_supported"] == serde_json::json!(["client_secret_basic"]));
    let query = [
        ("client_id", "intuit-demo"),
        ("scope", "openid email com.intuit.quickbooks.accounting"),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("state", "st1"),
        ("nonce", "n1"),
    ];
    let told = signed_in(&gateway, "/intuit/connect/oauth2", &query, "intuit-demo-password")?;
    ensure!(param(&told, "realmId")?.as_deref() == Some("1231434565226279"), "{:?}", told.header("location"));
    let code = param(&told, "code")?.context("no code")?;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
    let client = ("intuit-demo", "intuit-demo-secret");
    let tokens = call(&gateway, "/intuit/oauth2/v1/tokens/bearer", client, &form)?.json()?;
    let [access, id, refresh] = ["access_token", "id_token", "refresh_token"]
        .map(|name| tokens[name].as_str().with_context(|| tokens.to_string()));
    let id = id?;
    let claims = testkit::jwt::verify(id, &gateway.admin().jwks("intuit")?)?;
    let claims: Value = serde_json::from_slice(&claims.payload)?;
    ensure!(claims["realmid"] == "1231434565226279" && claims["nonce"] == "n1", "{claims}");
    let access = access?;
    let user = userinfo(&gateway, "/intuit/v1/openid_connect/userinfo", access)?;
    ensure!(user["email"] == "alice@client.test" && user["sub"] == claims["sub"], "{user}");
    // The ID token is the pack's own and the access token the base's: neither passes for the other.
    ensure!(userinfo(&gateway, "/intuit/v1/openid_connect/userinfo", id).is_err());
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh?)];
    ensure!(call(&gateway, "/intuit/oauth2/v1/tokens/bearer", client, &form)?.status == 200);
    let ended = call(&gateway, "/intuit/v2/oauth2/tokens/revoke", client, &[("token", access)])?;
    ensure!(ended.status == 200, "{} {}", ended.status, ended.text());
    ensure!(userinfo(&gateway, "/intuit/v1/openid_connect/userinfo", access).is_err(), "revoked");
    Ok(())
}

fn post(gateway: &Gateway, path: &str, fields: &[(&str, &str)], accept: &str) -> Result<Response> {
    let form = serde_urlencoded::to_string(fields)?;
    let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", accept)];
    http::exchange(gateway.public(), &http::request("POST", path, &headers, form.as_bytes()))
}

fn shipped_alone(name: &str) -> Result<Gateway> {
    let mount = shipped::mount(name).context("a shipped pack")?;
    Gateway::start(&format!("[server]\npublic_url = \"http://localhost\"\n{mount}"))
}

#[test]
fn a_user_allows_a_device_at_a_pack_over_oauth2() -> Result<()> {
    const JSON: &str = "application/json";
    let gateway = shipped_alone("github")?;
    let client = ("client_id", "github-demo-device");
    let plain = post(&gateway, "/github/login/device/code", &[client, ("scope", "repo")], "*/*")?;
    ensure!(plain.text().starts_with("device_code=") && plain.text().contains("&interval=5&"), "{}", plain.text());
    let codes = post(&gateway, "/github/login/device/code", &[client, ("scope", "repo gist")], JSON)?.json()?;
    let text = |name: &str| codes[name].as_str().with_context(|| codes.to_string());
    ensure!(text("verification_uri")? == "http://localhost/github/login/device", "{codes}");
    let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    let poll = || {
        post(
            &gateway,
            "/github/login/oauth/access_token",
            &[client, grant, ("device_code", text("device_code")?)],
            JSON,
        )
    };
    let pending = poll()?;
    ensure!(pending.status == 200 && pending.json()?["error"] == "authorization_pending", "{}", pending.text());
    ensure!(poll()?.json()?["interval"] == 10, "it polled too soon");

    let mut browser = Agent::new(gateway.public());
    let page = browser.get("/github/login/device")?;
    let asked = browser.submit(&form(&page, "csrf")?.with("user_code", text("user_code")?))?;
    let login = browser.follow(asked)?;
    let filled = form(&login, "password")?.with("username", "alice").with("password", "github-demo-password");
    let after = browser.submit(&filled)?;
    let page = browser.follow(after)?;
    let done = browser.submit(&form(&page, "scope")?.with("decision", "allow"))?;
    ensure!(done.status == 200, "{}", done.text());
    let granted = poll()?.json()?;
    ensure!(granted["scope"] == "repo,gist" && granted["token_type"] == "bearer", "{granted}");
    let again = poll()?.json()?;
    ensure!(again["error"] == "incorrect_device_code", "it is good once: {again}");
    Ok(())
}

#[test]
fn a_callback_is_signed_with_the_clients_secret() -> Result<()> {
    let gateway = shipped_alone("shopify")?;
    let query =
        [("client_id", "shopify-demo"), ("scope", "read_products"), ("redirect_uri", CALLBACK), ("state", "a b&c=~*")];
    let told = signed_in(&gateway, "/shopify/admin/oauth/authorize", &query, "shopify-demo-password")?;
    let names = ["code", "shop", "state", "timestamp"];
    let told_of = |name: &str| param(&told, name)?.with_context(|| format!("no {name}"));
    let others = names.iter().map(|name| Ok((*name, told_of(name)?))).collect::<Result<Vec<_>>>()?;
    let signed = serde_urlencoded::to_string(&others)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(b"shopify-demo-secret")?;
    mac.update(signed.as_bytes());
    let expected = mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    ensure!(told_of("hmac")? == expected, "{:?} is not signed as {signed}", told.header("location"));
    Ok(())
}
