//! The revocation endpoint (RFC 7009) as IdentityServer has it.

use crate::parse::client;
use dialect::{Form, WireRequest, WireResponse, check_method};
use grant::{GrantError, RevokeRequest};

/// Reads a request to revoke a token.
pub(crate) fn parse(wire: &WireRequest<'_>) -> Result<RevokeRequest, GrantError> {
    check_method(wire, &crate::REVOCATION)?;
    let form = Form::from_request(wire)?;
    Ok(RevokeRequest {
        client: client(wire, &form)?,
        token: form.secret("token"),
        hint: form.get("token_type_hint").map(str::to_owned),
    })
}

/// The token is no more, or never was: one answer for both.
pub(crate) const fn answer() -> WireResponse {
    WireResponse::empty(200)
}
