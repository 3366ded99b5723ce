//! Requests that the stream refuses.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;

/// Why a request is refused before anything reads it. What follows it on its connection is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is no HTTP/1.1, or it can be understood in two ways.
    Malformed,
    /// Its head, or a name in it, is too long, or it has too many header fields.
    TooLarge,
    /// It asks for a tunnel.
    Tunnel,
    /// Its head was not complete in time.
    Slow,
}

impl Refused {
    const ALL: [Self; 4] = [Self::Malformed, Self::TooLarge, Self::Tunnel, Self::Slow];

    /// The head that stands in its place. `*` is no target of any method but OPTIONS (RFC 9112 section 3.2.4): a
    /// client that sends such a head is refused as well.
    pub(crate) fn head(self) -> &'static [u8] {
        match self {
            Self::Malformed => b"MALFORMED * HTTP/1.1\r\nHost:\r\n\r\n",
            Self::TooLarge => b"TOO-LARGE * HTTP/1.1\r\nHost:\r\n\r\n",
            Self::Tunnel => b"TUNNEL * HTTP/1.1\r\nHost:\r\n\r\n",
            Self::Slow => b"SLOW * HTTP/1.1\r\nHost:\r\n\r\n",
        }
    }

    /// Whether the request is one that stands in another's place. Its answer says that the connection is closed.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        if request.path() != "*" || request.method() == "OPTIONS" {
            return None;
        }
        let method = request.method().as_str().as_bytes();
        Self::ALL.into_iter().find(|refused| refused.head().strip_prefix(method).is_some_and(|rest| rest[0] == b' '))
    }

    /// The status of the answer, which has no body.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Tunnel => StatusCode::NOT_IMPLEMENTED,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// The reason, for the log.
    pub fn cause(self) -> &'static str {
        match self {
            Self::Malformed => "the request is no HTTP/1.1, or can be understood in two ways",
            Self::TooLarge => "the request's head is too long, or has too many header fields",
            Self::Tunnel => "the request asks for a tunnel (CONNECT)",
            Self::Slow => "the request's head was not complete in time",
        }
    }
}
