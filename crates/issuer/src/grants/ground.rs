//! What a grant stands on, as it is now: the client's scopes and grants, and the user.

use crate::At;
use grant::{Client, GrantType, Hooks, Login, Refusal, RefusalKind, Scope, ScopeFault, Scopes, TokenRequest, User};
use std::sync::Arc;

/// Whether the mount knows these scopes and the client may have them. Asked anew at every use of what was granted
/// before, for either may have lost one since.
pub(crate) fn permit(hooks: &dyn Hooks, client: &Client, scopes: &Scopes) -> Result<(), Refusal> {
    if let Some(unknown) = scopes.first_outside(&hooks.policy().scopes) {
        return Err(Refusal::unknown_scope(unknown.as_str()));
    }
    match scopes.iter().find(|scope| !hooks.permits(client, scope)) {
        None => Ok(()),
        Some(scope) => {
            let cause = format!("client `{}` is not entitled to scope `{scope}`", client.id);
            Err(Refusal::new(RefusalKind::ScopeNotPermitted { scope: scope.clone() }, cause))
        }
    }
}

/// Whether the client may have refresh tokens.
pub(crate) fn may_refresh(hooks: &dyn Hooks, client: &Client) -> Result<(), Refusal> {
    if hooks.capabilities().refresh_for_all || client.grants.contains(&GrantType::RefreshToken) {
        return Ok(());
    }
    let cause =
        format!("these scopes come with a refresh token: add refresh_token to the grants of client `{}`", client.id);
    Err(Refusal::new(RefusalKind::UnauthorizedClient, cause))
}

/// The user of that `sub`, present and enabled.
pub(super) fn live_user(at: At<'_>, sub: &str) -> Result<Arc<User>, Refusal> {
    let user = at.mount.directory.user(sub).ok_or_else(|| gone(format!("user `{sub}` does not exist")))?;
    at.note(|notes| notes.user = Some(Arc::clone(&user.sub)));
    if user.disabled { Err(gone(format!("user `{sub}` is disabled"))) } else { Ok(user) }
}

pub(super) fn gone(cause: String) -> Refusal {
    Refusal::new(RefusalKind::UserGone, cause)
}

/// A refusal of a scope beyond those first granted.
pub(super) fn too_wide(scope: &str) -> Refusal {
    let fault = Scope::new(scope).map_or_else(|| ScopeFault::Unknown(scope.to_owned().into()), ScopeFault::NotHere);
    Refusal::new(RefusalKind::InvalidScope(fault), format!("scope `{scope}` was not granted"))
}

/// The scope of refresh tokens.
pub const OFFLINE_ACCESS: &str = "offline_access";

/// The scopes of a grant that yields no refresh token whatever is asked for.
pub(super) fn without_offline_access(scopes: &Scopes) -> Result<Scopes, Refusal> {
    let left: Scopes = scopes.iter().filter(|scope| scope.as_str() != OFFLINE_ACCESS).cloned().collect();
    if left.is_empty() {
        let kind = RefusalKind::InvalidScope(ScopeFault::NoneLeft);
        return Err(Refusal::new(
            kind,
            "no scope is left: of those asked for and granted before the client may have none",
        ));
    }
    Ok(left)
}

/// What a token is asked to be for, where the mount looks at that and admits it (RFC 8707).
pub(crate) fn heeded_resource<'r>(hooks: &dyn Hooks, asked: Option<&'r str>) -> Result<Option<&'r str>, Refusal> {
    let known = &hooks.policy().resources;
    match asked.filter(|_| !known.is_empty()) {
        Some(asked) if !known.iter().any(|known| known == asked) => {
            Err(Refusal::new(RefusalKind::InvalidTarget, "resource is none of the mount's `resources`"))
        }
        heeded => Ok(heeded),
    }
}

/// Refuses a token for another resource than the one that was granted.
pub(super) fn within_resource(request: &TokenRequest, login: Option<&Login>) -> Result<(), Refusal> {
    let granted = login.and_then(|login| login.resource.as_deref());
    match (request.resource(), granted) {
        (Some(asked), Some(granted)) if asked != granted => {
            Err(Refusal::new(RefusalKind::InvalidTarget, "resource is not the one that was granted"))
        }
        _ => Ok(()),
    }
}
