//! The introspection endpoint (RFC 7662) as IdentityServer has it.

use crate::encode::{json, uncached};
use crate::error::code;
use crate::parse::client;
use dialect::{Form, WireRequest, WireResponse, check_method};
use grant::{Claims, GrantError, GrantErrorKind, Identity, IntrospectRequest, RequestFault};

/// Reads a request to introspect a token.
pub(crate) fn parse(wire: &WireRequest<'_>) -> Result<IntrospectRequest, GrantError> {
    check_method(wire, &crate::INTROSPECT)?;
    let form = Form::from_request(wire)?;
    Ok(IntrospectRequest { client: client(wire, &form)?, token: form.secret("token") })
}

/// What a token is worth: all of its claims but the scopes, which come last and as one string.
pub(crate) fn answer(identity: Option<&Identity>) -> WireResponse {
    let mut body = Claims::empty();
    for (name, value) in
        identity.iter().flat_map(|identity| identity.claims.iter()).filter(|(name, _)| *name != "scope")
    {
        body.set(name, value.clone());
    }
    body.set("active", identity.is_some().into());
    if let Some(identity) = identity {
        body.set("scope", identity.facts.scopes.joined().into());
    }
    json(200, &body)
}

/// The refusals that are this endpoint's own: a caller that is not authenticated, and a request without a token.
pub(crate) fn refusal(kind: &GrantErrorKind) -> Option<WireResponse> {
    match kind {
        GrantErrorKind::InvalidClient | GrantErrorKind::ClientDisabled => Some(uncached(WireResponse::empty(401))),
        GrantErrorKind::InvalidRequest(RequestFault::Missing(name)) if name == "token" => {
            Some(code(400, "missing_token"))
        }
        _ => None,
    }
}
