//! Uses a refresh token: a handle, whose state the store keeps, or a JWT that carries its own (RFC 6749 section 6).

use super::prove::{Proving, too_wide};
use super::{Proven, Refresh, RefreshToken};
use crate::ids::{self, Handle};
use crate::keys::unavailable;
use crate::state::{RequestId, RotateOutcome, Rotation, Spend, SpendOutcome};
use grant::{GrantError, TokenKind, TokenView};

impl Proving<'_> {
    pub(super) async fn refresh_handle(self, token: &str) -> Result<Proven, GrantError> {
        let refuse = |why: &'static str| Err(GrantError::invalid_grant(why));
        let Some((family, hash)) = ids::parse_handle(token) else { return refuse("the refresh token is none of ours") };
        let policy = self.profile.policy().refresh;
        let key = self.mount.keys.handle_key(&*self.issuer.store, self.moment.seconds()).await?;
        let successor = policy.rotation.then(|| Handle::successor(family, token, &key));
        let rotation = Rotation {
            request: RequestId(ids::random()),
            moment: self.moment,
            family,
            token: hash,
            client_id: self.entitled.client.id.as_str(),
            successor: successor.as_ref().map(Handle::hash),
            scopes: self.entitled.scopes.as_ref(),
            grace: policy.grace,
        };
        let record = match self.issuer.store.rotate(&self.mount.realm, rotation).await.map_err(unavailable)? {
            RotateOutcome::Granted(record) => record,
            RotateOutcome::Unknown => return refuse("the refresh token is unknown"),
            RotateOutcome::WrongClient => return refuse("the refresh token belongs to another client"),
            RotateOutcome::Revoked => return refuse("the refresh token has been revoked"),
            RotateOutcome::Expired => return refuse("the refresh token has expired"),
            RotateOutcome::Reused => return refuse("the refresh token was used before; its family has been revoked"),
            RotateOutcome::ScopeTooWide(scope) => return Err(too_wide(&scope)),
        };
        let token = successor.map_or_else(|| token.to_owned(), |handle| handle.as_str().to_owned());
        Ok(Proven {
            family,
            user: Some(self.live_user(&record.subject)?),
            scopes: self.entitled.scopes.clone().unwrap_or_else(|| record.scopes.clone()),
            login: record.login,
            refresh: Some(Refresh {
                scopes: record.scopes,
                expires_at: record.expires_at,
                token: RefreshToken::Handle(token),
            }),
        })
    }

    pub(super) async fn refresh_jwt(self, token: &str) -> Result<Proven, GrantError> {
        let refuse = |why: &'static str| Err(GrantError::invalid_grant(why));
        let verified = self.mount.keys.verify(token, &self.mount.issuer, &*self.issuer.store).await?;
        let verified = verified
            .and_then(|verified| verified.check_lifetime(self.moment.seconds()).map(|()| verified))
            .map_err(|error| GrantError::invalid_grant(format!("the refresh token does not hold: {}", error.cause)))?;
        let view = TokenView { typ: verified.typ.as_deref(), claims: &verified.claims };
        let Some(facts) = self.profile.read(TokenKind::Refresh, &view) else {
            return refuse("the token is no refresh token");
        };
        if facts.client_id.as_ref() != Some(&self.entitled.client.id) {
            return refuse("the refresh token belongs to another client");
        }
        let Some((jti, family)) = facts.token_id.as_deref().and_then(|id| Some((id, ids::family_of_uuid(id)?))) else {
            return refuse("the refresh token has no jti of ours");
        };
        let expires_at = verified.claims.int("exp").unwrap_or_default();
        if let Some(wide) = self.entitled.scopes.as_ref().and_then(|asked| asked.first_outside(&facts.scopes)) {
            return Err(too_wide(wide.as_str()));
        }
        let user = self.live_user(&facts.subject)?;
        let policy = self.profile.policy().refresh;
        // All that the store may fail to give is asked for before the token is spent.
        let next = if policy.rotation {
            let key = self.mount.keys.handle_key(&*self.issuer.store, self.moment.seconds()).await?;
            ids::family_uuid(family, ids::tail(&key, jti))
        } else {
            jti.to_owned()
        };
        let spend = Spend {
            request: RequestId(ids::random()),
            moment: self.moment,
            family,
            token_id: jti,
            expires_at,
            rotate: policy.rotation,
            grace: policy.grace,
        };
        match self.issuer.store.spend(&self.mount.realm, spend).await.map_err(unavailable)? {
            SpendOutcome::Granted => {}
            SpendOutcome::Revoked => return refuse("the refresh token has been revoked"),
            SpendOutcome::Reused => return refuse("the refresh token was used before; its family has been revoked"),
        }
        Ok(Proven {
            family,
            user: Some(user),
            scopes: self.entitled.scopes.clone().unwrap_or_else(|| facts.scopes.clone()),
            login: None,
            refresh: Some(Refresh { scopes: facts.scopes, expires_at, token: RefreshToken::JwtId(next) }),
        })
    }
}
