//! Plans the JWTs and reads them back. The order of claims is IdentityServer's.

use crate::scopes;
use grant::{
    ClaimSource, Claims, ClientId, Grant, HeaderMember, PlannedToken, Policy, Scope, Scopes, Seconds, TokenFacts,
    TokenIdFormat, TokenKind, TokenPlan, TokenView, User, Value,
};

const ACCESS_TYP: &str = "at+jwt";
const ID_TYP: &str = "JWT";

type PlannedClaims = Vec<(&'static str, ClaimSource)>;

/// The user's facts that `scopes` open, in order; those the user lacks are left out.
pub(crate) fn facts<'a>(user: &'a User, scopes: &Scopes) -> impl Iterator<Item = (&'static str, &'a Value)> {
    scopes::opened(scopes).filter_map(|name| Some((name, user.claims.get(name)?)))
}

/// The access token, and the ID token where a user granted `openid`. Refresh tokens are handles, the issuer's own.
pub(crate) fn plan(grant: &Grant<'_>, policy: &Policy) -> TokenPlan {
    let mut tokens = vec![access(grant, policy)];
    if let Some(user) = grant.user.filter(|_| grant.scopes.contains("openid")) {
        tokens.push(id(grant, user, policy));
    }
    TokenPlan { tokens }
}

fn access(grant: &Grant<'_>, policy: &Policy) -> PlannedToken {
    let client_id = ("client_id", grant.client.id.shared().into());
    let mut claims = dated(grant, policy.access_ttl);
    claims.push(("scope", Value::from(grant.scopes).into()));
    match grant.user {
        None => claims.push(client_id),
        Some(user) => {
            claims.push(amr());
            claims.push(client_id);
            claims.extend(sign_in(grant, user));
            claims.extend(facts(user, grant.scopes).map(|(name, value)| (name, value.clone().into())));
            claims.extend(user.claims.get("permissions").map(|value| ("permissions", value.clone().into())));
            claims.extend(session(grant));
        }
    }
    claims.push(("jti", ClaimSource::TokenId(TokenIdFormat::Hex32)));
    PlannedToken { kind: TokenKind::Access, typ: ACCESS_TYP, header: HeaderMember::WITH_KID, claims }
}

fn id(grant: &Grant<'_>, user: &User, policy: &Policy) -> PlannedToken {
    let mut claims = dated(grant, policy.id_ttl);
    claims.push(("aud", grant.client.id.shared().into()));
    claims.push(amr());
    let nonce = grant.login.and_then(|login| login.nonce.as_deref());
    claims.extend(nonce.map(|nonce| ("nonce", nonce.into())));
    claims.push(("at_hash", ClaimSource::AccessTokenHash));
    claims.extend(session(grant));
    claims.extend(sign_in(grant, user));
    PlannedToken { kind: TokenKind::Id, typ: ID_TYP, header: HeaderMember::WITH_KID, claims }
}

fn dated(grant: &Grant<'_>, ttl: Seconds) -> PlannedClaims {
    vec![
        ("iss", grant.issuer.clone().into()),
        ("nbf", grant.now.into()),
        ("iat", grant.now.into()),
        ("exp", ttl.after(grant.now).into()),
    ]
}

fn amr() -> (&'static str, ClaimSource) {
    ("amr", Value::List(vec!["pwd".into()]).into())
}

/// Who signed in, when and where. A token made for a user without a sign-in says that it was just now.
fn sign_in(grant: &Grant<'_>, user: &User) -> PlannedClaims {
    let auth_time = grant.login.map_or(grant.now, |login| login.auth_time);
    vec![("sub", user.sub.clone().into()), ("auth_time", auth_time.into()), ("idp", "local".into())]
}

fn session(grant: &Grant<'_>) -> Option<(&'static str, ClaimSource)> {
    grant.login.map(|login| ("sid", login.sid.as_str().into()))
}

/// Reads a token back; its `typ` tells its kind. A `sub` is a user's, for an app's token has none.
pub(crate) fn read(kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
    let claims = token.claims;
    let user = match claims.get("sub") {
        None => None,
        Some(sub) => Some(sub.as_str()?),
    };
    let token_id = claims.str("jti").map(str::to_owned);
    match (kind, token.typ) {
        (TokenKind::Access, Some(ACCESS_TYP)) => {
            let client_id = claims.str("client_id")?;
            Some(TokenFacts {
                client_id: Some(ClientId::from(client_id)),
                subject: user.unwrap_or(client_id).into(),
                is_user: user.is_some(),
                scopes: scopes(claims)?,
                token_id: Some(token_id?),
            })
        }
        (TokenKind::Id, Some(ID_TYP)) => Some(TokenFacts {
            client_id: Some(ClientId::from(claims.str("aud")?)),
            subject: user?.into(),
            is_user: true,
            scopes: Scopes::empty(),
            token_id,
        }),
        _ => None,
    }
}

fn scopes(claims: &Claims) -> Option<Scopes> {
    claims.get("scope")?.as_list()?.iter().map(|scope| scope.as_str().and_then(Scope::new)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{alice, app, dialect, stage};
    use grant::Hooks;
    use serde_json::json;
    use testkit::dialects::{Scene, payload, sample};

    const ALL_OF_ALICE: &str = "openid profile email company:read offline_access";

    fn plan_of(scene: &Scene) -> Vec<PlannedToken> {
        dialect(json!({})).plan(&scene.grant()).tokens
    }

    #[test]
    fn bh_01_an_app_gets_one_token() {
        let tokens = plan_of(&app("company:read employee:read"));
        assert_eq!(tokens.iter().map(|token| token.kind).collect::<Vec<_>>(), [TokenKind::Access]);
    }

    #[test]
    fn bh_11_a_users_tokens_come_out_claim_for_claim() {
        let scene = alice(ALL_OF_ALICE);
        let plan = dialect(json!({})).plan(&scene.grant());
        assert_eq!(stage().assert_tokens("BH-11", &plan), 2);
        assert_eq!(plan.tokens.iter().map(|token| token.kind).collect::<Vec<_>>(), [TokenKind::Access, TokenKind::Id]);
        for token in &plan.tokens {
            let text = payload(token);
            assert!(text.contains(&format!(r#""auth_time":{},"#, scene.now - 9)), "{text}");
        }
    }

    #[test]
    fn scopes_gate_facts_and_the_id_token_but_not_sub() {
        let tokens = plan_of(&alice("company:read"));
        assert_eq!(tokens.len(), 1, "no openid, no ID token");
        let text = payload(&tokens[0]);
        assert!(text.contains(r#""sub":"6f1c2e0a-"#) && text.contains(r#""permissions":["employee.read"]"#), "{text}");
        assert!(!text.contains("given_name") && !text.contains("email"), "{text}");
        let text = payload(&plan_of(&alice("openid email"))[0]);
        assert!(text.contains("alice@client.test") && !text.contains("given_name"), "{text}");
    }

    #[test]
    fn what_is_absent_is_left_out() {
        let mut scene = alice("openid profile email");
        scene.user.as_mut().unwrap().claims = Claims::empty();
        scene.login.as_mut().unwrap().nonce = None;
        let tokens = plan_of(&scene);
        let text = payload(&tokens[0]);
        let id = sample("hex32");
        assert!(text.contains(&format!(r#""idp":"local","sid":"{id}","jti":"{id}"}}"#)), "{text}");
        assert!(payload(&tokens[1]).contains(r#""amr":["pwd"],"at_hash":"#));
    }

    #[test]
    fn without_a_sign_in_the_time_is_now_and_there_is_no_session() {
        let scene = alice("openid");
        let tokens = dialect(json!({})).plan(&Grant { login: None, ..scene.grant() }).tokens;
        for token in tokens {
            let text = payload(&token);
            assert!(text.contains(&format!(r#""auth_time":{},"#, scene.now)) && !text.contains("sid"), "{text}");
        }
    }

    #[test]
    fn t53_each_token_is_read_back_as_its_own_kind_alone() {
        let dialect = dialect(json!({}));
        for (scene, subject) in
            [(app("company:read"), "app-ok"), (alice(ALL_OF_ALICE), "6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69")]
        {
            for token in plan_of(&scene) {
                let claims: Claims = serde_json::from_str(&payload(&token)).unwrap();
                for kind in [TokenKind::Access, TokenKind::Id, TokenKind::Refresh] {
                    let facts = dialect.read(kind, &TokenView { typ: Some(token.typ), claims: &claims });
                    assert_eq!(facts.is_some(), kind == token.kind, "{:?} read as {kind:?}", token.kind);
                    let Some(facts) = facts else { continue };
                    assert_eq!((&*facts.subject, facts.client_id.as_ref()), (subject, Some(&scene.client.id)));
                    assert_eq!(facts.is_user, scene.user.is_some());
                    let access = kind == TokenKind::Access;
                    assert_eq!(facts.scopes, if access { scene.scopes.clone() } else { Scopes::empty() });
                    assert_eq!(facts.token_id.is_some(), access);
                }
            }
        }
    }

    #[test]
    fn mistyped_or_missing_claims_make_no_token() {
        let good = json!({"scope": ["a"], "client_id": "c", "sub": "u", "jti": "j"});
        let read_as = |typ, claims: &serde_json::Value| {
            let claims: Claims = serde_json::from_value(claims.clone()).unwrap();
            read(TokenKind::Access, &TokenView { typ, claims: &claims })
        };
        assert!(read_as(Some("at+jwt"), &good).is_some());
        for typ in [None, Some("JWT"), Some("AT+JWT")] {
            assert!(read_as(typ, &good).is_none(), "{typ:?}");
        }
        for name in ["scope", "client_id", "sub", "jti"] {
            let mut bad = good.clone();
            bad[name] = json!(7);
            assert!(read_as(Some("at+jwt"), &bad).is_none(), "{name} mistyped");
            bad.as_object_mut().unwrap().remove(name);
            assert_eq!(read_as(Some("at+jwt"), &bad).is_some(), name == "sub", "{name} missing");
        }
    }
}
