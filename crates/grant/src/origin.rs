//! Origins whose pages may read a mount's answers.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Stands for every http and https origin on loopback, whatever its port.
const LOOPBACK: &str = "loopback";

/// The origins that a mount or a client admits, as browsers write them (RFC 6454 section 6.2): `https://app.test:3000`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<Box<str>>);

impl Origins {
    /// Reads a list; the error says which one is wrong and what to write instead.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, String> {
        let read = |text: &str| match check(text) {
            Ok(()) => Ok(text.into()),
            Err(why) => Err(format!("`{}` {why}", text.escape_debug())),
        };
        texts.iter().map(|text| read(text.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// The list as it was read.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|text| &**text)
    }

    /// Whether a page of `origin` is admitted.
    pub fn admit(&self, origin: &str) -> bool {
        Self::naming(origin).any(|name| self.iter().any(|own| own == name))
    }

    /// The entries of a list that admit `origin`.
    pub fn naming(origin: &str) -> impl Iterator<Item = &str> {
        std::iter::once(origin).chain(is_loopback(origin).then_some(LOOPBACK))
    }
}

fn is_loopback(origin: &str) -> bool {
    let Some(authority) = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) else {
        return false;
    };
    let host = split_port(authority).0;
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// The host of an authority, and its port where it has one.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Checks an entry. The error completes "`entry` …".
fn check(text: &str) -> Result<(), &'static str> {
    if text == LOOPBACK {
        return Ok(());
    }
    if text == "*" {
        return Err("would admit every site; name each origin, or write `loopback` for those of this machine");
    }
    let form = "is no origin; write its scheme, host and port alone, as in `https://app.example.com`";
    let (scheme, authority) = text.split_once("://").ok_or(form)?;
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("has capital letters, which no browser sends; write it in small ones");
    }
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b));
    let (host, port) = split_port(authority);
    let is_v6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(|v6| v6.parse::<Ipv6Addr>().is_ok());
    let is_name = || host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b));
    if !is_scheme || host.is_empty() || !is_v6.unwrap_or_else(is_name) {
        return Err(form);
    }
    match (scheme, port) {
        ("http", Some("80")) | ("https", Some("443")) => Err("names its scheme's own port, which no browser does"),
        (_, Some(port)) if port.starts_with('0') || port.parse::<u16>().is_err() => Err(form),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n29_an_origin_is_a_scheme_a_host_and_a_port() {
        let good = ["https://a.test", "http://a.test:3000", "https://[::1]:8443", "capacitor://localhost", "loopback"];
        assert_eq!(Origins::parse(&good).unwrap().iter().collect::<Vec<_>>(), good);
        for bad in [
            "",
            "*",
            "null",
            "a.test",
            "https://a.test/",
            "https://a.test/x",
            "https://A.test",
            "https://u@a.test",
            "https://a.test:443",
            "http://a.test:80",
            "https://a.test:",
            "https://a.test:070",
            "https://*.test",
            "https://",
            "https://[::g]",
            "https://a.test,https://b.test",
            "1s://a",
        ] {
            let error = Origins::parse(&["https://a.test", bad]).unwrap_err();
            assert!(error.starts_with(&format!("`{bad}` ")), "{error}");
        }
    }

    #[test]
    fn n29_loopback_is_every_port_of_this_machine_and_no_other() {
        let loopback = Origins::parse(&["loopback"]).unwrap();
        for own in [
            "http://localhost:5173",
            "https://localhost",
            "http://app.localhost:3000",
            "http://127.0.0.1:3000",
            "http://[::1]:1",
        ] {
            assert!(loopback.admit(own), "{own}");
        }
        for other in [
            "null",
            "loopback.test",
            "http://localhost.test",
            "http://127.0.0.1.test",
            "ftp://localhost",
            "http://10.0.0.1",
        ] {
            assert!(!loopback.admit(other), "{other}");
        }
        let one = Origins::parse(&["https://a.test"]).unwrap();
        assert!(one.admit("https://a.test") && !one.admit("https://a.test:8443") && !one.admit("http://a.test"));
    }
}
