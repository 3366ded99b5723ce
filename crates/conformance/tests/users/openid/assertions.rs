//! Assertions: by which clients authenticate, and by which they ask for tokens.

use super::{ISSUER, JANE, claims, get, site};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::process::Command;
use testkit::assertion::{self, GRANT, Signer, TYPE};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::tree;
use testkit::vendor::{Tokens, form_of};

const TOKEN: &str = "http://localhost/openid/token";

fn post(gateway: &Gateway, path: &str, fields: &[(&str, &str)]) -> Result<Response> {
    let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let body = serde_urlencoded::to_string(fields)?;
    http::exchange(gateway.public(), &http::request("POST", path, &headers, body.as_bytes()))
}

/// Registers a client with the public key of that signer.
fn register(gateway: &Gateway, id: &str, signer: &Signer, more: &Value) -> Result<()> {
    let mut client = json!({ "jwks": signer.jwks()?, "scopes": ["openid", "email", "api"] });
    for (name, value) in more.as_object().into_iter().flatten() {
        client[name] = value.clone();
    }
    gateway.admin().put("openid", "clients", id, &client)
}

/// A token request of a client that authenticates by an assertion with these claims instead.
fn by_assertion(gateway: &Gateway, client: &str, signer: &Signer, instead: &Value) -> Result<Response> {
    let jwt = signer.sign(&assertion::claims(client, ISSUER, instead)?)?;
    present(gateway, &jwt)
}

fn present(gateway: &Gateway, jwt: &str) -> Result<Response> {
    let fields = [("grant_type", "client_credentials"), ("client_assertion_type", TYPE), ("client_assertion", jwt)];
    post(gateway, "/openid/token", &fields)
}

/// The answer of a grant to an assertion with these claims instead.
fn granted(gateway: &Gateway, client: &str, signer: &Signer, instead: &Value) -> Result<Response> {
    let jwt = signer.sign(&assertion::claims(client, ISSUER, instead)?)?;
    post(gateway, "/openid/token", &[("grant_type", GRANT), ("assertion", &jwt)])
}

fn refused(answer: &Response, error: &str) -> Result<()> {
    let status = if error == "invalid_client" { 401 } else { 400 };
    ensure!(
        answer.status == status && answer.json()?["error"] == error,
        "{error}: {} {}",
        answer.status,
        answer.text()
    );
    ensure!(!answer.text().contains("eyJ"), "no assertion is shown: {}", answer.text());
    Ok(())
}

/// The newest entry of the journal that the query finds.
pub(super) fn newest(gateway: &Gateway, query: &str) -> Result<Value> {
    let entries = gateway.admin().call("GET", &format!("/v1/journal?{query}"), None)?;
    let entries = entries.as_array().context("entries")?;
    entries.iter().max_by_key(|entry| entry["number"].as_u64()).cloned().context("an entry")
}

/// The hint of the newest entry.
fn hint(gateway: &Gateway) -> Result<String> {
    let newest = newest(gateway, "mount=openid")?;
    ensure!(!newest.to_string().contains("eyJ"), "no assertion is kept: {newest}");
    Ok(newest["hint"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn o41_a_client_authenticates_by_its_key_at_each_endpoint() -> Result<()> {
    let gateway = site()?;
    for alg in ["RS256", "PS256", "ES256"] {
        let signer = Signer::new(alg, Some("k1"))?;
        register(&gateway, "svc", &signer, &json!({ "token_endpoint_auth_method": "private_key_jwt" }))?;
        let tokens = Tokens::of(&by_assertion(&gateway, "svc", &signer, &json!({}))?)?;
        ensure!(claims(&gateway, &tokens.access)?["sub"] == "svc", "{alg}");
        let sign = || signer.sign(&assertion::claims("svc", ISSUER, &json!({}))?);
        let ask = |path: &str| {
            let jwt = sign()?;
            let fields = [("token", &*tokens.access), ("client_assertion_type", TYPE), ("client_assertion", &jwt)];
            post(&gateway, path, &fields)
        };
        ensure!(ask("/openid/introspect")?.json()?["active"] == true, "{alg}");
        ensure!(ask("/openid/revoke")?.status == 200, "{alg}");
        ensure!(ask("/openid/introspect")?.json()?["active"] == false, "{alg}");
    }
    let entry = newest(&gateway, "client_id=svc&endpoint=token")?;
    ensure!(entry["auth"] == "private_key_jwt", "{entry}");
    let shown = gateway.admin().get("openid", "clients", "svc")?;
    ensure!(shown["public"] == false && shown["jwks"]["keys"][0]["kid"] == "k1", "{shown}");
    gateway.admin().put("openid", "clients", "svc", &shown)?;
    ensure!(gateway.admin().get("openid", "clients", "svc")? == shown, "PUT takes what GET gave");
    Ok(())
}

#[test]
fn o41_an_assertion_that_does_not_hold_is_an_invalid_client_and_the_journal_says_why() -> Result<()> {
    let gateway = site()?;
    let (signer, other) = (Signer::new("ES256", Some("k1"))?, Signer::new("ES256", Some("k1"))?);
    register(&gateway, "svc", &signer, &json!({}))?;
    for (instead, word) in [
        (json!({ "aud": TOKEN }), "must be `http://localhost/openid`, and it is a URL below the issuer"),
        (json!({ "aud": [ISSUER] }), "it is a list"),
        (json!({ "aud": [ISSUER, TOKEN] }), "it is a list"),
        (json!({ "aud": "http://localhost/openid/" }), "slash"),
        (json!({ "aud": null }), "there is none"),
        (json!({ "exp": 1_000_000_000 }), "ended"),
        (json!({ "exp": 4_000_000_000_000_i64 }), "milliseconds"),
        (json!({ "exp": null }), "`exp`"),
        (json!({ "nbf": 4_000_000_000_i64 }), "ahead"),
        (json!({ "jti": null }), "`jti`"),
        (json!({ "iss": "web" }), "`iss`"),
    ] {
        refused(&by_assertion(&gateway, "svc", &signer, &instead)?, "invalid_client")?;
        let hint = hint(&gateway)?;
        ensure!(hint.contains(word), "{instead}: {hint}");
    }
    for (signer, word) in [
        (&other, "another key signed it"),
        (&signer.as_if("ES256", Some("k2")), "which are `k1`"),
        (&Signer::new("RS256", Some("k1"))?, "another key signed it"),
        (&Signer::of_secret(&"x".repeat(32))?, "may not authenticate by a MAC"),
    ] {
        refused(&by_assertion(&gateway, "svc", signer, &json!({}))?, "invalid_client")?;
        let hint = hint(&gateway)?;
        ensure!(hint.contains(word), "{word}: {hint}");
    }
    refused(&by_assertion(&gateway, "nobody", &signer, &json!({}))?, "invalid_client")?;
    refused(&by_assertion(&gateway, "app", &signer, &json!({}))?, "invalid_client")?;
    ensure!(hint(&gateway)?.contains("`jwks`: it has none"), "{}", hint(&gateway)?);
    // The claims of one and the signature of another.
    let (one, two) = (json!({}), json!({ "sub": "svc", "x": 1 }));
    let jwt = |instead| signer.sign(&assertion::claims("svc", ISSUER, instead)?);
    let (one, two) = (jwt(&one)?, jwt(&two)?);
    let mixed = format!("{}.{}", one.rsplit_once('.').context("a JWT")?.0, two.rsplit_once('.').context("a JWT")?.1);
    refused(&present(&gateway, &mixed)?, "invalid_client")?;
    ensure!(present(&gateway, &one)?.status == 200, "what was refused has spent nothing");
    Ok(())
}

#[test]
fn o41_an_assertion_is_good_once_until_it_ends() -> Result<()> {
    let gateway = site()?;
    let signer = Signer::new("ES256", None)?;
    register(&gateway, "svc", &signer, &json!({}))?;
    register(&gateway, "svc2", &signer, &json!({}))?;
    let jwt = signer.sign(&assertion::claims("svc", ISSUER, &json!({ "jti": "one" }))?)?;
    ensure!(present(&gateway, &jwt)?.status == 200);
    for _ in 0..2 {
        refused(&present(&gateway, &jwt)?, "invalid_client")?;
        ensure!(hint(&gateway)?.contains("used before"), "{}", hint(&gateway)?);
    }
    // What differs in the bytes is the same assertion; another client's is another.
    refused(&by_assertion(&gateway, "svc", &signer, &json!({ "jti": "one", "x": 1 }))?, "invalid_client")?;
    ensure!(by_assertion(&gateway, "svc2", &signer, &json!({ "jti": "one" }))?.status == 200);
    Ok(())
}

#[test]
fn o41_a_client_rotates_its_keys_and_has_the_methods_that_it_is_registered_for() -> Result<()> {
    let gateway = site()?;
    let (old, new) = (Signer::new("ES256", Some("old"))?, Signer::new("RS256", Some("new"))?);
    register(&gateway, "svc", &old, &json!({ "secret": "svc-secret" }))?;
    let patch = |body: Value| gateway.admin().call("PATCH", "/v1/mounts/openid/clients/svc", Some(&body));
    let works =
        |signer: &Signer| Ok::<_, anyhow::Error>(by_assertion(&gateway, "svc", signer, &json!({}))?.status == 200);
    ensure!(works(&old)? && !works(&new)?);
    patch(json!({ "jwks": { "keys": [old.public()?, new.public()?] } }))?;
    ensure!(works(&old)? && works(&new)?);
    patch(json!({ "jwks": new.jwks()? }))?;
    ensure!(!works(&old)? && works(&new)?);
    let app = |method: Value| -> Result<(u16, bool)> {
        patch(json!({ "token_endpoint_auth_method": method }))?;
        let form = form_of("/openid/token", ("svc", "svc-secret"), &[("grant_type", "client_credentials")])?;
        Ok((http::exchange(gateway.public(), &form)?.status, works(&new)?))
    };
    ensure!(app(Value::Null)? == (200, true));
    ensure!(app(json!("client_secret_basic"))? == (200, false));
    ensure!(app(json!("client_secret_post"))? == (401, false));
    ensure!(app(json!("private_key_jwt"))? == (401, true));
    for (body, word) in [
        (json!({ "token_endpoint_auth_method": "client_secret_jwt" }), "kept as a digest"),
        (json!({ "token_endpoint_auth_method": "tls_client_auth" }), "is none of"),
        (json!({ "jwks": { "keys": [] } }), "0 keys"),
        (json!({ "jwks": null }), "jwks"),
        (json!({ "jwks": { "keys": [{ "kty": "oct", "k": "canary" }] } }), "symmetric"),
    ] {
        let why = patch(body.clone()).err().map(|error| format!("{error:#}")).unwrap_or_default();
        ensure!(why.contains(word) && !why.contains("canary"), "{body}: {why}");
    }
    Ok(())
}

#[test]
fn o41_a_secret_of_the_file_makes_macs_where_the_client_is_registered_for_that() -> Result<()> {
    let gateway = site()?;
    let signer = Signer::of_secret("mac-secret-of-32-bytes-and-some-more")?;
    ensure!(by_assertion(&gateway, "mac", &signer, &json!({}))?.status == 200);
    refused(&by_assertion(&gateway, "mac", &Signer::of_secret(&"y".repeat(36))?, &json!({}))?, "invalid_client")?;
    let form = form_of(
        "/openid/token",
        ("mac", "mac-secret-of-32-bytes-and-some-more"),
        &[("grant_type", "client_credentials")],
    )?;
    refused(&http::exchange(gateway.public(), &form)?, "invalid_client")?;
    ensure!(hint(&gateway)?.contains("by `client_secret_jwt` alone"), "{}", hint(&gateway)?);
    Ok(())
}

#[test]
fn o41_two_ways_at_once_are_refused() -> Result<()> {
    let gateway = site()?;
    let signer = Signer::new("ES256", None)?;
    register(&gateway, "svc", &signer, &json!({ "secret": "svc-secret" }))?;
    let jwt = signer.sign(&assertion::claims("svc", ISSUER, &json!({}))?)?;
    let fields = [("grant_type", "client_credentials"), ("client_assertion_type", TYPE), ("client_assertion", &*jwt)];
    let both = http::exchange(gateway.public(), &form_of("/openid/token", ("svc", "svc-secret"), &fields)?)?;
    refused(&both, "invalid_request")?;
    for more in [[("client_secret", "svc-secret")], [("client_id", "web")]] {
        refused(&post(&gateway, "/openid/token", &[&fields[..], &more[..]].concat())?, "invalid_request")?;
    }
    let same = post(&gateway, "/openid/token", &[&fields[..], &[("client_id", "svc")]].concat())?;
    ensure!(same.status == 200, "nothing was spent before: {}", same.text());
    Ok(())
}

#[test]
fn o41_the_audience_is_a_setting() -> Result<()> {
    let gateway = site()?;
    let signer = Signer::new("ES256", None)?;
    register(&gateway, "svc", &signer, &json!({}))?;
    let works = |audience: &str| {
        let answer = by_assertion(&gateway, "svc", &signer, &json!({ "aud": audience }))?;
        Ok::<_, anyhow::Error>(answer.status == 200)
    };
    for (setting, good, bad) in [
        (json!(["token_endpoint"]), TOKEN, ISSUER),
        (json!(["host"]), "localhost", ISSUER),
        (json!(["https://login.vendor.test", "issuer"]), "https://login.vendor.test", TOKEN),
    ] {
        gateway.admin().patch_settings("openid", &json!({ "client_assertion_audience": setting }))?;
        ensure!(works(good)? && !works(bad)?, "{setting}");
    }
    gateway.admin().patch_settings("openid", &json!({ "client_assertion_ttl": 10 }))?;
    ensure!(works(ISSUER)?, "a minute more is let pass");
    let long = by_assertion(&gateway, "svc", &signer, &json!({ "aud": ISSUER, "exp": assertion::now() + 300 }))?;
    refused(&long, "invalid_client")?;
    Ok(())
}

#[test]
fn o41_o42_a_clients_library_authenticates_by_its_key_and_asks_for_a_users_token() -> Result<()> {
    let example = tree::root().join("examples/node");
    let modules = example.join("node_modules/openid-client");
    ensure!(modules.is_dir(), "this test needs {}; `cargo xtask test` gets it", modules.display());
    let gateway = Gateway::start(&super::site_text().replace("public_url = \"http://localhost\"", ""))?;
    let signer = Signer::new("ES256", Some("k1"))?;
    let more = json!({ "token_endpoint_auth_method": "private_key_jwt", "grants": ["client_credentials", GRANT] });
    register(&gateway, "svc", &signer, &more)?;
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key.pem");
    std::fs::write(&key, signer.pem()?)?;
    let issuer = format!("http://localhost:{}/openid", gateway.public().port());
    let mut command = Command::new("node");
    command.arg("service.mjs").current_dir(example).args(["--issuer", &issuer, "--client-id", "svc", "--kid", "k1"]);
    let output = command.arg("--key").arg(&key).args(["--user", JANE]).output().context("node")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let wanted = json!({ "client": "svc", "scope": "api", "live": true, "revoked": true, "user": "janedoe" });
    ensure!(told == wanted, "{told}");
    Ok(())
}

#[test]
fn o41_the_metadata_say_how_clients_may_authenticate() -> Result<()> {
    let gateway = site()?;
    let metadata = get(&gateway, "/openid/.well-known/openid-configuration")?.json()?;
    let all = json!(["client_secret_basic", "client_secret_post", "none", "private_key_jwt", "client_secret_jwt"]);
    ensure!(metadata["token_endpoint_auth_methods_supported"] == all, "{metadata}");
    for place in ["token", "introspection", "revocation"] {
        let algs = &metadata[format!("{place}_endpoint_auth_signing_alg_values_supported")];
        ensure!(*algs == json!(["RS256", "PS256", "ES256", "HS256"]), "{place}: {algs}");
    }
    Ok(())
}

#[test]
fn o42_an_assertion_buys_a_token_for_its_client_or_a_user() -> Result<()> {
    let gateway = site()?;
    let signer = Signer::new("RS256", Some("k1"))?;
    register(&gateway, "robot", &signer, &json!({ "grants": [GRANT] }))?;
    let own = Tokens::of(&granted(&gateway, "robot", &signer, &json!({}))?)?;
    let told = claims(&gateway, &own.access)?;
    ensure!(told["sub"] == "robot" && own.scope == "api" && own.refresh.is_empty(), "{told}");
    gateway.admin().patch_settings("openid", &json!({ "assertion_sub": "optional" }))?;
    let without = Tokens::of(&granted(&gateway, "robot", &signer, &json!({ "sub": null, "jti": null }))?)?;
    ensure!(claims(&gateway, &without.access)?["sub"] == "robot", "as one vendor has it");
    for (sub, scope) in [(JANE, json!("email openid")), ("janedoe", json!(["openid", "email"]))] {
        let answer = granted(&gateway, "robot", &signer, &json!({ "sub": sub, "scope": scope, "aud": TOKEN }))?;
        let tokens = Tokens::of(&answer)?;
        ensure!(claims(&gateway, &tokens.access)?["sub"] == JANE && claims(&gateway, &tokens.id)?["sub"] == JANE);
        ensure!(super::userinfo(&gateway, &tokens.access)?["email"] == "janedoe@example.com");
    }
    let jwt = signer.sign(&assertion::claims("robot", ISSUER, &json!({ "sub": JANE }))?)?;
    let fields = [("grant_type", GRANT), ("assertion", &*jwt), ("scope", "email")];
    ensure!(Tokens::of(&post(&gateway, "/openid/token", &fields)?)?.scope == "email", "the request's");
    register(&gateway, "away", &signer, &json!({ "grants": [GRANT], "scopes": ["openid", "offline_access"] }))?;
    let away = granted(&gateway, "away", &signer, &json!({ "sub": JANE, "scope": "openid offline_access" }))?;
    ensure!(Tokens::of(&away)?.scope == "openid", "it yields no refresh token");
    let alone = granted(&gateway, "away", &signer, &json!({ "sub": JANE, "scope": "offline_access" }))?;
    refused(&alone, "invalid_scope")?;
    let entry = newest(&gateway, "client_id=robot")?;
    ensure!(entry["grant"] == GRANT && entry["auth"] == "assertion", "{entry}");
    Ok(())
}

#[test]
fn o42_an_assertion_that_does_not_hold_is_an_invalid_grant() -> Result<()> {
    let gateway = site()?;
    let (signer, other) = (Signer::new("ES256", Some("k1"))?, Signer::new("ES256", Some("k1"))?);
    register(&gateway, "robot", &signer, &json!({ "grants": [GRANT] }))?;
    register(&gateway, "svc", &signer, &json!({}))?;
    for (instead, word) in [
        (json!({ "aud": "https://elsewhere.test" }), "`aud`"),
        (json!({ "exp": 1_000_000_000 }), "ended"),
        (json!({ "exp": 4_000_000_000_i64 }), "`exp`"),
        (json!({ "iat": 4_000_000_000_i64 }), "`iat`"),
        (json!({ "sub": null }), "`sub`"),
        (json!({ "sub": 1 }), "`sub`"),
        (json!({ "sub": [JANE] }), "`sub`"),
    ] {
        refused(&granted(&gateway, "robot", &signer, &instead)?, "invalid_grant")?;
        ensure!(hint(&gateway)?.contains(word), "{instead}: {}", hint(&gateway)?);
    }
    refused(&granted(&gateway, "robot", &other, &json!({}))?, "invalid_grant")?;
    refused(&granted(&gateway, "nobody", &signer, &json!({}))?, "invalid_grant")?;
    refused(&granted(&gateway, "robot", &signer, &json!({ "sub": "stranger" }))?, "invalid_grant")?;
    refused(&granted(&gateway, "svc", &signer, &json!({}))?, "unauthorized_client")?;
    refused(&granted(&gateway, "robot", &signer, &json!({ "scope": "phone" }))?, "invalid_scope")?;
    refused(&granted(&gateway, "robot", &signer, &json!({ "scope": "openid" }))?, "invalid_scope")?;
    refused(&granted(&gateway, "robot", &signer, &json!({ "scope": 1 }))?, "invalid_request")?;
    refused(&post(&gateway, "/openid/token", &[("grant_type", GRANT), ("assertion", "x")])?, "invalid_grant")?;
    let jwt = signer.sign(&assertion::claims("robot", ISSUER, &json!({ "sub": JANE }))?)?;
    let fields = [("grant_type", GRANT), ("assertion", &*jwt)];
    ensure!(post(&gateway, "/openid/token", &fields)?.status == 200);
    refused(&post(&gateway, "/openid/token", &fields)?, "invalid_grant")?;
    ensure!(hint(&gateway)?.contains("used before"), "{}", hint(&gateway)?);
    // Its client may authenticate as well; then it is that client's.
    let fields = |jwt| [("grant_type", GRANT), ("assertion", jwt)];
    let jwt = signer.sign(&assertion::claims("robot", ISSUER, &json!({}))?)?;
    let web = http::exchange(gateway.public(), &form_of("/openid/token", ("app", "app-secret"), &fields(&jwt))?)?;
    refused(&web, "unauthorized_client")?;
    Ok(())
}

#[test]
fn o42_a_mount_may_ask_for_the_users_consent_and_for_a_jti() -> Result<()> {
    let gateway = site()?;
    let signer = Signer::new("ES256", None)?;
    let more = json!({ "grants": [GRANT, "authorization_code"], "redirect_uris": ["https://client.test/cb"] });
    register(&gateway, "robot", &signer, &more)?;
    let settings = json!({ "assertion_consent": "required", "assertion_jti": "required" });
    gateway.admin().patch_settings("openid", &settings)?;
    refused(&granted(&gateway, "robot", &signer, &json!({ "jti": null }))?, "invalid_grant")?;
    ensure!(granted(&gateway, "robot", &signer, &json!({}))?.status == 200, "its own");
    let of_jane = json!({ "sub": JANE, "scope": "email" });
    refused(&granted(&gateway, "robot", &signer, &of_jane)?, "consent_required")?;
    gateway.admin().code_for("openid", "robot", JANE, "https://client.test/cb", "openid email")?;
    ensure!(granted(&gateway, "robot", &signer, &of_jane)?.status == 200, "she has consented");
    refused(&granted(&gateway, "robot", &signer, &json!({ "sub": JANE, "scope": "api" }))?, "consent_required")
}
