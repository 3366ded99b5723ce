//! One request from a user's browser.

use super::cookies::{Cookie, Jar};
use super::{Page, Place, respond};
use crate::backchannel;
use crate::exchange::Exchange;
use crate::mounts::Mount;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dialect::{Dialect, WireRequest, WireResponse};
use grant::{Endpoint, Refusal};
use issuer::{At, LogoutNotice, OpenedSession, Session};
use std::borrow::Cow;

/// A request from a browser to one mount's pages or authorization endpoint.
pub(crate) struct Visit<'a> {
    pub(super) exchange: &'a Exchange<'a>,
    pub(super) mount: &'a Mount,
    pub(super) dialect: &'a dyn Dialect,
    pub(super) place: Place<'a>,
    pub(super) wire: &'a WireRequest<'a>,
    /// The issuer at this mount, now.
    pub(super) at: At<'a>,
    jar: Jar<'a>,
    /// What binds forms to this browser: its cookie, or the one it is to be given.
    browser: Cow<'a, str>,
}

impl<'a> Visit<'a> {
    /// A visit; fails where the system has no randomness.
    pub(crate) fn new(
        exchange: &'a Exchange<'a>,
        mount: &'a Mount,
        dialect: &'a dyn Dialect,
        place: Place<'a>,
        wire: &'a WireRequest<'a>,
    ) -> Result<Self, Refusal> {
        let app = exchange.app;
        let source = app.proxies.source(exchange.request);
        let secure = app.public.is_https || source.is_https;
        let namespace = exchange.world.name().map(|name| &**name);
        let jar = Jar { namespace, mount: mount.name(), place, port: app.public.loopback_port, secure };
        let brought = jar.read(wire, Cookie::Browser).filter(|value| value.len() == 22);
        let browser = match brought {
            Some(value) => Cow::Borrowed(value),
            None => Cow::Owned(random_text::<16>()?),
        };
        let at = exchange.at(mount, dialect);
        Ok(Self { exchange, mount, dialect, place, wire, at, jar, browser })
    }

    /// The live session of this browser.
    pub(super) async fn session(&self) -> Result<Option<Session>, Refusal> {
        match self.cookie(Cookie::Session) {
            Some(cookie) => self.at.session(cookie).await,
            None => Ok(None),
        }
    }

    /// The browser in its own words.
    pub(super) fn agent(&self) -> &'a str {
        self.wire.header("user-agent").ok().flatten().unwrap_or_default()
    }

    pub(super) fn browser(&self) -> &str {
        &self.browser
    }

    pub(super) fn cookie(&self, cookie: Cookie) -> Option<&'a str> {
        self.jar.read(self.wire, cookie)
    }

    /// The path of a page, and the request that it carries on.
    pub(super) fn page_with(&self, page: Page, request: &str) -> String {
        let path = self.page(page);
        if request.is_empty() { path } else { format!("{path}?{request}") }
    }

    /// The path of a page.
    pub(super) fn page(&self, page: Page) -> String {
        self.place.page(self.mount, self.dialect, page)
    }

    /// The path of an endpoint that browsers are sent to.
    pub(super) fn endpoint(&self, endpoint: Endpoint) -> String {
        self.place.endpoint(self.mount, self.dialect, endpoint)
    }

    /// Where the same request is asked for by GET: a browser sends no cookie with a form that another site posts, and
    /// sends it with the redirect that answers the form (`SameSite=Lax`). `None` where that would change nothing.
    pub(super) fn again_by_get(&self, endpoint: Endpoint) -> Option<WireResponse> {
        let posted = self.wire.method == "POST" && self.cookie(Cookie::Session).is_none();
        let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(self.wire.body).ok().filter(|_| posted)?;
        let query = serde_urlencoded::to_string(fields).ok()?;
        Some(respond::see_other(format!("{}?{query}", self.endpoint(endpoint))))
    }

    pub(super) fn set_cookie(&self, response: WireResponse, cookie: Cookie, value: &str) -> WireResponse {
        self.jar.set(response, cookie, value)
    }

    pub(super) fn clear_cookie(&self, response: WireResponse, cookie: Cookie) -> WireResponse {
        self.jar.clear(response, cookie)
    }

    /// Tells clients of sessions that have ended, and waits for none of them.
    pub(super) fn tell(&self, notices: Vec<LogoutNotice>) {
        backchannel::tell(self.exchange, self.mount, notices);
    }

    /// The response with the cookie of a session just opened.
    pub(super) fn with_session(&self, response: WireResponse, opened: &OpenedSession) -> WireResponse {
        self.tell(opened.notices.clone());
        self.set_cookie(response, Cookie::Session, &opened.cookie)
    }

    /// The response with the browser's cookie, where it has none yet.
    pub(super) fn with_browser_cookie(&self, response: WireResponse) -> WireResponse {
        match &self.browser {
            Cow::Borrowed(_) => response,
            Cow::Owned(value) => self.set_cookie(response, Cookie::Browser, value),
        }
    }
}

/// `N` bytes of the system's randomness, base64url.
pub(super) fn random_text<const N: usize>() -> Result<String, Refusal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Refusal::internal(format!("no randomness: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
