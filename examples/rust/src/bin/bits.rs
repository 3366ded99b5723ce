//! Bits: a token with the `oauth2` crate, then the customer it speaks for.
//!
//! Bits calls the token's type `type` where RFC 6749 section 5.1 says `token_type`. `oauth2::basic::BasicClient` fails
//! on that answer, here as it would at the vendor; a response type of one's own reads it.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use anyhow::{Context, Result, ensure};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::helpers::{deserialize_space_delimited_vec, deserialize_untagged_enum_case_insensitive};
use oauth2::{
    AccessToken, Client, ClientId, ClientSecret, RefreshToken, Scope, StandardRevocableToken, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What Bits answers.
#[derive(Debug, Serialize, Deserialize)]
struct BitsToken {
    #[serde(rename = "type", deserialize_with = "deserialize_untagged_enum_case_insensitive")]
    token_type: BasicTokenType,
    access_token: AccessToken,
    expires_in: u64,
    #[serde(deserialize_with = "deserialize_space_delimited_vec")]
    scope: Option<Vec<Scope>>,
}

impl TokenResponse for BitsToken {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.expires_in))
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        None
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        self.scope.as_ref()
    }
}

type BitsClient = Client<
    BasicErrorResponse,
    BitsToken,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserInfo {
    customer_id: String,
}

fn main() -> Result<()> {
    let base = format!("{}/bits", examples::gateway());
    let agent = examples::agent();

    // The crate sends the credentials as Basic, each part percent-encoded as RFC 6749 section 2.3.1 says. Bits decodes
    // nothing: a secret with a special character would need a header made by hand.
    let token = BitsClient::new(ClientId::new("bits-demo".to_owned()))
        .set_client_secret(ClientSecret::new("bits-demo-secret".to_owned()))
        .set_token_uri(TokenUrl::new(format!("{base}/v1/oauth2/token"))?)
        .exchange_client_credentials()
        .add_scope(Scope::new("application.read".to_owned()))
        .request(&examples::oauth2_http(&agent))?;
    let scopes = token.scopes().context("Bits always names the scopes")?;
    let lifetime = token.expires_in().context("Bits always names the lifetime")?;
    let scopes = scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
    println!("{} token for {scopes}, {} s", token.token_type().as_ref(), lifetime.as_secs());

    let mut answer = agent
        .get(format!("{base}/oauth2/userinfo"))
        .header("Authorization", format!("Bearer {}", token.access_token().secret()))
        .call()?;
    ensure!(answer.status() == 200, "userinfo answered {}", answer.status());
    let user_info: UserInfo = answer.body_mut().read_json()?;
    println!("customer {}", user_info.customer_id);
    Ok(())
}
