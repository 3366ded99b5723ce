//! The end-session endpoint (OpenID Connect RP-Initiated Logout).

use crate::encode::uncached;
use dialect::authorize::{form, with_query};
use dialect::{WireRequest, WireResponse, check_method};
use grant::{EndSessionRequest, GrantError, SignedOut};

/// Reads a request to end the session, from the query or from a form.
pub(crate) fn parse(wire: &WireRequest<'_>) -> Result<EndSessionRequest, GrantError> {
    check_method(wire, &crate::END_SESSION)?;
    let form = form(wire)?;
    let own = |name: &str| form.get(name).map(str::to_owned);
    Ok(EndSessionRequest {
        id_token_hint: form.secret("id_token_hint"),
        post_logout_redirect_uri: own("post_logout_redirect_uri"),
        state: own("state"),
    })
}

/// Sends the user to the client, or to the issuer's own log-out page.
pub(crate) fn answer(signed_out: Option<&SignedOut>, issuer: &str) -> WireResponse {
    let location = match signed_out {
        Some(out) => with_query(&out.post_logout_redirect_uri, &[("state", out.state.as_deref())]),
        None => format!("{}{}", issuer.trim_end_matches('/'), crate::PAGES.logout),
    };
    uncached(WireResponse::empty(302).with("Location", location))
}
