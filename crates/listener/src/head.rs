//! Reads the head of a request as strictly as the framework's decoder does, so that the two cannot disagree on where a
//! request ends.

use crate::refused::Refused;
use actix_http::{Method, Uri};
use httparse::{Error, Header, Request, Status};
use std::mem::MaybeUninit;

/// The longest head, in bytes.
pub(crate) const MAX_HEAD: usize = 64 * 1024;
/// The longest name of a header field, in bytes.
const MAX_NAME: usize = 8 * 1024;
/// The most header fields, as many as the framework's decoder takes.
const MAX_FIELDS: usize = 96;

/// How a request's body ends (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// After that many bytes.
    Length(u64),
    /// After its last chunk.
    Chunked,
}

/// A complete head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its length, in bytes.
    pub(crate) length: usize,
    pub(crate) body: Body,
    /// The head without its offer to upgrade the connection, where it has one: the server ignores it (RFC 9110 section
    /// 7.8).
    pub(crate) without_upgrade: Option<Vec<u8>>,
}

/// Reads the head at the beginning of `bytes`; `None` where it is not complete.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<Head>, Refused> {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut request = Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, &mut fields) {
        Ok(Status::Complete(length)) if length <= MAX_HEAD => length,
        Ok(Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
        Ok(_) | Err(Error::TooManyHeaders) => return Err(Refused::TooLarge),
        Err(_) => return Err(Refused::Malformed),
    };
    check_target(&request)?;
    let (body, offers_upgrade) = check_fields(&request)?;
    let without_upgrade = offers_upgrade.then(|| without_upgrade(&request));
    Ok(Some(Head { length, body, without_upgrade }))
}

fn check_target(request: &Request<'_, '_>) -> Result<(), Refused> {
    let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    if method == "CONNECT" {
        return Err(Refused::Tunnel);
    }
    let is_form = target.starts_with('/') || target.contains("://") || (target == "*" && method == "OPTIONS");
    // The framework admits fewer methods than its parser does.
    let is_request = is_form && Method::from_bytes(method.as_bytes()).is_ok() && Uri::try_from(target).is_ok();
    if is_request { Ok(()) } else { Err(Refused::Malformed) }
}

/// How the body ends, and whether there is an offer to upgrade.
fn check_fields(request: &Request<'_, '_>) -> Result<(Body, bool), Refused> {
    let is_1_1 = request.version == Some(1);
    let (mut hosts, mut offers_upgrade) = (0, false);
    let (mut length, mut coding) = (None, None);
    for field in request.headers.iter() {
        let is = |name: &str| field.name.eq_ignore_ascii_case(name);
        if field.name.len() > MAX_NAME {
            return Err(Refused::TooLarge);
        } else if is("host") {
            hosts += 1;
        } else if is("content-length") {
            let is_second = length.replace(digits(field.value).ok_or(Refused::Malformed)?).is_some();
            (!is_second).then_some(()).ok_or(Refused::Malformed)?;
        } else if is("transfer-encoding") {
            let is_second = coding.replace(field.value.trim_ascii()).is_some();
            (!is_second).then_some(()).ok_or(Refused::Malformed)?;
        } else {
            offers_upgrade |= is_upgrade(field.name) || (is("connection") && options(field).any(is_upgrade));
        }
    }
    let body = match (length, coding) {
        (Some(length), None) => Body::Length(length),
        // A POST of HTTP/1.0 must say how long it is.
        (None, None) if is_1_1 || request.method != Some("POST") => Body::Length(0),
        (None, Some(coding)) if is_1_1 && coding.eq_ignore_ascii_case(b"chunked") => Body::Chunked,
        _ => return Err(Refused::Malformed),
    };
    if hosts > 1 || (is_1_1 && hosts == 0) { Err(Refused::Malformed) } else { Ok((body, offers_upgrade)) }
}

fn digits(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim_ascii();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Whether that is the name of a field, or an option of `Connection`, that offers an upgrade.
fn is_upgrade(name: &str) -> bool {
    name.eq_ignore_ascii_case("upgrade") || name.eq_ignore_ascii_case("http2-settings")
}

/// The options of a `Connection` field. One that is no text is none.
fn options<'h>(field: &Header<'h>) -> impl Iterator<Item = &'h str> + use<'h> {
    let text = std::str::from_utf8(field.value).unwrap_or_default();
    text.split(',').map(str::trim_ascii).filter(|option| !option.is_empty())
}

fn without_upgrade(request: &Request<'_, '_>) -> Vec<u8> {
    let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    let version = request.version.unwrap_or_default();
    let mut head = format!("{method} {target} HTTP/1.{version}\r\n").into_bytes();
    let mut put = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            head.extend_from_slice(part);
        }
    };
    for field in request.headers.iter().filter(|field| !is_upgrade(field.name)) {
        if field.name.eq_ignore_ascii_case("connection") {
            let kept: Vec<_> = options(field).filter(|option| !is_upgrade(option)).collect();
            if !kept.is_empty() {
                put(field.name, kept.join(", ").as_bytes());
            }
        } else {
            put(field.name, field.value);
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &str) -> Result<Option<Head>, Refused> {
        read(head.as_bytes())
    }

    fn body(head: &str) -> Result<Body, Refused> {
        of(head).map(|head| head.expect("complete").body)
    }

    #[test]
    fn a_head_says_how_its_body_ends() {
        for (fields, expected) in [
            ("", Ok(Body::Length(0))),
            ("Content-Length:  12 \r\n", Ok(Body::Length(12))),
            ("transfer-encoding: Chunked\r\n", Ok(Body::Chunked)),
            ("Content-Length: 3\r\nContent-Length: 3\r\n", Err(Refused::Malformed)),
            ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", Err(Refused::Malformed)),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Err(Refused::Malformed)),
            ("Transfer-Encoding: gzip, chunked\r\n", Err(Refused::Malformed)),
            ("Content-Length: +3\r\n", Err(Refused::Malformed)),
            ("Content-Length: \r\n", Err(Refused::Malformed)),
            ("Content-Length: 99999999999999999999\r\n", Err(Refused::Malformed)),
            ("Host: b\r\n", Err(Refused::Malformed)),
        ] {
            assert_eq!(body(&format!("POST /t HTTP/1.1\r\nHost: a\r\n{fields}\r\n")), expected, "{fields}");
        }
        assert_eq!(body("GET / HTTP/1.0\r\n\r\n"), Ok(Body::Length(0)));
        assert_eq!(body("POST / HTTP/1.0\r\n\r\n"), Err(Refused::Malformed));
        assert_eq!(body("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), Err(Refused::Malformed));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for (line, expected) in [
            ("GET /a?b HTTP/1.1", None),
            ("GET http://a.test/b HTTP/1.1", None),
            ("OPTIONS * HTTP/1.1", None),
            ("GET * HTTP/1.1", Some(Refused::Malformed)),
            ("GET a HTTP/1.1", Some(Refused::Malformed)),
            ("GET / HTTP/2.0", Some(Refused::Malformed)),
            ("CONNECT a.test:443 HTTP/1.1", Some(Refused::Tunnel)),
            ("MALFORMED * HTTP/1.1", Some(Refused::Malformed)),
            ("G%T /a HTTP/1.1", Some(Refused::Malformed)),
            ("#ET /a HTTP/1.1", Some(Refused::Malformed)),
        ] {
            assert_eq!(of(&format!("{line}\r\nHost: a\r\n\r\n")).err(), expected, "{line}");
        }
        assert_eq!(of("GET / HTTP/1.1\r\n\r\n"), Err(Refused::Malformed), "no Host");
        assert_eq!(of("GET / HTTP/1.1\r\nHost: a\r\n"), Ok(None));
        assert_eq!(of("\u{1}"), Err(Refused::Malformed));
    }

    #[test]
    fn n03_names_and_heads_have_bounds() {
        let with = |name: usize, value: usize| {
            let (name, value) = ("n".repeat(name), "v".repeat(value));
            of(&format!("GET / HTTP/1.1\r\nHost: a\r\n{name}: {value}\r\n\r\n")).map(|head| head.is_some())
        };
        assert_eq!(with(MAX_NAME, 10), Ok(true));
        assert_eq!(with(MAX_NAME + 1, 10), Err(Refused::TooLarge));
        assert_eq!(with(10, MAX_HEAD - 100), Ok(true));
        assert_eq!(with(10, MAX_HEAD), Err(Refused::TooLarge));
        assert_eq!(of(&"n".repeat(MAX_HEAD)), Err(Refused::TooLarge), "it does not end");
        let fields = |count| of(&format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "A: b\r\n".repeat(count)));
        assert!(fields(MAX_FIELDS - 1).is_ok());
        assert_eq!(fields(MAX_FIELDS), Err(Refused::TooLarge));
    }

    #[test]
    fn n01_an_upgrade_offer_is_taken_out() {
        let without = |fields: &str| {
            let head = of(&format!("GET /a?b HTTP/1.1\r\nHost: a\r\n{fields}X: y\r\n\r\n")).unwrap().unwrap();
            head.without_upgrade.map(|head| String::from_utf8(head).unwrap())
        };
        let plain = "GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
        assert_eq!(without("Connection: keep-alive\r\n"), None);
        assert_eq!(
            without("Connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nHTTP2-Settings: A\r\n").unwrap(),
            plain
        );
        assert_eq!(without("Upgrade: websocket\r\n").unwrap(), plain);
        assert_eq!(without("connection: UPGRADE\r\n").unwrap(), plain);
        let kept = "GET /a?b HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: y\r\n\r\n";
        assert_eq!(without("Connection: close ,upgrade\r\nUpgrade: TLS/1.2\r\n").unwrap(), kept);
    }
}
