//! One request from a user's browser.

use super::cookies::Cookie;
use super::{Page, Place};
use crate::app::App;
use crate::exchange::Exchange;
use crate::mounts::Mount;
use crate::proxies::Source;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dialect::{Dialect, WireRequest, WireResponse};
use grant::{GrantError, SignIn};
use issuer::{OpenedSession, Session};
use std::borrow::Cow;

/// A request from a browser to one mount's pages or authorization endpoint.
pub(crate) struct Visit<'a> {
    pub(super) exchange: &'a Exchange<'a>,
    pub(super) app: &'a App,
    pub(super) mount: &'a Mount,
    pub(super) dialect: &'a dyn Dialect,
    pub(super) place: Place<'a>,
    pub(super) wire: &'a WireRequest<'a>,
    source: Source,
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
    ) -> Result<Self, GrantError> {
        let app = exchange.app;
        let brought = Cookie::Browser.read(wire, mount.name()).filter(|value| value.len() == 22);
        let browser = match brought {
            Some(value) => Cow::Borrowed(value),
            None => Cow::Owned(random_text::<16>()?),
        };
        let source = app.proxies.source(exchange.request);
        Ok(Self { exchange, app, mount, dialect, place, wire, source, browser })
    }

    /// The terms on which users sign in here.
    pub(super) fn terms(&self) -> Result<&SignIn, GrantError> {
        let missing = || GrantError::internal("a dialect without terms of sign-in has pages");
        self.dialect.policy().sign_in.as_ref().ok_or_else(missing)
    }

    /// The live session of this browser.
    pub(super) async fn session(&self) -> Result<Option<Session>, GrantError> {
        match Cookie::Session.read(self.wire, self.mount.name()) {
            Some(cookie) => self.app.issuer.session(&self.mount.core, cookie).await,
            None => Ok(None),
        }
    }

    /// The browser in its own words.
    pub(super) fn agent(&self) -> &'a str {
        self.wire.header("user-agent").ok().flatten().unwrap_or_default()
    }

    /// Where this attempt to sign in comes from.
    pub(super) fn source(&self) -> String {
        self.source.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
    }

    pub(super) fn browser(&self) -> &str {
        &self.browser
    }

    pub(super) fn cookie(&self, cookie: Cookie) -> Option<&'a str> {
        cookie.read(self.wire, self.mount.name())
    }

    /// The path of a page.
    pub(super) fn page(&self, page: Page) -> String {
        self.place.page(self.mount, self.dialect, page)
    }

    /// The path of the authorization endpoint.
    pub(super) fn authorize_path(&self) -> String {
        self.place.authorize(self.mount, self.dialect)
    }

    pub(super) fn set_cookie(&self, response: WireResponse, cookie: Cookie, value: &str) -> WireResponse {
        cookie.set(response, self.mount.name(), self.place, self.is_secure(), value)
    }

    /// Whether cookies are kept to HTTPS.
    fn is_secure(&self) -> bool {
        self.app.secure_cookies || self.source.is_https
    }

    pub(super) fn clear_cookie(&self, response: WireResponse, cookie: Cookie) -> WireResponse {
        cookie.clear(response, self.mount.name(), self.place, self.is_secure())
    }

    /// The response with the cookie of a session just opened.
    pub(super) fn with_session(&self, response: WireResponse, opened: &OpenedSession) -> WireResponse {
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
pub(super) fn random_text<const N: usize>() -> Result<String, GrantError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| GrantError::internal(format!("no randomness: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
