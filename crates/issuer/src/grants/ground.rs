//! What a grant stands on, as it is now: the client's scopes and grants, and the user.

use crate::At;
use grant::{Client, GrantError, GrantErrorKind, GrantType, Profile, Scope, ScopeFault, Scopes, User};
use std::sync::Arc;

/// Whether the mount knows these scopes and the client may have them. Asked anew at every use of what was granted
/// before, for either may have lost one since.
pub(crate) fn permit(profile: &dyn Profile, client: &Client, scopes: &Scopes) -> Result<(), GrantError> {
    if let Some(unknown) = scopes.first_outside(&profile.policy().scopes) {
        return Err(GrantError::unknown_scope(unknown.as_str()));
    }
    match scopes.iter().find(|scope| !profile.permits(client, scope)) {
        None => Ok(()),
        Some(scope) => {
            let cause = format!("client `{}` is not entitled to scope `{scope}`", client.id);
            Err(GrantError::new(GrantErrorKind::ScopeNotPermitted { scope: scope.clone() }, cause))
        }
    }
}

/// Whether the client may have refresh tokens.
pub(crate) fn may_refresh(profile: &dyn Profile, client: &Client) -> Result<(), GrantError> {
    if profile.capabilities().refresh_for_all || client.grants.contains(&GrantType::RefreshToken) {
        return Ok(());
    }
    let cause =
        format!("these scopes come with a refresh token: add refresh_token to the grants of client `{}`", client.id);
    Err(GrantError::new(GrantErrorKind::UnauthorizedClient, cause))
}

/// The user of that `sub`, present and enabled.
pub(super) fn live_user(at: At<'_>, sub: &str) -> Result<Arc<User>, GrantError> {
    let user = at.mount.directory.user(sub).ok_or_else(|| gone(format!("user `{sub}` does not exist")))?;
    if user.disabled { Err(gone(format!("user `{sub}` is disabled"))) } else { Ok(user) }
}

pub(super) fn gone(cause: String) -> GrantError {
    GrantError::new(GrantErrorKind::UserGone, cause)
}

/// A refusal of a scope beyond those first granted.
pub(super) fn too_wide(scope: &str) -> GrantError {
    let fault = Scope::new(scope).map_or_else(|| ScopeFault::Unknown(scope.to_owned().into()), ScopeFault::NotHere);
    GrantError::new(GrantErrorKind::InvalidScope(fault), format!("scope `{scope}` was not granted"))
}
