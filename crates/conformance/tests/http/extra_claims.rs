//! Claims that a vendor does not know, where the mount's `extra_claims` asks for them.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::contract;
use testkit::gateway::Gateway;
use testkit::http;
use testkit::vendor::{BRIGHTHR, REDIRECT, Tokens, VERIFIER, challenge};

const USER: &str = "extra";

/// The tokens of a user's code, and what userinfo says to them.
fn said(gateway: &Gateway) -> Result<(Tokens, String)> {
    let order = admin_api::CodeRequest {
        client_id: BRIGHTHR.client.0.to_owned(),
        user: USER.to_owned(),
        redirect_uri: REDIRECT.to_owned(),
        scope: Some("openid email offline_access".to_owned()),
        code_challenge: Some(challenge(VERIFIER)),
        nonce: None,
    };
    let tokens = BRIGHTHR.tokens(gateway, &gateway.admin().code(BRIGHTHR.mount, &order)?)?;
    let bearer = format!("Bearer {}", tokens.access);
    let path = BRIGHTHR.userinfo.context("userinfo")?;
    let request = http::request("GET", path, &[("Host", "localhost"), ("Authorization", &bearer)], b"");
    let userinfo = http::exchange(gateway.public(), &request)?;
    ensure!(userinfo.status == 200, "{} {}", userinfo.status, userinfo.text());
    Ok((tokens, userinfo.text()))
}

fn payload(token: &str) -> Result<String> {
    let payload = token.split('.').nth(1).context("a JWT")?;
    Ok(String::from_utf8(URL_SAFE_NO_PAD.decode(payload)?)?)
}

fn start() -> Result<Gateway> {
    Gateway::start(&contract::config(&contract::load_all()?).to_toml()?)
}

fn make_user(gateway: &Gateway, claims: &Value) -> Result<()> {
    let body = json!({"username": "extra", "claims": claims});
    gateway.admin().put(BRIGHTHR.mount, "users", USER, &body)
}

#[test]
fn n44_claims_that_the_vendor_does_not_know_follow_its_own() -> Result<()> {
    let gateway = start()?;
    make_user(&gateway, &json!({"email": "e@client.test", "team": "red", "locale": "en", "levels": [1, 2]}))?;
    let (tokens, userinfo) = said(&gateway)?;
    let own = r#"{"sub":"extra","email":"e@client.test"}"#;
    assert_eq!(userinfo, own, "off, nothing is said");
    assert!(!payload(&tokens.access)?.contains("team") && !payload(&tokens.id)?.contains("team"));

    gateway.admin().patch_settings(BRIGHTHR.mount, &json!({"extra_claims": true}))?;
    let (tokens, userinfo) = said(&gateway)?;
    let extra = r#","team":"red","levels":[1,2]}"#;
    assert_eq!(userinfo, format!("{}{extra}", own.trim_end_matches('}')));
    for token in [&tokens.access, &tokens.id] {
        let payload = payload(token)?;
        assert!(payload.ends_with(extra) && !payload.contains("locale"), "a known claim keeps to its scope: {payload}");
    }
    Ok(())
}

#[test]
fn n44_a_claim_that_no_token_says_is_told_when_it_is_configured() -> Result<()> {
    let mount = "[[mount]]\nname = \"bits\"\ndialect = \"bits-basic-form\"\n[[mount.client]]\nid = \"a\"\nsecret = \"s\"\n\
                 scopes = [\"application\"]\nclaims = { customerId = \"c\", custmerId = \"c\" }\n";
    let gateway = Gateway::start(mount)?;
    gateway.wait_for_log("`custmerId`: in no token and no userinfo, for the dialect looks for only `customerId`", 1)?;
    let client = json!({"scopes": ["application"], "claims": {"customerId": "c", "team": "red"}});
    gateway.admin().put("bits", "clients", "b", &client)?;
    gateway.wait_for_log("`team`: in no token and no userinfo", 1)?;
    gateway.admin().patch_settings("bits", &json!({"extra_claims": true}))?;
    gateway.admin().put("bits", "clients", "c", &client)?;
    ensure!(gateway.logs()?.matches("in no token").count() == 2, "{}", gateway.logs()?);
    Ok(())
}

#[test]
fn n44_an_app_brings_its_own() -> Result<()> {
    let gateway = start()?;
    gateway.admin().patch_settings("bits", &json!({"extra_claims": true}))?;
    let client = json!({"secret": "s", "scopes": ["application"], "claims": {"customerId": "c", "tier": "gold"}});
    gateway.admin().put("bits", "clients", "extra", &client)?;
    let fields = [("grant_type", "client_credentials")];
    let answer = testkit::vendor::call(&gateway, "/bits/v1/oauth2/token", ("extra", "s"), &fields)?;
    let payload = payload(&Tokens::of(&answer)?.access)?;
    assert!(payload.ends_with(r#","tier":"gold"}"#) && !payload.contains("customerId"), "{payload}");
    Ok(())
}

#[test]
fn n44_a_name_that_the_tokens_have_is_refused() -> Result<()> {
    let gateway = start()?;
    make_user(&gateway, &json!({"iss": "me"})).context("off, a claim may have any name")?;
    gateway.admin().patch_settings(BRIGHTHR.mount, &json!({"extra_claims": true}))?;
    for name in ["iss", "at_hash", "sid"] {
        let refused = make_user(&gateway, &json!({ name: "me" })).err().with_context(|| format!("{name} is taken"))?;
        assert!(format!("{refused:#}").contains("extra_claims = false"), "{refused:#}");
    }
    let (tokens, _) = said(&gateway)?;
    assert_eq!(payload(&tokens.access)?.matches("\"iss\"").count(), 1, "kept from before, it is not said");
    Ok(())
}
