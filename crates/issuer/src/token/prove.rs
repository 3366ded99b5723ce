//! The proof a grant rests on: the client's own authority, a code, or a refresh token.

use super::{Entitled, Proven, Refresh, RefreshToken};
use crate::ids;
use crate::state::Moment;
use crate::{Issuer, Mount};
use grant::{GrantError, GrantErrorKind, Profile, Proof, RefreshForm, Scope, ScopeFault, User};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// A request in its proof phase.
#[derive(Clone, Copy)]
pub(super) struct Proving<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) mount: &'a Mount,
    pub(super) profile: &'a dyn Profile,
    pub(super) entitled: &'a Entitled<'a>,
    pub(super) moment: Moment,
}

impl Proving<'_> {
    pub(super) async fn prove(self) -> Result<Proven, GrantError> {
        match self.entitled.request.proof.as_ref().map_err(Clone::clone)? {
            Proof::ClientCredentials => self.own_authority(),
            Proof::AuthorizationCode { code, redirect_uri, verifier } => {
                let verifier = verifier.as_ref().map(ExposeSecret::expose_secret);
                self.code(code.expose_secret(), redirect_uri, verifier).await
            }
            Proof::Incomplete { error, .. } => Err(error.clone()),
            Proof::Refresh { token } => match self.profile.policy().refresh.form {
                RefreshForm::Handle => self.refresh_handle(token.expose_secret()).await,
                RefreshForm::Jwt => self.refresh_jwt(token.expose_secret()).await,
            },
        }
    }

    /// Client credentials: for the client itself or, where the dialect binds one, its service user.
    fn own_authority(self) -> Result<Proven, GrantError> {
        let client = &self.entitled.client;
        let user = if self.profile.capabilities().service_users {
            let unbound = || gone(format!("client `{}` is bound to no user", client.id));
            Some(self.live_user(client.user.as_deref().ok_or_else(unbound)?)?)
        } else {
            None
        };
        let scopes = self.entitled.scopes.clone().unwrap_or_default();
        let family = ids::family();
        let refresh = self.profile.issues_refresh(self.entitled.grant_type, &scopes).then(|| Refresh {
            scopes: scopes.clone(),
            expires_at: self.moment.seconds().saturating_add(self.profile.policy().refresh_ttl),
            token: RefreshToken::JwtId(ids::family_uuid(family, ids::random())),
        });
        Ok(Proven { family, user, scopes, login: None, refresh })
    }

    /// The user of that `sub`, present and enabled.
    pub(super) fn live_user(self, sub: &str) -> Result<Arc<User>, GrantError> {
        let user = self.mount.directory.user(sub).ok_or_else(|| gone(format!("user `{sub}` does not exist")))?;
        if user.disabled { Err(gone(format!("user `{sub}` is disabled"))) } else { Ok(user) }
    }
}

fn gone(cause: String) -> GrantError {
    GrantError::new(GrantErrorKind::UserGone, cause)
}

/// A refusal of a scope beyond those first granted.
pub(super) fn too_wide(scope: &str) -> GrantError {
    let fault = Scope::new(scope).map_or_else(|| ScopeFault::Unknown(scope.to_owned().into()), ScopeFault::NotHere);
    GrantError::new(GrantErrorKind::InvalidScope(fault), format!("scope `{scope}` was not granted"))
}
