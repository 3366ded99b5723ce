//! Claims that a dialect does not know, written after its own where the mount's `extra_claims` says so.

use crate::{AskedClaims, Claims, Client, Grant, GrantType, Hooks, Login, RefreshTerms, Remarks, User, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a token says beyond its dialect's plan, in the order of the file: the claims of the user that it speaks for,
/// else of its client, that the dialect does not know. Nothing where `extra_claims` is off.
pub fn extra_claims<'a>(
    hooks: &'a dyn Hooks,
    client: Option<&'a Client>,
    user: Option<&'a User>,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let known = hooks.known_claims();
    let of = match (user, client) {
        _ if !hooks.policy().extra_claims => None,
        (Some(user), _) => Some((&user.claims, known.user)),
        (None, client) => client.map(|client| (&client.claims, known.client)),
    };
    of.into_iter().flat_map(|(claims, known)| claims.iter().filter(move |(name, _)| !known.contains(name)))
}

/// Refuses extra claims whose names the tokens have already; `known` is the names that the dialect looks for.
pub fn check_extra_claims(hooks: &dyn Hooks, claims: &Claims, known: &[&str], remarks: &mut Remarks) {
    if !hooks.policy().extra_claims || claims.is_empty() {
        return;
    }
    let planned = planned_names(hooks);
    for (name, _) in claims.iter().filter(|(name, _)| !known.contains(name) && planned.contains(name)) {
        let why = "is a claim that the vendor's tokens have: take another name, or set `extra_claims = false`";
        remarks.refuse("claims", format!("`{}` {why}", name.escape_debug()));
    }
}

/// The names that the dialect's tokens have by themselves, whoever they are for.
fn planned_names(hooks: &dyn Hooks) -> BTreeSet<&'static str> {
    let (issuer, client, scopes) = (Arc::from("issuer"), Client::new("client"), &hooks.policy().scopes);
    let user = User {
        sub: "1".into(),
        username: "user".into(),
        password: None,
        disabled: false,
        denies_consent: false,
        claims: Claims::empty(),
    };
    let login = Login {
        sid: "sid".to_owned(),
        auth_time: 1,
        nonce: Some("nonce".to_owned()),
        issuer: None,
        acr: Some("acr".to_owned()),
        claims: AskedClaims { userinfo: vec!["sub".to_owned()], id_token: Vec::new() },
        resource: None,
    };
    let plan = |user| {
        hooks.plan(&Grant {
            issuer: &issuer,
            now: 1,
            grant_type: GrantType::AuthorizationCode,
            client: &client,
            user,
            scopes,
            login: Some(&login),
            refresh: Some(RefreshTerms { scopes, expires_at: 1 }),
            extra: &[],
            audience: None,
            act: None,
        })
    };
    let tokens = [plan(None), plan(Some(&user))].into_iter().flat_map(|plan| plan.tokens);
    tokens.flat_map(|token| token.claims).map(|(name, _)| name).collect()
}
