//! The userinfo endpoint (OpenID Connect Core section 5.3) as IdentityServer has it.

use crate::encode::{json, uncached};
use crate::scopes::OPENID;
use dialect::{WireRequest, WireResponse, bearer, check_method};
use grant::{Bearer, Claims, Hooks, Identity, Refusal, RefusalKind, Scope, TokenFault, extra_claims};

const INVALID_TOKEN: &str = "Bearer realm=\"IdentityServer\",error=\"invalid_token\"";
const EXPIRED: &str =
    "Bearer realm=\"IdentityServer\",error=\"invalid_token\",error_description=\"The access token expired\"";
const INSUFFICIENT_SCOPE: &str = "Bearer realm=\"IdentityServer\",error=\"insufficient_scope\"";

/// Reads a request for what a token tells of its user. IdentityServer takes the token from a form too.
pub(crate) fn parse(wire: &WireRequest<'_>) -> Result<Bearer, Refusal> {
    check_method(wire, &crate::USERINFO)?;
    bearer::read_with_form(wire)
}

/// Asks for a user, for an app has nothing to tell, and `openid`.
pub(crate) fn check(identity: &Identity) -> Result<(), Refusal> {
    if identity.user.is_none() {
        return Err(Refusal::new(RefusalKind::UserRequired, "an app's token speaks for no user"));
    }
    if !identity.facts.scopes.contains(OPENID) {
        let kind = RefusalKind::InsufficientScope { scope: Scope::new(OPENID) };
        return Err(Refusal::new(kind, "the token lacks the scope `openid`"));
    }
    Ok(())
}

/// Who the token speaks for: its `sub`, the facts that its scopes open, and the claims that the vendor does not know
/// where the mount asks for them. A token without a user should have been
/// refused before, and is here too.
pub(crate) fn answer(identity: &Identity, hooks: &dyn Hooks) -> WireResponse {
    let Some(user) = &identity.user else { return challenge(403, INSUFFICIENT_SCOPE) };
    let mut claims = Claims::empty();
    claims.set("sub", user.sub.clone().into());
    for (name, value) in crate::tokens::facts(user, &identity.facts.scopes) {
        claims.set(name, value.clone());
    }
    for (name, value) in extra_claims(hooks, None, Some(user)) {
        claims.set(name, value.clone());
    }
    json(200, &claims)
}

/// A finding about the token or its holder, told by a challenge alone (RFC 6750 section 3).
pub(crate) fn refusal(kind: &RefusalKind) -> Option<WireResponse> {
    use RefusalKind as Kind;
    match kind {
        Kind::InvalidToken(TokenFault::Expired) => Some(challenge(401, EXPIRED)),
        Kind::InvalidToken(_) | Kind::InvalidClient | Kind::ClientDisabled | Kind::InvalidGrant | Kind::UserGone => {
            Some(challenge(401, INVALID_TOKEN))
        }
        Kind::UserRequired
        | Kind::InsufficientScope { .. }
        | Kind::ScopeNotPermitted { .. }
        | Kind::UnauthorizedClient
        | Kind::AccessDenied => Some(challenge(403, INSUFFICIENT_SCOPE)),
        _ => None,
    }
}

fn challenge(status: u16, challenge: &'static str) -> WireResponse {
    uncached(WireResponse::empty(status).with("WWW-Authenticate", challenge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{alice, app, context, dialect, refuse, stage};
    use dialect::Dialect;
    use grant::{Endpoint, Reply};
    use serde_json::json;
    use testkit::dialects::Scene;

    fn userinfo_of(scene: &Scene) -> WireResponse {
        let dialect = dialect(json!({}));
        dialect.encode(&Reply::UserInfo(scene.identity(&dialect)), &context(Endpoint::UserInfo))
    }

    #[test]
    fn bh_27_userinfo_tells_what_the_scopes_open() {
        stage().assert_answer("BH-27", &userinfo_of(&alice("openid profile email company:read offline_access")));
        let narrow = userinfo_of(&alice("openid email"));
        let wanted = r#"{"sub":"6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69","email":"alice@client.test"}"#;
        assert_eq!(std::str::from_utf8(&narrow.body).unwrap(), wanted);
    }

    #[test]
    fn without_a_user_there_is_nothing_to_tell() {
        stage().assert_answer("BH-28", &userinfo_of(&app("company:read")));
    }

    #[test]
    fn userinfo_answers_the_tokens_faults_by_challenge_alone() {
        for kind in RefusalKind::samples() {
            let response = refuse(&kind, Endpoint::UserInfo);
            let challenged = response.header("www-authenticate").is_some();
            assert_eq!(challenged, [401, 403].contains(&response.status), "{kind:?}");
            assert!(!challenged || response.body.is_empty(), "{kind:?}");
        }
        let expired = refuse(&RefusalKind::InvalidToken(TokenFault::Expired), Endpoint::UserInfo);
        let challenge =
            "Bearer realm=\"IdentityServer\",error=\"invalid_token\",error_description=\"The access token expired\"";
        assert_eq!((expired.status, expired.header("www-authenticate")), (401, Some(challenge)));
        assert_eq!(expired.header("cache-control"), Some("no-store, no-cache, max-age=0"));
    }

    #[test]
    fn bh_28_userinfo_wants_a_user_and_openid() {
        let dialect = dialect(json!({}));
        assert_eq!(dialect.check_userinfo(&alice("openid").identity(&dialect)), Ok(()));
        let openid = Scope::new("openid");
        for (scene, kind) in [
            (app("company:read"), RefusalKind::UserRequired),
            (alice("profile email"), RefusalKind::InsufficientScope { scope: openid }),
        ] {
            let refused = dialect.check_userinfo(&scene.identity(&dialect)).unwrap_err();
            assert_eq!(refused.kind, kind);
            stage().assert_answer("BH-28", &dialect.encode_error(refused.public(), &context(Endpoint::UserInfo)));
        }
    }
}
