//! Redirect URIs: a presented one is compared with those registered, never taken apart.

/// Whether `presented` is one of the registered URIs, byte for byte; the port of a loopback one may be any
/// (RFC 8252 section 7.3).
pub(crate) fn is_registered(registered: &[String], presented: &str) -> bool {
    registered.iter().any(|known| {
        known == presented || loopback(known).is_some_and(|known| loopback(presented).is_some_and(|it| it == known))
    })
}

/// Host and rest of an `http` URI on loopback, its port left out.
fn loopback(uri: &str) -> Option<(&'static str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|host| rest.starts_with(host))?;
    let rest = &rest[host.len()..];
    let rest = match rest.strip_prefix(':') {
        Some(port) => {
            let end = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
            port[..end].parse::<u16>().ok()?;
            &port[end..]
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

/// Scheme and authority of a URI, as far as it has them: what is told of a client to its users.
pub fn origin(uri: &str) -> &str {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return uri.find(':').map_or(uri, |colon| &uri[..=colon]);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &uri[..scheme.len() + 3 + end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn admitted(registered: &str, presented: &str) -> bool {
        is_registered(&[registered.to_owned()], presented)
    }

    #[test]
    fn t27_t29_t30_nothing_but_the_very_bytes() {
        let registered = "https://client.test/cb";
        assert!(admitted(registered, registered));
        for presented in [
            "https://client.test/c",
            "https://client.test/cb/",
            "https://client.test/cb2",
            "https://client.test/CB",
            "https://CLIENT.test/cb",
            "HTTPS://client.test/cb",
            "http://client.test/cb",
            "https://client.test:443/cb",
            "https://client.test/a/../cb",
            "https://client.test/%2e%2e/cb",
            "https://client.test/%63b",
            "https://clientxtest/cb",
            "https://client.test/cb?x=1",
            "https://client.test/cb#x",
            "https://client.test\\cb",
            "https://evil.test/https://client.test/cb",
            "https://client.test@evil.test/cb",
            "javascript:alert(1)",
            "//client.test/cb",
            "",
            " https://client.test/cb",
        ] {
            assert!(!admitted(registered, presented), "{presented}");
        }
    }

    #[test]
    fn t28_t31_of_a_loopback_uri_the_port_alone_may_vary() {
        for (registered, presented, good) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb", true),
            ("http://127.0.0.1:8000/cb", "http://127.0.0.1/cb", true),
            ("http://[::1]:1/cb?a=1", "http://[::1]:65535/cb?a=1", true),
            ("http://localhost:3000/cb", "http://localhost:3001/cb", true),
            ("http://localhost:3000", "http://localhost:3001", true),
            ("http://localhost:3000/cb", "http://localhost:3001/cb2", false),
            ("http://localhost:3000/cb", "http://127.0.0.1:3000/cb", false),
            ("http://localhost:3000/cb", "https://localhost:3001/cb", false),
            ("http://localhost:3000/cb", "http://localhost:80@evil.test/cb", false),
            ("http://localhost:3000/cb", "http://localhost:80\\@evil.test/cb", false),
            ("http://localhost/cb", "http://localhost.evil.test/cb", false),
            ("http://localhost/cb", "http://localhost:99999/cb", false),
            ("http://localhost/cb", "http://localhost:/cb", false),
            ("http://localhost/cb", "http://localhost:+1/cb", false),
            ("http://client.test/cb", "http://client.test:81/cb", false),
        ] {
            assert_eq!(admitted(registered, presented), good, "{registered} {presented}");
        }
    }

    #[test]
    fn an_origin_is_scheme_and_authority() {
        assert_eq!(origin("https://client.test:8443/cb?x=1"), "https://client.test:8443");
        assert_eq!(origin("https://client.test"), "https://client.test");
        assert_eq!(origin("com.example.app:/cb"), "com.example.app:");
    }

    proptest! {
        #[test]
        fn a_loopback_uri_never_admits_another_host(tail in "[ -~]{0,30}") {
            let presented = format!("http://localhost{tail}");
            if admitted("http://localhost/cb", &presented) {
                let port = tail.strip_suffix("/cb").unwrap();
                prop_assert!(port.is_empty() || port[1..].parse::<u16>().is_ok());
            }
        }
    }
}
