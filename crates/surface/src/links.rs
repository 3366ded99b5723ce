//! By which scheme and authority a request reaches a mount's issuer, where each may reach it by its own.

use crate::app::App;
use actix_web::HttpRequest;
use actix_web::http::header::HOST;
use actix_web::http::uri::Authority;
use issuer::path_of;
use std::sync::Arc;

impl App {
    /// The issuer as the request reaches it; `None` where it is the configuration's for all, or a name.
    pub(crate) fn issuer_for(&self, request: &HttpRequest, issuer: &Arc<str>) -> Option<Arc<str>> {
        let path = self.links.from_request.then(|| path_of(issuer)).flatten()?;
        // A request that names no host is as good as one for the configuration's.
        let Some(authority) = self.authority(request) else { return Some(Arc::clone(issuer)) };
        let scheme = if self.proxies.source(request).is_https { "https" } else { "http" };
        Some(format!("{scheme}://{authority}{path}").into())
    }

    /// The issuer as servers reach it; `None` where that is as browsers do.
    pub(crate) fn back_channel_for(&self, issuer: &str) -> Option<String> {
        Some(format!("{}{}", self.links.back_channel.as_deref()?, path_of(issuer)?))
    }

    /// The authority that the request is for: as a trusted proxy was asked, else as its target or Host says.
    fn authority(&self, request: &HttpRequest) -> Option<Authority> {
        let own = || request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let target = || request.uri().authority().map(Authority::as_str);
        let authority: Authority = self.proxies.host(request).or_else(target).or_else(own)?.parse().ok()?;
        // What stands before an `@` is nobody's host.
        (!authority.as_str().contains('@')).then_some(authority)
    }
}
