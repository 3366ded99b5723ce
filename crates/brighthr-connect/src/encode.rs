//! Writes JSON as IdentityServer does, and the answers of the token endpoint.

use dialect::{WireResponse, respond};
use grant::{GrantType, IssuedToken, Seconds, TokenReply};
use serde::Serialize;

const JSON: &str = "application/json; charset=UTF-8";

/// An answer to `client_credentials`, in the order that the vendor published.
#[derive(Serialize)]
struct AppBody<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// An answer to the grants that speak for a user, in IdentityServer's order.
#[derive(Serialize)]
struct UserBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    access_token: &'a str,
    expires_in: Seconds,
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

#[derive(Serialize)]
struct TokenError {
    error: &'static str,
}

/// An error that is its code alone.
pub(crate) fn code(status: u16, error: &'static str) -> WireResponse {
    json(status, &TokenError { error })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{context, dialect, stage};
    use dialect::Dialect;
    use grant::{Endpoint, Reply, Scopes};
    use serde_json::json;
    use testkit::dialects::sample;

    fn issued(placeholder: &str) -> IssuedToken {
        IssuedToken::from(sample(placeholder).to_owned())
    }

    fn reply(grant_type: GrantType, scopes: &str, scope_requested: bool, refresh: bool) -> WireResponse {
        let user = grant_type != GrantType::ClientCredentials;
        let reply = Reply::Token(TokenReply {
            grant_type,
            access_token: issued("jwt"),
            expires_in: Seconds(3_600),
            id_token: (user && scopes.contains("openid")).then(|| issued("jwt_id")),
            refresh_token: refresh.then(|| format!("{}-1", sample("hex64")).into()),
            scopes: Scopes::parse(scopes).unwrap(),
            scope_requested,
            facts: grant::Granted::default(),
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
}
