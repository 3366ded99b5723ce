//! Who may call: whoever has the token, or, where there is none, a program on this machine that is no web page.

use super::problem::Problem;
use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, ORIGIN};
use actix_web::http::uri::Authority;
use actix_web::http::{StatusCode, Version};
use admin_api::{About, Right};
use configuration::AdminToken;
use configuration::host::names_loopback;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// Who calls.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The token's name; `loopback` where none is needed.
    pub(super) name: String,
    /// Where the call comes from.
    pub(super) address: Option<IpAddr>,
    /// What the caller may do.
    pub(super) rights: Vec<Right>,
}

impl Caller {
    /// One who needs no token.
    pub(super) fn trusted(name: &str, address: Option<IpAddr>) -> Self {
        Self { name: name.to_owned(), address, rights: vec![Right::All] }
    }

    /// Refuses a call for which a right is missing.
    pub(super) fn check(&self, about: &About) -> Result<(), Problem> {
        if about.right.is_in(&self.rights) {
            return Ok(());
        }
        let (name, right) = (self.name.escape_debug(), about.right.as_str());
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            format!("the token `{name}` has not the right `{right}`, which this call needs"),
            format!("add \"{right}\" to its rights in [[admin.tokens]], or call with a token that has it"),
        ))
    }
}

/// What a request says of the host that it is for.
#[derive(Clone, Copy)]
struct Hosts<'h> {
    headers: &'h HeaderMap,
    /// That of an absolute target, beside which the header counts for nothing (RFC 9112 section 3.2.2).
    of_target: Option<&'h str>,
    is_needed: bool,
}

impl<'h> Hosts<'h> {
    fn of(request: &'h HttpRequest) -> Self {
        let of_target = request.uri().authority().map(Authority::as_str);
        Self { headers: request.headers(), of_target, is_needed: request.version() >= Version::HTTP_11 }
    }
}

/// The check that comes before every call.
pub(super) struct Guard<'a> {
    /// Who may call; whoever is on this machine where there are none.
    pub(super) tokens: &'a [AdminToken],
    /// Where browsers reach the listener through a proxy.
    pub(super) url: Option<&'a str>,
}

impl Guard<'_> {
    /// Who calls.
    pub(super) fn check(&self, request: &HttpRequest) -> Result<Caller, Problem> {
        let address = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let host = self.check_host(Hosts::of(request))?;
        Ok(match self.check_headers(request.headers(), host)? {
            Some(token) => Caller { name: token.name.clone(), address, rights: token.rights.clone() },
            None => Caller::trusted("loopback", address),
        })
    }

    /// Refuses a page of the console where a web page may have made its own name resolve to this machine.
    pub(super) fn check_page(&self, request: &HttpRequest) -> Result<(), Problem> {
        self.check_host(Hosts::of(request)).map(drop)
    }

    /// The token that is presented; `None` where none is needed.
    fn check_headers(&self, headers: &HeaderMap, host: Option<&str>) -> Result<Option<&AdminToken>, Problem> {
        self.check_origin(headers, host)?;
        match self.tokens {
            [] => Ok(None),
            tokens => find_token(headers, tokens).map(Some),
        }
    }

    /// The one host that is asked for; of this machine where no token says who calls.
    fn check_host<'h>(&self, hosts: Hosts<'h>) -> Result<Option<&'h str>, Problem> {
        let ambiguous = || Problem::bad_request("the request has no Host, or two", "send one Host header");
        let host = one(hosts.headers, &HOST).map_err(|()| ambiguous())?;
        if host.is_none() && hosts.is_needed {
            return Err(ambiguous());
        }
        let host = hosts.of_target.or(host);
        // A web page whose name was made to resolve to loopback would come with its own name (DNS rebinding).
        if self.tokens.is_empty() && !host.is_some_and(names_loopback) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "the Host is not a name of this machine",
                "call http://127.0.0.1 or http://localhost with the admin port, or configure admin.token_file",
            ));
        }
        Ok(host)
    }

    /// A browser says which page a call comes from; a page of any other origin gets nothing.
    fn check_origin(&self, headers: &HeaderMap, host: Option<&str>) -> Result<(), Problem> {
        let same = |origin: &str| {
            let rest = origin.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("http://")).and(origin.get(7..));
            rest.zip(host).is_some_and(|(rest, host)| rest.eq_ignore_ascii_case(host))
        };
        let behind_proxy = |origin: &str| self.url.is_some_and(|url| origin_of(url).eq_ignore_ascii_case(origin));
        match one(headers, &ORIGIN) {
            Ok(None) => Ok(()),
            Ok(Some(origin)) if same(origin) || behind_proxy(origin) => Ok(()),
            _ => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "the call comes from a web page of another origin",
                "call the admin API from a program or from the console; behind a proxy set admin.url to the URL that \
                 browsers have",
            )),
        }
    }
}

/// The origin of a URL: its scheme, host and port, as browsers write them.
fn origin_of(url: &str) -> &str {
    let end = url.find("://").and_then(|at| url[at + 3..].find('/').map(|slash| at + 3 + slash));
    &url[..end.unwrap_or(url.len())]
}

fn find_token<'t>(headers: &HeaderMap, tokens: &'t [AdminToken]) -> Result<&'t AdminToken, Problem> {
    let sent = one(headers, &AUTHORIZATION).ok().flatten().and_then(|value| value.split_once(' '));
    let sent = sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, sent)| sent.trim());
    let refuse = |detail, challenge| {
        let remedy = "send `Authorization: Bearer <token>` with a token of admin.token, admin.token_file or \
                      [[admin.tokens]]";
        Problem::new(StatusCode::UNAUTHORIZED, detail, remedy).with("WWW-Authenticate", challenge)
    };
    let Some(sent) = sent else { return Err(refuse("the call has no bearer token", "Bearer")) };
    // A digest, so that a comparison takes the same time whatever the length of what is sent; and all are compared.
    let digest = Sha256::digest(sent.as_bytes());
    let found = tokens.iter().fold(None, |found, token| {
        if bool::from(digest.as_slice().ct_eq(token.digest.as_bytes())) { Some(token) } else { found }
    });
    found.ok_or_else(|| refuse("the bearer token is none of those configured", "Bearer error=\"invalid_token\""))
}

/// The one value of a header; an error where it is there twice or is not visible ASCII.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name);
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use configuration::digest;

    fn token() -> [AdminToken; 1] {
        [AdminToken { name: "a".to_owned(), digest: digest(&"token-1".into()), rights: vec![Right::All] }]
    }

    fn check(guard: &Guard<'_>, sent: &[(HeaderName, &'static str)]) -> u16 {
        check_at(guard, None, sent)
    }

    fn check_at(guard: &Guard<'_>, of_target: Option<&str>, sent: &[(HeaderName, &'static str)]) -> u16 {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        let hosts = Hosts { headers: &headers, of_target, is_needed: true };
        let checked = guard.check_host(hosts).and_then(|host| guard.check_headers(&headers, host));
        checked.map_or_else(|refusal| refusal.status.as_u16(), |_| 200)
    }

    #[test]
    fn t67_without_a_token_the_host_must_be_loopback() {
        let open = Guard { tokens: &[], url: None };
        for host in
            ["localhost:8081", "LOCALHOST", "a.localhost:1", "127.0.0.1:8081", "127.9.8.7", "[::1]:8081", "[::1]"]
        {
            assert_eq!(check(&open, &[(HOST, host)]), 200, "{host}");
        }
        for host in [
            "evil.test:8081",
            "localhost.evil.test",
            "evillocalhost",
            "127.0.0.1.evil.test",
            "0.0.0.0:8081",
            "10.0.0.1",
            "[::2]",
            "::1",
            "",
        ] {
            assert_eq!(check(&open, &[(HOST, host)]), 403, "{host}");
        }
        assert_eq!(check(&open, &[]), 400);
        assert_eq!(check(&open, &[(HOST, "localhost"), (HOST, "localhost")]), 400);
    }

    #[test]
    fn t67_the_host_of_an_absolute_target_counts() {
        let open = Guard { tokens: &[], url: None };
        for (target, host, status) in [
            ("evil.test", "127.0.0.1", 403),
            ("evil.test:8081", "localhost:8081", 403),
            ("127.0.0.1@evil.test", "127.0.0.1", 403),
            ("localhost:8081", "localhost:8081", 200),
            ("localhost:8081", "evil.test", 200),
        ] {
            assert_eq!(check_at(&open, Some(target), &[(HOST, host)]), status, "{target} {host}");
        }
        let foreign = [(HOST, "localhost:1"), (ORIGIN, "http://localhost:1")];
        assert_eq!(check_at(&open, Some("localhost:2"), &foreign), 403);
    }

    #[test]
    fn t67_a_page_of_another_origin_gets_nothing() {
        let token = token();
        let (open, closed) = (Guard { tokens: &[], url: None }, Guard { tokens: &token, url: None });
        let good = (AUTHORIZATION, "Bearer token-1");
        for (origin, status) in [
            ("http://localhost:8081", 200),
            ("HTTP://LOCALHOST:8081", 200),
            ("https://localhost:8081", 403),
            ("http://localhost:8080", 403),
            ("http://localhost", 403),
            ("http://evil.test", 403),
            ("null", 403),
            ("", 403),
        ] {
            let sent = [(HOST, "localhost:8081"), (ORIGIN, origin), good.clone()];
            assert_eq!(check(&open, &sent), status, "{origin}");
            assert_eq!(check(&closed, &sent), status, "{origin}");
        }
        let twice = [(HOST, "localhost"), (ORIGIN, "http://localhost"), (ORIGIN, "http://localhost")];
        assert_eq!(check(&open, &twice), 403);
    }

    #[test]
    fn t67_behind_a_proxy_pages_come_from_its_url_alone() {
        let proxied = Guard { tokens: &token(), url: Some("https://idp.test/console") };
        let good = (AUTHORIZATION, "Bearer token-1");
        for (origin, status) in [
            ("https://idp.test", 200),
            ("http://admin:8081", 200),
            ("http://idp.test", 403),
            ("https://idp.test:8443", 403),
            ("https://idp.test.evil.test", 403),
        ] {
            assert_eq!(check(&proxied, &[(HOST, "admin:8081"), (ORIGIN, origin), good.clone()]), status, "{origin}");
        }
    }

    #[test]
    fn t67_with_a_token_every_call_needs_it() {
        let token = token();
        let closed = Guard { tokens: &token, url: None };
        let host = (HOST, "admin.internal");
        for (value, status) in [
            ("Bearer token-1", 200),
            ("bearer token-1", 200),
            ("Bearer token-2", 401),
            ("Bearer token-", 401),
            ("Bearer", 401),
            ("Bearer ", 401),
            ("Basic token-1", 401),
            ("token-1", 401),
        ] {
            assert_eq!(check(&closed, &[host.clone(), (AUTHORIZATION, value)]), status, "{value}");
        }
        assert_eq!(check(&closed, std::slice::from_ref(&host)), 401);
        assert_eq!(check(&closed, &[(HOST, "localhost")]), 401, "loopback is no excuse where there is a token");
        let twice = [host, (AUTHORIZATION, "Bearer token-1"), (AUTHORIZATION, "Bearer token-1")];
        assert_eq!(check(&closed, &twice), 401);
    }
}
