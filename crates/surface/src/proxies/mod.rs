//! Whose word counts about where a request comes from: that of the proxies which the configuration trusts.
//!
//! It tells who the client is, whether it came by HTTPS and which Host it asked for. No URL is made of any of it, but
//! where a sandbox was told to take issuers from requests.

mod forwarded;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use forwarded::Element;
use ipnet::IpNet;
use listener::Transport;
use std::net::{IpAddr, SocketAddr};

/// The proxies whose forwarding headers are believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpNet>);

/// Where a request comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The client's address; `None` where the connection has no other end any more.
    pub address: Option<IpAddr>,
    /// Whether the client came by HTTPS: to this gateway, or to a trusted proxy before it.
    pub is_https: bool,
}

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";
const FORWARDED: &str = "forwarded";
const REQUEST_ID: &str = "x-request-id";

impl Proxies {
    /// Trusts the addresses of these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from.
    pub fn source(&self, request: &HttpRequest) -> Source {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let own = request.conn_data::<Transport>().is_some_and(|transport| transport.is_tls);
        match peer.filter(|peer| self.trusts(*peer)) {
            Some(peer) => Source {
                address: Some(self.client(peer, request.headers())),
                is_https: own || is_https(request.headers()),
            },
            None => Source { address: peer, is_https: own },
        }
    }

    /// The Host that the client asked a trusted proxy for, where the proxy says so.
    pub fn host<'r>(&self, request: &'r HttpRequest) -> Option<&'r str> {
        let peer = request.peer_addr()?.ip().to_canonical();
        if !self.trusts(peer) {
            return None;
        }
        // The first is the client's own, whoever else has stood between.
        let first = values(request.headers(), HOST).next().and_then(|value| value.split(',').next()).map(str::trim);
        let forwarded = || values(request.headers(), FORWARDED).next().and_then(|line| Element::read(line)?.host);
        first.filter(|host| !host.is_empty()).or_else(forwarded)
    }

    /// What a trusted proxy calls the request (`X-Request-ID`), cut where it is long; nothing where it says two things
    /// or what cannot be printed.
    pub fn request_id<'r>(&self, request: &'r HttpRequest) -> Option<&'r str> {
        const LONGEST: usize = 128;
        let mut fields = request.headers().get_all(REQUEST_ID);
        let id = fields.next()?.to_str().ok().filter(|id| !id.is_empty() && fields.next().is_none())?;
        let is_trusted = || request.peer_addr().is_some_and(|peer| self.trusts(peer.ip().to_canonical()));
        // A tab is the one character among them that is not printed.
        let is_printable = !id.contains('\t');
        is_printable.then_some(&id[..id.len().min(LONGEST)]).filter(|_| is_trusted())
    }

    /// The client behind a trusted `peer`. Each proxy adds at the right, so that what stands left of the first address
    /// that is not trusted may be anybody's invention.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let listed = values(headers, FOR).flat_map(|line| line.split(',')).map(str::trim);
        let listed = self.walk(peer, listed.filter(|entry| !entry.is_empty()).map(address).collect());
        let elements = values(headers, FORWARDED).flat_map(forwarded::elements);
        let forwarded = self.walk(peer, elements.map(|element| address(Element::read(element)?.client?)).collect());
        match (listed, forwarded) {
            (Some(one), None) | (None, Some(one)) => one,
            (Some(one), Some(other)) if one == other => one,
            // A proxy writes one of the two and may pass on the other as a stranger sent it: neither is believed.
            (Some(_), Some(_)) | (None, None) => peer,
        }
    }

    /// The client by a list of addresses, nearest proxy last; what is no address ends the chain. `None` where the list
    /// is empty.
    fn walk(&self, peer: IpAddr, chain: Vec<Option<IpAddr>>) -> Option<IpAddr> {
        if chain.is_empty() {
            return None;
        }
        let mut client = peer;
        for entry in chain.into_iter().rev() {
            let Some(address) = entry else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        Some(client)
    }
}

fn is_https(headers: &HeaderMap) -> bool {
    // The first is what the client's own browser sees.
    let first = values(headers, PROTO).next().and_then(|value| value.split(',').next()).map(str::trim);
    let forwarded = || values(headers, FORWARDED).next().and_then(|line| Element::read(line)?.proto);
    first.or_else(forwarded).is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

/// The values of a header that are visible ASCII, in order.
fn values<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    // One that cannot be read is no address either, and ends the chain as such.
    headers.get_all(name).map(|value| value.to_str().unwrap_or("unreadable"))
}

/// An address as proxies write it: bare, with a port, in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let parsed = match bare {
        Some(v6) => v6.parse().ok().map(IpAddr::V6),
        None => text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip())),
    };
    parsed.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn client(headers: &[(&'static str, &str)]) -> String {
        let networks = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"]
            .map(|network| network.parse().unwrap_or_else(|_| IpNet::from(network.parse::<IpAddr>().unwrap())));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Proxies::new(networks.into()).client("10.0.0.1".parse().unwrap(), &map).to_string()
    }

    #[test]
    fn t62_the_rightmost_address_that_is_not_trusted_is_the_client() {
        let cases: &[(&[&str], &str)] = &[
            (&[], "10.0.0.1"),
            (&["203.0.113.9"], "203.0.113.9"),
            (&["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (&["1.1.1.1, 203.0.113.9, 10.0.0.2, 192.0.2.7"], "203.0.113.9"),
            (&["1.1.1.1, 203.0.113.9", "10.0.0.2"], "203.0.113.9"),
            (&["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
            (&["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
            (&["203.0.113.9:1234"], "203.0.113.9"),
            (&["[2001:db8::1]:443, fd00::2"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["::ffff:203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9"),
            (&["203.0.113.9,, ,"], "203.0.113.9"),
            // What is no address says nothing, and nothing left of it counts.
            (&["garbage"], "10.0.0.1"),
            (&["203.0.113.9, garbage"], "10.0.0.1"),
            (&["203.0.113.9, garbage, 10.0.0.2"], "10.0.0.2"),
            (&["unknown"], "10.0.0.1"),
            (&["203.0.113.9 1.1.1.1"], "10.0.0.1"),
            (&["203.0.113.9", "caf\u{e9}"], "10.0.0.1"),
            (&["fe80::1%eth0"], "10.0.0.1"),
            (&[""], "10.0.0.1"),
        ];
        for (lines, expected) in cases {
            let headers: Vec<_> = lines.iter().map(|line| (FOR, *line)).collect();
            assert_eq!(client(&headers), *expected, "{lines:?}");
        }
    }

    #[test]
    fn t62_forwarded_is_read_too_and_neither_counts_where_they_differ() {
        let cases: &[(&[(&'static str, &str)], &str)] = &[
            (&[(FORWARDED, "for=203.0.113.9")], "203.0.113.9"),
            (&[(FORWARDED, "for=1.1.1.1, For=\"203.0.113.9:80\";proto=https")], "203.0.113.9"),
            (&[(FORWARDED, "for=\"[2001:db8::1]:443\";by=10.0.0.1"), (FORWARDED, "for=10.0.0.2")], "2001:db8::1"),
            (&[(FORWARDED, "for=1.1.1.1, for=_hidden")], "10.0.0.1"),
            (&[(FORWARDED, "for=1.1.1.1, proto=https")], "10.0.0.1"),
            (&[(FORWARDED, "for=\"1.1.1.1")], "10.0.0.1"),
            (&[(FORWARDED, "for=203.0.113.9"), (FOR, "203.0.113.9")], "203.0.113.9"),
            (&[(FORWARDED, "for=1.1.1.1"), (FOR, "203.0.113.9")], "10.0.0.1"),
            (&[(FORWARDED, "for=garbage"), (FOR, "203.0.113.9")], "10.0.0.1"),
        ];
        for (headers, expected) in cases {
            assert_eq!(client(headers), *expected, "{headers:?}");
        }
    }
}
