//! The client's own authority (RFC 6749 section 4.4): for the client itself or, where the dialect binds one, for its
//! service user.

use super::Entitled;
use super::ground::{gone, live_user};
use super::{Proven, Refresh, RefreshToken, ScopeSource, Terms};
use crate::chain::Chain;
use crate::{At, ids};
use grant::Refusal;

pub(super) const TERMS: Terms = Terms { needs_entry: |_| true, scopes: ScopeSource::Client };

pub(super) async fn prove(at: At<'_>, entitled: &Entitled<'_>) -> Result<Proven, Refusal> {
    let client = &entitled.client;
    let user = if at.hooks.capabilities().service_users {
        let unbound = || gone(format!("client `{}` is bound to no user", client.id));
        Some(live_user(at, client.user.as_deref().ok_or_else(unbound)?)?)
    } else {
        None
    };
    let scopes = entitled.scopes.clone().unwrap_or_default();
    let family = ids::family();
    let refresh = if at.hooks.issues_refresh(entitled.grant_type, &scopes) {
        let key = at.handle_key().await?;
        Some(Refresh {
            scopes: scopes.clone(),
            expires_at: at.hooks.policy().refresh_ttl.after(at.seconds()),
            token: RefreshToken::JwtId(Chain::new(family, &key).first_jti(at.mount.expiry.generation())),
        })
    } else {
        None
    };
    Ok(Proven { family, user, scopes, login: None, refresh, act: None, until: None })
}
