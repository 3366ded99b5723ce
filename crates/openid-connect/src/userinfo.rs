//! The userinfo endpoint (OpenID Connect Core section 5.3).

use crate::encode::json;
use crate::{error, scopes, tokens};
use dialect::WireResponse;
use grant::{Claims, Endpoint, Hooks, Identity, Refusal, RefusalKind, Scope, extra_claims};

/// Asks for a user, for an app has nothing to tell, and `openid`.
pub fn check(identity: &Identity) -> Result<(), Refusal> {
    if identity.user.is_none() {
        return Err(Refusal::new(RefusalKind::UserRequired, "an app's token speaks for no user"));
    }
    if !identity.facts.scopes.contains(scopes::OPENID) {
        let kind = RefusalKind::InsufficientScope { scope: Scope::new(scopes::OPENID) };
        return Err(Refusal::new(kind, "the token lacks the scope `openid`"));
    }
    Ok(())
}

/// Who the token speaks for: its `sub`, the claims that its scopes open, those that were asked for by name, and the claims
/// that the standard does not know where the mount asks for them. A token without a user should have been refused before,
/// and is here too.
pub fn answer(identity: &Identity, hooks: &dyn Hooks) -> WireResponse {
    let Some(user) = &identity.user else { return error::encode(&RefusalKind::UserRequired, Endpoint::UserInfo, &[]) };
    let mut claims = Claims::empty();
    claims.set("sub", user.sub.clone().into());
    let asked = |name: &str| tokens::is_asked(&identity.claims, name);
    for (name, value) in scopes::claims_of(user, Some(&identity.facts.scopes), asked) {
        claims.set(name, value.clone());
    }
    for (name, value) in extra_claims(hooks, None, Some(user)) {
        claims.set(name, value.clone());
    }
    json(200, &claims)
}
