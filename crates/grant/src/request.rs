//! What a request asks for, once its dialect has read it.

use crate::{AuthorizeRequest, ClientAuth, Proof, Refusal, Scopes, Secret};

/// A request in the neutral form.
#[derive(Debug)]
pub enum Call {
    /// Issue tokens.
    Token(TokenRequest),
    /// Start an authorization.
    Authorize(Box<AuthorizeRequest>),
    /// Tell who the token speaks for.
    UserInfo(Bearer),
    /// Tell what a token is worth.
    Introspect(IntrospectRequest),
    /// End a token.
    Revoke(RevokeRequest),
    /// End the session.
    EndSession(EndSessionRequest),
    /// Give a device its codes.
    DeviceAuthorization(DeviceRequest),
    /// Publish the metadata.
    Discovery,
    /// Publish the public keys.
    Jwks,
}

/// A request to the token endpoint.
///
/// A finding about one part is kept in that part, and the phase that owns the part raises it: so a vendor that
/// authenticates the client before it looks at `grant_type` answers in its own order.
#[derive(Debug)]
pub struct TokenRequest {
    /// The client's credentials, or what is wrong with them; raised by the authentication phase.
    pub client: Result<ClientAuth, Refusal>,
    /// What entitles to a token, or what is wrong with it; raised once the client is known.
    pub proof: Result<Proof, Refusal>,
    /// The scopes asked for (`None`: the parameter is absent), or what is wrong with them; raised after `proof`.
    pub scopes: Result<Option<Scopes>, Refusal>,
    /// Further parameters that the dialect wants in its tokens, in the dialect's order.
    pub extra: Vec<(&'static str, String)>,
}

impl TokenRequest {
    /// The name among the further parameters under which a dialect reads what the token is to be for (RFC 8707).
    pub const RESOURCE: &'static str = "resource";

    /// What the token is to be for.
    pub fn resource(&self) -> Option<&str> {
        self.extra.iter().find(|(name, _)| *name == Self::RESOURCE).map(|(_, value)| value.as_str())
    }
}

/// A bearer token as it came (RFC 6750).
#[derive(Debug)]
pub struct Bearer {
    /// The token; `None` where the request has none.
    pub token: Option<Secret>,
}

/// A request to introspect a token (RFC 7662).
#[derive(Debug)]
pub struct IntrospectRequest {
    /// The caller's credentials.
    pub client: Result<ClientAuth, Refusal>,
    /// The token in question.
    pub token: Option<Secret>,
}

/// A request to revoke a token (RFC 7009).
#[derive(Debug)]
pub struct RevokeRequest {
    /// The caller's credentials.
    pub client: Result<ClientAuth, Refusal>,
    /// The token to end.
    pub token: Option<Secret>,
    /// What the caller believes it to be, where the vendor refuses a kind that it does not know; `None` where it is ignored,
    /// as RFC 7009 section 2.2 has it.
    pub hint: Option<String>,
}

/// A device's request for its codes (RFC 8628 section 3.1).
#[derive(Debug)]
pub struct DeviceRequest {
    /// The client that runs on the device.
    pub client: Result<ClientAuth, Refusal>,
    /// The scopes asked for (`None`: the parameter is absent), or what is wrong with them.
    pub scopes: Result<Option<Scopes>, Refusal>,
}

/// A request to end the session.
#[derive(Debug)]
pub struct EndSessionRequest {
    /// The ID token that was issued for the session.
    pub id_token_hint: Option<Secret>,
    /// The client that asks.
    pub client_id: Option<String>,
    /// Where to go afterwards.
    pub post_logout_redirect_uri: Option<String>,
    /// Opaque to the gateway.
    pub state: Option<String>,
}
