//! Pages of other origins (CORS): which endpoints' answers they may read.
//!
//! They may where the mount or one of its clients names their origin, whoever the request is for: this shields nobody
//! from requests, and no answer depends on a cookie. Never at authorize and the pages, which know users by cookies.

use crate::exchange::Exchange;
use crate::mounts::Mount;
use actix_web::HttpRequest;
use actix_web::http::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue, ORIGIN,
};
use dialect::WireResponse;
use grant::{Endpoint, Policy, Refusal, RefusalKind};

/// The headers that a page may read beside those that it always may.
const EXPOSED: &str = "WWW-Authenticate, Retry-After, X-Gateway-Request-Id";

/// What a request to an endpoint for pages of other origins says of its own.
pub(super) struct Cors<'r> {
    origin: Option<&'r str>,
    is_admitted: bool,
    /// Whether the answer may be another for another origin.
    varies: bool,
    /// The header fields that a page wants to send, where this asks whether it may.
    asks: Option<&'r str>,
}

impl<'r> Cors<'r> {
    /// `None` at an endpoint that is none for such pages.
    pub(super) fn of(request: &'r HttpRequest, mount: &Mount, policy: &Policy, endpoint: Endpoint) -> Option<Self> {
        use Endpoint::{Discovery, Jwks, Revoke, Token, UserInfo};
        if !matches!(endpoint, Token | UserInfo | Revoke | Discovery | Jwks) {
            return None;
        }
        let field = |name: HeaderName| request.headers().get(name).map(HeaderValue::to_str)?.ok();
        let directory = &mount.core.directory;
        let origin = field(ORIGIN);
        let is_preflight = request.method() == "OPTIONS" && field(ACCESS_CONTROL_REQUEST_METHOD).is_some();
        Some(Self {
            origin,
            is_admitted: origin.is_some_and(|origin| policy.allowed_origins.admit(origin) || directory.admits(origin)),
            varies: policy.allowed_origins.iter().next().is_some() || directory.admits_any(),
            asks: is_preflight.then(|| field(ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default()),
        })
    }

    /// The answer to a browser that asks whether its page may send a request of these methods; `None` where it does
    /// not ask. The refusal is for the journal.
    pub(super) fn preflight(&self, methods: &[&str]) -> Option<Result<WireResponse, Refusal>> {
        let (origin, headers) = (self.origin?, self.asks?);
        if !self.is_admitted {
            let cause = format!("`allowed_origins` of mount and clients do not name the page's origin {origin}");
            return Some(Err(Refusal::new(RefusalKind::AccessDenied, cause)));
        }
        let response = WireResponse::empty(204).with("Access-Control-Allow-Methods", methods.join(", "));
        Some(Ok(if headers.is_empty() {
            response
        } else {
            response.with("Access-Control-Allow-Headers", headers.to_owned())
        }))
    }

    /// The answer, for the page to read where it may; where it may not, the journal says so.
    pub(super) fn open(&self, exchange: &Exchange<'_>, response: WireResponse) -> WireResponse {
        if self.origin.is_some() && !self.is_admitted {
            let note = "`allowed_origins` does not name the page's origin: the browser keeps the answer from it";
            exchange.learn(|facts| (facts.note, facts.is_foreign_page) = (facts.note.or(Some(note)), true));
        }
        let response = if self.varies { response.with("Vary", "Origin") } else { response };
        match self.origin.filter(|_| self.is_admitted) {
            Some(origin) => response
                .with("Access-Control-Allow-Origin", origin.to_owned())
                .with("Access-Control-Expose-Headers", EXPOSED),
            None => response,
        }
    }
}
