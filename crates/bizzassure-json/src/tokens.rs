//! The access token: what goes into it, and how it is read back.

use grant::{
    ClaimSource, Claims, Grant, HeaderMember, PlannedToken, Scope, Scopes, Seconds, TokenFacts, TokenIdFormat,
    TokenKind, TokenPlan, TokenView, Value,
};

/// `{"alg":"RS256","typ":"JWT"}`, without a `kid`, over the claims in the vendor's order.
const TYP: &str = "JWT";

/// One access token that lives `ttl` seconds. The client is its own subject.
pub(crate) fn plan(grant: &Grant<'_>, ttl: Seconds) -> TokenPlan {
    let claims = vec![
        ("iss", Value::from(grant.issuer.clone()).into()),
        ("sub", Value::from(grant.client.id.shared()).into()),
        ("client_id", Value::from(grant.client.id.shared()).into()),
        ("scopes", Value::from(grant.scopes).into()),
        ("iat", Value::from(grant.now).into()),
        ("exp", Value::from(ttl.after(grant.now)).into()),
        ("jti", ClaimSource::TokenId(TokenIdFormat::Uuid)),
    ];
    TokenPlan {
        tokens: vec![PlannedToken { kind: TokenKind::Access, typ: TYP, header: HeaderMember::WITHOUT_KID, claims }],
    }
}

/// The inverse of [`plan`]; `None` for anything that it would not have made.
pub(crate) fn read(kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
    let claims = token.claims;
    let client_id = claims.str("client_id")?;
    let ours = kind == TokenKind::Access && token.typ == Some(TYP) && claims.str("sub") == Some(client_id);
    ours.then_some(TokenFacts {
        client_id: Some(client_id.into()),
        subject: client_id.into(),
        is_user: false,
        scopes: scopes(claims)?,
        token_id: Some(claims.str("jti")?.to_owned()),
    })
}

fn scopes(claims: &Claims) -> Option<Scopes> {
    let names = claims.get("scopes")?.as_list()?;
    names.iter().map(|name| Scope::new(name.as_str()?)).collect::<Option<Scopes>>().filter(|scopes| !scopes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::{Client, GrantType};
    use std::sync::Arc;

    const UUID: &str = "7f9c24e8-3b12-4fef-91e0-c2c6b1a5d310";

    fn claims() -> Claims {
        let (issuer, client) = (Arc::from("https://bizzassure.test"), Client::new("ba_full"));
        let scopes = Scopes::parse("employee.get policy.list").unwrap();
        let grant = Grant {
            issuer: &issuer,
            now: 1_715_861_418,
            grant_type: GrantType::ClientCredentials,
            client: &client,
            user: None,
            scopes: &scopes,
            login: None,
            refresh: None,
            extra: &[],
            audience: None,
            act: None,
        };
        let mut claims = Claims::empty();
        for (name, source) in plan(&grant, Seconds(60)).tokens.remove(0).claims {
            claims.set(name, if let ClaimSource::Value(value) = source { value } else { UUID.into() });
        }
        claims
    }

    fn without(name: &str) -> Claims {
        let mut rest = Claims::empty();
        claims().iter().filter(|(key, _)| *key != name).for_each(|(key, value)| rest.set(key, value.clone()));
        rest
    }

    #[test]
    fn what_is_planned_is_read_back() {
        let claims = claims();
        assert_eq!(claims.int("exp"), Some(1_715_861_478));
        let facts = read(TokenKind::Access, &TokenView { typ: Some("JWT"), claims: &claims }).unwrap();
        assert_eq!(
            (facts.client_id.as_ref().unwrap().as_str(), &*facts.subject, facts.is_user),
            ("ba_full", "ba_full", false)
        );
        assert_eq!(
            (facts.scopes.joined().as_str(), facts.token_id.as_deref()),
            ("employee.get policy.list", Some(UUID))
        );
    }

    #[test]
    fn t53_what_is_not_planned_is_not_read() {
        let whole = claims();
        for kind in [TokenKind::Id, TokenKind::Refresh] {
            assert!(read(kind, &TokenView { typ: Some("JWT"), claims: &whole }).is_none());
        }
        for typ in [None, Some("at+jwt")] {
            assert!(read(TokenKind::Access, &TokenView { typ, claims: &whole }).is_none());
        }
        for name in ["sub", "client_id", "scopes", "jti"] {
            assert!(
                read(TokenKind::Access, &TokenView { typ: Some("JWT"), claims: &without(name) }).is_none(),
                "{name}"
            );
        }
        for scopes in [Value::from("policy.get"), Value::List(vec![]), Value::List(vec![1.into()])] {
            let mut claims = claims();
            claims.set("scopes", scopes);
            assert!(read(TokenKind::Access, &TokenView { typ: Some("JWT"), claims: &claims }).is_none());
        }
    }
}
