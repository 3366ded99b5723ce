//! Reads requests.

use dialect::basic::Decoding;
use dialect::credentials::{self, InBody};
use dialect::{Form, Route, WireRequest, assertion, authorize, bearer, calls, check_method, proof};
use grant::{Call, ClientAuth, Endpoint, GrantType, Refusal, RevokeRequest, TokenRequest};

/// The call that a request to `route` makes.
pub(crate) fn call(route: &Route, request: &WireRequest<'_>, grants: &[GrantType]) -> Result<Call, Refusal> {
    match route.endpoint {
        Endpoint::Token => token(request, route, grants).map(Call::Token),
        Endpoint::Authorize => {
            check_method(request, route)?;
            let form = authorize::form(request)?;
            let mut asked = authorize::request(&form);
            asked.unserved = asked.unserved.or_else(|| form.get("registration").map(|_| "registration"));
            Ok(Call::Authorize(Box::new(asked)))
        }
        Endpoint::Introspect => calls::introspect(request, route, client).map(Call::Introspect),
        // A hint that is unknown changes nothing (RFC 7009 section 2.2), and the token tells by itself what it is.
        Endpoint::Revoke => {
            calls::revoke(request, route, client).map(|asked| Call::Revoke(RevokeRequest { hint: None, ..asked }))
        }
        Endpoint::DeviceAuthorization => calls::device(request, route, client).map(Call::DeviceAuthorization),
        Endpoint::EndSession => calls::end_session(request, route).map(Call::EndSession),
        Endpoint::UserInfo => {
            check_method(request, route)?;
            bearer::read_with_form(request).map(Call::UserInfo)
        }
        Endpoint::Discovery => check_method(request, route).map(|()| Call::Discovery),
        Endpoint::Jwks => check_method(request, route).map(|()| Call::Jwks),
        Endpoint::Verify => Err(Refusal::internal("the dialect has no such endpoint")),
    }
}

fn token(request: &WireRequest<'_>, route: &Route, grants: &[GrantType]) -> Result<TokenRequest, Refusal> {
    check_method(request, route)?;
    let form = Form::from_request(request)?;
    Ok(TokenRequest {
        client: client(request, &form)?,
        proof: proof::read(&form, grants),
        scopes: form.scopes(),
        extra: form.get("resource").map(|uri| (TokenRequest::RESOURCE, uri.to_owned())).into_iter().collect(),
    })
}

/// The client's credentials, in any of the ways of OpenID Connect Core section 9, or the assertion that speaks for it.
pub fn client(request: &WireRequest<'_>, form: &Form<'_>) -> Result<Result<ClientAuth, Refusal>, Refusal> {
    if let Some(auth) = assertion::client(request, form)? {
        return Ok(auth);
    }
    credentials::read(request, form, Decoding::FormEncoded, InBody::Accepted)
}
