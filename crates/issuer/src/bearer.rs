//! Bearer tokens presented back: userinfo and forward auth.

use crate::{At, Phase, ids, pats};
use grant::{Bearer, ClientId, Identity, Refusal, RefusalKind, Scope, TokenFacts, TokenFault, TokenKind, TokenView};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// What forward auth asks of a token beyond being valid.
#[derive(Clone, Debug, Default)]
pub struct Demands {
    /// That it speaks for a user.
    pub user: bool,
    /// That it has these scopes.
    pub scopes: Vec<Scope>,
}

impl At<'_> {
    /// Who the request's own bearer token speaks for: the request is its client's.
    pub async fn bearer(self, bearer: &Bearer) -> Result<Identity, Refusal> {
        let identity = self.identify(bearer).await?;
        self.note(|notes| notes.client = identity.facts.client_id.as_ref().map(ClientId::shared));
        Ok(identity)
    }

    /// Who a token speaks for: its signature, issuer and lifetime hold, its client and user exist and are enabled.
    pub async fn identify(self, bearer: &Bearer) -> Result<Identity, Refusal> {
        let outcome = self.decide(Phase::Token, self.identified(bearer).await);
        if let Ok(Identity { facts, .. }) = &outcome {
            self.note(|notes| {
                notes.user = facts.is_user.then(|| Arc::clone(&facts.subject));
                notes.scopes = Some(facts.scopes.clone());
                notes.presented.set(TokenKind::Access, facts.token_id.clone());
            });
        }
        outcome
    }

    async fn identified(self, bearer: &Bearer) -> Result<Identity, Refusal> {
        let refuse = |fault, cause: String| Err(Refusal::new(RefusalKind::InvalidToken(fault), cause));
        let Some(token) = &bearer.token else {
            return refuse(TokenFault::Missing, "the request has no bearer token".to_owned());
        };
        let policy = self.hooks.policy();
        if pats::is_pat(policy.pats.as_ref(), token.expose_secret()) {
            return self.identify_pat(token.expose_secret()).await;
        }
        let verified = self.verified(token.expose_secret()).await?;
        let verified = verified.inspect_err(|_| self.hint_of_stranger(token.expose_secret()))?;
        verified.check_lifetime(self.seconds()).inspect_err(|_| self.hint_of_lifetime(&verified))?;
        let view = TokenView { typ: verified.typ.as_deref(), claims: &verified.claims };
        let Some(facts) = self.hooks.read(TokenKind::Access, &view) else {
            self.hint_of_kind(&view);
            return refuse(TokenFault::Invalid, "the token is no access token".to_owned());
        };
        self.mount.expiry.check(&facts, verified.claims.int("iat"))?;
        let id = facts.client_id.as_ref().map_or("", |id| id.as_str());
        let Some(client) = self.mount.directory.client(id).filter(|client| !client.disabled) else {
            return refuse(TokenFault::Invalid, format!("client `{id}` is gone or disabled"));
        };
        if policy.revocable_access_tokens && self.is_revoked(&facts).await? {
            return refuse(TokenFault::Invalid, "the token has been revoked".to_owned());
        }
        let user = if facts.is_user {
            let Some(user) = self.mount.directory.user(&facts.subject).filter(|user| !user.disabled) else {
                return refuse(TokenFault::Invalid, format!("user `{}` is gone or disabled", facts.subject));
            };
            Some(user)
        } else {
            None
        };
        Ok(Identity { facts, client: Some(client), user, claims: verified.claims.clone() })
    }

    pub(crate) async fn is_revoked(self, facts: &TokenFacts) -> Result<bool, Refusal> {
        let id = facts.token_id.as_deref();
        let Some((id, family)) = id.and_then(|id| Some((id, ids::family_of_token_id(id)?))) else { return Ok(false) };
        Ok(self.store().is_revoked(self.realm(), family, id).await?)
    }
}

impl Demands {
    /// Refuses a token that does not meet them.
    pub fn check(&self, identity: &Identity) -> Result<(), Refusal> {
        if self.user && identity.user.is_none() {
            let cause = "the token speaks for no user, and the resource needs one";
            return Err(Refusal::new(RefusalKind::UserRequired, cause));
        }
        if let Some(scope) = self.scopes.iter().find(|scope| !identity.facts.scopes.contains(scope.as_str())) {
            let kind = RefusalKind::InsufficientScope { scope: Some(scope.clone()) };
            return Err(Refusal::new(kind, format!("the token lacks scope `{scope}`")));
        }
        Ok(())
    }
}
