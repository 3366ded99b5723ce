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

/// The cookies of one mount at one gateway.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jar<'a> {
    /// The namespace's name; `None` outside any.
    pub(super) namespace: Option<&'a str>,
    /// The mount's name.
    pub(super) mount: &'a str,
    /// Where the mount was reached.
    pub(super) place: Place<'a>,
    /// Tells gateways of one machine apart: browsers send cookies to every port of a host.
    pub(super) port: Option<u16>,
    /// Whether they are kept to HTTPS.
    pub(super) secure: bool,
}

impl Jar<'_> {
    fn name(&self, cookie: Cookie) -> String {
        let secure = if self.secure { "__Secure-" } else { "" };
        let purpose = match cookie {
            Cookie::Session => "session",
            Cookie::Browser => "browser",
            Cookie::Known => "known",
        };
        let port = self.port.map(|port| format!(".{port}")).unwrap_or_default();
        let namespace = self.namespace.map(|name| format!("~{name}.")).unwrap_or_default();
        format!("{secure}idp_{purpose}_{namespace}{}{port}", self.mount)
    }

    /// Its value in a request; of two, the first, which has the longer path (RFC 6265 section 5.4).
    pub(super) fn read<'r>(&self, wire: &WireRequest<'r>, cookie: Cookie) -> Option<&'r str> {
        let own = self.name(cookie);
        let headers = wire.headers.iter().filter(|(name, _)| *name == "cookie");
        let pairs = headers.filter_map(|(_, value)| std::str::from_utf8(value).ok()).flat_map(|text| text.split(';'));
        pairs.filter_map(|pair| pair.trim().split_once('=')).find_map(|(name, value)| (name == own).then_some(value))
    }

    /// Sets it.
    pub(super) fn set(&self, response: WireResponse, cookie: Cookie, value: &str) -> WireResponse {
        let age = if cookie == Cookie::Known { Some(365 * 86_400) } else { None };
        response.with("Set-Cookie", self.line(cookie, value, age))
    }

    /// Takes it away.
    pub(super) fn clear(&self, response: WireResponse, cookie: Cookie) -> WireResponse {
        response.with("Set-Cookie", self.line(cookie, "", Some(0)))
    }

    fn line(&self, cookie: Cookie, value: &str, age: Option<u32>) -> String {
        let (name, path) = (self.name(cookie), self.place.cookie_path());
        let mut line = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax");
        if self.secure {
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

    const fn jar(vendor: Option<&str>) -> Jar<'_> {
        Jar { namespace: None, mount: "hr", place: Place { root: "", vendor }, port: None, secure: false }
    }

    fn read(header: &[u8], jar: Jar<'_>, cookie: Cookie) -> Option<String> {
        let headers = [("cookie", header)];
        let wire = WireRequest { method: "GET", path: "/", query: None, headers: &headers, body: b"" };
        jar.read(&wire, cookie).map(str::to_owned)
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name() {
        let header = b"a=b; idp_session_hr-2=other; idp_session_hr=first; idp_session_hr=second; idp_browser_hr=x";
        let own = jar(Some("/hr"));
        assert_eq!(read(header, own, Cookie::Session).as_deref(), Some("first"));
        assert_eq!(read(header, Jar { mount: "hr-2", ..own }, Cookie::Session).as_deref(), Some("other"));
        assert_eq!(read(header, own, Cookie::Browser).as_deref(), Some("x"));
        assert_eq!(read(header, own, Cookie::Known), None);
        assert_eq!(read(b"idp_session_hr=\xff", own, Cookie::Session), None);
    }

    #[test]
    fn n18_gateways_of_one_machine_and_schemes_do_not_share_a_cookie() {
        let header = b"idp_session_hr=a; idp_session_hr.8080=b; idp_session_hr.8090=c; __Secure-idp_session_hr=d; idp_session_~x.hr=e";
        let own = jar(Some("/hr"));
        for (jar, value) in [
            (own, "a"),
            (Jar { port: Some(8080), ..own }, "b"),
            (Jar { port: Some(8090), ..own }, "c"),
            (Jar { secure: true, ..own }, "d"),
            (Jar { namespace: Some("x"), ..own }, "e"),
        ] {
            assert_eq!(read(header, jar, Cookie::Session).as_deref(), Some(value), "{jar:?}");
        }
    }

    #[test]
    fn a_cookie_stays_with_its_mount_and_out_of_scripts() {
        let set = |jar: Jar<'_>| {
            jar.set(WireResponse::empty(200), Cookie::Session, "v").header("set-cookie").unwrap().to_owned()
        };
        assert_eq!(
            set(Jar { secure: true, ..jar(Some("/hr")) }),
            "__Secure-idp_session_hr=v; Path=/hr; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(set(jar(Some(""))), "idp_session_hr=v; Path=/; HttpOnly; SameSite=Lax");
        let gone = jar(None).clear(WireResponse::empty(200), Cookie::Session);
        assert_eq!(
            gone.header("set-cookie"),
            Some("idp_session_hr=; Path=/_gateway; HttpOnly; SameSite=Lax; Max-Age=0")
        );
    }

    #[test]
    fn n14_a_cookie_goes_no_further_than_the_public_path() {
        let path = |vendor| Place { root: "/idp", vendor }.cookie_path();
        assert_eq!([path(Some("/hr")), path(Some("")), path(None)], ["/idp/hr", "/idp", "/idp/_gateway"]);
    }
}
