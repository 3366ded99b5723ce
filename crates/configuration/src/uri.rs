//! Which URIs a configuration may register.

use std::net::Ipv6Addr;

/// Checks a redirect URI: absolute, without a fragment (RFC 6749 section 3.1.2). The error completes "`uri` …".
pub(super) fn check_redirect(uri: &str) -> Result<(), &'static str> {
    if !uri.bytes().all(|b| b.is_ascii_graphic() && !br#"\"<>^`{|}"#.contains(&b)) {
        return Err("has a character that no URI has (RFC 3986 section 2); percent-encode it");
    }
    if uri.split('%').skip(1).any(|rest| !rest.bytes().take(2).all(|b| b.is_ascii_hexdigit()) || rest.len() < 2) {
        return Err("has a `%` without two hexadecimal digits after it (RFC 3986 section 2.1)");
    }
    if uri.contains('#') {
        return Err("has a fragment (RFC 6749 section 3.1.2); leave out everything from the `#`");
    }
    let absolute = "is not absolute; begin with a scheme and a host, as in `https://client.test/cb`";
    let (scheme, rest) = uri.split_once(':').ok_or(absolute)?;
    let scheme = scheme.to_ascii_lowercase();
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.bytes().all(admitted) || rest.is_empty() {
        return Err(absolute);
    }
    if ["javascript", "data", "vbscript", "file", "about", "blob"].contains(&scheme.as_str()) {
        return Err("has a scheme that no client can receive a code at; use https, http on loopback, or the app's own");
    }
    match rest.strip_prefix("//") {
        Some(hierarchy) => check_authority(hierarchy.split(['/', '?']).next().unwrap_or_default()),
        None if scheme == "http" || scheme == "https" => Err(absolute),
        None => Ok(()),
    }
}

fn check_authority(authority: &str) -> Result<(), &'static str> {
    if authority.contains('@') {
        return Err("names a user before its host; leave out everything up to the `@`");
    }
    if authority.contains('*') {
        return Err("has a wildcard, and redirect URIs are compared exactly; register each in full");
    }
    let host_end = authority.rfind(']').map_or_else(|| authority.find(':').unwrap_or(authority.len()), |at| at + 1);
    let (host, port) = authority.split_at(host_end);
    if host.is_empty() {
        return Err("has no host");
    }
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if host.contains(['[', ']']) && literal.is_none_or(|address| address.parse::<Ipv6Addr>().is_err()) {
        return Err("has brackets around its host that hold no IPv6 address");
    }
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok(()),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok() => Ok(()),
        _ => Err("has a port that is no number of 0 to 65535"),
    }
}

/// Checks a base URL: http or https, with no query and no fragment. The error completes "`url` …".
pub(super) fn check_base(url: &str) -> Result<(), &'static str> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err("must begin with http:// or https://, as in `https://idp.example.com`");
    }
    if url.contains('?') {
        return Err("has a query; leave out everything from the `?`");
    }
    check_redirect(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_what_a_client_can_receive_a_code_at() {
        for uri in [
            "https://client.test/cb",
            "https://client.test",
            "http://127.0.0.1:8080/cb?x=1",
            "http://[::1]:9/cb",
            "com.example.app:/cb",
            "com.example.app://cb",
        ] {
            assert_eq!(check_redirect(uri), Ok(()), "{uri}");
        }
    }

    #[test]
    fn t28_t30_refuses_what_could_be_read_in_two_ways() {
        for uri in [
            "",
            "/cb",
            "client.test/cb",
            "https:/cb",
            "https://",
            "https:///cb",
            "https://client.test/cb#",
            "https://client.test/cb#a",
            "http://localhost:80@evil.test/cb",
            "https://client.test\\@evil.test/",
            "https://*.client.test/cb",
            "https://client.test:http/cb",
            "https://client.test:70000/cb",
            "https://client.test/c b",
            "https://client.test/\r\nb",
            "https://clïent.test/cb",
            "javascript:alert(1)",
            "DATA:text/html,x",
            "1http://client.test",
            "http://[cc]/cb",
            "http://[::1/cb",
            "http://a[::1]/cb",
            "https://client.test/%zz",
            "https://client.test/%",
        ] {
            assert!(check_redirect(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn a_base_is_a_plain_http_url() {
        assert_eq!(check_base("https://idp.example.com/base"), Ok(()));
        for url in ["idp.example.com", "ftp://idp.example.com", "http://idp.test?x", "http://idp.test#x", "http://"] {
            assert!(check_base(url).is_err(), "{url}");
        }
    }
}
