//! The code flow from end to end, and what comes of it.

use super::{
    ISSUER, JANE, NO_PKCE, TRUSTED, WEB, allow, claims, get, members, names, signed_in, site, tokens, userinfo,
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::http;
use testkit::jwt;
use testkit::vendor::{REDIRECT, Tokens, VERIFIER, code, form_of};

#[test]
fn o01_the_code_flow_with_client_secret_basic() -> Result<()> {
    let gateway = site()?;
    let metadata = get(&gateway, "/openid/.well-known/openid-configuration")?.json()?;
    ensure!(metadata["token_endpoint"] == format!("{ISSUER}/token"), "{metadata}");
    let mut browser = WEB.signed_in(&gateway, JANE)?;
    let page = WEB.go(&mut browser, &[])?;
    let response = allow(&mut browser, &page, false)?;
    let answer = WEB.redeem(&gateway, &code(&response)?, Some(VERIFIER))?;
    for (header, value) in [("cache-control", "no-store"), ("pragma", "no-cache"), ("content-type", "application/json")]
    {
        ensure!(answer.header(header) == Some(value), "{header}: {:?}", answer.header(header));
    }
    let body = answer.json()?;
    ensure!(body["token_type"] == "Bearer" && body["expires_in"] == 3600 && body["scope"] == "openid", "{body}");
    let tokens = Tokens::of(&answer)?;
    let id = claims(&gateway, &tokens.id)?;
    let now = gateway.admin().clock()?.now;
    ensure!(id["iss"] == ISSUER && id["sub"] == JANE && id["aud"] == "web" && id["nonce"] == "n-1", "{id}");
    let (iat, exp) = (id["iat"].as_i64().context("iat")?, id["exp"].as_i64().context("exp")?);
    ensure!((now - 60..=now + 1).contains(&iat) && exp == iat + 3600, "{id} at {now}");
    ensure!(id["at_hash"] == jwt::access_token_hash(&tokens.access), "{id}");
    ensure!(userinfo(&gateway, &tokens.access)?["sub"] == JANE);
    Ok(())
}

#[test]
fn o02_the_code_flow_with_client_secret_post() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let code = code(&TRUSTED.go(&mut browser, &[])?)?;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_secret", TRUSTED.client.1),
    ];
    let answer = http::exchange(gateway.public(), &form_of("/openid/token", (TRUSTED.client.0, ""), &fields)?)?;
    let tokens = Tokens::of(&answer)?;
    ensure!(claims(&gateway, &tokens.id)?["aud"] == "trusted" && userinfo(&gateway, &tokens.access)?["sub"] == JANE);
    Ok(())
}

#[test]
fn o04_the_id_token_is_signed_by_a_key_of_the_set() -> Result<()> {
    let gateway = site()?;
    let (_, tokens) = signed_in(&gateway, &[])?;
    let set = get(&gateway, "/openid/jwks")?.json()?;
    let keys = set["keys"].as_array().context("keys")?;
    for key in keys {
        ensure!(key["kty"] == "RSA" && key["use"] == "sig" && key["alg"] == "RS256", "{key}");
        ensure!(names(key) == ["kty", "use", "kid", "alg", "e", "n"], "a private member: {:?}", names(key));
    }
    let published: Vec<_> = keys.iter().filter_map(Value::as_object).cloned().collect();
    let verified = jwt::verify(&tokens.id, &published)?;
    let header: Value = serde_json::from_slice(&verified.header)?;
    ensure!(header["alg"] == "RS256" && keys.iter().any(|key| key["kid"] == header["kid"]), "{header}");
    Ok(())
}

#[test]
fn o05_without_a_nonce_the_id_token_has_none() -> Result<()> {
    let gateway = site()?;
    let (_, tokens) = signed_in(&gateway, &[("nonce", "")])?;
    ensure!(claims(&gateway, &tokens.id)?.get("nonce").is_none());
    Ok(())
}

/// The claims of Core 5.1 that a scope opens, for Jane.
fn opened(scope: &str) -> Value {
    match scope {
        "profile" => json!({"name": "Jane Doe", "family_name": "Doe", "given_name": "Jane", "middle_name": "X.",
            "nickname": "JD", "preferred_username": "j.doe", "profile": "https://client.test/janedoe",
            "picture": "https://client.test/janedoe/me.jpg", "website": "https://janedoe.client.test",
            "gender": "female", "birthdate": "0000-10-31", "zoneinfo": "America/Los_Angeles", "locale": "en-US",
            "updated_at": 1_311_280_970}),
        "email" => json!({"email": "janedoe@example.com", "email_verified": true}),
        "address" => json!({"address": {"formatted": "1234 Hollywood Blvd.\nLos Angeles",
            "street_address": "1234 Hollywood Blvd.", "locality": "Los Angeles", "region": "CA",
            "postal_code": "90210", "country": "US"}}),
        "phone" => json!({"phone_number": "+1 (310) 123-4567", "phone_number_verified": false}),
        _ => json!({}),
    }
}

#[test]
fn o06_each_scope_opens_its_claims_with_their_types() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let all = ["profile", "email", "address", "phone"];
    for scopes in [&all[..1], &all[1..2], &all[2..3], &all[3..], &all] {
        let scope = format!("openid {}", scopes.join(" "));
        let tokens = tokens(&gateway, &TRUSTED, &mut browser, &[("scope", &scope)])?;
        let mut wanted = members(&json!({"sub": JANE}));
        wanted.extend(scopes.iter().flat_map(|scope| members(&opened(scope))));
        ensure!(members(&userinfo(&gateway, &tokens.access)?) == wanted, "{scope}");
        let id = claims(&gateway, &tokens.id)?;
        ensure!(id.get("email").is_none() && id.get("name").is_none(), "userinfo tells them (5.4): {id}");
    }
    Ok(())
}

#[test]
fn o07_the_order_of_scopes_and_of_parameters_makes_no_difference() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let mut told = Vec::new();
    for scope in ["openid email profile", "profile email openid", "email openid profile"] {
        let tokens = tokens(&gateway, &TRUSTED, &mut browser, &[("scope", scope)])?;
        told.push(userinfo(&gateway, &tokens.access)?);
    }
    ensure!(told.iter().all(|one| *one == told[0]), "{told:?}");
    let query = TRUSTED.query(&[])?;
    let mut parts: Vec<_> = query.split('&').collect();
    for _ in 0..parts.len() {
        parts.rotate_left(1);
        code(&browser.get(&format!("{}?{}", TRUSTED.authorize, parts.join("&")))?)?;
    }
    Ok(())
}

#[test]
fn o16_authorize_by_post() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let query = TRUSTED.query(&[])?;
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(&query)?;
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    TRUSTED.tokens(&gateway, &code(&browser.post(TRUSTED.authorize, &fields)?)?)?;
    Ok(())
}

#[test]
fn o17_pkce_is_optional_unless_client_or_mount_say_otherwise() -> Result<()> {
    let gateway = site()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let plain = code(&TRUSTED.go(&mut browser, &NO_PKCE)?)?;
    Tokens::of(&TRUSTED.redeem(&gateway, &plain, None)?)?;
    for client in ["strict", "public"] {
        let query = [&NO_PKCE[..], &[("client_id", client)]].concat();
        let error = super::error(&TRUSTED.go(&mut browser, &query)?)?;
        ensure!(error == "invalid_request", "{client}: {error}");
        code(&TRUSTED.go(&mut browser, &[("client_id", client)])?)?;
    }
    gateway.admin().patch_settings("openid", &json!({"pkce": "required"}))?;
    ensure!(super::error(&TRUSTED.go(&mut browser, &NO_PKCE)?)? == "invalid_request");
    let bound = code(&TRUSTED.go(&mut browser, &[])?)?;
    ensure!(TRUSTED.redeem(&gateway, &bound, None)?.status == 400, "a code that is bound wants its verifier");
    TRUSTED.tokens(&gateway, &code(&TRUSTED.go(&mut browser, &[])?)?)?;
    Ok(())
}

#[test]
fn o19_userinfo_by_get_and_by_post() -> Result<()> {
    let gateway = site()?;
    let (_, tokens) = signed_in(&gateway, &[])?;
    let bearer = format!("Bearer {}", tokens.access);
    let media = ("Content-Type", "application/x-www-form-urlencoded");
    let body = format!("access_token={}", tokens.access);
    let host = ("Host", "localhost");
    for (method, headers, body) in [
        ("GET", &[host, ("Authorization", &bearer)][..], ""),
        ("POST", &[host, ("Authorization", &bearer)], ""),
        ("POST", &[host, media], &body),
    ] {
        let answer =
            http::exchange(gateway.public(), &http::request(method, "/openid/userinfo", headers, body.as_bytes()))?;
        ensure!(answer.status == 200 && answer.json()?["sub"] == JANE, "{method} {}", answer.text());
    }
    for wrong in ["Bearer x", "Bearer a.b.c", &format!("{bearer}x")] {
        let headers = [host, ("Authorization", wrong)];
        let answer = http::exchange(gateway.public(), &http::request("GET", "/openid/userinfo", &headers, b""))?;
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        ensure!(answer.status == 401 && challenge.starts_with("Bearer "), "{} {challenge}", answer.status);
        ensure!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    Ok(())
}
