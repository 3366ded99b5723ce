//! The cookies of a mount: one for the session, one for the browser, one that remembers who has signed in there.

use super::Place;
use dialect::{WireRequest, WireResponse};
use std::fmt::Write;

/// A cookie, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The session's secret; gone with the browser.
    Session,
    /// Binds forms to the browser; gone with it.
    Browser,
    /// Says who has signed in in this browser before; kept for a year.
    Known,
}

impl Cookie {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "idp_session_",
            Self::Browser => "idp_browser_",
            Self::Known => "idp_known_",
        }
    }

    /// Its value in a request; of two, the first, which has the longer path (RFC 6265 section 5.4).
    pub(super) fn read<'a>(self, wire: &WireRequest<'a>, mount: &str) -> Option<&'a str> {
        let headers = wire.headers.iter().filter(|(name, _)| *name == "cookie");
        let pairs = headers.filter_map(|(_, value)| std::str::from_utf8(value).ok()).flat_map(|text| text.split(';'));
        pairs.filter_map(|pair| pair.trim().split_once('=')).find_map(|(name, value)| {
            let own = name.strip_prefix(self.prefix()).is_some_and(|rest| rest == mount);
            own.then_some(value)
        })
    }

    /// Sets it. `secure` keeps it to HTTPS.
    pub(super) fn set(
        self,
        response: WireResponse,
        mount: &str,
        place: Place<'_>,
        secure: bool,
        value: &str,
    ) -> WireResponse {
        let age = if self == Self::Known { Some(365 * 86_400) } else { None };
        response.with("Set-Cookie", self.line(mount, place, secure, value, age))
    }

    /// Takes it away.
    pub(super) fn clear(self, response: WireResponse, mount: &str, place: Place<'_>, secure: bool) -> WireResponse {
        response.with("Set-Cookie", self.line(mount, place, secure, "", Some(0)))
    }

    fn line(self, mount: &str, place: Place<'_>, secure: bool, value: &str, age: Option<u32>) -> String {
        let mut line =
            format!("{}{mount}={value}; Path={}; HttpOnly; SameSite=Lax", self.prefix(), place.cookie_path());
        if secure {
            line.push_str("; Secure");
        }
        if let Some(age) = age {
            let _ = write!(line, "; Max-Age={age}");
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &[u8], cookie: Cookie, mount: &str) -> Option<String> {
        let headers = [("cookie", header)];
        let wire = WireRequest { method: "GET", path: "/", query: None, headers: &headers, body: b"" };
        cookie.read(&wire, mount).map(str::to_owned)
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name() {
        let header = b"a=b; idp_session_hr-2=other; idp_session_hr=first; idp_session_hr=second; idp_browser_hr=x";
        assert_eq!(read(header, Cookie::Session, "hr").as_deref(), Some("first"));
        assert_eq!(read(header, Cookie::Session, "hr-2").as_deref(), Some("other"));
        assert_eq!(read(header, Cookie::Browser, "hr").as_deref(), Some("x"));
        assert_eq!(read(header, Cookie::Known, "hr"), None);
        assert_eq!(read(b"idp_session_hr=\xff", Cookie::Session, "hr"), None);
    }

    #[test]
    fn a_cookie_stays_with_its_mount_and_out_of_scripts() {
        let empty = || WireResponse::empty(200);
        let set = |place, secure| {
            Cookie::Session.set(empty(), "hr", place, secure, "v").header("set-cookie").unwrap().to_owned()
        };
        assert_eq!(
            set(Place::Vendor { base: "/hr" }, true),
            "idp_session_hr=v; Path=/hr; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(set(Place::Vendor { base: "" }, false), "idp_session_hr=v; Path=/; HttpOnly; SameSite=Lax");
        let gone = Cookie::Session.clear(empty(), "hr", Place::Gateway, false);
        assert_eq!(
            gone.header("set-cookie"),
            Some("idp_session_hr=; Path=/_gateway; HttpOnly; SameSite=Lax; Max-Age=0")
        );
    }
}
