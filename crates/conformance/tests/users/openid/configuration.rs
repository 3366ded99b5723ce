//! Discovery: where it is found, and that it tells the truth both ways.

use super::{ISSUER, JANE, TRUSTED, get, site};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http;
use testkit::vendor::call;

fn words<'a>(metadata: &'a Value, name: &str) -> Vec<&'a str> {
    metadata[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn o22_the_metadata_have_every_member_and_their_issuer() -> Result<()> {
    let gateway = site()?;
    let answer = get(&gateway, "/openid/.well-known/openid-configuration")?;
    ensure!(answer.status == 200 && answer.header("content-type") == Some("application/json"));
    let metadata = answer.json()?;
    ensure!(metadata["issuer"] == ISSUER, "{metadata}");
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "device_authorization_endpoint",
    ] {
        let url = metadata[member].as_str().with_context(|| member.to_owned())?;
        let path = url.strip_prefix("http://localhost").context("below the public URL")?;
        let answer = get(&gateway, path)?;
        ensure!(answer.status != 404, "{member}: {url} is {}", answer.status);
    }
    for member in [
        "scopes_supported",
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "token_endpoint_auth_methods_supported",
        "claims_supported",
        "claim_types_supported",
        "acr_values_supported",
        "code_challenge_methods_supported",
    ] {
        ensure!(!words(&metadata, member).is_empty(), "{member}");
    }
    ensure!(words(&metadata, "id_token_signing_alg_values_supported").contains(&"RS256"));
    for absent in ["registration_endpoint", "pushed_authorization_request_endpoint"] {
        ensure!(metadata.get(absent).is_none(), "{absent} is not served");
    }
    Ok(())
}

#[test]
fn o22_what_is_listed_works_and_what_is_not_does_not() -> Result<()> {
    let gateway = site()?;
    let metadata = get(&gateway, "/openid/.well-known/openid-configuration")?.json()?;
    let mut browser = TRUSTED.signed_in(&gateway, JANE)?;
    let response_types = ["code", "token", "id_token", "code id_token", "code token", "id_token token", "none"];
    for value in response_types {
        let listed = words(&metadata, "response_types_supported").contains(&value);
        let answer = TRUSTED.ask(&mut browser, &[("response_type", value)])?;
        let to = answer.header("location").unwrap_or_default();
        ensure!(to.contains("?code=") == listed, "{value}: {to}");
    }
    for mode in ["query", "fragment", "form_post", "jwt", "query.jwt", "web_message"] {
        let listed = words(&metadata, "response_modes_supported").contains(&mode);
        let answer = TRUSTED.ask(&mut browser, &[("response_mode", mode)])?;
        let told = format!("{:?} {}", answer.header("location"), answer.text());
        ensure!(told.contains("invalid_request") != listed, "{mode}: {told}");
    }
    for grant in [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        let listed = words(&metadata, "grant_types_supported").contains(&grant);
        let answer = call(&gateway, "/openid/token", TRUSTED.client, &[("grant_type", grant)])?.json()?;
        ensure!((answer["error"] == "unsupported_grant_type") != listed, "{grant}: {answer}");
    }
    for (method, listed_only) in [("plain", false), ("S256", true)] {
        let answer = TRUSTED.ask(&mut browser, &[("code_challenge_method", method)])?;
        let to = answer.header("location").unwrap_or_default();
        ensure!(words(&metadata, "code_challenge_methods_supported").contains(&method) == listed_only);
        ensure!(to.contains("?code=") == listed_only, "{method}: {to}");
    }
    for scope in words(&metadata, "scopes_supported") {
        let scopes = format!("openid {scope}");
        let tokens = super::tokens(&gateway, &TRUSTED, &mut browser, &[("scope", &scopes)])?;
        ensure!(tokens.scope.split(' ').any(|granted| granted == scope), "{scope}: {}", tokens.scope);
    }
    Ok(())
}

/// The metadata at a path, whose issuer must be that.
fn same(gateway: &Gateway, path: &str, issuer: &str) -> Result<Value> {
    let answer = get(gateway, path)?;
    ensure!(answer.status == 200, "{path}: {} {}", answer.status, answer.text());
    let metadata = answer.json()?;
    ensure!(metadata["issuer"] == issuer, "{path}: {}", metadata["issuer"]);
    Ok(metadata)
}

#[test]
fn o23_the_same_document_is_where_rfc_8414_looks() -> Result<()> {
    const INSERTED: &str = "/.well-known/oauth-authorization-server";
    let gateway = site()?;
    let document = same(&gateway, "/openid/.well-known/openid-configuration", ISSUER)?;
    for path in [
        format!("{INSERTED}/openid"),
        "/.well-known/openid-configuration/openid".to_owned(),
        format!("/openid{INSERTED}"),
    ] {
        ensure!(same(&gateway, &path, ISSUER)? == document, "{path}");
    }
    same(&gateway, &format!("{INSERTED}/other"), "http://localhost/other")?;
    ensure!(get(&gateway, &format!("{INSERTED}/nobody"))?.status == 404);
    gateway.admin().call("POST", "/v1/namespaces", Some(&json!({"name": "k3f9"})))?;
    let issuer = "http://localhost/~k3f9/openid";
    let document = same(&gateway, "/~k3f9/openid/.well-known/openid-configuration", issuer)?;
    ensure!(same(&gateway, &format!("{INSERTED}/~k3f9/openid"), issuer)? == document);
    ensure!(document["token_endpoint"] == format!("{issuer}/token"));
    Ok(())
}

#[test]
fn o23_below_a_public_url_with_a_path_and_at_a_host_of_its_own() -> Result<()> {
    let site = super::site_text().replace("http://localhost\"", "https://idp.test/base\"");
    let site = site.replacen(
        "name = \"other\"",
        "name = \"other\"\nhosts = [\"login.test\"]\nissuer = \"https://login.test\"",
        1,
    );
    let gateway = Gateway::start(&site)?;
    let issuer = "https://idp.test/base/openid";
    let document = same(&gateway, "/base/openid/.well-known/openid-configuration", issuer)?;
    let inserted = "/.well-known/oauth-authorization-server";
    ensure!(same(&gateway, &format!("{inserted}/base/openid"), issuer)? == document);
    for (member, url) in document.as_object().into_iter().flatten() {
        let url = url.as_str().unwrap_or_default();
        ensure!(!url.contains("://") || url.starts_with("https://idp.test/base/openid"), "{member}: {url}");
    }
    gateway.admin().call("POST", "/v1/namespaces", Some(&json!({"name": "k3f9"})))?;
    same(&gateway, &format!("{inserted}/base/~k3f9/openid"), "https://idp.test/base/~k3f9/openid")?;
    let at_host =
        |path: &str| http::exchange(gateway.public(), &http::request("GET", path, &[("Host", "login.test")], b""));
    for path in [inserted, "/.well-known/openid-configuration"] {
        ensure!(at_host(path)?.json()?["issuer"] == "https://login.test", "{path}");
    }
    Ok(())
}
