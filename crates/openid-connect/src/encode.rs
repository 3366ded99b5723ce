//! Writes the answers of the token, introspection and end-session endpoints.

use dialect::{WireResponse, authorize::with_query, proof::ACCESS_TOKEN, respond};
use grant::{Claims, DeviceReply, GrantType, Identity, IssuedToken, Seconds, SignedOut, TokenReply};
use serde::Serialize;

pub(crate) const JSON: &str = "application/json";

/// A JSON body that is not to be cached.
pub(crate) fn json(status: u16, body: &impl Serialize) -> WireResponse {
    respond::uncached(respond::json(status, JSON, body))
}

#[derive(Serialize)]
struct TokenBody<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: Seconds,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

/// The answer to a granted token request (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3, RFC 8693 section
/// 2.2.1).
pub fn token(reply: &TokenReply) -> WireResponse {
    let body = TokenBody {
        access_token: reply.access_token.as_str(),
        token_type: "Bearer",
        expires_in: reply.expires_in,
        scope: reply.scopes.joined(),
        refresh_token: reply.refresh_token.as_ref().map(IssuedToken::as_str),
        id_token: reply.id_token.as_ref().map(IssuedToken::as_str),
        issued_token_type: (reply.grant_type == GrantType::TokenExchange).then_some(ACCESS_TOKEN),
    };
    json(200, &body)
}

#[derive(Serialize)]
struct DeviceBody<'a> {
    device_code: &'a str,
    user_code: &'a str,
    verification_uri: &'a str,
    verification_uri_complete: String,
    expires_in: Seconds,
    interval: Seconds,
}

/// A device's codes, and where its user goes with them: to `page` below the issuer (RFC 8628 section 3.2).
pub fn device(reply: &DeviceReply, issuer: &str, page: Option<&str>) -> WireResponse {
    let verification_uri = &*format!("{}{}", issuer.trim_end_matches('/'), page.unwrap_or_default());
    let body = DeviceBody {
        device_code: reply.device_code.as_str(),
        user_code: &reply.user_code,
        verification_uri,
        verification_uri_complete: with_query(verification_uri, &[("user_code", Some(&reply.user_code))]),
        expires_in: reply.expires_in,
        interval: reply.interval,
    };
    json(200, &body)
}

/// What a token is worth (RFC 7662 section 2.2): its claims, and who its user is to people.
pub fn introspection(identity: Option<&Identity>) -> WireResponse {
    let mut body = Claims::empty();
    body.set("active", identity.is_some().into());
    if let Some(identity) = identity {
        body.set("token_type", "Bearer".into());
        if let Some(user) = &identity.user {
            body.set("username", user.username.clone().into());
        }
        for (name, value) in identity.claims.iter().filter(|(name, _)| *name != crate::tokens::ASKED) {
            body.set(name, value.clone());
        }
    }
    json(200, &body)
}

/// Sends the user to the client, or to the issuer's own log-out page.
pub fn signed_out(signed_out: Option<&SignedOut>, issuer: &str, page: &str) -> WireResponse {
    let location = match signed_out {
        Some(out) => with_query(&out.post_logout_redirect_uri, &[("state", out.state.as_deref())]),
        None => format!("{}{page}", issuer.trim_end_matches('/')),
    };
    respond::uncached(WireResponse::empty(302).with("Location", location))
}
