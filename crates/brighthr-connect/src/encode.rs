//! Writes token and userinfo replies.

use crate::error;
use dialect::{WireResponse, respond};
use grant::{Claims, Endpoint, GrantErrorKind, GrantType, Identity, IssuedToken, TokenReply};
use serde::Serialize;

const JSON: &str = "application/json; charset=UTF-8";

/// An answer to `client_credentials`, in the order that the vendor published.
#[derive(Serialize)]
struct AppBody<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// An answer to the grants that speak for a user, in IdentityServer's order.
#[derive(Serialize)]
struct UserBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    access_token: &'a str,
    expires_in: i64,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    scope: String,
}

/// A JSON body with IdentityServer's media type, free to be cached.
pub(crate) fn cacheable_json(status: u16, body: &impl Serialize) -> WireResponse {
    respond::json(status, JSON, body)
}

/// The same, not to be cached.
pub(crate) fn json(status: u16, body: &impl Serialize) -> WireResponse {
    uncached(cacheable_json(status, body))
}

/// The response with the two headers that keep it out of caches.
pub(crate) fn uncached(response: WireResponse) -> WireResponse {
    response.with("Cache-Control", "no-store, no-cache, max-age=0").with("Pragma", "no-cache")
}

/// The answer to a granted token request.
pub(crate) fn token(reply: &TokenReply) -> WireResponse {
    let (access_token, expires_in, token_type) = (reply.access_token.as_str(), reply.expires_in, "Bearer");
    if reply.grant_type == GrantType::ClientCredentials {
        let scope = reply.scope_requested.then(|| reply.scopes.joined());
        return json(200, &AppBody { access_token, token_type, expires_in, scope });
    }
    json(
        200,
        &UserBody {
            id_token: reply.id_token.as_ref().map(IssuedToken::as_str),
            access_token,
            expires_in,
            token_type,
            refresh_token: reply.refresh_token.as_ref().map(IssuedToken::as_str),
            scope: reply.scopes.joined(),
        },
    )
}

/// Who the token speaks for: its `sub` and the facts that its scopes open. A token without a user should have been
/// refused before, and is here too.
pub(crate) fn userinfo(identity: &Identity) -> WireResponse {
    let Some(user) = &identity.user else {
        return error::encode(&GrantErrorKind::UserRequired, Endpoint::UserInfo, 400);
    };
    let mut claims = Claims::empty();
    claims.set("sub", user.sub.clone().into());
    for (name, value) in crate::tokens::facts(user, &identity.facts.scopes) {
        claims.set(name, value.clone());
    }
    json(200, &claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{alice, app, context, dialect, stage};
    use dialect::Dialect;
    use dialect::testing::{Scene, sample};
    use grant::{Reply, Scopes};
    use serde_json::json;

    fn issued(placeholder: &str) -> IssuedToken {
        IssuedToken::from(sample(placeholder).to_owned())
    }

    fn reply(grant_type: GrantType, scopes: &str, scope_requested: bool, refresh: bool) -> WireResponse {
        let user = grant_type != GrantType::ClientCredentials;
        let reply = Reply::Token(TokenReply {
            grant_type,
            access_token: issued("jwt"),
            expires_in: 3_600,
            id_token: (user && scopes.contains("openid")).then(|| issued("jwt_id")),
            refresh_token: refresh.then(|| format!("{}-1", sample("hex64")).into()),
            scopes: Scopes::parse(scopes).unwrap(),
            scope_requested,
        });
        dialect(json!({})).encode(&reply, &context(Endpoint::Token))
    }

    #[test]
    fn granted_pairs_come_out_byte_for_byte() {
        let (stage, all) = (stage(), "openid profile email company:read offline_access");
        stage.assert_answer("BH-11", &reply(GrantType::AuthorizationCode, all, false, true));
        stage.assert_answer("BH-18", &reply(GrantType::RefreshToken, all, false, true));
    }

    #[test]
    fn tokens_that_were_not_issued_have_no_key() {
        let body = reply(GrantType::AuthorizationCode, "company:read", false, false).body;
        let wanted =
            r#"{"access_token":"access.to.ken","expires_in":3600,"token_type":"Bearer","scope":"company:read"}"#;
        assert_eq!(std::str::from_utf8(&body).unwrap(), wanted);
    }

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
    fn what_is_not_served_yet_is_an_empty_404() {
        for (reply, endpoint) in
            [(Reply::Introspection(None), Endpoint::Introspect), (Reply::Revoked, Endpoint::Revoke)]
        {
            assert_eq!(dialect(json!({})).encode(&reply, &context(endpoint)), WireResponse::empty(404));
        }
    }
}
