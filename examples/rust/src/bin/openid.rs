//! The standard dialect with the `oauth2` crate as it is: a service's own token; a user's, by a code with PKCE; and a device's.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use anyhow::{Context, Result, ensure};
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl, IntrospectionUrl,
    PkceCodeChallenge, RedirectUrl, Scope, StandardDeviceAuthorizationResponse, TokenIntrospectionResponse,
    TokenResponse, TokenUrl,
};
use serde_json::json;
use ureq::Agent;

const REDIRECT: &str = "https://client.test/cb";

fn main() -> Result<()> {
    let agent = examples::agent();
    service(&agent)?;
    user(&agent)?;
    device(&agent)
}

fn endpoint(name: &str) -> String {
    format!("{}/openid/{name}", examples::gateway())
}

/// The scopes of a token, as they were granted.
fn granted(token: &BasicTokenResponse) -> Result<String> {
    let scopes = token.scopes().context("no scope")?.iter().map(|scope| scope.as_str());
    Ok(scopes.collect::<Vec<_>>().join(" "))
}

fn scopes(names: &[&str]) -> Vec<Scope> {
    names.iter().map(|name| Scope::new((*name).to_owned())).collect()
}

fn service(agent: &Agent) -> Result<()> {
    let token = BasicClient::new(ClientId::new("openid-app".to_owned()))
        .set_client_secret(ClientSecret::new("openid-app-secret".to_owned()))
        .set_token_uri(TokenUrl::new(endpoint("token"))?)
        .exchange_client_credentials()
        .add_scopes(scopes(&["api"]))
        .request(&examples::oauth2_http(agent))?;
    println!("a token of the service's own, for {}", granted(&token)?);
    Ok(())
}

fn user(agent: &Agent) -> Result<()> {
    let http = examples::oauth2_http(agent);
    let client = BasicClient::new(ClientId::new("openid-web".to_owned()))
        .set_client_secret(ClientSecret::new("openid-web-secret".to_owned()))
        .set_auth_uri(AuthUrl::new(endpoint("authorize"))?)
        .set_token_uri(TokenUrl::new(endpoint("token"))?)
        .set_introspection_url(IntrospectionUrl::new(endpoint("introspect"))?)
        .set_redirect_uri(RedirectUrl::new(REDIRECT.to_owned())?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    // The user is the admin API's to say, for there is no browser.
    let (url, _) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(scopes(&["openid", "email", "offline_access"]))
        .set_pkce_challenge(challenge)
        .url();
    let code = ordered(agent, &url)?;
    let token = client.exchange_code(code).set_pkce_verifier(verifier).request(&http)?;
    println!("code with PKCE: {}", granted(&token)?);

    let refresh_token = token.refresh_token().context("no refresh token")?;
    let refreshed = client.exchange_refresh_token(refresh_token).request(&http)?;
    let next = refreshed.refresh_token().context("no next refresh token")?;
    ensure!(next.secret() != refresh_token.secret(), "the refresh token was not rotated");
    println!("refreshed: the refresh token is another one");

    let told = client.introspect(refreshed.access_token()).request(&http)?;
    ensure!(told.active(), "the access token should be active");
    println!("introspected: active, for {}", told.client_id().context("no client")?.as_str());

    // The crate asks for HTTPS at this one endpoint, which no sandbox on this machine has.
    let form = [("token", next.secret().as_str()), ("client_id", "openid-web"), ("client_secret", "openid-web-secret")];
    let answer = agent.post(&endpoint("revoke")).send_form(form)?;
    ensure!(answer.status() == 200, "revocation answered {}", answer.status());
    ensure!(!client.introspect(refreshed.access_token()).request(&http)?.active(), "it outlives its refresh token");
    println!("revoked: not active any more");
    Ok(())
}

/// The code that Alice's browser would bring of that request.
fn ordered(agent: &Agent, url: &oauth2::url::Url) -> Result<AuthorizationCode> {
    let asked = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let order = json!({
        "client_id": asked("client_id"), "user": "alice", "redirect_uri": asked("redirect_uri"), "scope": asked("scope"),
        "code_challenge": asked("code_challenge"),
    });
    let mut answer = agent.post(&format!("{}/v1/mounts/openid/codes", examples::admin())).send_json(order)?;
    let told: serde_json::Value = answer.body_mut().read_json()?;
    Ok(AuthorizationCode::new(told["code"].as_str().with_context(|| told.to_string())?.to_owned()))
}

fn device(agent: &Agent) -> Result<()> {
    let http = examples::oauth2_http(agent);
    let client = BasicClient::new(ClientId::new("openid-device".to_owned()))
        .set_device_authorization_url(DeviceAuthorizationUrl::new(endpoint("device-authorization"))?)
        .set_token_uri(TokenUrl::new(endpoint("token"))?);
    let codes: StandardDeviceAuthorizationResponse =
        client.exchange_device_code().add_scopes(scopes(&["openid", "email"])).request(&http)?;
    let user_code = codes.user_code().secret();
    let answer = agent
        .post(&format!("{}/v1/mounts/openid/devices/{user_code}", examples::admin()))
        .send_json(json!({ "approve": true, "user": "alice" }))?;
    ensure!(answer.status() == 200 || answer.status() == 204, "the admin API answered {}", answer.status());
    #[expect(clippy::disallowed_methods, reason = "a program of its own waits between two polls")]
    let wait = std::thread::sleep;
    let token = client.exchange_device_access_token(&codes).request(&http, wait, None)?;
    println!("device: {}", granted(&token)?);
    Ok(())
}
