//! Uses a refresh token: a handle, whose state the store keeps, or a JWT that carries its own (RFC 6749 section 6).

use super::entitle::permit;
use super::prove::{Proving, too_wide};
use super::{Proven, Refresh, RefreshToken};
use crate::ids::{self, Handle};
use crate::keys::unavailable;
use crate::state::{RefreshRecord, RequestId, RotateOutcome, Rotation, Spend, SpendOutcome};
use grant::{GrantError, Login, TokenKind, TokenView};

impl Proving<'_> {
    pub(super) async fn refresh_handle(self, token: &str) -> Result<Proven, GrantError> {
        let refuse = |why: &'static str| Err(GrantError::invalid_grant(why));
        let Some((family, hash)) = ids::parse_handle(token) else { return refuse("the refresh token is none of ours") };
        let policy = self.profile.policy().refresh;
        let key = self.mount.keys.handle_key(&*self.issuer.store, self.moment.seconds()).await?;
        let rotation = Rotation {
            request: RequestId(ids::random()),
            moment: self.moment,
            family,
            token: hash,
            client_id: self.entitled.client.id.clone(),
            successor: None,
            scopes: self.entitled.scopes.clone(),
            grace: policy.grace,
        };
        // Asked about first: a refusal must spend nothing.
        let record = self.rotate(rotation.clone()).await?;
        let scopes = self.entitled.scopes.clone().unwrap_or_else(|| record.scopes.clone());
        permit(self.profile, &self.entitled.client, &scopes)?;
        let user = self.live_user(&record.subject)?;
        let token = if policy.rotation {
            let successor = Handle::successor(family, token, &key);
            self.rotate(Rotation { successor: Some(successor.hash()), ..rotation }).await?;
            successor.as_str().to_owned()
        } else {
            token.to_owned()
        };
        Ok(Proven {
            family,
            user: Some(user),
            scopes,
            // A refreshed ID token answers no authorization request (OpenID Connect Core section 12.2).
            login: record.login.map(|login| Login { nonce: None, ..login }),
            refresh: Some(Refresh {
                scopes: record.scopes,
                expires_at: record.expires_at,
                token: RefreshToken::Handle(token),
            }),
        })
    }

    async fn rotate(self, rotation: Rotation) -> Result<RefreshRecord, GrantError> {
        let refuse = |why: &'static str| Err(GrantError::invalid_grant(why));
        match self.issuer.store.rotate(&self.mount.realm, rotation).await.map_err(unavailable)? {
            RotateOutcome::Granted(record) => Ok(record),
            RotateOutcome::Unknown => refuse("the refresh token is unknown"),
            RotateOutcome::WrongClient => refuse("the refresh token belongs to another client"),
            RotateOutcome::Revoked => refuse("the refresh token has been revoked"),
            RotateOutcome::Expired => refuse("the refresh token has expired"),
            RotateOutcome::Reused => refuse("the refresh token was used before; its family has been revoked"),
            RotateOutcome::ScopeTooWide(scope) => Err(too_wide(&scope)),
        }
    }

    pub(super) async fn refresh_jwt(self, token: &str) -> Result<Proven, GrantError> {
        let refuse = |why: &'static str| Err(GrantError::invalid_grant(why));
        let now = self.moment.seconds();
        let verified = self.mount.keys.verify(token, &self.mount.issuer, &*self.issuer.store, now).await?;
        let verified = verified
            .and_then(|verified| verified.check_lifetime(now).map(|()| verified))
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
        let scopes = self.entitled.scopes.clone().unwrap_or_else(|| facts.scopes.clone());
        permit(self.profile, &self.entitled.client, &scopes)?;
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
            token_id: jti.to_owned(),
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
            scopes,
            login: None,
            refresh: Some(Refresh { scopes: facts.scopes, expires_at, token: RefreshToken::JwtId(next) }),
        })
    }
}
