//! Hosts in URLs and in requests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A Host without its port (RFC 9110 section 7.2).
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The host of a URL, without a port.
pub fn host_of(url: &str) -> &str {
    without_port(authority_of(url))
}

/// The host of a URL with its port.
pub fn authority_of(url: &str) -> &str {
    url.split_once("//").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default()
}

/// Whether an address is reached from this machine alone.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Whether a Host is a name of this machine that no other can be given (RFC 6761 section 6.3).
pub fn names_loopback(host: &str) -> bool {
    let name = without_port(host).to_ascii_lowercase();
    let v6 = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || v6.is_some_and(|v6| v6.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()))
}

/// The name in a Host field, without its port and without the dot of the root; `None` where it is no name.
pub fn host_name(field: &str) -> Option<&str> {
    let name = without_port(field);
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_name = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)),
    };
    is_name.then_some(name)
}

/// Where a listener is reached: one on every interface, on loopback.
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_interface_is_reached_on_loopback() {
        let cases = [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:2", "[::1]:2"), ("10.0.0.5:3", "10.0.0.5:3")];
        for (listen, address) in cases {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), address);
        }
    }

    #[test]
    fn a_port_is_cut_from_a_host_and_nothing_else() {
        let cases = [("a.test:80", "a.test"), ("a.test", "a.test"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")];
        for (host, name) in cases {
            assert_eq!(without_port(host), name);
        }
    }

    #[test]
    fn n08_a_host_has_one_name() {
        for (field, name) in [
            ("Login.test", "Login.test"),
            ("login.test.", "login.test"),
            ("login.test.:80", "login.test"),
            ("[::1]:80", "[::1]"),
        ] {
            assert_eq!(host_name(field), Some(name), "{field}");
        }
        for none in ["", ".", ":80", "a, b", "a,b", "user@a.test", "a.test:b", "a b", "[a]", "a/b"] {
            assert_eq!(host_name(none), None, "{none}");
        }
    }
}
