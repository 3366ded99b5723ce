//! A strict OAuth client meets Bits.

use crate::sandbox;
use anyhow::Result;
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{ClientId, ClientSecret, RequestTokenError, TokenResponse, TokenUrl};
use serde_json::json;
use testkit::gateway::Gateway;

type Outcome = Result<BasicTokenResponse, RequestTokenError<ureq::Error, BasicErrorResponse>>;

fn request(gateway: &Gateway) -> Result<Outcome> {
    let client = BasicClient::new(ClientId::new("bits-demo".to_owned()))
        .set_client_secret(ClientSecret::new("bits-demo-secret".to_owned()))
        .set_token_uri(TokenUrl::new(format!("http://{}/bits/v1/oauth2/token", gateway.public()))?);
    Ok(client.exchange_client_credentials().request(&examples::oauth2_http(&examples::agent())))
}

#[test]
fn it_fails_for_want_of_token_type_until_the_setting_adds_that() -> Result<()> {
    let gateway = sandbox::start()?;
    match request(&gateway)? {
        Err(RequestTokenError::Parse(error, _)) => {
            assert!(error.to_string().contains("missing field `token_type`"), "{error}");
        }
        other => panic!("not the error of a missing token_type: {other:?}"),
    }
    gateway.admin().patch_settings("bits", &json!({ "also_token_type": true }))?;
    let token = request(&gateway)??;
    assert_eq!(token.token_type().as_ref(), "bearer");
    Ok(())
}
