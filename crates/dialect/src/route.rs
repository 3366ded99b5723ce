//! The paths of a vendor's surface.

use crate::{WireRequest, WireResponse};
use grant::{Endpoint, Refusal, RefusalKind};

/// One path of the vendor's surface. Requests of every method reach the dialect, which answers each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The vendor's path, in small letters where the vendor compares without case. Where it has parts that vary
    /// ([`crate::PathPattern`]), it is reached by the mount's name or host alone.
    pub path: &'static str,
    /// What it is for.
    pub endpoint: Endpoint,
    /// The methods it serves, as in `Allow`.
    pub methods: &'static [&'static str],
}

impl Route {
    /// The first route of `endpoint`; those after it are aliases.
    pub fn find(routes: &[Self], endpoint: Endpoint) -> Option<&Self> {
        routes.iter().find(|route| route.endpoint == endpoint)
    }

    /// 405 with an empty body and, in `Allow`, the methods that `endpoint` serves (RFC 9110 section 15.5.6). Where
    /// there is no route only a scenario asks for it: forward auth serves GET, and nothing else serves any.
    pub fn refuse_method(routes: &[Self], endpoint: Endpoint) -> WireResponse {
        let allowed = match Self::find(routes, endpoint) {
            Some(route) => route.methods.join(", "),
            None if endpoint == Endpoint::Verify => "GET".to_owned(),
            None => String::new(),
        };
        WireResponse::empty(405).with("Allow", allowed)
    }
}

/// Refuses a request whose method the route does not serve.
pub fn check_method(request: &WireRequest<'_>, route: &Route) -> Result<(), Refusal> {
    if route.methods.contains(&request.method) {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::MethodNotAllowed,
        format!("the method is not served here; use {}", route.methods.join(" or ")),
    ))
}
