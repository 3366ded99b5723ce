//! Tokens to order: without a secret, a browser or a rate limit, and other than planned where that is asked for.

use super::{entitle, mint};
use crate::At;
use crate::authorize::{CodeOrder, OrderError};
use crate::bend::Bend;
use crate::grants;
use grant::{AuthMethod, Client, ClientAuth, GrantType, Proof, Refusal, RefusalKind, Scopes, TokenReply, TokenRequest};

/// What tokens are ordered.
#[derive(Clone, Debug, Default)]
pub struct TokenOrder {
    /// The client that they are issued to.
    pub client_id: String,
    /// The user who signs in and consents, by `sub` or username; `None`: they are the client's own.
    pub user: Option<String>,
    /// Their scopes; `None`: all of the client's.
    pub scopes: Option<Scopes>,
    /// How they differ from what is planned.
    pub bend: Bend,
}

impl At<'_> {
    /// Issues tokens as they are ordered. They are live, and counted by no limit.
    pub async fn order_tokens(self, order: &TokenOrder) -> Result<TokenReply, OrderError> {
        let Some(client) = self.mount.directory.client(&order.client_id).filter(|client| !client.disabled) else {
            let (name, id) = (&self.mount.name, &order.client_id);
            return Err(OrderError::Order(format!("mount `{name}` has no client `{id}` that is enabled")));
        };
        let scopes = order.scopes.clone().unwrap_or_else(|| client.scopes.clone());
        let proof = match &order.user {
            None => Proof::ClientCredentials,
            Some(user) => self.code_of(&client, user, &scopes).await?,
        };
        let is_own = proof.grant_type() == GrantType::ClientCredentials;
        let request = TokenRequest {
            client: Ok(ClientAuth { id: client.id.clone(), secret: None, method: AuthMethod::None, hint: None }),
            proof: Ok(proof),
            scopes: Ok(Some(scopes).filter(|scopes| is_own && !scopes.is_empty())),
            extra: Vec::new(),
        };
        let at = self.bent(Some(&order.bend));
        let issue = async {
            let entitled = entitle::entitle(at, client, &request)?;
            let keys = at.keys().await?;
            mint::mint(at, &keys, &entitled, grants::prove(at, &entitled).await?)
        };
        issue.await.map_err(told)
    }

    /// A code as if the user had signed in and consented now.
    async fn code_of(self, client: &Client, user: &str, scopes: &Scopes) -> Result<Proof, OrderError> {
        let Some(redirect_uri) = client.redirect_uris.first() else {
            let id = &client.id;
            let why = if client.grants.contains(&GrantType::DeviceCode) {
                format!(
                    "tokens for a user come of a code here, and client `{id}` is a device's, to which none is sent: ask at \
                     device_authorization, and allow the device by POST /v1/mounts/{{mount}}/devices/{{user_code}}"
                )
            } else {
                format!("add redirect_uris to client `{id}`: tokens for a user come of a code")
            };
            return Err(OrderError::Order(why));
        };
        let order = CodeOrder {
            client_id: client.id.to_string(),
            user: user.to_owned(),
            redirect_uri: redirect_uri.clone(),
            scopes: Some(scopes.clone()),
            challenge: None,
            nonce: None,
        };
        let code = self.issue_code(&order).await?.code;
        Ok(Proof::AuthorizationCode { code: code.into(), redirect_uri: redirect_uri.clone(), verifier: None })
    }
}

/// What the order did wrong, and what the gateway could not do.
fn told(error: Refusal) -> OrderError {
    match error.kind {
        RefusalKind::Unavailable { .. } | RefusalKind::Internal => OrderError::Failed(error),
        _ => OrderError::Order(error.cause.into_owned()),
    }
}
