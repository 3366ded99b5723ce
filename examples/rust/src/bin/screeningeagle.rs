//! Screening Eagle ID: three tokens with the `oauth2` crate, a refresh, and what a spent refresh token is worth.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use anyhow::{Context, Result, bail, ensure};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    Client, ClientId, ClientSecret, ExtraTokenFields, RequestTokenError, Scope, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What comes beside the tokens that OAuth knows.
#[derive(Serialize, Deserialize)]
struct IdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken").finish_non_exhaustive()
    }
}

type EagleClient = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdToken, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

fn main() -> Result<()> {
    let token_url = format!("{}/screeningeagle/api/id/v1/auth/token", examples::gateway());
    let agent = examples::agent();
    let http = examples::oauth2_http(&agent);
    let client = EagleClient::new(ClientId::new("screeningeagle-demo".to_owned()))
        .set_client_secret(ClientSecret::new("screeningeagle-demo-secret".to_owned()))
        .set_token_uri(TokenUrl::new(token_url)?);

    // The tokens speak for the user whom the client is bound to, with no sign-in.
    let scopes = ["openid", "email", "inspect"].map(|scope| Scope::new(scope.to_owned()));
    let first = client.exchange_client_credentials().add_scopes(scopes).request(&http)?;
    let spent = first.refresh_token().context("no refresh token")?;
    ensure!(first.extra_fields().id_token.is_some(), "`openid` was asked for, and there is no ID token");
    let lifetime = first.expires_in().context("no lifetime")?;
    println!("access, ID and refresh token, {} s", lifetime.as_secs());

    let second = client.exchange_refresh_token(spent).request(&http)?;
    let fresh = second.refresh_token().context("no refresh token after a refresh")?;
    ensure!(fresh.secret() != spent.secret(), "the refresh token was not rotated");
    println!("refreshed: the refresh token is another one");

    // The vendor's error says `Forbidden` whatever happened; what counts is that it is one.
    match client.exchange_refresh_token(spent).request(&http) {
        Err(RequestTokenError::ServerResponse(refusal)) => println!("the spent one is refused: {refusal}"),
        Err(other) => return Err(other.into()),
        Ok(_) => bail!("a spent refresh token was taken again"),
    }
    Ok(())
}
