//! BrightHR: an app token with the `oauth2` crate as it is, credentials in the body and in a Basic header.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use anyhow::{Context, Result};
use oauth2::basic::BasicClient;
use oauth2::{AuthType, ClientId, ClientSecret, Scope, TokenResponse, TokenUrl};

fn main() -> Result<()> {
    let token_url = TokenUrl::new(format!("{}/brighthr-sandbox/connect/token", examples::gateway()))?;
    let agent = examples::agent();

    for auth_type in [AuthType::RequestBody, AuthType::BasicAuth] {
        let way = format!("{auth_type:?}");
        let token = BasicClient::new(ClientId::new("brighthr-sandbox-app".to_owned()))
            .set_client_secret(ClientSecret::new("brighthr-sandbox-app-secret".to_owned()))
            .set_auth_type(auth_type)
            .set_token_uri(token_url.clone())
            .exchange_client_credentials()
            .add_scope(Scope::new("employee:read".to_owned()))
            .request(&examples::oauth2_http(&agent))?;
        let lifetime = token.expires_in().context("no lifetime")?;
        // The scope is echoed because the request named it; without `add_scope` there would be none here.
        let scopes = token.scopes().context("no scope")?.iter().map(|scope| scope.as_str());
        let scopes = scopes.collect::<Vec<_>>().join(" ");
        println!("{way}: {} token for {scopes}, {} s", token.token_type().as_ref(), lifetime.as_secs());
    }
    Ok(())
}
