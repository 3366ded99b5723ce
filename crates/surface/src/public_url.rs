//! Where the gateway is reached from outside, taken apart: what links, forms and cookies are made of.

use crate::mounts::WELL_KNOWN;
use actix_web::http::Uri;
use configuration::host::names_loopback;
use std::borrow::Cow;

/// `server.public_url`, taken apart.
#[derive(Clone, Debug, Default)]
pub struct PublicUrl {
    /// Whether it is HTTPS, so that cookies are kept to it.
    pub is_https: bool,
    /// Its path without a slash at the end: empty, or as in `/idp`.
    pub path: String,
    /// Its host, lower case.
    pub host: String,
    /// The port that it names on loopback, where gateways of one machine share a host and so their cookies.
    pub loopback_port: Option<u16>,
}

impl PublicUrl {
    /// Takes a URL apart that the configuration has checked.
    pub fn new(url: &str) -> Self {
        let uri: Uri = url.parse().unwrap_or_default();
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        Self {
            is_https: uri.scheme_str() == Some("https"),
            path: uri.path().trim_end_matches('/').to_owned(),
            loopback_port: uri.port_u16().filter(|_| names_loopback(&host)),
            host,
        }
    }

    /// The request's path, the URL's own left out where it stands behind what is asked of an issuer (RFC 8414 section 3.1).
    pub(crate) fn unwrapped<'r>(&self, path: Cow<'r, str>) -> Cow<'r, str> {
        let below = |known: &str| Some(format!("{known}{}", self.below(path.strip_prefix(known)?)?));
        let unwrapped = WELL_KNOWN.into_iter().find_map(below);
        unwrapped.map_or(path, Cow::Owned)
    }

    /// The part of `path` below the URL's own; `None` where a proxy has taken that away, or never had it.
    pub(crate) fn below<'r>(&self, path: &'r str) -> Option<&'r str> {
        path.strip_prefix(&*self.path).filter(|rest| !self.path.is_empty() && rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n18_the_port_counts_on_loopback_alone() {
        for (url, port) in [
            ("http://localhost:8080", Some(8080)),
            ("https://127.0.0.1:8443/idp", Some(8443)),
            ("http://[::1]:9", Some(9)),
            ("http://idp.localhost:9", Some(9)),
            ("http://localhost", None),
            ("http://idp.test:8080", None),
            ("http://localhost.test:8080", None),
        ] {
            assert_eq!(PublicUrl::new(url).loopback_port, port, "{url}");
        }
    }

    #[test]
    fn n14_a_path_is_taken_away_whole_or_not_at_all() {
        let url = PublicUrl::new("https://Apps.test/idp/");
        assert_eq!((&*url.path, &*url.host, url.is_https), ("/idp", "apps.test", true));
        assert_eq!(url.below("/idp/hr/account"), Some("/hr/account"));
        for path in ["/idp", "/idphr/account", "/hr/idp/account", "/"] {
            assert_eq!(url.below(path), None, "{path}");
        }
        assert_eq!(PublicUrl::new("https://apps.test").below("/hr"), None);
    }
}
