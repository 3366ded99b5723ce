//! Ends a token at its client's wish (RFC 7009).

use crate::authenticate::authenticate;
use crate::chain::Chain;
use crate::{At, ids};
use grant::{Client, Refusal, RefusalKind, RevokeRequest, TokenKind, TokenView};
use secrecy::ExposeSecret;

impl At<'_> {
    /// Ends a refresh token with its family or, where the mount's terms allow, an access token. A token that is
    /// unknown or another client's is left alone, and nobody is told (RFC 7009 section 2.2).
    pub async fn revoke(self, request: &RevokeRequest) -> Result<(), Refusal> {
        let client = authenticate(self, &request.client).await?;
        let token = request.token.as_ref().ok_or_else(|| Refusal::missing("token"))?.expose_secret();
        if let Some(hint) = request.hint.as_deref().filter(|hint| !["access_token", "refresh_token"].contains(hint)) {
            // Its text may be the token itself.
            let length = hint.chars().count();
            let cause = format!("token_type_hint, of {length} characters, is neither access_token nor refresh_token");
            return Err(Refusal::new(RefusalKind::UnsupportedTokenType, cause));
        }
        match ids::parse_handle(token) {
            Some((family, hash)) => {
                let key = self.handle_key().await?;
                // The use of the token may be forgotten, that of the first never is.
                let hash = Chain::new(family, &key).link(token).map_or(hash, |link| link.first);
                self.store().revoke_handle(self.realm(), family, hash, client.id.as_str()).await?;
                Ok(())
            }
            None if self.hooks.policy().revocable_access_tokens => self.revoke_access_token(&client, token).await,
            None => Ok(()),
        }
    }

    async fn revoke_access_token(self, client: &Client, token: &str) -> Result<(), Refusal> {
        let Ok(verified) = self.verified(token).await? else { return Ok(()) };
        if verified.check_lifetime(self.seconds()).is_err() {
            return Ok(());
        }
        let view = TokenView { typ: verified.typ.as_deref(), claims: &verified.claims };
        let facts = self.hooks.read(TokenKind::Access, &view);
        let Some(facts) = facts.filter(|facts| facts.client_id.as_ref() == Some(&client.id)) else { return Ok(()) };
        let Some(id) = facts.token_id.as_deref() else { return Ok(()) };
        self.note(|notes| notes.presented.set(TokenKind::Access, Some(id.to_owned())));
        let Some(family) = ids::family_of_token_id(id) else { return Ok(()) };
        let until = verified.claims.int("exp").unwrap_or_default();
        Ok(self.store().revoke_token(self.realm(), self.now, family, id, until).await?)
    }
}
