//! The authorization endpoint (RFC 6749 section 3.1) as IdentityServer has it.

use crate::encode::uncached;
use crate::parse::longer_than;
use dialect::authorize::{error_code, form, request, with_query};
use dialect::{WireRequest, WireResponse, check_method};
use grant::{AuthorizeOutcome, AuthorizeReply, AuthorizeRequest, GrantError};

/// IdentityServer's limits, in characters; it has none for `state`.
const LIMITS: [(&str, usize); 5] =
    [("client_id", 100), ("redirect_uri", 400), ("scope", 300), ("nonce", 300), ("login_hint", 100)];

/// Reads an authorization request, from the query or from a form.
pub(crate) fn parse(wire: &WireRequest<'_>) -> Result<AuthorizeRequest, GrantError> {
    check_method(wire, &crate::AUTHORIZE)?;
    let form = form(wire)?;
    let too_long = |(name, limit): &(&str, usize)| form.get(name).is_some_and(|value| longer_than(*limit, value));
    if let Some((name, limit)) = LIMITS.into_iter().find(too_long) {
        return Err(GrantError::malformed(name, &format!("is longer than {limit} characters")));
    }
    Ok(request(&form))
}

/// What the client is told through the user's browser. A refusal names its issuer (RFC 9207) only with
/// `iss_on_refusal`; its fragment keeps the browser from handing on the one of the request.
pub(crate) fn answer(reply: &AuthorizeReply, issuer: &str, iss_on_refusal: bool) -> WireResponse {
    let state = ("state", reply.state.as_deref());
    let session = ("session_state", reply.session_state.as_deref());
    let location = match &reply.outcome {
        AuthorizeOutcome::Code { code, scopes } => {
            let (code, scope) = (Some(code.as_str()), scopes.joined());
            let parameters = [("code", code), ("scope", Some(&*scope)), state, session, ("iss", Some(issuer))];
            with_query(&reply.redirect_uri, &parameters)
        }
        AuthorizeOutcome::Refused(kind) => {
            let iss = ("iss", iss_on_refusal.then_some(issuer));
            with_query(&reply.redirect_uri, &[("error", Some(error_code(kind))), state, session, iss]) + "#_=_"
        }
    };
    uncached(WireResponse::empty(302).with("Location", location))
}
