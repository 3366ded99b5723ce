//! Issues authorization codes.

use crate::ids::{self, Handle};
use crate::keys::unavailable;
use crate::state::CodeRecord;
use crate::{Issuer, Mount};
use grant::{GrantError, GrantType, Login, Profile, Scopes, TokenIdFormat};

/// What a code is asked for.
#[derive(Clone, Debug)]
pub struct CodeOrder {
    /// The client it is for.
    pub client_id: String,
    /// The user's `sub` or user name.
    pub user: String,
    /// Where it is sent: one of the client's.
    pub redirect_uri: String,
    /// The scopes consented to; `None` is all that the client has.
    pub scopes: Option<Scopes>,
    /// An S256 challenge to bind it to, base64url.
    pub challenge: Option<String>,
    /// The `nonce` to put into the ID token.
    pub nonce: Option<String>,
}

/// A code as issued.
#[derive(Clone)]
pub struct IssuedCode {
    /// The code.
    pub code: String,
    /// When it ends, seconds since the epoch.
    pub expires_at: i64,
}

/// Why no code was issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The order does not fit the mount; what is wrong and what to change.
    #[error("{0}")]
    Order(String),
    /// The store could not keep it.
    #[error("{}", .0.cause)]
    Failed(GrantError),
}

impl Issuer {
    /// Issues a code as if the user had signed in and consented now.
    pub async fn issue_code(
        &self,
        mount: &Mount,
        profile: &dyn Profile,
        order: &CodeOrder,
    ) -> Result<IssuedCode, CodeError> {
        let refuse = |why: String| Err(CodeError::Order(why));
        if !profile.capabilities().grants.contains(&GrantType::AuthorizationCode) {
            return refuse(format!("mount `{}` does not offer the grant authorization_code", mount.name));
        }
        let Some(client) = mount.directory.client(&order.client_id) else {
            return refuse(format!("mount `{}` has no client `{}`", mount.name, order.client_id));
        };
        if !client.grants.contains(&GrantType::AuthorizationCode) {
            return refuse(format!("add authorization_code to the grants of client `{}`", client.id));
        }
        if !client.redirect_uris.contains(&order.redirect_uri) {
            let known = client.redirect_uris.join(", ");
            return refuse(format!("redirect_uri must be one of client `{}`'s: {known}", client.id));
        }
        let Some(user) = mount.directory.find_user(&order.user) else {
            return refuse(format!("mount `{}` has no user whose sub or username is `{}`", mount.name, order.user));
        };
        if order.challenge.as_ref().is_some_and(|challenge| !is_challenge(challenge)) {
            return refuse("code_challenge must be the 43 base64url characters of a SHA-256 (S256)".to_owned());
        }
        let scopes = order.scopes.clone().unwrap_or_else(|| client.scopes.clone());
        if let Some(scope) = scopes.iter().find(|scope| !profile.permits(&client, scope)) {
            return refuse(format!("client `{}` is not entitled to scope `{scope}`", client.id));
        }
        let refreshed = profile.issues_refresh(GrantType::AuthorizationCode, &scopes);
        let may_refresh = profile.capabilities().refresh_for_all || client.grants.contains(&GrantType::RefreshToken);
        if refreshed && !may_refresh {
            return refuse(format!(
                "these scopes come with a refresh token: add refresh_token to the grants of client `{}`",
                client.id
            ));
        }
        let now = self.clock.now().seconds();
        let policy = profile.policy();
        let family = ids::family();
        let code = Handle::fresh(family);
        let expires_at = now.saturating_add(policy.code_ttl);
        let record = CodeRecord {
            family,
            client_id: client.id.to_string(),
            redirect_uri: order.redirect_uri.clone(),
            challenge: order.challenge.clone(),
            subject: user.sub.to_string(),
            refresh_until: refreshed.then(|| now.saturating_add(policy.refresh_ttl)),
            scopes,
            login: Some(Login { sid: ids::token_id(TokenIdFormat::Hex32), auth_time: now, nonce: order.nonce.clone() }),
            expires_at,
        };
        let kept = self.store.put_code(&mount.realm, code.hash(), record).await;
        kept.map_err(|error| CodeError::Failed(unavailable(error)))?;
        Ok(IssuedCode { code: code.as_str().to_owned(), expires_at })
    }
}

fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
