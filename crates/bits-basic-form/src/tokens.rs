//! The access token: what goes into it, and how it is read back.

use crate::session;
use grant::{
    ClaimSource, Grant, HeaderMember, PlannedToken, Scopes, Seconds, TokenFacts, TokenIdFormat, TokenKind, TokenPlan,
    TokenView, Value,
};

/// The client's claim that names the customer it acts for; the subject of its tokens.
pub(crate) const CUSTOMER: &str = "customerId";

/// `{"alg":"HS256","typ":"JWT"}`, without a `kid`, over the claims in the vendor's order.
const TYP: &str = "JWT";

/// One access token that lives `ttl` seconds; a session token carries the session's claims after the common ones.
pub(crate) fn plan(grant: &Grant<'_>, ttl: Seconds) -> TokenPlan {
    // No client without a customer is registered; should one be, its token has no subject and is not read back.
    let customer = grant.client.claims.get(CUSTOMER).cloned().unwrap_or(Value::Null);
    let mut claims: Vec<(&'static str, ClaimSource)> = vec![
        ("iss", Value::from(grant.issuer.clone()).into()),
        ("sub", customer.into()),
        ("client_id", Value::from(grant.client.id.shared()).into()),
        ("scope", Value::from(grant.scopes.joined()).into()),
        ("iat", Value::from(grant.now).into()),
        ("exp", Value::from(ttl.after(grant.now)).into()),
        ("jti", ClaimSource::TokenId(TokenIdFormat::Uuid)),
    ];
    if grant.scopes.contains(session::SCOPE) {
        claims.extend(grant.extra.iter().map(|(name, value)| (*name, value.as_str().into())));
    }
    TokenPlan {
        tokens: vec![PlannedToken { kind: TokenKind::Access, typ: TYP, header: HeaderMember::WITHOUT_KID, claims }],
    }
}

/// The inverse of [`plan`]; `None` for anything that it would not have made.
pub(crate) fn read(kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
    let claims = token.claims;
    let scopes = Scopes::parse(claims.str("scope")?).ok().filter(|scopes| !scopes.is_empty())?;
    let ours = kind == TokenKind::Access && token.typ == Some(TYP);
    ours.then_some(TokenFacts {
        client_id: Some(claims.str("client_id")?.into()),
        subject: claims.str("sub")?.into(),
        is_user: false,
        scopes,
        token_id: Some(claims.str("jti")?.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::{Claims, Client, GrantType};
    use std::sync::Arc;

    const UUID: &str = "7f9c24e8-3b12-4fef-91e0-c2c6b1a5d310";

    fn claims(scopes: &str, customer: Option<&str>) -> Claims {
        let (issuer, mut client) = (Arc::from("https://api.bits.bi"), Client::new("bits-client-1"));
        if let Some(customer) = customer {
            client.claims.set(CUSTOMER, customer.into());
        }
        let grant = Grant {
            issuer: &issuer,
            now: 1_715_861_418,
            grant_type: GrantType::ClientCredentials,
            client: &client,
            user: None,
            scopes: &Scopes::parse(scopes).unwrap(),
            login: None,
            refresh: None,
            extra: &[("workflow_id", "w".to_owned())],
            audience: None,
            act: None,
        };
        let mut claims = Claims::empty();
        for (name, source) in plan(&grant, Seconds(60)).tokens.remove(0).claims {
            claims.set(name, if let ClaimSource::Value(value) = source { value } else { UUID.into() });
        }
        claims
    }

    fn access(claims: &Claims) -> Option<TokenFacts> {
        read(TokenKind::Access, &TokenView { typ: Some("JWT"), claims })
    }

    #[test]
    fn what_is_planned_is_read_back() {
        let claims = claims("application.read application", Some("bits:customer::1"));
        assert_eq!(claims.int("exp"), Some(1_715_861_478));
        let facts = access(&claims).unwrap();
        assert_eq!(
            (facts.client_id.as_ref().unwrap().as_str(), &*facts.subject, facts.is_user),
            ("bits-client-1", "bits:customer::1", false)
        );
        assert_eq!(
            (facts.scopes.joined().as_str(), facts.token_id.as_deref()),
            ("application.read application", Some(UUID))
        );
    }

    #[test]
    fn session_claims_are_written_for_a_session_alone() {
        assert!(claims("application", Some("c")).get("workflow_id").is_none());
        assert_eq!(claims("application.session", Some("c")).str("workflow_id"), Some("w"));
    }

    #[test]
    fn a_token_without_a_customer_is_not_read() {
        assert!(access(&claims("application", None)).is_none());
    }

    #[test]
    fn t53_what_is_not_planned_is_not_read() {
        let whole = claims("application", Some("c"));
        for kind in [TokenKind::Id, TokenKind::Refresh] {
            assert!(read(kind, &TokenView { typ: Some("JWT"), claims: &whole }).is_none());
        }
        for typ in [None, Some("at+jwt")] {
            assert!(read(TokenKind::Access, &TokenView { typ, claims: &whole }).is_none());
        }
        for name in ["sub", "client_id", "scope", "jti"] {
            let mut broken = whole.clone();
            broken.set(name, Value::Null);
            assert!(access(&broken).is_none(), "{name}");
        }
        for scope in ["", "back\\slash"] {
            let mut broken = whole.clone();
            broken.set("scope", scope.into());
            assert!(access(&broken).is_none(), "{scope}");
        }
    }
}
