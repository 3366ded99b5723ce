//! Reads the calls that the standards write alike everywhere: introspection, revocation and the end of a session.

use crate::{Form, Route, WireRequest, authorize, check_method};
use grant::{ClientAuth, DeviceRequest, EndSessionRequest, IntrospectRequest, Refusal, RevokeRequest};

/// Reads a client's credentials from a request and its form; an ambiguity is the outer error.
type ClientReader = fn(&WireRequest<'_>, &Form<'_>) -> Result<Result<ClientAuth, Refusal>, Refusal>;

/// A request to introspect a token (RFC 7662 section 2.1).
pub fn introspect(wire: &WireRequest<'_>, route: &Route, client: ClientReader) -> Result<IntrospectRequest, Refusal> {
    check_method(wire, route)?;
    let form = Form::from_request(wire)?;
    Ok(IntrospectRequest { client: client(wire, &form)?, token: form.secret("token") })
}

/// A request to revoke a token (RFC 7009 section 2.1).
pub fn revoke(wire: &WireRequest<'_>, route: &Route, client: ClientReader) -> Result<RevokeRequest, Refusal> {
    check_method(wire, route)?;
    let form = Form::from_request(wire)?;
    let hint = form.get("token_type_hint").map(str::to_owned);
    Ok(RevokeRequest { client: client(wire, &form)?, token: form.secret("token"), hint })
}

/// A device's request for its codes (RFC 8628 section 3.1).
pub fn device(wire: &WireRequest<'_>, route: &Route, client: ClientReader) -> Result<DeviceRequest, Refusal> {
    check_method(wire, route)?;
    let form = Form::from_request(wire)?;
    Ok(DeviceRequest { client: client(wire, &form)?, scopes: form.scopes() })
}

/// A request to end the session, from the query or from a form (OpenID Connect RP-Initiated Logout section 2).
pub fn end_session(wire: &WireRequest<'_>, route: &Route) -> Result<EndSessionRequest, Refusal> {
    check_method(wire, route)?;
    Ok(ending(&authorize::form(wire)?))
}

/// What such a form asks for.
pub fn ending(form: &Form<'_>) -> EndSessionRequest {
    let own = |name: &str| form.get(name).map(str::to_owned);
    EndSessionRequest {
        id_token_hint: form.secret("id_token_hint"),
        client_id: own("client_id"),
        post_logout_redirect_uri: own("post_logout_redirect_uri"),
        state: own("state"),
    }
}
