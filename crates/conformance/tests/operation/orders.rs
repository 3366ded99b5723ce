//! Tokens to order: each flaw as a validator meets it, and what the gateway itself says of it.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::Flaw;
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http;

pub(super) const MOUNTS: &str = concat!(
    r#"
[[mount]]
name = "brighthr"
dialect = "brighthr-connect"
[[mount.client]]
id = "web"
secret = "web-secret"
grants = ["client_credentials", "authorization_code", "refresh_token"]
scopes = ["openid", "email", "company:read", "offline_access"]
redirect_uris = ["https://client.test/cb"]
rate_limit = "1/1h"
[[mount.user]]
sub = "u1"
username = "alice"
claims = { email = "alice@client.test" }
"#,
    testkit::mounts!(bits bizzassure eagle),
    "[mount.settings]\nalg = \"ES256\"\n"
);

/// Mount, client and user of each dialect, and whether their access tokens have `aud` and `kid`.
pub(super) const ORDERS: [(&str, &str, Option<&str>); 5] = [
    ("brighthr", "web", None),
    ("brighthr", "web", Some("alice")),
    ("bits", "batch", None),
    ("bizzassure", "app", None),
    ("eagle", "app", Some("test")),
];
pub(super) fn order(gateway: &Gateway, mount: &str, body: &Value) -> Result<Value> {
    gateway.admin().call("POST", &format!("/v1/mounts/{mount}/tokens"), Some(body))
}

pub(super) fn basic(client: &str, user: Option<&str>) -> Value {
    let mut body = json!({ "client_id": client });
    if let Some(user) = user {
        body["user"] = user.into();
    } else if client == "web" {
        body["scope"] = "company:read".into();
    }
    body
}

fn part(token: &str, index: usize) -> Result<Value> {
    let part = token.split('.').nth(index).context("no such part")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
}

fn verified(gateway: &Gateway, mount: &str, token: &str) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", &*bearer)];
    let request = http::request("GET", &format!("/_gateway/verify/{mount}"), &headers, b"");
    Ok(http::exchange(gateway.public(), &request)?.status)
}

#[test]
fn an_order_is_live_and_counted_by_no_limit() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    for (mount, client, user) in ORDERS.into_iter().chain(ORDERS) {
        let tokens = order(&gateway, mount, &basic(client, user))?;
        let access = tokens["access_token"].as_str().context("no token")?;
        ensure!(verified(&gateway, mount, access)? == 200, "{mount}: {tokens}");
        ensure!(tokens["explained"]["active"] == true && tokens["explained"]["problems"] == json!([]), "{tokens}");
        ensure!(tokens["explained"]["mount"] == mount && tokens["explained"]["kind"] == "access_token", "{tokens}");
        ensure!(tokens["id_token"].is_string() == user.is_some(), "{mount}: {tokens}");
    }
    // The refresh token of one is good for the next.
    let tokens = order(&gateway, "brighthr", &basic("web", Some("alice")))?;
    let refresh = tokens["refresh_token"].as_str().context("no refresh token")?;
    let form = format!("grant_type=refresh_token&client_id=web&client_secret=web-secret&refresh_token={refresh}");
    let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let answer =
        http::exchange(gateway.public(), &http::request("POST", "/brighthr/connect/token", &headers, form.as_bytes()))?;
    ensure!(answer.status == 200, "{}", answer.text());
    let mut laid = basic("web", Some("alice"));
    laid["claims"] = json!({ "email": "other@client.test", "tenant": 7 });
    laid["lifetime"] = 42.into();
    let tokens = order(&gateway, "brighthr", &laid)?;
    let claims = part(tokens["access_token"].as_str().context("no token")?, 1)?;
    ensure!(claims["tenant"] == 7 && claims["email"] == "other@client.test", "{claims}");
    let life = claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat);
    ensure!(life == Some(42) && tokens["expires_in"] == 42, "{claims}");
    Ok(())
}

#[test]
fn each_flaw_is_what_it_says_and_is_refused_or_explained() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    for (mount, client, user) in ORDERS {
        let whole = order(&gateway, mount, &basic(client, user))?;
        let whole = whole["access_token"].as_str().context("no token")?;
        let (header, claims) = (part(whole, 0)?, part(whole, 1)?);
        for flaw in Flaw::ALL.map(Flaw::as_str) {
            let mut body = basic(client, user);
            body["flaw"] = flaw.into();
            let can = match flaw {
                "wrong_audience" => claims["aud"].is_string(),
                "no_kid" => header["kid"].is_string(),
                "hs256_with_public_key" => header["alg"] != "HS256",
                "id_token_as_access" => user.is_some(),
                _ => true,
            };
            let made = order(&gateway, mount, &body);
            if !can {
                let error = made.err().with_context(|| format!("{mount}: {flaw} can be"))?.to_string();
                ensure!(error.contains("400") && error.contains(flaw), "{mount}: {flaw}: {error}");
                continue;
            }
            let made = made?;
            let token = made["access_token"].as_str().context("no token")?;
            let status = verified(&gateway, mount, token)?;
            let explained = &made["explained"];
            ensure!(explained["verify"]["status"] == status, "{mount}: {flaw}: {explained}");
            // The gateway's own validators ask for no kid; each other flaw is noticed.
            let holds = flaw == "no_kid";
            ensure!((status == 200) == holds, "{mount}: {flaw}: {status} {explained}");
            ensure!((explained["problems"] == json!([])) == holds, "{mount}: {flaw}: {explained}");
            check(flaw, token, &header, &claims).with_context(|| format!("{mount}: {flaw}"))?;
        }
    }
    Ok(())
}

fn check(flaw: &str, token: &str, header: &Value, claims: &Value) -> Result<()> {
    let (bent, laid) = (part(token, 0)?, part(token, 1)?);
    let now = claims["iat"].as_i64().context("no iat")?;
    let fits = match flaw {
        "expired" => laid["exp"].as_i64().is_some_and(|exp| exp < now) && laid["iat"].as_i64() < laid["exp"].as_i64(),
        "not_yet_valid" => laid["nbf"].as_i64().is_some_and(|nbf| nbf > now),
        "wrong_audience" => laid["aud"] != claims["aud"],
        "wrong_issuer" => laid["iss"] != claims["iss"],
        "unknown_key" => header["kid"].is_null() || header["kid"] != bent["kid"],
        "tampered" => laid["tampered"] == true,
        "alg_none" => bent["alg"] == "none" && token.ends_with('.'),
        "hs256_with_public_key" => bent["alg"] == "HS256",
        "no_kid" => bent["kid"].is_null(),
        "wrong_typ" => bent["typ"] != header["typ"],
        _ => laid["aud"].is_string() && laid["nbf"].is_null() == claims["nbf"].is_null(),
    };
    ensure!(fits, "{bent} {laid}");
    Ok(())
}

#[test]
fn an_order_that_cannot_be_says_what_to_change() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    for (mount, body, word) in [
        ("bits", json!({ "client_id": "nobody" }), "nobody"),
        ("bits", json!({ "client_id": "batch", "user": "alice" }), "redirect_uris"),
        ("bits", json!({ "client_id": "batch", "scope": "nothing" }), "nothing"),
        ("bits", json!({ "client_id": "batch", "flaw": "bent" }), "wrong_audience"),
        ("bits", json!({ "client_id": "batch", "flaw": "expired", "token": "id_token" }), "no such token"),
        ("bits", json!({ "client_id": "batch", "flaw": "expired", "token": "refresh" }), "id_token"),
        ("brighthr", json!({ "client_id": "web", "user": "carol" }), "carol"),
    ] {
        let error = order(&gateway, mount, &body).err().with_context(|| format!("{body} is served"))?.to_string();
        ensure!(error.contains("400") && error.contains(word), "{body}: {error}");
    }
    Ok(())
}

#[test]
fn a_token_is_explained_and_never_written_down() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let inspect = |token: &str| gateway.admin().call("POST", "/v1/tokens/inspect", Some(&json!({ "token": token })));
    let made = order(&gateway, "brighthr", &basic("web", Some("alice")))?;
    let bits = order(&gateway, "bits", &basic("batch", None))?["access_token"].as_str().context("no token")?.to_owned();
    let access = made["access_token"].as_str().context("no token")?;
    let said = &inspect(access)?["introspect"];
    ensure!(
        said["status"] == 200 && said["answer"]["active"] == true && said["answer"]["client_id"] == "web",
        "{said}"
    );
    ensure!(inspect(&bits)?["introspect"].is_null(), "Bits has no introspection");
    gateway.admin().advance_clock(4000)?;
    let seen = inspect(access)?;
    ensure!(seen["introspect"]["answer"] == json!({ "active": false }), "{seen}");
    ensure!(seen["introspect"]["cause"].to_string().contains("expired"), "{seen}");
    ensure!(seen["active"] == false && seen["problems"].to_string().contains("expired"), "{seen}");
    ensure!(seen["userinfo"]["status"] == 401 && seen["verify"]["error"] == "invalid_token", "{seen}");
    ensure!(seen["key"] == part(access, 0)?["kid"] && seen["mount"] == "brighthr", "{seen}");
    gateway.admin().delete("brighthr", "clients", "web")?;
    ensure!(inspect(access)?["problems"].to_string().contains("client `web` is gone"), "{}", inspect(access)?);
    for none in ["", "abc", "a.b.c", "a.b.c.d", &"x.".repeat(20_000)] {
        let seen = inspect(none)?;
        ensure!(seen["mount"].is_null() && seen["active"] == false && seen["kind"] == "unknown", "{seen}");
    }
    let foreign = inspect("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2Vsc2V3aGVyZS50ZXN0In0.AAAA")?;
    ensure!(foreign["mount"].is_null() && foreign["problems"].to_string().contains("elsewhere.test"), "{foreign}");
    let (logs, journal) = (gateway.logs()?, gateway.admin().call("GET", "/v1/journal", None)?.to_string());
    for part in access.split('.').skip(1) {
        ensure!(!logs.contains(part) && !journal.contains(part), "the token is written down");
    }
    Ok(())
}

#[test]
fn scenarios_give_flawed_tokens_and_keys() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let admin = gateway.admin();
    let token = || -> Result<Value> {
        let form = b"grant_type=client_credentials";
        let headers = [
            ("Host", "localhost"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Authorization", "Basic YmF0Y2g6YmF0Y2gtc2VjcmV0"),
        ];
        http::exchange(gateway.public(), &http::request("POST", "/bits/v1/oauth2/token", &headers, form))?.json()
    };
    admin.call("POST", "/v1/scenarios", Some(&json!({ "mount": "bits", "steps": [{ "flaw": "expired" }] })))?;
    let flawed = token()?;
    let access = flawed["access_token"].as_str().context("no token")?;
    ensure!(verified(&gateway, "bits", access)? == 401, "{flawed}");
    ensure!(verified(&gateway, "bits", token()?["access_token"].as_str().context("no token")?)? == 200);
    let keys = |flaw: &str| -> Result<usize> {
        admin.call("POST", "/v1/scenarios", Some(&json!({ "endpoint": "jwks", "flaw": flaw, "times": 1 })))?;
        let request = http::request("GET", "/_gateway/jwks/brighthr", &[("Host", "localhost")], b"");
        let shown = http::exchange(gateway.public(), &request)?.json()?;
        Ok(shown["keys"].as_array().context("no keys")?.len())
    };
    admin.rotate_key("brighthr", 0)?;
    ensure!(keys("missing_key")? == 1 && keys("stale_keys")? == 1);
    for (body, word) in [
        (json!({ "flaw": "stale_keys", "endpoint": "token" }), "jwks"),
        (json!({ "flaw": "expired", "endpoint": "userinfo" }), "token"),
        (json!({ "flaw": "none" }), "tampered"),
        (json!({ "pass": true, "token": "id_token" }), "flaw"),
    ] {
        let error = admin.call("POST", "/v1/scenarios", Some(&body)).err().context("served")?.to_string();
        ensure!(error.contains("400") && error.contains(word), "{body}: {error}");
    }
    Ok(())
}
