//! Plans the JWTs and reads them back: access tokens of RFC 9068, ID tokens of OpenID Connect Core section 2.

use crate::{Terms, scopes};
use grant::{
    ClaimSource, Claims, ClientId, Grant, GrantType, HeaderMember, PlannedToken, Policy, Scopes, Seconds, TokenFacts,
    TokenIdFormat, TokenKind, TokenPlan, TokenView, User, Value,
};

const ACCESS_TYP: &str = "at+jwt";
const ID_TYP: &str = "JWT";

/// The claim of an access token by which userinfo knows what was asked for by name.
pub(crate) const ASKED: &str = "userinfo_claims";

type PlannedClaims = Vec<(&'static str, ClaimSource)>;

/// The access token, and the ID token where a user granted `openid`. Refresh tokens are handles, the issuer's own.
pub fn plan(grant: &Grant<'_>, policy: &Policy, terms: &Terms) -> TokenPlan {
    let mut tokens = vec![access(grant, policy, terms)];
    let signs_in = grant.grant_type != GrantType::TokenExchange && grant.scopes.contains(scopes::OPENID);
    if let Some(user) = grant.user.filter(|_| signs_in) {
        tokens.push(id(grant, user, policy, terms));
    }
    TokenPlan { tokens }
}

/// An access token as RFC 9068 section 2.2 has it; one that speaks for a user says when that user signed in.
fn access(grant: &Grant<'_>, policy: &Policy, terms: &Terms) -> PlannedToken {
    let subject = grant.user.map_or_else(|| grant.client.id.shared(), |user| user.sub.clone());
    let own = || terms.audience.as_ref().unwrap_or(grant.issuer).clone();
    let audience: Value = grant.audience.map_or_else(|| own().into(), Value::from);
    let mut claims = dated(grant, subject.into(), audience, policy.access_ttl);
    claims.push(("jti", ClaimSource::TokenId(TokenIdFormat::Uuid)));
    claims.push(("client_id", grant.client.id.shared().into()));
    claims.push(("scope", grant.scopes.joined().into()));
    if grant.user.is_some() {
        claims.extend(sign_in(grant));
        let asked = grant.login.map(|login| &login.claims.userinfo).filter(|asked| !asked.is_empty());
        let list = |names: &Vec<String>| Value::List(names.iter().map(|name| name.as_str().into()).collect());
        claims.extend(asked.map(|names| (ASKED, list(names).into())));
        claims.extend(grant.act.map(|act| ("act", act.clone().into())));
    }
    PlannedToken { kind: TokenKind::Access, typ: ACCESS_TYP, header: HeaderMember::WITH_KID, claims }
}

fn id(grant: &Grant<'_>, user: &User, policy: &Policy, terms: &Terms) -> PlannedToken {
    let mut claims = dated(grant, user.sub.clone().into(), grant.client.id.shared().into(), policy.id_ttl);
    claims.push(("jti", ClaimSource::TokenId(TokenIdFormat::Uuid)));
    claims.extend(sign_in(grant));
    let nonce = grant.login.and_then(|login| login.nonce.as_deref());
    claims.extend(nonce.map(|nonce| ("nonce", nonce.into())));
    claims.push(("at_hash", ClaimSource::AccessTokenHash));
    claims.extend(grant.login.map(|login| ("sid", login.sid.as_str().into())));
    let opened = terms.claims_in_id_token.then_some(grant.scopes);
    let asked = |name: &str| grant.login.is_some_and(|login| login.claims.id_token.iter().any(|asked| asked == name));
    claims.extend(scopes::claims_of(user, opened, asked).map(|(name, value)| (name, value.clone().into())));
    PlannedToken { kind: TokenKind::Id, typ: ID_TYP, header: HeaderMember::WITH_KID, claims }
}

fn dated(grant: &Grant<'_>, subject: Value, audience: Value, ttl: Seconds) -> PlannedClaims {
    vec![
        ("iss", grant.issuer.clone().into()),
        ("sub", subject.into()),
        ("aud", audience.into()),
        ("exp", ttl.after(grant.now).into()),
        ("iat", grant.now.into()),
    ]
}

/// When the user signed in, and how. A token made for a user without a sign-in says that it was just now.
fn sign_in(grant: &Grant<'_>) -> PlannedClaims {
    let auth_time = grant.login.map_or(grant.now, |login| login.auth_time);
    let acr = grant.login.and_then(|login| login.acr.as_deref());
    let mut claims: PlannedClaims = vec![("auth_time", auth_time.into())];
    claims.extend(acr.map(|acr| ("acr", acr.into())));
    claims
}

/// Reads a token back; its `typ` tells its kind. An access token that says when somebody signed in is a user's.
pub fn read(kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
    let claims = token.claims;
    let subject = claims.str("sub")?.into();
    let token_id = claims.str("jti").map(str::to_owned);
    match (kind, token.typ) {
        (TokenKind::Access, Some(ACCESS_TYP)) => Some(TokenFacts {
            client_id: Some(ClientId::from(claims.str("client_id")?)),
            subject,
            is_user: claims.get("auth_time").is_some(),
            scopes: Scopes::parse(claims.str("scope")?).ok()?,
            token_id: Some(token_id?),
        }),
        (TokenKind::Id, Some(ID_TYP)) => Some(TokenFacts {
            client_id: Some(ClientId::from(claims.str("aud")?)),
            subject,
            is_user: true,
            scopes: Scopes::empty(),
            token_id,
        }),
        _ => None,
    }
}

/// Whether an access token's authorization request asked for that claim at userinfo.
pub(crate) fn is_asked(token: &Claims, name: &str) -> bool {
    let asked = token.get(ASKED).and_then(Value::as_list).unwrap_or_default();
    asked.iter().any(|asked| asked.as_str() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{dialect, jane, stage};
    use grant::{AskedClaims, Login};
    use serde_json::{Value as Json, json};
    use testkit::dialects::payload;

    fn payloads(scene: &testkit::dialects::Scene, settings: Json) -> Vec<Json> {
        let plan = grant::Hooks::plan(&dialect(settings), &scene.grant());
        plan.tokens.iter().map(|token| serde_json::from_str(&payload(token)).unwrap()).collect()
    }

    #[test]
    fn o48_an_access_token_is_for_the_issuer_unless_the_mount_says_for_whom() {
        let app = stage().scene("app", "api");
        let [token] = &*payloads(&app, json!({})) else { panic!("an app has no ID token") };
        assert_eq!((&token["sub"], &token["client_id"], token.get("auth_time")), (&json!("app"), &json!("app"), None));
        assert_eq!(token["aud"], token["iss"]);
        assert_eq!(payloads(&app, json!({"audience": "https://api.test"}))[0]["aud"], "https://api.test");
    }

    #[test]
    fn o13_what_is_asked_for_by_name_is_where_it_is_asked_for() {
        let mut scene = jane("openid");
        let login = scene.login.clone().unwrap();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let claims = AskedClaims { userinfo: names(&["name"]), id_token: names(&["email", "nickname"]) };
        scene.login = Some(Login { claims, acr: Some("1".to_owned()), ..login });
        let tokens = payloads(&scene, json!({}));
        assert_eq!((&tokens[0][ASKED], &tokens[0]["acr"]), (&json!(["name"]), &json!("1")));
        assert_eq!((&tokens[1]["email"], tokens[1].get("name")), (&json!("janedoe@example.com"), None));
        assert_eq!(tokens[1]["acr"], "1");
    }

    #[test]
    fn the_id_token_has_the_scopes_claims_where_a_mount_wants_that() {
        let scene = jane("openid email");
        assert_eq!(payloads(&scene, json!({}))[1].get("email"), None);
        assert_eq!(payloads(&scene, json!({"claims_in_id_token": true}))[1]["email"], "janedoe@example.com");
    }

    #[test]
    fn tokens_are_read_back_by_their_kind() {
        let scene = testkit::dialects::Scene { grant_type: GrantType::AuthorizationCode, ..jane("openid api") };
        let plan = grant::Hooks::plan(&dialect(json!({})), &scene.grant());
        let [access, id] = &*plan.tokens else { panic!("two tokens") };
        let claims = |token| serde_json::from_str::<Claims>(&payload(token)).unwrap();
        let (access_claims, id_claims) = (claims(access), claims(id));
        let facts = read(TokenKind::Access, &TokenView { typ: Some("at+jwt"), claims: &access_claims }).unwrap();
        assert!(facts.is_user && facts.scopes.joined() == "openid api" && &*facts.subject == "248289761001");
        let facts = read(TokenKind::Id, &TokenView { typ: Some("JWT"), claims: &id_claims }).unwrap();
        assert_eq!(facts.client_id.unwrap().as_str(), "web");
        assert!(read(TokenKind::Access, &TokenView { typ: Some("JWT"), claims: &id_claims }).is_none());
        assert!(read(TokenKind::Id, &TokenView { typ: Some("at+jwt"), claims: &access_claims }).is_none());
    }
}
