//! Plans the three JWTs and reads them back. The order of claims is that of the documented samples.

use crate::scopes::{self, OPENID};
use grant::{
    ClaimSource, ClientId, Grant, HeaderMember, PlannedToken, Policy, Scopes, TokenFacts, TokenIdFormat, TokenKind,
    TokenPlan, TokenView, User, Value,
};

const TYP: &str = "JWT";

type PlannedClaims = Vec<(&'static str, ClaimSource)>;

/// The number that `sub` is: plain digits, no sign, no leading zero, within `i64`.
pub(crate) fn user_id(sub: &str) -> Option<i64> {
    sub.parse().ok().filter(|id: &i64| *id >= 0 && id.to_string() == sub)
}

/// Access token, ID token where `openid` is granted, refresh token where the grant has terms for one. A grant
/// without a user of this dialect yields no token at all.
pub(crate) fn plan(grant: &Grant<'_>, policy: &Policy) -> TokenPlan {
    let Some((user, user_id)) = grant.user.and_then(|user| Some((user, user_id(&user.sub)?))) else {
        return TokenPlan { tokens: Vec::new() };
    };
    let mut tokens = vec![access(grant, user, user_id, policy.access_ttl.after(grant.now))];
    if grant.scopes.contains(OPENID) {
        tokens.push(id(grant, user, policy.id_ttl.after(grant.now)));
    }
    if let Some(terms) = grant.refresh {
        let mut claims = identified(grant, user, terms.expires_at);
        claims.push(("scp", terms.scopes.joined().into()));
        tokens.push(planned(TokenKind::Refresh, claims));
    }
    TokenPlan { tokens }
}

fn access(grant: &Grant<'_>, user: &User, user_id: i64, expires_at: i64) -> PlannedToken {
    let mut claims = identified(grant, user, expires_at);
    claims.push(("scp", grant.scopes.joined().into()));
    claims.extend(fact(user, "scopes"));
    claims.push(("userID", user_id.into()));
    claims.extend(fact(user, "userRegion"));
    planned(TokenKind::Access, claims)
}

fn id(grant: &Grant<'_>, user: &User, expires_at: i64) -> PlannedToken {
    let mut claims = vec![
        ("aud", grant.client.id.shared().into()),
        ("exp", expires_at.into()),
        ("iat", grant.now.into()),
        ("iss", grant.issuer.clone().into()),
        ("sub", user.sub.clone().into()),
    ];
    for scope in ["email", "profile"].into_iter().filter(|scope| grant.scopes.contains(scope)) {
        claims.extend(scopes::facts(scope).iter().filter_map(|(name, _)| fact(user, name)));
    }
    planned(TokenKind::Id, claims)
}

/// The claims with which access and refresh token begin.
fn identified(grant: &Grant<'_>, user: &User, expires_at: i64) -> PlannedClaims {
    vec![
        ("aud", grant.client.id.shared().into()),
        ("exp", expires_at.into()),
        ("jti", ClaimSource::TokenId(TokenIdFormat::Uuid)),
        ("iat", grant.now.into()),
        ("iss", grant.issuer.clone().into()),
        ("sub", user.sub.clone().into()),
    ]
}

/// The user's claim of that name; nothing where it is absent.
fn fact(user: &User, name: &'static str) -> Option<(&'static str, ClaimSource)> {
    Some((name, user.claims.get(name)?.clone().into()))
}

const fn planned(kind: TokenKind, claims: PlannedClaims) -> PlannedToken {
    PlannedToken { kind, typ: TYP, header: HeaderMember::WITHOUT_KID, claims }
}

/// Reads a token back. All three kinds share a header, so their claims tell them apart: only an access token has a
/// `userID`, only an ID token has no `jti` and no `scp`.
pub(crate) fn read(kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
    let claims = token.claims;
    let has = |name: &str| claims.get(name).is_some();
    let of_that_kind = token.typ == Some(TYP)
        && match kind {
            TokenKind::Access => claims.int("userID").is_some() && has("jti") && has("scp"),
            TokenKind::Id => !has("jti") && !has("scp") && !has("userID"),
            TokenKind::Refresh => has("jti") && has("scp") && !has("userID") && !has("scopes"),
        };
    if !of_that_kind {
        return None;
    }
    let text = |name: &str| match claims.get(name) {
        None => Some(None),
        Some(Value::Text(text)) => Some(Some(text)),
        Some(_) => None,
    };
    Some(TokenFacts {
        client_id: Some(ClientId::from(&**text("aud")??)),
        subject: text("sub")??.clone(),
        is_user: true,
        scopes: text("scp")?.map_or(Ok(Scopes::empty()), |scp| Scopes::parse(scp)).ok()?,
        token_id: text("jti")?.map(ToString::to_string),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{dialect, granted};
    use grant::{Claims, Hooks};
    use serde_json::json;
    use testkit::dialects::payload;

    #[test]
    fn the_tokens_come_in_the_order_of_the_reply() {
        let tokens = dialect(json!({})).plan(&granted("openid profile").grant()).tokens;
        let kinds: Vec<_> = tokens.iter().map(|token| token.kind).collect();
        assert_eq!(kinds, [TokenKind::Access, TokenKind::Id, TokenKind::Refresh]);
        assert!(tokens.iter().all(|token| token.typ == "JWT" && token.header == HeaderMember::WITHOUT_KID));
    }

    #[test]
    fn no_openid_no_id_token_and_no_terms_no_refresh_token() {
        let mut scene = granted("inspect");
        scene.refresh = None;
        let tokens = dialect(json!({})).plan(&scene.grant()).tokens;
        assert_eq!(tokens.iter().map(|token| token.kind).collect::<Vec<_>>(), [TokenKind::Access]);
    }

    #[test]
    fn the_refresh_token_keeps_the_scope_first_granted_and_its_end() {
        let mut scene = granted("openid");
        scene.refresh = Some((Scopes::parse("openid inspect").unwrap(), scene.now + 77));
        let tokens = dialect(json!({})).plan(&scene.grant()).tokens;
        let (access, refresh) = (payload(&tokens[0]), payload(&tokens[2]));
        assert!(access.contains(r#""scp":"openid","#), "{access}");
        assert!(refresh.contains(r#""scp":"openid inspect""#), "{refresh}");
        assert!(refresh.contains(&format!(r#""exp":{},"#, scene.now + 77)), "{refresh}");
    }

    #[test]
    fn what_a_user_lacks_is_left_out() {
        let mut scene = granted("openid email profile");
        let claims = &mut scene.user.as_mut().unwrap().claims;
        *claims = Claims::empty();
        claims.set("name", "N".into());
        let tokens = dialect(json!({})).plan(&scene.grant()).tokens;
        assert!(payload(&tokens[0]).ends_with(r#""scp":"openid email profile","userID":1302}"#));
        assert!(payload(&tokens[1]).ends_with(r#""sub":"1302","name":"N"}"#));
    }

    #[test]
    fn without_a_numbered_user_there_is_no_token() {
        let mut scene = granted("openid");
        scene.user.as_mut().unwrap().sub = "alice".into();
        assert!(dialect(json!({})).plan(&scene.grant()).tokens.is_empty());
        let scene = granted("openid");
        let nobody = Grant { user: None, ..scene.grant() };
        assert!(dialect(json!({})).plan(&nobody).tokens.is_empty());
    }

    #[test]
    fn t53_each_token_is_read_back_as_its_own_kind_alone() {
        let scene = granted("openid offline");
        let dialect = dialect(json!({}));
        for token in dialect.plan(&scene.grant()).tokens {
            let claims: Claims = serde_json::from_str(&payload(&token)).unwrap();
            for kind in [TokenKind::Access, TokenKind::Id, TokenKind::Refresh] {
                let facts = dialect.read(kind, &TokenView { typ: Some("JWT"), claims: &claims });
                assert_eq!(facts.is_some(), kind == token.kind, "{:?} read as {kind:?}", token.kind);
                let Some(facts) = facts else { continue };
                assert_eq!((facts.client_id.as_ref(), &*facts.subject), (Some(&scene.client.id), "1302"));
                assert!(facts.is_user);
                let scopes = if kind == TokenKind::Id { "" } else { "openid offline" };
                assert_eq!(facts.scopes.joined(), scopes);
                assert_eq!(facts.token_id.is_some(), kind != TokenKind::Id);
            }
        }
    }

    #[test]
    fn a_token_with_another_header_or_mistyped_claims_is_none_of_ours() {
        let good = json!({"aud": "c", "jti": "j", "sub": "1", "scp": "a", "userID": 1});
        let read_as = |typ, claims: &serde_json::Value| {
            let claims: Claims = serde_json::from_value(claims.clone()).unwrap();
            read(TokenKind::Access, &TokenView { typ, claims: &claims })
        };
        assert!(read_as(Some("JWT"), &good).is_some());
        assert!(read_as(Some("at+jwt"), &good).is_none() && read_as(None, &good).is_none());
        for name in ["aud", "jti", "sub", "scp", "userID"] {
            let mut mistyped = good.clone();
            mistyped[name] = json!([name]);
            assert!(read_as(Some("JWT"), &mistyped).is_none(), "{name} mistyped");
            mistyped.as_object_mut().unwrap().remove(name);
            assert!(read_as(Some("JWT"), &mistyped).is_none(), "{name} missing");
        }
    }
}
