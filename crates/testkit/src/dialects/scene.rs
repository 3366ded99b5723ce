//! A grant with everything it rests on, and what its tokens say.

use dialect::Dialect;
use grant::{
    ClaimSource, Claims, Client, Grant, GrantType, Identity, Login, PlannedToken, RefreshTerms, Scopes, TokenIdFormat,
    TokenKind, TokenView, User,
};
use std::sync::Arc;

/// What stands in tests for what only an issuer makes: by the placeholder of the pairs that admits it.
pub(super) const SAMPLES: [(&str, &str); 8] = [
    ("jwt", "access.to.ken"),
    ("jwt_id", "id.to.ken"),
    ("jwt_refresh", "refresh.to.ken"),
    ("uuid", "7f9c24e8-3b12-4fef-91e0-c2c6b1a5d310"),
    ("hex32", "0123456789ABCDEF0123456789ABCDEF"),
    ("hex64", "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"),
    ("at_hash", "77QmUPtjPfzWtF2AnpK9RQ"),
    ("kid", "key-1"),
];

/// The sample that stands for that placeholder.
pub fn sample(placeholder: &str) -> &'static str {
    SAMPLES.iter().find(|(name, _)| *name == placeholder).unwrap().1
}

/// What a [`Grant`] refers to, owned.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The mount's issuer identifier.
    pub issuer: Arc<str>,
    /// The time of issue, seconds since the epoch.
    pub now: i64,
    /// How it is granted.
    pub grant_type: GrantType,
    /// To whom.
    pub client: Client,
    /// For whom.
    pub user: Option<User>,
    /// The sign-in.
    pub login: Option<Login>,
    /// The access token's scopes.
    pub scopes: Scopes,
    /// The scopes first granted and the end of the refresh token, where one is issued.
    pub refresh: Option<(Scopes, i64)>,
    /// Further parameters of the request.
    pub extra: Vec<(&'static str, String)>,
}

impl Scene {
    /// The grant.
    pub fn grant(&self) -> Grant<'_> {
        Grant {
            issuer: &self.issuer,
            now: self.now,
            grant_type: self.grant_type,
            client: &self.client,
            user: self.user.as_ref(),
            scopes: &self.scopes,
            login: self.login.as_ref(),
            refresh: self.refresh.as_ref().map(|(scopes, end)| RefreshTerms { scopes, expires_at: *end }),
            extra: &self.extra,
            audience: None,
            act: None,
        }
    }

    /// What an issuer makes of the access token of this grant.
    pub fn identity(&self, dialect: &dyn Dialect) -> Identity {
        let plan = dialect.plan(&self.grant());
        let access = plan.tokens.iter().find(|token| token.kind == TokenKind::Access).unwrap();
        let claims: Claims = serde_json::from_str(&payload(access)).unwrap();
        let facts = dialect.read(TokenKind::Access, &TokenView { typ: Some(access.typ), claims: &claims }).unwrap();
        Identity { facts, client: Some(Arc::new(self.client.clone())), user: self.user.clone().map(Arc::new), claims }
    }
}

/// A planned token's payload, with samples for what only the issuer knows.
pub fn payload(token: &PlannedToken) -> String {
    let mut claims = Claims::empty();
    for (name, source) in &token.claims {
        let value = match source {
            ClaimSource::Value(value) => value.clone(),
            ClaimSource::TokenId(TokenIdFormat::Uuid) => sample("uuid").into(),
            ClaimSource::TokenId(TokenIdFormat::Hex32) => sample("hex32").into(),
            ClaimSource::AccessTokenHash => sample("at_hash").into(),
        };
        assert!(claims.get(name).is_none(), "{name} is there twice");
        claims.set(name, value);
    }
    serde_json::to_string(&claims).unwrap()
}
